"""Optimisers, solvers and hypergradients of a recipe: ``{kind: sgd, lr: 0.03}``, a name of `KINDS` with the arguments of its class."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ...bilevel.hypergradients import HYPERGRADIENTS, Hypergradient
from ...errors import InvalidArgument, WrongType, check_option
from ...optim.optimizers import LARS, SGD, AdamW, Optimizer
from ...solvers import SOLVERS, Solver

#: Classes by the name that they have in recipes.
KINDS: Mapping[type, Mapping[str, Any]] = {
    Optimizer: {"sgd": SGD, "lars": LARS, "adamw": AdamW},
    Solver: SOLVERS,
    Hypergradient: HYPERGRADIENTS,
}


def made(path: str, description: Any, base: type) -> Any:
    """The optimiser, solver or hypergradient that ``description`` describes: a dict of arguments with a name of `KINDS` as
    ``"kind"``, only that name, or None for None.

    Raises
    ------
    InvalidArgument (ValueError), WrongType (TypeError) : beginning with ``path``; an unknown name or argument is told
    the nearest.
    """
    if description is None:
        return None
    options = {"kind": description} if isinstance(description, str) else dict(description)
    known = KINDS[base]
    if "kind" not in options:
        raise InvalidArgument(f'{path}: expected "kind", one of {", ".join(known)}, beside {", ".join(options)}')
    kind = known[check_option(f"{path}.kind", options.pop("kind"), known)]
    parameters = inspect.signature(kind).parameters
    for name in options:
        check_option(path, name, parameters)
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in options:
            raise InvalidArgument(f"{path}.{name}: {kind.__name__} needs one; write {name}: VALUE beside its kind")
    try:
        return kind(**options)
    except (InvalidArgument, WrongType) as error:
        raise type(error)(f"{path}.{error}") from None


def described(path: str, value: Any) -> Any:
    """The description that makes an optimiser, solver or hypergradient like this one; anything else as it is. WrongType, beginning with
    ``path``, for a class of the user's own, which no file can name."""
    if isinstance(value, Optimizer):
        settings = {name: setting for name, setting in value.settings.items() if name != "groups" or setting}
        return {"kind": _name(path, value)} | {name: _plain(setting) for name, setting in settings.items()}
    if isinstance(value, (Solver, Hypergradient)):
        names = (name for name in inspect.signature(type(value)).parameters if hasattr(value, name))
        return {"kind": _name(path, value)} | {name: _plain(described(path, getattr(value, name))) for name in names}
    return value


def _name(path: str, value: Any) -> str:
    """The name of its class."""
    for known in KINDS.values():
        for name, kind in known.items():
            if type(value) is kind:
                return name
    raise WrongType(f"{path}: expected one of bissl's own, which a file can name, got {type(value).__name__}")


def _plain(value: Any) -> Any:
    """As YAML writes it."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, Mapping) else value
