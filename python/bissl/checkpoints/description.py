"""Settings as text and numbers that can be compared with those of another day; the plain attributes of an object."""

from __future__ import annotations

import copyreg
import dataclasses
import functools
import json
import os
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..errors import WrongType
from .tree import ARCHITECTURE, digest, split, without_architectures

#: What pickles make objects with by their class's ``__new__``.
_NEW = getattr(copyreg, "__newobj__")
#: As in "<function f at 0x7f12>": another one in every process.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+>")


def described(value: Any, place: str = "settings") -> Any:
    """What JSON can spell, the same for the same settings in every process: numbers and text as they are; arrays and
    networks by a digest of their content, and what networks are made with; sets sorted; classes and functions by name, with what functions have captured;
    other objects by class and by what they would be pickled as.

    WrongType (TypeError) naming the place of what has no such description: a lock, an open file, text with an address.
    """
    try:
        return _described(value, place, ())
    except RecursionError:
        raise _indescribable(place, "it goes too deep") from None


def _described(value: Any, place: str, above: tuple[int, ...]) -> Any:
    """``above`` : what the value is a part of, by identity; one of it again has been described already."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _checked_text(value, place)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if id(value) in above:
        return {"kind": type(value).__qualname__, "again": len(above) - above.index(id(value))}
    above = (*above, id(value))

    def part(name: Any, entry: Any) -> Any:
        return _described(entry, f"{place}.{name}", above)

    if isinstance(value, np.generic):
        return part("item", value.item())
    if isinstance(value, np.ndarray) and value.dtype != object:
        return digest({"array": value})
    if isinstance(value, Mapping):
        return _mapping(value, part)
    if isinstance(value, (list, tuple)):
        return [part(number, entry) for number, entry in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return _sorted(part("an entry", entry) for entry in value)
    if isinstance(value, (type, ModuleType, Enum, os.PathLike)) or callable(value) and hasattr(value, "__qualname__"):
        return _named(value, part)
    return {"kind": type(value).__qualname__} | _content(value, place, part)


def _checked_text(value: str, place: str) -> str:
    if _ADDRESS.search(value):
        raise _indescribable(place, f"{value!r} holds an address, which is another in every process")
    return value


def _mapping(value: Mapping[Any, Any], part: Any) -> Any:
    if all(isinstance(key, str) for key in value):
        return {key: part(key, entry) for key, entry in value.items()}
    return _sorted([part("a key", key), part(key, entry)] for key, entry in value.items())


def _sorted(entries: Iterable[Any]) -> list[Any]:
    """In an order that does not depend on hashes."""
    return sorted(entries, key=functools.partial(json.dumps, sort_keys=True))


def _named(value: Any, part: Any) -> Any:
    """What has a name: by it, with what a function has captured or is bound to."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    name = f"{value.__module__}.{value.__qualname__}"
    held = held_by(value)
    return {"function": name} | {key: part(key, entry) for key, entry in held.items()} if held else name


def held_by(function: Any) -> dict[str, Any]:
    """What a function knows besides its text."""
    if isinstance(function, (MethodType, BuiltinFunctionType)):
        owner = function.__self__
        return {} if owner is None or isinstance(owner, (type, ModuleType)) else {"of": owner}
    if not isinstance(function, FunctionType):
        return {}
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    held = {
        "defaults": function.__defaults__,
        "keyword defaults": function.__kwdefaults__,
        "captured": {name: _cell_content(cell) for name, cell in cells},
    }
    return {name: entry for name, entry in held.items() if entry}


def _cell_content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing yet
        return None


def _content(value: Any, place: str, part: Any) -> dict[str, Any]:
    """What an object would be pickled as; its state where it states one."""
    if hasattr(value, "state_dict"):
        state, architectures = without_architectures(value.state_dict())
        if hasattr(value, "_architecture"):
            architectures = value._architecture()
        arrays, tree = split(state)
        content = {"content": digest(state) if arrays else tree}
        return content | ({ARCHITECTURE: architectures} if architectures else {})
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = value.__reduce_ex__(2) if reduce is None else reduce(value)
    except MemoryError:
        raise
    except Exception as error:  # whatever the class says
        raise _indescribable(place, str(error)) from error
    if isinstance(reduced, str):
        return {"name": reduced}
    make, arguments, state, entries, pairs = (*reduced, None, None, None)[:5]
    attributes, others = _attributes(value, state)
    beside = {
        "made of": arguments[1:] if make is _NEW else (make, *arguments),
        "state": others,
        "entries": list(entries or ()),
        "pairs": dict(pairs or ()),
    }
    parts = attributes | {name: entry for name, entry in beside.items() if _says(entry)}
    return {name: part(name, entry) for name, entry in parts.items()}


def _says(entry: Any) -> bool:
    return entry is not None and not (isinstance(entry, (tuple, list, dict)) and len(entry) == 0)


def _attributes(value: Any, state: Any) -> tuple[dict[str, Any], Any]:
    """The attributes in what an object is pickled as, without those that it has only computed, and what else is in it."""
    inside, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if not all(each is None or isinstance(each, dict) for each in (inside, slots)):
        return {}, state
    kept = (inside or {}) | (slots or {})
    return {name: entry for name, entry in kept.items() if not _computed(type(value), name)}, None


def _computed(kind: type, name: str) -> bool:
    return isinstance(getattr(kind, name, None), functools.cached_property)


def _indescribable(place: str, reason: str) -> WrongType:
    return WrongType(
        f"checkpoint: {place} cannot be described the same way in another process: {reason}. The run could not be told "
        "from others; take it out, or give the object that holds it a state_dict() of what matters"
    )


def stated(value: Any) -> Any:
    """Of an argument that a network was made with what tells its function, as JSON spells it: numbers, text, arrays by a
    digest, functions and classes by name, networks by their architecture, also in lists, tuples, sets, dicts and data
    classes. Of other objects, whose state may move while the function stays, the class."""
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, Mapping):
        return {str(key): stated(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [stated(entry) for entry in value]
    if isinstance(value, (set, frozenset)):
        return _sorted(stated(entry) for entry in value)
    if isinstance(value, functools.partial):
        return {"function": stated(value.func), "given": stated(value.args), "by name": stated(value.keywords)}
    if dataclasses.is_dataclass(value):
        return {entry.name: stated(getattr(value, entry.name)) for entry in dataclasses.fields(value)}
    if hasattr(value, "_architecture"):
        return value._architecture()
    if value is None or isinstance(value, (int, float, bytes, np.generic, Enum)):
        return described(value)
    if isinstance(value, np.ndarray) and value.dtype != object or isinstance(value, str) and not _ADDRESS.search(value):
        return described(value)
    return getattr(value, "__qualname__", type(value).__qualname__)


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
        by_name = {key: _plain(entry) for key, entry in value.items()}
        return _NOTHING if _NOTHING in map(_marked, by_name.values()) else by_name
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
        fits = isinstance(present, (list, tuple)) and len(present) == len(saved)
        entries = [_as(old, new) for old, new in zip(present if fits else [None] * len(saved), saved)]
        return tuple(entries) if isinstance(present, tuple) else entries
    if isinstance(saved, dict):
        by_name = present if isinstance(present, dict) else {}
        return {key: _as(by_name.get(key), value) for key, value in saved.items()}
    return np.array(saved) if isinstance(saved, np.ndarray) else saved
