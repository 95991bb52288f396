"""The engine's operations, for losses written in Python.

Inside ``loss`` of a `bissl.Pretext` or `bissl.Downstream` they are recorded on the same tape as the network, so that
gradients and Hessian products follow. Everywhere else they just compute. Every operation of the engine's catalogue is
here, most of them made of what their entry there states; those of several steps are made of these. Inputs are
Variables, arrays or numbers; arrays count as constants.
"""

from typing import Any

from . import catalogue
from .arithmetic import abs, add, divide, mean, multiply, sqrt, subtract, sum, var
from .arrangement import broadcast_to, concatenate, pad, repeat, reshape, select_positions, select_rows, transpose
from .catalogue import *  # noqa: F403
from .layers import batch_norm, linear, roi_align
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    embedding,
    log_softmax,
    mse_loss,
    smooth_l1_loss,
    softmax,
    stop_gradient,
)
from .variable import Variable, _operations_like, constant

__all__ = [
    "Variable",
    "abs",
    "add",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "broadcast_to",
    "concatenate",
    "constant",
    "cross_entropy",
    "divide",
    "embedding",
    "linear",
    "log_softmax",
    "mean",
    "mse_loss",
    "multiply",
    "pad",
    "repeat",
    "reshape",
    "roi_align",
    "select_positions",
    "select_rows",
    "smooth_l1_loss",
    "softmax",
    "sqrt",
    "stop_gradient",
    "subtract",
    "sum",
    "transpose",
    "var",
]
__all__ += catalogue.__all__


def __getattr__(name: str) -> Any:
    raise AttributeError(f"bissl.ops has no operation {name!r}; {_operations_like(name)}")
