"""Settings as text and numbers that can be compared with those of another day; the plain attributes of an object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from .tree import digest, split

_FUNCTIONS = (type, FunctionType, BuiltinFunctionType, MethodType)


def described(value: Any) -> Any:
    """What JSON can spell, the same for the same settings in every process: numbers and text as they are; arrays and
    networks by a digest of their content; classes and functions by name; other objects by class and attributes."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return digest({"array": value})
    if isinstance(value, Mapping):
        return {str(key): described(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [described(entry) for entry in value]
    if isinstance(value, _FUNCTIONS):
        return f"{value.__module__}.{value.__qualname__}"
    return {"kind": type(value).__qualname__} | _content(value)


def _content(value: Any) -> dict[str, Any]:
    if isinstance(value, partial):
        return {"function": described(value.func), "arguments": described([value.args, value.keywords])}
    if is_dataclass(value):
        return {field.name: described(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "state_dict"):
        state = value.state_dict()
        arrays, tree = split(state)
        return {"content": digest(state) if arrays else tree}
    functions = {name: entry for name, entry in vars(value).items() if isinstance(entry, _FUNCTIONS)}
    return described(plain_attributes(value) | functions)


def plain_attributes(owner: Any) -> dict[str, Any]:
    """The attributes that are numbers, text, arrays, NumPy generators (as their states), or lists, tuples and dicts of
    such, by name."""
    found = {name: _plain(value) for name, value in vars(owner).items()}
    return {name: value for name, value in found.items() if value is not _NOTHING}


_NOTHING = object()


def _plain(value: Any) -> Any:
    """A value that a state can hold, copied; `_NOTHING` where there is none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return np.array(value) if value.dtype.kind in "fiub" else _NOTHING
    if isinstance(value, np.random.Generator):
        return _plain(value.bit_generator.state)
    if isinstance(value, (list, tuple)):
        entries = [_plain(entry) for entry in value]
        return _NOTHING if _NOTHING in map(_marked, entries) else entries
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        entries = {key: _plain(entry) for key, entry in value.items()}
        return _NOTHING if _NOTHING in map(_marked, entries.values()) else entries
    return _NOTHING


def _marked(value: Any) -> Any:
    """Arrays have no truth value to compare by."""
    return _NOTHING if value is _NOTHING else None


def assign_plain(owner: Any, state: Mapping[str, Any]) -> None:
    """Gives attributes what `plain_attributes` took from them."""
    for name, value in state.items():
        present = getattr(owner, name, None)
        if isinstance(present, np.random.Generator):
            present.bit_generator.state = value
        else:
            setattr(owner, name, _as(present, value))


def _as(present: Any, saved: Any) -> Any:
    """The saved value in the types of the present one: tuples came back as lists."""
    if isinstance(saved, list):
        before = present if isinstance(present, (list, tuple)) and len(present) == len(saved) else [None] * len(saved)
        entries = [_as(old, new) for old, new in zip(before, saved)]
        return tuple(entries) if isinstance(present, tuple) else entries
    if isinstance(saved, dict):
        before = present if isinstance(present, dict) else {}
        return {key: _as(before.get(key), value) for key, value in saved.items()}
    return np.array(saved) if isinstance(saved, np.ndarray) else saved
