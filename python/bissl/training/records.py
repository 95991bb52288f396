"""Records of epochs and alternations, as they are kept."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, SupportsFloat

import numpy as np

from ..errors import WrongType


def keep_plain(record: MutableMapping[str, Any], owner: str) -> None:
    """Makes a record what files and checkpoints can hold: numbers of Python, text, truth values, None, and lists and dicts of
    these. Arrays and tuples become lists.

    WrongType (TypeError) naming ``owner``, which made it what it is, and the place of what is none of these.
    """
    for name, value in list(record.items()):
        _check_name(name, "record", owner)
        record[name] = _plain(value, f"record[{name!r}]", owner)


def _plain(value: Any, place: str, owner: str) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)) and not isinstance(value, np.generic):
        return value
    if isinstance(value, Mapping):
        for key in value:
            _check_name(key, place, owner)
        return {key: _plain(entry, f"{place}[{key!r}]", owner) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry, f"{place}[{number}]", owner) for number, entry in enumerate(value)]
    try:
        array = np.asanyarray(value)  # what is masked becomes None
        if array.dtype.kind in "biufU" or array.dtype == object and array.ndim:
            return _plain((array.astype(float) if array.dtype.kind == "f" else array).tolist(), place, owner)
        if isinstance(value, SupportsFloat) and array.dtype == object:  # such as fractions
            return float(value)
    except (MemoryError, WrongType):
        raise
    except Exception as error:  # whatever another library raises where it does not give up its numbers
        raise _refused(value, place, owner) from error
    raise _refused(value, place, owner)


def _refused(value: Any, place: str, owner: str) -> WrongType:
    return WrongType(
        f"{owner}: {place}: expected numbers, text, None, or arrays, lists and dicts of these, got {type(value).__name__}; "
        "keep it in an attribute of the callback"
    )


def _check_name(name: Any, place: str, owner: str) -> None:
    if not isinstance(name, str):
        raise WrongType(f"{owner}: {place}: expected names that are text, got {name!r}; use str({name!r})")
