"""States: nested dicts of arrays, numbers and text; their arrays apart from the rest, digests, differences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from ..errors import NonFinite, WrongType
from ..weights.safetensors_file import as_stored

#: What stands in the place of an array; its value is the array's name.
_ARRAY = "$array"
#: Under this name the state of a network tells what it computes besides its numbers. States from before have none: what they
#: do not tell is not compared.
ARCHITECTURE = "network.architecture"


def split(state: Any) -> tuple[dict[str, np.ndarray], Any]:
    """The arrays of a state by name (their place in it), contiguous and in this machine's byte order, and the state with names
    in place of the arrays, which JSON can spell.

    TypeError for anything else than dicts, lists, tuples, arrays of real numbers, numbers, text, booleans and None.
    """
    arrays: dict[str, np.ndarray] = {}
    return arrays, _without_arrays(state, "", arrays)


def _without_arrays(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[place] = as_stored(value, f"state: {place or 'it'}")
        return {_ARRAY: place}
    if isinstance(value, np.generic):
        value = value.item()
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
        total.update(arrays[name].reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def without_architectures(state: Any) -> tuple[Any, dict[str, Any]]:
    """The state as it was before states told the architectures of networks, and these by their places in it."""
    found: dict[str, Any] = {}
    return _without_architectures(state, "", found), found


def _without_architectures(value: Any, place: str, found: dict[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if ARCHITECTURE in value:
            found[place] = value[ARCHITECTURE]
        kept = {key: entry for key, entry in value.items() if key != ARCHITECTURE}
        return {key: _without_architectures(entry, _inner(place, key), found) for key, entry in kept.items()}
    if isinstance(value, (list, tuple)):
        return [_without_architectures(entry, _inner(place, index), found) for index, entry in enumerate(value)]
    return value


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
    for where, before, now in differing(saved, present, place):
        if before is ABSENT:
            yield f"{where} was not there when it was saved, now it is there"
        elif now is ABSENT:
            yield f"{where} was there when it was saved, now it is not"
        else:
            yield f"{where} was {shown(before)} when it was saved, now it is {shown(now)}"


class _Absent:
    def __repr__(self) -> str:
        return "not there"


#: In place of a value that one of two states has not.
ABSENT = _Absent()


def differing(saved: Any, present: Any, place: str = "", told: bool = True) -> Iterator[tuple[str, Any, Any]]:
    """Where two states differ: the place, what was saved and what there is. ``told`` : whether what was not saved is another
    value; of the architectures of networks it is none, since older states tell less of them."""
    if isinstance(saved, Mapping) and isinstance(present, Mapping):
        for key in [*saved, *(key for key in present if key not in saved)]:
            all_told = told and key != ARCHITECTURE
            if key in saved and key in present:
                yield from differing(saved[key], present[key], _inner(place, key), all_told)
            elif key in saved or all_told:
                yield _inner(place, key), saved.get(key, ABSENT), present.get(key, ABSENT)
    elif not _equal(saved, present):
        yield place, saved, present


def _inner(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else str(key)


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    return bool(first == second or (first != first and second != second))  # NaN is the same setting as NaN


def shown(value: Any) -> str:
    """The value as messages tell it, cut to a line."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
