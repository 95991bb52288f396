"""The engine's operations, for losses written in Python.

Inside ``loss`` of a `bissl.Pretext` or `bissl.Downstream` they are recorded on the same tape as the network, so that
gradients and Hessian products follow. Everywhere else they just compute. Every operation of the engine's catalogue is
here; those of several steps are made of these. Inputs are Variables, arrays or numbers; arrays count as constants.
"""

from typing import Any

from .arithmetic import abs, add, add_bias, divide, linear, matmul, mean, multiply, subtract, sum, var
from .arrangement import broadcast_to, concatenate, patchify, repeat, reshape, scale_samples, select_rows, transpose
from .elementwise import exp, gelu, log, power, relu, scale, sigmoid, softplus, sqrt, tanh
from .layers import (
    attention,
    avg_pool2d,
    batch_norm,
    conv2d,
    global_avg_pool,
    l2_normalize,
    layer_norm,
    max_pool2d,
    scale_channels,
)
from .losses import (
    binary_cross_entropy,
    cross_entropy,
    embedding,
    log_softmax,
    mse_loss,
    nt_xent,
    softmax,
    stop_gradient,
)
from .variable import Variable, _operations_like, constant

__all__ = [
    "Variable",
    "abs",
    "add",
    "add_bias",
    "attention",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "broadcast_to",
    "concatenate",
    "constant",
    "conv2d",
    "cross_entropy",
    "divide",
    "embedding",
    "exp",
    "gelu",
    "global_avg_pool",
    "l2_normalize",
    "layer_norm",
    "linear",
    "log",
    "log_softmax",
    "matmul",
    "max_pool2d",
    "mean",
    "mse_loss",
    "multiply",
    "nt_xent",
    "patchify",
    "power",
    "relu",
    "repeat",
    "reshape",
    "scale",
    "scale_channels",
    "scale_samples",
    "select_rows",
    "sigmoid",
    "softmax",
    "softplus",
    "sqrt",
    "stop_gradient",
    "subtract",
    "sum",
    "tanh",
    "transpose",
    "var",
]


def __getattr__(name: str) -> Any:
    raise AttributeError(f"bissl.ops has no operation {name!r}; {_operations_like(name)}")
