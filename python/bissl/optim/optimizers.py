"""Optimisers. They hold their settings and what they keep for every module they have stepped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from .. import _engine
from ..arrays import as_real
from ..checkpoints.checks import require_keys, require_same
from ..checkpoints.description import described
from ..configured import Configured, wrong_object
from ..errors import InvalidArgument, check_option, checked_flag, checked_number
from ..finite import check_finite
from ..models.module import Module, checked_module, shapes_of
from ..models.vectors import FlatVector
from .parameter_groups import Group, Groups, checked_groups, settings_of

if TYPE_CHECKING:
    from typing import Self


class Optimizer(Configured):
    """What all optimisers share. ``lr`` may be set at any time and counts from the next step; so may ``groups``. All
    other settings stay what they were; `settings` tells them, and `copy` makes an optimiser of others."""

    weight_decay: float
    exclude_vectors: bool
    _states: tuple[str, ...] = ("momentum",)
    _fixed: Iterable[str] = ("weight_decay", "momentum", "exclude_vectors")

    def __init__(self, lr: float, handle: Any, groups: Groups, **settings: Any) -> None:
        self._groups: tuple[Group, ...] = ()
        self.lr = lr
        self.groups = groups
        self._settings = settings
        self._fix(**{name: value for name, value in settings.items() if name != "momentum"})  # which is a method
        self._handle = handle
        self._assigned = False
        self._stepped: WeakKeyDictionary[Module, None] = WeakKeyDictionary()

    @property
    def lr(self) -> float:
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = _checked_rate(value, self._groups)

    @property
    def groups(self) -> tuple[Group, ...]:
        return self._groups

    @groups.setter
    def groups(self, groups: Groups) -> None:
        checked = checked_groups(groups)
        _checked_rate(self._lr, checked)
        self._groups = checked

    @property
    def settings(self) -> dict[str, Any]:
        """What makes an optimiser like this one: the arguments of its class by name."""
        return {"lr": self.lr, **self._settings, "groups": self.groups}

    def _instead(self, name: str) -> str:
        if name in self.settings:
            return f"what was stepped would not know of it: make a new optimiser by optimizer.copy({name}=...)"
        return f"{type(self).__name__} has no such setting"

    def copy(self, **changes: Any) -> Self:
        """A new optimiser of the same settings but for ``changes``, that has stepped nothing yet.

        ValueError for a setting that this optimiser does not have; the nearest is named.
        """
        for name in changes:
            check_option(type(self).__name__, name, self.settings)
        return type(self)(**self.settings | changes)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.settings.items())})"

    def state(self, module: Module) -> dict[str, np.ndarray]:
        """What is kept for ``module``'s parameters between steps, zeros before its first one. Not copies: write to them
        to restore a run."""
        checked_module(module, "module")
        return {name: self._state(module, name) for name in self._states}

    def _state(self, module: Module, name: str) -> np.ndarray:
        array = _engine.array(_engine.optimizer_state(self._handle, module._handle, name))
        return array if name == "step" else FlatVector(array, module._layout)

    def momentum(self, module: Module) -> FlatVector:
        """The momentum of ``module``'s parameters, a part of their `state`; AdamW's is ``exp_avg``."""
        kept = _engine.optimizer_state(self._handle, checked_module(module, "module")._handle, self._states[0])
        return FlatVector(_engine.array(kept), module._layout)

    def state_dict(self, **modules: Module) -> dict[str, Any]:
        """What the next steps depend on: the settings, and what is kept for each of ``modules``, copied, under the names
        that they are given here: ``optimizer.state_dict(backbone=net, head=head)``."""
        kept = {name: self.state(checked_module(module, name)) for name, module in modules.items()}
        return {
            "kind": type(self).__name__,
            "settings": self._described_settings(),
            "lr": self.lr,
            "modules": {name: {key: np.array(value) for key, value in state.items()} for name, state in kept.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any], **modules: Module) -> None:
        """Takes over what `state_dict` gave, for modules under the names of then. Nothing changes unless all fits.

        ValueError for the state of another kind of optimiser, of other settings (but for ``lr``, which is taken over),
        or of other modules; the text names what differs.
        """
        require_keys("state", state, {"kind", "settings", "lr", "modules"})
        mine = {"kind": type(self).__name__, "settings": self._described_settings()}
        require_same("state", {name: state[name] for name in mine}, mine)
        lr = _number("state: lr", state["lr"])
        targets = {name: self.state(checked_module(module, name)) for name, module in modules.items()}
        require_keys("state: modules", state["modules"], targets)
        values = {name: _checked_state(state["modules"][name], target, name) for name, target in targets.items()}
        for name, target in targets.items():
            for key, array in target.items():
                array[:] = values[name][key]
        self._lr = lr

    def _described_settings(self) -> dict[str, Any]:
        return {name: described(value) for name, value in self.settings.items() if name != "lr"}

    def __reduce__(self) -> tuple[Any, ...]:
        # With the modules it has stepped: pickled together with them, it stays theirs.
        kept = [(module, self.state_dict(module=module)) for module in self._stepped]
        return _restored, (type(self), self.settings, kept)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Its modules may be copied along, or stay: the twin goes on with either, and neither keeps it from being freed.
        twin = memo[id(self)] = self.copy()
        for module in list(self._stepped):
            state = self.state_dict(module=module)
            for target in (module, deepcopy(module, memo)):
                twin.load_state_dict(state, module=target)
                twin._stepped[target] = None
        return twin

    def _for(self, backbone: Module, *heads: Module) -> Any:
        """The engine's optimiser, told how to treat the parameters of all of them."""
        modules = (backbone, *heads)
        self._stepped.update(dict.fromkeys(modules))
        if self._groups or self._assigned:
            layouts = (("backbone", backbone._layout), *(("head", head._layout) for head in heads))
            tables = settings_of(self._groups, layouts, self.weight_decay, self.exclude_vectors)
            # Before the first of them: one that an interruption leaves behind is assigned anew by the next step.
            self._assigned = True
            for module, table in zip(modules, tables):
                _engine.optimizer_assign(self._handle, module._handle, table)
        return self._handle


