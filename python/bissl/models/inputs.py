"""What enters networks and losses: float images, already normalised, and labels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..arrays import as_array
from ..data.checks import check_no_path, checked_layout
from ..distributed.share import whole_has
from ..errors import InvalidArgument, WrongType
from ..finite import check_finite
from ..targets.classes import checked_labels
from ..targets.classsets import checked_class_sets

#: Normalised images stay within a few standard deviations; beyond this they are taken for 0..255.
_LARGEST_EXPECTED = 30.0


def float_images(images: Any, name: str = "images") -> np.ndarray:
    """Images as float32 or float64 (N, H, W, 3), finite. Never copied, never written to.

    Raises
    ------
    TypeError : uint8 (normalise first) or any other dtype.
    ValueError : another layout, NaN or infinity.

    Warns where values look like 0..255.
    """
    check_no_path(images, name)
    array = as_array(images, name)
    if array.dtype == np.uint8:
        raise WrongType(f"{name}: expected normalised float32 images, got uint8: use bissl.data.normalize({name})")
    if array.dtype not in (np.float32, np.float64):
        raise WrongType(f"{name}: expected float32 or float64, got {array.dtype}: use {name}.astype(numpy.float32)")
    if array.ndim == 4 and array.shape[-1] != 3 or array.ndim == 3:
        raise InvalidArgument(f"{name}: expected shape (N, H, W, 3), got {array.shape}; {_layout_hint(array, name)}")
    checked_layout(array, name)
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        check_finite(array, name)
    if max(-low, high) > _LARGEST_EXPECTED:
        warnings.warn(
            f"{name}: values from {low:.4g} to {high:.4g} do not look normalised: "
            f"use bissl.data.normalize on uint8 images, or subtract the mean and divide by the deviation",
            stacklevel=4,
        )
    return array


def _layout_hint(array: np.ndarray, name: str) -> str:
    if array.ndim == 3 and array.shape[-1] == 3:
        return f"for one image use {name}[None]"
    if array.ndim == 3:
        return f"for grey images use numpy.repeat({name}[..., None], 3, axis=-1)"
    if array.shape[1] == 3:
        return f"channels come first: use {name}.transpose(0, 2, 3, 1)"
    if array.shape[-1] == 1:
        return f"for grey images use numpy.repeat({name}, 3, axis=-1)"
    if array.shape[-1] == 4:
        return f"drop the alpha channel with {name}[..., :3]"
    return "three channels come last"


def checked_rows(values: Any, width: int, name: str) -> np.ndarray:
    """Floating-point rows (N, width). TypeError for another dtype, ValueError for another shape."""
    array = as_array(values, name)
    if array.dtype not in (np.float32, np.float64):
        raise WrongType(f"{name}: expected float32 or float64, got {array.dtype}: use {name}.astype(numpy.float32)")
    if array.ndim != 2 or array.shape[1] != width:
        raise InvalidArgument(f"{name}: expected shape (N, {width}), got {array.shape}")
    return array


def two_views(batch: Any, name: str = "batch", reason: str = "no negatives") -> tuple[np.ndarray, np.ndarray]:
    """(view1, view2) of equal shape, of at least two pairs in the batch of all processes; ``reason`` is told where there are
    fewer."""
    views = _pair(batch, name, "(view1, view2)")
    first, second = (float_images(view, f"{name}[{index}]") for index, view in enumerate(views))
    if first.shape != second.shape:
        raise InvalidArgument(f"{name}: the two views must have the same shape, got {first.shape} and {second.shape}")
    if not whole_has(len(first), 2):
        raise InvalidArgument(f"{name}: expected at least 2 pairs, got {len(first)}: {reason}")
    return first, second


def labelled(batch: Any, classes: int, name: str = "batch") -> tuple[np.ndarray, np.ndarray]:
    """(images, labels) with one int64 label per image in 0..classes-1."""
    images, labels = _pair(batch, name, "(images, labels)")
    images = float_images(images, "images")
    return images, checked_labels(labels, len(images), classes, "labels")


def multilabelled(batch: Any, classes: int, name: str = "batch") -> tuple[np.ndarray, np.ndarray]:
    """(images, targets) with targets (N, classes) of 0, 1 and -1 in the engine's precision; see `checked_class_sets`."""
    images, targets = _pair(batch, name, "(images, targets)")
    images = float_images(images, "images")
    return images, checked_class_sets(targets, len(images), classes, "targets")


def _pair(batch: Any, name: str, expected: str) -> tuple[Any, Any]:
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        given = f"{type(batch).__name__} of {len(batch)}" if hasattr(batch, "__len__") else type(batch).__name__
        raise InvalidArgument(f"{name}: expected a pair {expected}, got {given}")
    return batch[0], batch[1]
