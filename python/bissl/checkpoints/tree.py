"""States: nested dicts of arrays, numbers and text; their arrays apart from the rest, digests, differences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from ..errors import NonFinite, WrongType

#: What stands in the place of an array; its value is the array's name.
_ARRAY = "$array"


def split(state: Any) -> tuple[dict[str, np.ndarray], Any]:
    """The arrays of a state by name (their place in it), and the state with names in place of the arrays, which JSON can
    spell.

    TypeError for anything else than dicts, lists, tuples, arrays, numbers, text, booleans and None.
    """
    arrays: dict[str, np.ndarray] = {}
    return arrays, _without_arrays(state, "", arrays)


def _without_arrays(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[place] = np.asarray(value)
        return {_ARRAY: place}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {_key(key, place): _without_arrays(v, f"{place}/{_escaped(key)}", arrays) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(entry, f"{place}/{index}", arrays) for index, entry in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise WrongType(f"state: {place or 'it'} is a {type(value).__name__}; expected arrays, numbers, text, lists, dicts")


def _key(key: Any, place: str) -> str:
    if not isinstance(key, str) or key == _ARRAY:
        raise WrongType(f"state: {place or 'it'} has the key {key!r}; expected text other than {_ARRAY!r}")
    return key


def _escaped(key: Any) -> str:
    """As in JSON pointers, so that no two places have one name."""
    return str(key).replace("~", "~0").replace("/", "~1")


def join(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The state whose parts `split` gave. Tuples have become lists."""
    if isinstance(tree, dict):
        if _ARRAY in tree:
            return arrays[tree[_ARRAY]]
        return {key: join(value, arrays) for key, value in tree.items()}
    return [join(entry, arrays) for entry in tree] if isinstance(tree, list) else tree


def digest(state: Any) -> str:
    """16 bytes, as hexadecimal text, that change with any bit of the state."""
    arrays, tree = split(state)
    total = blake2b(json.dumps(tree, sort_keys=True).encode(), digest_size=16)
    for name in sorted(arrays):
        total.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        total.update(np.ascontiguousarray(arrays[name]).data.cast("B") if arrays[name].size else b"")
    return total.hexdigest()


def require_finite(arrays: Mapping[str, np.ndarray]) -> None:
    """FloatingPointError naming the first array that holds NaN or infinity."""
    for name in _not_finite(arrays):
        raise NonFinite(f"state: {name} is not finite; it is not saved, and the checkpoints before it stay")


def is_finite(state: Any) -> bool:
    """Whether `require_finite` accepts the arrays of a state."""
    arrays, _ = split(state)
    return next(_not_finite(arrays), None) is None


def _not_finite(arrays: Mapping[str, np.ndarray]) -> Iterator[str]:
    return (name for name, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all())


def differences(saved: Any, present: Any, place: str = "") -> Iterator[str]:
    """Where two states differ, as text: "lr was 0.5 when it was saved, now it is 0.4"."""
    if isinstance(saved, Mapping) and isinstance(present, Mapping):
        for key in [*saved, *(key for key in present if key not in saved)]:
            inner = f"{place}.{key}" if place else str(key)
            if key in saved and key in present:
                yield from differences(saved[key], present[key], inner)
            else:
                yield f"{inner} was {'there' if key in saved else 'not there'} when it was saved, now it is {'not' if key in saved else 'there'}"
    elif not _equal(saved, present):
        yield f"{place} was {_shown(saved)} when it was saved, now it is {_shown(present)}"


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    return bool(first == second or (first != first and second != second))  # NaN is the same setting as NaN


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
