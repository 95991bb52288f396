"""Constants that settings of operations are made of: whole arrays of them, as the engine takes them."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._engine import LARGEST
from ..arrays import as_array
from ..errors import InvalidArgument, WrongType, checked_integer, checked_real


def flat_integers(name: str, values: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Whole numbers of an array or sequence, flat. WrongType for others, ValueError for another shape than that."""
    return _flat(name, values, "iu", "integers", shape)


def flat_numbers(name: str, values: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Real numbers of an array or sequence, flat. WrongType for others, ValueError for another shape than that."""
    return _flat(name, values, "fiub", "real numbers", shape)


def precise_real(name: str, value: Any) -> float:
    """A number that is finite in the engine's precision."""
    return checked_real(name, value, LARGEST)


def read(name: str, values: Any, dtypes: str = "fiub", expected: str = "real numbers") -> np.ndarray:
    """An array or number, or a sequence of such, as an array. WrongType for others, InvalidArgument for entries of
    different shapes."""
    if values is None or isinstance(values, (str, bytes)):
        raise WrongType(f"{name}: expected {expected}, got {type(values).__name__} {values!r}")
    if isinstance(values, numbers.Rational) and "f" in dtypes:  # also integers that NumPy has no dtype for
        values = precise_real(name, +values)
    array = as_array(values, name)
    if array.size == 0 and array.dtype == float:  # of an empty list
        array = array.astype(np.int64)
    if array.dtype.kind not in dtypes:
        raise WrongType(f"{name}: expected {expected}, got dtype {array.dtype}")
    return array


def checked_extent(name: str, extent: int | Sequence[int]) -> int | list[int]:
    """An integer, or one per axis."""
    if isinstance(extent, int) or not np.iterable(extent):
        return checked_integer(name, extent)
    return [checked_integer(f"{name}[{axis}]", number) for axis, number in enumerate(extent)]


def _flat(name: str, values: Any, dtypes: str, expected: str, shape: tuple[int, ...] | None) -> np.ndarray:
    array = read(name, values, dtypes, expected)
    if shape is not None and array.shape != shape:
        raise InvalidArgument(f"{name}: expected shape {shape}, got {array.shape}")
    return np.ascontiguousarray(array.ravel(), np.float64)
