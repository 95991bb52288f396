"""Optimisers. They hold their settings and what they keep for every module they have stepped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _engine
from .errors import InvalidArgument, checked_number
from .modules import Module
from .parameter_groups import Group, Groups, checked_groups, settings_of
from .vectors import FlatVector


class Optimizer:
    """What all optimisers share. ``lr`` may be set at any time and counts from the next step; so may ``groups``."""

    _states: tuple[str, ...] = ("momentum",)

    def __init__(self, lr: float, handle: Any, weight_decay: float, exclude_vectors: bool, groups: Groups = ()) -> None:
        self.lr = lr
        self.weight_decay = weight_decay
        self.exclude_vectors = exclude_vectors
        self.groups = groups
        self._handle = handle
        self._assigned = False

    @property
    def lr(self) -> float:
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = checked_number("lr", value)

    @property
    def groups(self) -> tuple[Group, ...]:
        return self._groups

    @groups.setter
    def groups(self, groups: Groups) -> None:
        self._groups = checked_groups(groups)

    def state(self, module: Module) -> dict[str, np.ndarray]:
        """What is kept for ``module``'s parameters between steps, zeros before its first one. Not copies: write to them
        to restore a run."""
        return {name: self._state(module, name) for name in self._states}

    def _state(self, module: Module, name: str) -> np.ndarray:
        array = np.asarray(_engine.optimizer_state(self._handle, module._handle, name))
        return array if name == "step" else FlatVector(array, module._layout)

    def momentum(self, module: Module) -> FlatVector:
        """The momentum of ``module``'s parameters, a part of their `state`; AdamW's is ``exp_avg``."""
        return self._state(module, self._states[0])

    def _for(self, backbone: Module, head: Module) -> Any:
        """The engine's optimiser, told how to treat the parameters of both."""
        if self._groups or self._assigned:
            layouts = (("backbone", backbone._layout), ("head", head._layout))
            tables = settings_of(self._groups, layouts, self.weight_decay, self.exclude_vectors)
            for module, table in zip((backbone, head), tables.values()):
                _engine.optimizer_assign(self._handle, module._handle, table)
            self._assigned = True
        return self._handle


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as ``torch.optim.SGD``.

    Parameters
    ----------
    lr, weight_decay, momentum : finite, not negative.
    nesterov : Nesterov's momentum; needs ``momentum`` > 0.
    exclude_vectors : biases and batch-norm parameters get no weight decay.
    groups : parameters that are treated otherwise, see `bissl.parameter_groups`.
    """

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        nesterov: bool = False,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        decay, momentum = checked_number("weight_decay", weight_decay), checked_number("momentum", momentum)
        handle = _engine.optimizer_create("sgd", decay, momentum, nesterov, 0.001, exclude_vectors)
        super().__init__(lr, handle, decay, exclude_vectors, groups)


class LARS(Optimizer):
    """Layer-wise adaptive rate scaling (You et al. 2017), as the paper's authors ran it: per tensor, g + wd·p is scaled
    by ``trust_coefficient``·‖p‖/‖g + wd·p‖, then momentum.

    Parameters
    ----------
    lr, weight_decay, momentum, trust_coefficient : finite, not negative.
    exclude_vectors : biases and batch-norm parameters get neither weight decay nor scaling (as VICReg's code).
    groups : parameters that are treated otherwise, see `bissl.parameter_groups`.
    """

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        trust_coefficient: float = 0.001,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        decay, momentum = checked_number("weight_decay", weight_decay), checked_number("momentum", momentum)
        trust = checked_number("trust_coefficient", trust_coefficient)
        handle = _engine.optimizer_create("lars", decay, momentum, False, trust, exclude_vectors)
        super().__init__(lr, handle, decay, exclude_vectors, groups)


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as ``torch.optim.AdamW``.

    Parameters
    ----------
    lr, weight_decay : finite, not negative.
    betas : decays of the first and second moment, 0 ≤ β < 1; the paper's MAE uses (0.9, 0.95).
    eps : added to the root of the second moment, positive.
    exclude_vectors : biases and normalisation parameters get no weight decay.
    groups : parameters that are treated otherwise, see `bissl.parameter_groups`.
    """

    _states = ("exp_avg", "exp_avg_sq", "step")

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.01,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        if not isinstance(betas, Sequence) or len(betas) != 2:
            raise InvalidArgument(f"betas: expected two numbers (β₁, β₂), got {betas!r}")
        first, second = (checked_number(f"betas[{index}]", beta) for index, beta in enumerate(betas))
        decay = checked_number("weight_decay", weight_decay)
        handle = _engine.adamw_create(decay, first, second, checked_number("eps", eps), exclude_vectors)
        super().__init__(lr, handle, decay, exclude_vectors, groups)
