"""Features and labels as the analyses take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType


def checked_features(features: Any, name: str) -> np.ndarray:
    """Finite features (N, M) as float64, N and M at least 1.

    Raises
    ------
    TypeError : not real numbers. ValueError : another shape, NaN or infinity (the first one's place is named).
    """
    array = np.asarray(features)
    if array.dtype.kind not in "fiu":
        raise WrongType(f"{name}: expected real numbers, got {array.dtype}")
    if array.ndim != 2 or 0 in array.shape:
        raise InvalidArgument(f"{name}: expected features of shape (N, M), got {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        row, column = (int(place) for place in np.argwhere(~finite)[0])
        raise InvalidArgument(f"{name}: {array[row, column]} in row {row}, column {column}; expected finite features")
    return array.astype(np.float64)


def checked_classes(labels: Any, count: int) -> np.ndarray:
    """One class per image, (count,), of at least two classes. ValueError otherwise."""
    array = np.asarray(labels)
    if array.shape != (count,):
        raise InvalidArgument(f"labels: expected one class per image, shape ({count},), got {array.shape}")
    if array.dtype.kind not in "iuUS":
        raise WrongType(f"labels: expected class numbers or names, got {array.dtype}")
    if len(np.unique(array)) < 2:
        raise InvalidArgument("labels: expected at least two classes, got one")
    return array
