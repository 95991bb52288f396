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
    if isinstance(key, (bool, np.bool_)) or not hasattr(key, "__index__") or np.ndim(key):
        raise WrongType(
            f"index: expected the number of an image, a slice, or several numbers or truth values, got {type(key).__name__}"
        )
    return int(_in_range(np.array([index(key)]), count)[0])


def _several(key: np.ndarray, count: int) -> np.ndarray:
    if key.dtype == bool:
        if len(key) != count:
            raise NoSuchSample(f"index: expected a truth value for each of {count} images, got {len(key)}")
        return np.flatnonzero(key).astype(np.int64)
    if key.size and key.dtype.kind not in "iu":
        raise WrongType(f"index: expected whole numbers, got dtype {key.dtype}")
    return _in_range(key.astype(np.int64), count)


def _in_range(numbers: np.ndarray, count: int) -> np.ndarray:
    outside = (numbers < -count) | (numbers >= count)
    if outside.any():
        raise NoSuchSample(f"index: expected {-count} to {count - 1}, got {numbers[int(np.argmax(outside))]}")
    return np.where(numbers < 0, numbers + count, numbers)
