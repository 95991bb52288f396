"""Optimisers and solvers of a recipe: ``{kind: SGD, lr: 0.03}``, where ``kind`` is the class's name in Python."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from .. import optimizers, solvers
from ..errors import InvalidArgument, WrongType, check_option
from ..optimizers import Optimizer
from ..solvers import Solver

_HOMES = {Optimizer: optimizers, Solver: solvers}


def kinds(base: type) -> dict[str, type]:
    """The classes of optimisers or solvers (``base`` is `Optimizer` or `Solver`) that users choose from, by name."""
    return {
        name: kind
        for name, kind in vars(_HOMES[base]).items()
        if inspect.isclass(kind) and issubclass(kind, base) and kind is not base and not name.startswith("_")
    }


def made(path: str, description: Any, base: type) -> Any:
    """The optimiser or solver that ``description`` describes: a dict of its class's arguments with the class's name as
    ``"kind"``, only that name, or None for None.

    Raises
    ------
    InvalidArgument (ValueError), WrongType (TypeError) : beginning with ``path``; an unknown name or argument is told
    the nearest.
    """
    if description is None:
        return None
    options = {"kind": description} if isinstance(description, str) else dict(description)
    known = kinds(base)
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


def described(value: Any) -> Any:
    """The description that makes an optimiser or solver like this one; anything else as it is."""
    if isinstance(value, Optimizer):
        settings = {name: setting for name, setting in value.settings.items() if name != "groups" or setting}
        return {"kind": type(value).__name__} | {name: _plain(setting) for name, setting in settings.items()}
    if isinstance(value, Solver):
        names = (name for name in inspect.signature(type(value)).parameters if hasattr(value, name))
        return {"kind": type(value).__name__} | {name: _plain(getattr(value, name)) for name in names}
    return value


def _plain(value: Any) -> Any:
    """As YAML writes it."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, Mapping) else value
