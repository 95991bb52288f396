"""Constants that settings of operations are made of: whole arrays of them, as the engine takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType, checked_integer


def flat_integers(name: str, integers: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Whole numbers of an array or sequence, flat. WrongType for others, ValueError for another shape than that."""
    return _flat(name, integers, "iu", "integers", shape)


def flat_numbers(name: str, numbers: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Real numbers of an array or sequence, flat. WrongType for others, ValueError for another shape than that."""
    return _flat(name, numbers, "fiub", "real numbers", shape)


def checked_extent(name: str, extent: int | Sequence[int]) -> int | list[int]:
    """An integer, or one per axis."""
    if isinstance(extent, int) or np.ndim(extent) == 0:
        return checked_integer(name, extent)
    return [checked_integer(f"{name}[{axis}]", number) for axis, number in enumerate(extent)]


def _flat(name: str, values: Any, dtypes: str, expected: str, shape: tuple[int, ...] | None) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0 and array.dtype == float:  # of an empty list
        array = array.astype(np.int64)
    if array.dtype.kind not in dtypes:
        raise WrongType(f"{name}: expected {expected}, got dtype {array.dtype}")
    if shape is not None and array.shape != shape:
        raise InvalidArgument(f"{name}: expected shape {shape}, got {array.shape}")
    return np.ascontiguousarray(array.ravel(), np.float64)
