"""Samples of a data set by number, slice or mask, as NumPy indexes an array's first axis."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from ..errors import NoSuchSample, WrongType


def chosen_samples(key: Any, count: int) -> int | np.ndarray:
    """The number of one sample of ``count``, from 0 up; or those of several, int64.

    Raises
    ------
    NoSuchSample (IndexError) : a number out of range, or a mask of another length. WrongType (TypeError) : none of these.
    """
    if isinstance(key, tuple) and len(key) == 2 and key[1] is Ellipsis:
        key = key[0]  # as arrays of images are indexed by the first axis: [samples, ...]
    if isinstance(key, slice):
        return np.arange(count, dtype=np.int64)[key]
    if isinstance(key, (list, tuple, range, np.ndarray)) and np.ndim(key) == 1:
        return _several(np.asarray(key), count)
    return _one(key, count, "index: expected the number of an image, a slice, or several numbers or truth values")


def sample_number(sample: Any, count: int) -> int:
    """The number of one sample of ``count``, from 0 up; negative ones count from the end.

    Raises
    ------
    NoSuchSample (IndexError) : out of range. WrongType (TypeError) : no whole number.
    """
    return _one(sample, count, "sample: expected the number of an image")


def _one(key: Any, count: int, expected: str) -> int:
    if isinstance(key, (bool, np.bool_)) or not hasattr(key, "__index__") or np.ndim(key):
        raise WrongType(f"{expected}, got {type(key).__name__}")
    number = index(key)
    if not -count <= number < count:
        raise _no_such(number, count, expected.partition(":")[0])
    return number % count


def _several(key: np.ndarray, count: int) -> np.ndarray:
    if key.dtype == bool:
        if len(key) != count:
            raise NoSuchSample(f"index: expected a truth value for each of {count} images, got {len(key)}")
        return np.flatnonzero(key).astype(np.int64)
    if key.size and key.dtype.kind not in "iu":
        raise WrongType(f"index: expected whole numbers, got dtype {key.dtype}")
    outside = (key < -count) | (key >= count)  # before the cast, which wraps
    if outside.any():
        raise _no_such(key[int(np.argmax(outside))], count, "index")
    return key.astype(np.int64) % max(count, 1)


def _no_such(number: Any, count: int, name: str) -> NoSuchSample:
    return NoSuchSample(f"{name}: expected {-count} to {count - 1}, got {number}")
