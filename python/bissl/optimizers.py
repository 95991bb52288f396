"""Optimisers. They hold their settings and the momentum of every module they have stepped."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _engine
from .errors import InvalidArgument, WrongType
from .modules import Module
from .vectors import FlatVector


class Optimizer:
    """What SGD and LARS share. ``lr`` may be set at any time and counts from the next step."""

    def __init__(self, lr: float, *settings: Any) -> None:
        self.lr = lr
        self._handle = _engine.optimizer_create(*settings)

    @property
    def lr(self) -> float:
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = checked_number("lr", value)

    def momentum(self, module: Module) -> FlatVector:
        """The momentum of ``module``'s parameters, zeros before its first step. Not a copy: write to it to restore a run."""
        return FlatVector(np.asarray(_engine.optimizer_momentum(self._handle, module._handle)), module._layout)


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as ``torch.optim.SGD``.

    Parameters
    ----------
    lr, weight_decay, momentum : finite, not negative.
    nesterov : Nesterov's momentum; needs ``momentum`` > 0.
    exclude_vectors : biases and batch-norm parameters get no weight decay.
    """

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        nesterov: bool = False,
        exclude_vectors: bool = False,
    ) -> None:
        super().__init__(
            lr, "sgd", checked_number("weight_decay", weight_decay), checked_number("momentum", momentum), nesterov, 0.001,
            exclude_vectors,
        )


class LARS(Optimizer):
    """Layer-wise adaptive rate scaling (You et al. 2017), as the paper's authors ran it: per tensor, g + wd·p is scaled
    by ``trust_coefficient``·‖p‖/‖g + wd·p‖, then momentum.

    Parameters
    ----------
    lr, weight_decay, momentum, trust_coefficient : finite, not negative.
    exclude_vectors : biases and batch-norm parameters get neither weight decay nor scaling (as VICReg's code).
    """

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        trust_coefficient: float = 0.001,
        exclude_vectors: bool = False,
    ) -> None:
        super().__init__(
            lr, "lars", checked_number("weight_decay", weight_decay), checked_number("momentum", momentum), False,
            checked_number("trust_coefficient", trust_coefficient), exclude_vectors,
        )


def checked_number(name: str, value: Any) -> float:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise WrongType(f"{name}: expected a number, got {type(value).__name__}")
    if not math.isfinite(value) or value < 0:
        raise InvalidArgument(f"{name}: expected a finite number ≥ 0, got {value}")
    return float(value)
