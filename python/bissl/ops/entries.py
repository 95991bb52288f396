"""Functions that are made of what the engine's catalogue states of its operations."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any, NamedTuple

from .. import _engine
from ..errors import WrongType, checked_flag, checked_integer
from .constants import checked_extent, flat_integers, flat_numbers, precise_real
from .documentation import docstring
from .variable import Variable, apply

#: Operations whose function is written by hand, because it adds something: broadcasting, other forms of arguments, a
#: choice between operations.
BY_HAND = {
    "Add", "BatchNorm", "Concatenate", "Linear", "Mean", "Multiply", "Pad", "Repeat", "Reshape", "RoIAlign", "SelectRows",
    "SoftmaxCrossEntropy", "Sum", "Transpose",
}  # fmt: skip


#: Settings that the field calls otherwise than the engine does.
_CALLED = {"epsilon": "eps"}


def made_entries() -> list[dict[str, Any]]:
    """Entries of the operations whose function is made here."""
    return [entry for entry in json.loads(_engine.catalogue_describe()) if entry["name"] not in BY_HAND]


def function(entry: dict[str, Any]) -> Callable[..., Variable]:
    """Checks its arguments and runs the operation."""
    called = signature(entry)
    checks = {_called(each): (each["name"], _KINDS[each["kind"]].checked) for each in entry["settings"]}

    def operation(*args: Any, **kwargs: Any) -> Variable:
        given = _given(entry["function"], called, *args, **kwargs)
        inputs: list[Any] = []
        for each in entry["inputs"]:
            if each["name"] in given:
                inputs += given[each["name"]] if each["count"] == "several" else [given[each["name"]]]
        settings = {own: checked(name, given[name]) for name, (own, checked) in checks.items() if name in given}
        return apply(entry["name"], *inputs, **settings)

    operation.__name__ = operation.__qualname__ = entry["function"]
    operation.__doc__ = docstring(entry, called)
    setattr(operation, "__signature__", called)  # which `inspect` shows in place of *args and **kwargs
    operation.__annotations__ = {key: parameter.annotation for key, parameter in called.parameters.items()}
    operation.__annotations__["return"] = called.return_annotation
    return operation


def _called(setting: dict[str, Any]) -> str:
    """What the argument for a setting is called."""
    name: str = setting["name"]
    return _CALLED.get(name, name)


def signature(entry: dict[str, Any]) -> Signature:
    """Inputs by place, then settings; what may be left out comes last."""
    parameters = [_input(each) for each in entry["inputs"]] + [_setting(each) for each in entry["settings"]]
    parameters.sort(key=lambda parameter: parameter.default is not Parameter.empty)
    return Signature(parameters, return_annotation="Variable")


def _given(function: str, called: Signature, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The arguments by name, without those that are left out or None in place of it."""
    try:
        arguments = called.bind(*args, **kwargs).arguments
    except TypeError as error:
        names = ", ".join(called.parameters)
        raise WrongType(f"{function}: {error}; it is called as {function}({names})") from None
    absent = {name for name, value in arguments.items() if value is None and called.parameters[name].default is None}
    return {name: value for name, value in arguments.items() if name not in absent}


class _Kind(NamedTuple):
    annotation: str
    #: Name and value of an argument to what the engine takes; raises what is wrong with it.
    checked: Callable[[str, Any], Any]
    #: A default, of the number that the catalogue states.
    default: Callable[[float], Any] = float


_KINDS = {
    "number": _Kind("float", precise_real),
    "numbers": _Kind("Any", flat_numbers),
    "integer": _Kind("int", checked_integer, int),
    "integers": _Kind("Any", flat_integers),
    "flag": _Kind("bool", checked_flag, bool),
    "extent": _Kind("int | Sequence[int]", checked_extent, int),
}


def _input(entry: dict[str, str]) -> Parameter:
    default: Any = Parameter.empty
    annotation = "Any"
    if entry["count"] == "optional":
        default = None
    elif entry["count"] == "several":
        annotation = "Sequence[Any]"
    return Parameter(entry["name"], Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)


def _setting(entry: dict[str, Any]) -> Parameter:
    kind = _KINDS[entry["kind"]]
    default: Any = Parameter.empty
    annotation = kind.annotation
    if entry["default"] is not None:
        default = kind.default(entry["default"])
    elif not entry["required"]:
        default, annotation = None, f"{annotation} | None"
    return Parameter(_called(entry), Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)
