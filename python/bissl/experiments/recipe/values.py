"""Values of a recipe against the types of the options that they are for."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from ...errors import InvalidArgument, WrongType, check_option

_PLAIN = {
    type(None): "null",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    Mapping: "options by name",
    Sequence: "a list",
}


#: What YAML 1.1 read as true and false.
_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def fitted(path: str, value: Any, hint: Any) -> Any:
    """The value as the type ``hint`` has it: whole numbers become floats where numbers are wanted, lists tuples. It shares no
    options by name and no lists with the one given.

    ``path`` ("section.key") begins the messages.

    Raises
    ------
    WrongType (TypeError) : of no type that the hint allows; the text says which there are and what to write.
    InvalidArgument (ValueError) : none of the words of a ``Literal``; the text names the nearest.
    """
    value = value.item() if isinstance(value, np.generic) else value
    for choice in _choices(hint):
        fits, result = _as(path, value, choice)
        if fits:
            return result
    names = [name for name in map(_described, _choices(hint)) if name]
    raise WrongType(f"{path}: expected {' or '.join(dict.fromkeys(names))}, got {_given(value)}{_way_out(value, hint)}")


def _choices(hint: Any) -> tuple[Any, ...]:
    """The members of a union, words first; of several literals the words of all."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(choice for member in get_args(hint) for choice in _choices(member))
    return (hint,)


def _as(path: str, value: Any, hint: Any) -> tuple[bool, Any]:
    """Whether the value fits one hint that is no union, and what becomes of it."""
    kind = get_origin(hint) or hint
    if kind is Literal:
        return isinstance(value, str), isinstance(value, str) and check_option(path, value, get_args(hint))
    if kind is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return fits, _as_float(path, value) if fits else None
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool), value
    if kind in (tuple, Sequence) or (isinstance(kind, type) and issubclass(kind, Sequence) and kind is not str):
        return _as_tuple(path, value, get_args(hint))
    return isinstance(kind, type) and isinstance(value, kind), copied(value)


def copied(value: Any) -> Any:
    """Options by name, lists and tuples, however deep, with none of them shared; anything else as it is."""
    if isinstance(value, Mapping):
        return {name: copied(item) for name, item in value.items()}
    return type(value)(map(copied, value)) if type(value) in (list, tuple) else value


def _as_float(path: str, value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidArgument(f"{path}: expected a number, got one of {len(str(abs(value)))} digits") from None


def _as_tuple(path: str, value: Any, members: tuple[Any, ...]) -> tuple[bool, Any]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        return False, None
    if len(members) > 1 and members[-1] is not Ellipsis and len(members) != len(value):
        return False, None
    hints = members if len(members) == len(value) and Ellipsis not in members else members[:1] * len(value)
    return True, tuple(fitted(f"{path}[{i}]", item, hint) for i, (item, hint) in enumerate(zip(value, hints)))


def _described(hint: Any) -> str:
    """The hint in words; nothing for what cannot be written in a recipe."""
    kind = get_origin(hint) or hint
    if kind is Literal:
        return "one of " + ", ".join(map(repr, get_args(hint)))
    if kind is tuple:
        members = get_args(hint)
        count = "" if Ellipsis in members else f" of {len(members)}"
        return f"a list{count} ({_described(members[0])} each)"
    return _PLAIN.get(kind, "")


def _given(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    kind = next((name for kind, name in _PLAIN.items() if isinstance(value, kind)), type(value).__name__)
    return f"{kind} ({value!r})"


def _way_out(value: Any, hint: Any) -> str:
    """What to write instead, where that is plain."""
    kinds = _choices(hint)
    if isinstance(value, str) and bool in kinds and value.lower() in _TRUTHS:
        return f"; write {_TRUTHS[value.lower()]}"
    if isinstance(value, str) and (int in kinds or float in kinds):
        return "; write the number without quotes" if _is_number(value) else "; write a number"
    if isinstance(value, str) and any((get_origin(kind) or kind) in (tuple, Sequence) for kind in kinds):
        return f"; write [{value}]"
    if isinstance(value, float) and int in kinds and value.is_integer():
        return f"; write {int(value)}"
    if isinstance(value, (int, float)) and any((get_origin(kind) or kind) is tuple for kind in kinds):
        return f"; write [{value}]"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
