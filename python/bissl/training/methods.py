"""Pretext objectives to train: by name, by what makes them, as objects; and how the paper trains them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from ..errors import InvalidArgument, WrongType, check_option
from ..models.backbone import Backbone
from ..objectives.base import Objective, Pretext
from ..objectives.pretext.byol import BYOL
from ..objectives.pretext.mae import MAE
from ..objectives.pretext.simclr import SimCLR
from ..optim.optimizers import LARS, AdamW, Optimizer
from .backbones import BackboneChoice, check_backbone_choice, new_backbone
from .base import derived_seed

Trained = TypeVar("Trained", bound=Objective)

METHODS: Mapping[str, type[Pretext]] = {"simclr": SimCLR, "byol": BYOL, "mae": MAE}

#: How a stage is told which pretext objective to train: a name of `METHODS`, a callable that takes ``net`` and ``seed``
#: (and options), or the objective itself.
MethodChoice = str | Callable[..., Pretext] | Pretext

_MAKES = "a callable that takes net and seed"


@dataclass(frozen=True)
class Defaults:
    """The paper's choices for a pretext task: the backbone, the optimisers of pretraining and of the lower level."""

    backbone: str
    pretraining: Callable[[], Optimizer]
    lower_level: Callable[[], Optimizer]


#: Sections 4.2.1 and 4.2.2.
_LARS = partial(LARS, weight_decay=1e-6, momentum=0.9)
_JOINT_EMBEDDING = Defaults("resnet18", partial(_LARS, lr=4.8), partial(_LARS, lr=1.0))
#: Section B.8; like He et al. 2022 without weight decay of biases and norms.
_ADAMW = partial(AdamW, weight_decay=0.05, betas=(0.9, 0.95), exclude_vectors=True)
_MASKED = Defaults("vit_small", partial(_ADAMW, lr=5e-4), partial(_ADAMW, lr=1e-4))


def defaults_of(method: Any) -> Defaults:
    """The defaults for an objective, or for what makes one."""
    masked = issubclass(method, MAE) if isinstance(method, type) else isinstance(method, MAE)
    return _MASKED if masked else _JOINT_EMBEDDING


def new_pretext(
    method: MethodChoice, options: Mapping[str, Any] | None, backbone: BackboneChoice | None, seed: int
) -> Pretext:
    """An objective to train, with a backbone of its own. ``backbone`` None is the task's default.

    Raises
    ------
    TypeError : a method that is none, or makes something else than an objective.
    ValueError : a name or an option that does not exist (the nearest is told); a backbone or options beside an
        objective that has its own.
    """
    options = _checked_mapping(options)
    if isinstance(method, Pretext):
        return begun(_copy(method, options, backbone), seed)
    make = METHODS[check_option("method", method, METHODS)] if isinstance(method, str) else method
    if not callable(make):
        raise WrongType(
            f"method: expected one of {', '.join(METHODS)}, {_MAKES}, or a pretext objective, "
            f"got {type(method).__name__}"
        )
    _check_options(make, options)
    make, options = deepcopy((make, options))  # what holds a state begins every fit with the same
    net = new_backbone(defaults_of(make).backbone if backbone is None else backbone, derived_seed(seed, "backbone"))
    pretext = make(net, **{"seed": derived_seed(seed, "head")} | options)
    if not isinstance(pretext, Pretext):
        raise WrongType(f"method: expected it to make a bissl.Pretext, got {type(pretext).__name__}")
    return begun(pretext, seed)


def checked_method(key: str, method: Any, options: Mapping[str, Any] | None, backbone: Any) -> None:
    """Checks what `new_pretext` is to make, by names alone, and makes nothing; messages name ``key``'s options.

    Raises as `new_pretext`, and WrongType for a method that is no name.
    """
    make = METHODS[check_option(f"{key}.method", method, METHODS)]
    names = [name for name in inspect.signature(make).parameters if name != "net"]
    for option in _checked_mapping(options):
        check_option(f"{key}.method_options", option, names)
    check_backbone_choice(f"{key}.backbone", defaults_of(make).backbone if backbone is None else backbone)


def objective_options() -> set[str]:
    """The names of the options that objectives of any method have."""
    return {name for make in METHODS.values() for name in inspect.signature(make).parameters} - {"net"}


def begun(objective: Trained, seed: int) -> Trained:
    """The objective, told that a stage of training begins with it: BYOL's target is made equal to the online network,
    and what is drawn at random follows from the stage's seed."""
    objective.begin_training(derived_seed(seed, f"draws of {type(objective).__name__}"))
    if isinstance(objective, Pretext):
        keyed(objective.backbone, seed)
    return objective


def keyed(network: Backbone, seed: int) -> Backbone:
    """The network, whose dropped paths follow from the stage's seed from now on."""
    network._key_draws(derived_seed(seed, "drop path"))
    return network


def _copy(pretext: Pretext, options: Mapping[str, Any], backbone: BackboneChoice | None) -> Pretext:
    for name, given in (("backbone", backbone is not None), ("method_options", bool(options))):
        if given:
            raise InvalidArgument(f"{name}: the objective that was given as method has its own; leave {name} out")
    return pretext.clone()


def _checked_mapping(options: Any) -> dict[str, Any]:
    if options is not None and not isinstance(options, Mapping):
        raise WrongType(f"method_options: expected a dict of options by name, got {type(options).__name__}")
    return dict(options or {})


def _check_options(make: Callable[..., Pretext], options: Mapping[str, Any]) -> None:
    """Every option but the network can be given; a seed must be taken."""
    _, *parameters = parameters_of("method", make, _MAKES).values() or (None,)
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    names = [parameter.name for parameter in parameters]
    if "seed" not in names:
        raise InvalidArgument(f"method: expected {_MAKES}, this one takes no seed")
    for option in options:
        check_option("method_options", option, names)
    require_call("method", make, _MAKES, (None,), {"seed": 0, **options})


def parameters_of(argument: str, make: Callable[..., Any], expected: str) -> Mapping[str, inspect.Parameter]:
    """What a callable takes, by name. WrongType, which says what was ``expected`` as ``argument``, where it does not tell."""
    try:
        return inspect.signature(make).parameters
    except ValueError as error:  # of dict and others that are written in C
        raise WrongType(f"{argument}: expected {expected}, got {_told(make)}") from error


def require_call(
    argument: str, make: Callable[..., Any], expected: str, places: Sequence[Any], options: Mapping[str, Any]
) -> None:
    """WrongType unless a callable, as `parameters_of` knows it, takes these arguments by place and by name."""
    try:
        inspect.signature(make).bind(*places, **options)
    except TypeError as error:
        raise WrongType(f"{argument}: expected {expected}, got {_told(make)}: {error}") from error


def _told(make: Callable[..., Any]) -> str:
    return getattr(make, "__qualname__", type(make).__name__)
