"""Features and labels as the analyses take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import as_real
from ..errors import InvalidArgument, WrongType
from ..targets.classes import as_labels


def checked_features(features: Any, name: str) -> np.ndarray:
    """Finite features (N, M) as float64, N and M at least 1.

    Raises
    ------
    TypeError : not real numbers. ValueError : another shape, NaN or infinity (the first one's place is named).
    """
    array = as_real(features, name)
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidArgument(f"{name}: expected features of shape (N, M), got {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        row, column = (int(place) for place in np.argwhere(~finite)[0])
        raise InvalidArgument(f"{name}: {array[row, column]} in row {row}, column {column}; expected finite features")
    return array.astype(np.float64)


def checked_classes(labels: Any, count: int) -> np.ndarray:
    """One class per image, (count,), of at least two classes. ValueError otherwise."""
    array = as_labels(labels, "labels")
    if array.shape != (count,):
        raise InvalidArgument(f"labels: expected one class per image, shape ({count},), got {array.shape}")
    if array.dtype.kind not in "iuUS":
        raise WrongType(f"labels: expected class numbers or names, got {array.dtype}")
    if len(np.unique(array)) < 2:
        raise InvalidArgument("labels: expected at least two classes, got one")
    return array


def check_spread(features: np.ndarray, name: str) -> None:
    """ValueError where features (N, M) are the same in all rows: nothing can be told from them, and libraries divide by
    their spread."""
    if not np.any(features != features[:1]):
        raise InvalidArgument(
            f"{name}: all {len(features)} images have the same features; nothing to compare. A backbone that gives the "
            "same for every image has collapsed, or its running statistics are of other images (bissl.recalibrate)"
        )


def of_size_one(array: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Over the power of two above their greatest, along an axis or of all: nothing is rounded, and no square overflows."""
    exponents = np.frexp(np.abs(array).max(axis=axis, keepdims=True, initial=0.0))[1]
    scaled: np.ndarray = np.ldexp(array, -exponents)
    return scaled


def standardized(features: np.ndarray) -> np.ndarray:
    """Centred, with a mean square distance of 1 from the centre. Numbers of any size that differ (`check_spread`)."""
    scaled = features / np.abs(features).max()  # so that no square overflows
    centred = scaled - scaled.mean(axis=0)
    centred /= np.abs(centred).max()
    scaled = centred / np.sqrt(np.mean(np.sum(centred**2, axis=1)))
    return np.asarray(scaled)