def _number(name: str, value: object) -> float:
    """A number that is finite in the engine's precision, and not negative."""
    return checked_number(name, value, most=_engine.LARGEST)


def _checked_rate(lr: object, groups: tuple[Group, ...]) -> float:
    """The learning rate. Raises where it is none, or becomes none by the factor of a group."""
    rate = _number("lr", lr)
    for group in groups:
        _number("lr times lr_scale", rate * (group.lr_scale or 0.0))
    return rate


def _restored(kind: type[Optimizer], settings: dict[str, Any], kept: list[tuple[Module, dict[str, Any]]]) -> Optimizer:
    optimizer = kind(**settings)
    for module, state in kept:
        optimizer.load_state_dict(state, module=module)
        optimizer._stepped[module] = None
    return optimizer


def _checked_state(saved: Any, target: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    """What was kept for the module of this name, in the types of ``target``. Raises naming what does not fit."""
    what = f"state: modules.{name}"
    require_same(what, shapes_of(saved, what), shapes_of(target, what))
    with np.errstate(over="ignore"):
        values = {key: as_real(saved[key], f"{what}: {key}").astype(array.dtype) for key, array in target.items()}
    for key, value in values.items():
        check_finite(value, f"{what}: {key}")
    return values


def checked_optimizer(optimizer: Any, name: str = "optimizer") -> Optimizer:
    """WrongType unless it is an optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise wrong_object(name, "an optimiser such as bissl.AdamW(lr=1e-3)", optimizer)
    return optimizer


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, as ``torch.optim.SGD``.

    Parameters
    ----------
    lr, weight_decay, momentum : float
        Finite, not negative.
    nesterov : bool, default False
        Nesterov's momentum; needs ``momentum`` > 0.
    exclude_vectors : bool, default False
        Biases and batch-norm parameters get no weight decay.
    groups : sequence of Group, default ()
        Parameters that are treated otherwise, see `bissl.optim.parameter_groups`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number that is none or out of range, groups that are none.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> optimizer = bissl.SGD(lr=0.03, momentum=0.9)
    >>> optimizer.momentum(net).shape == net.vector.shape
    True
    """

    nesterov: bool
    _fixed = ("nesterov",)

    def __init__(
        self,
        lr: float,
        *,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        nesterov: bool = False,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        decay, momentum = _number("weight_decay", weight_decay), _number("momentum", momentum)
        nesterov, exclude_vectors = checked_flag("nesterov", nesterov), checked_flag("exclude_vectors", exclude_vectors)
        handle = _engine.optimizer_create("sgd", decay, momentum, nesterov, 0.001, exclude_vectors)
        super().__init__(
            lr,
            handle,
            groups,
            weight_decay=decay,
            momentum=momentum,
            nesterov=nesterov,
            exclude_vectors=exclude_vectors,
        )


class LARS(Optimizer):
    """Layer-wise adaptive rate scaling (You et al. 2017), as the paper's authors ran it: per tensor, g + wd·p is scaled
    by ``trust_coefficient``·‖p‖/‖g + wd·p‖, then momentum.

    Parameters
    ----------
    lr, weight_decay, momentum, trust_coefficient : float
        Finite, not negative.
    exclude_vectors : bool, default False
        Biases and batch-norm parameters get neither weight decay nor scaling (as VICReg's code).
    groups : sequence of Group, default ()
        Parameters that are treated otherwise, see `bissl.optim.parameter_groups`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number that is none or out of range, groups that are none.

    Examples
    --------
    >>> bissl.LARS(lr=4.8, weight_decay=1e-6).settings["momentum"]
    0.9
    """

    trust_coefficient: float
    _fixed = ("trust_coefficient",)

    def __init__(
        self,
        lr: float,
        *,
        weight_decay: float = 0.0,
        momentum: float = 0.9,
        trust_coefficient: float = 0.001,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        decay, momentum = _number("weight_decay", weight_decay), _number("momentum", momentum)
        trust = _number("trust_coefficient", trust_coefficient)
        exclude_vectors = checked_flag("exclude_vectors", exclude_vectors)
        handle = _engine.optimizer_create("lars", decay, momentum, False, trust, exclude_vectors)
        super().__init__(
            lr, handle, groups, weight_decay=decay, momentum=momentum, trust_coefficient=trust,
            exclude_vectors=exclude_vectors,
        )  # fmt: skip


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as ``torch.optim.AdamW``.

    Parameters
    ----------
    lr, weight_decay : float
        Finite, not negative.
    betas : sequence of float, default (0.9, 0.999)
        Decays of the first and second moment, 0 ≤ β < 1; the paper's MAE uses (0.9, 0.95).
    eps : float, default 1e-08
        Added to the root of the second moment, positive.
    exclude_vectors : bool, default False
        Biases and normalisation parameters get no weight decay.
    groups : sequence of Group, default ()
        Parameters that are treated otherwise, see `bissl.optim.parameter_groups`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number that is none or out of range, groups that are none.

    Examples
    --------
    >>> optimizer = bissl.AdamW(lr=5e-4, weight_decay=0.05, betas=(0.9, 0.95), exclude_vectors=True)
    >>> optimizer.copy(lr=1e-4).lr
    0.0001
    """

    betas: tuple[float, float]
    eps: float
    _states = ("exp_avg", "exp_avg_sq", "step")
    _fixed = ("betas", "eps")

    def __init__(
        self,
        lr: float,
        *,
        weight_decay: float = 0.01,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        exclude_vectors: bool = False,
        groups: Groups = (),
    ) -> None:
        if not isinstance(betas, Sequence) or len(betas) != 2:
            raise InvalidArgument(f"betas: expected two numbers (β₁, β₂), got {betas!r}")
        first, second = (_number(f"betas[{index}]", beta) for index, beta in enumerate(betas))
        decay, eps = _number("weight_decay", weight_decay), _number("eps", eps)
        exclude_vectors = checked_flag("exclude_vectors", exclude_vectors)
        handle = _engine.adamw_create(decay, first, second, eps, exclude_vectors)
        super().__init__(
            lr, handle, groups, weight_decay=decay, betas=(first, second), eps=eps, exclude_vectors=exclude_vectors
        )
