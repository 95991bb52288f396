"""What users get wrong with images and labels, and what they are told."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType

logger = logging.getLogger("bissl")


def checked_images(images: Any, name: str = "images") -> np.ndarray:
    """Images as a uint8 array (N, H, W, C) with C = 1 or 3; (N, H, W) is read as grey. Never copied, never written to.

    Raises
    ------
    TypeError : not uint8.
    ValueError : empty, or another layout; the message holds the expression that repairs it.
    """
    array = np.asarray(images)
    if array.dtype != np.uint8:
        raise WrongType(f"{name}: expected uint8 images in 0..255, got dtype {array.dtype}; {_cast(array, name)}")
    return checked_layout(array, name)


def _cast(array: np.ndarray, name: str) -> str:
    """How to reach uint8 from the dtype given."""
    if array.dtype == object:
        return f"images of different sizes must be resized to one size first, then numpy.stack({name})"
    if array.dtype.kind == "c":
        return f"take the real part first: {name}.real"
    if array.dtype.kind == "f":
        return (
            f"for values in 0..1 use (255 * {name}).round().astype(numpy.uint8), "
            f"for values in 0..255 {name}.round().astype(numpy.uint8)"
        )
    return f"for values in 0..255 use {name}.astype(numpy.uint8)"


def checked_layout(array: np.ndarray, name: str) -> np.ndarray:
    """The array as (N, H, W, C), C = 1 or 3, at least one image of at least one pixel."""
    if array.ndim == 3:
        array = _grey_with_channel(array, name)
    if array.ndim != 4:
        raise InvalidArgument(
            f"{name}: expected shape (N, H, W, 3) or (N, H, W), got {array.shape}; {_reshape_hint(array, name)}"
        )
    if 0 in array.shape:
        raise InvalidArgument(f"{name}: expected at least one image, got shape {array.shape}")
    if array.shape[3] not in (1, 3):
        raise InvalidArgument(
            f"{name}: expected 3 channels last (N, H, W, 3), got {array.shape}; {_channel_hint(array, name)}"
        )
    return array


def _grey_with_channel(array: np.ndarray, name: str) -> np.ndarray:
    if array.shape[2] in (3, 4):
        raise InvalidArgument(
            f"{name}: shape {array.shape} looks like one image; use {name}[None] for a batch of one, "
            f"or {name}[..., None] for grey images that are {array.shape[2]} pixels wide"
        )
    return array[..., None]


def _reshape_hint(array: np.ndarray, name: str) -> str:
    if array.ndim == 2:
        return f"flattened images need their height and width back: {name}.reshape(len({name}), H, W)"
    return "one row per image, height, width and channels last"


def _channel_hint(array: np.ndarray, name: str) -> str:
    if array.shape[1] in (1, 3):
        return f"channels come first: use {name}.transpose(0, 2, 3, 1)"
    if array.shape[3] == 4:
        return f"drop the fourth (alpha) channel with {name}[..., :3]"
    return f"give one channel, {name}[..., :1] (repeated to grey), or three"


def check_finite(array: np.ndarray, name: str) -> None:
    """ValueError with the index of the first NaN or infinity."""
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.unravel_index(int(np.argmin(finite)), array.shape))
        raise InvalidArgument(f"{name}: expected finite values, got {array[where]} at index {where}")


def checked_labels(labels: Any, count: int, classes: int | None = None, name: str = "y") -> np.ndarray:
    """Labels as int64 (count,) in 0..classes-1; without ``classes`` any label from 0 up, at least two different ones.

    Raises
    ------
    TypeError : not integers.
    ValueError : wrong length, negative, not below ``classes``, or one class only.
    """
    array = np.asarray(labels)
    if array.shape != (count,):
        raise InvalidArgument(f"{name}: expected one label per image, shape ({count},), got {array.shape}")
    if array.dtype.kind not in "iu":
        raise _not_integer(array, name)
    limit = classes if classes is not None else np.iinfo(np.int64).max
    outside = (array < 0) | (array >= limit)
    if outside.any():
        first = int(np.argmax(outside))
        allowed = f"0 to {classes - 1}" if classes is not None else "0 and up"
        raise InvalidArgument(f"{name}: expected labels in {allowed}, got {array[first]} at index {first}")
    array = array.astype(np.int64)
    if classes is None and (array == array[0]).all():
        raise InvalidArgument(f"{name}: expected at least two classes, got only label {array[0]}")
    return array


def checked_class_labels(labels: Any, count: int, classes: int = 0, name: str = "labels") -> np.ndarray:
    """Labels as int64 (count,), see `checked_labels`, or bool (count, C): any number of classes per image.

    ``classes`` is their number where it is known, otherwise 0.
    """
    array = np.asarray(labels)
    if array.dtype != bool or array.ndim != 2:
        return checked_labels(array, count, classes or None, name)
    if array.shape != (count, classes or array.shape[1]):
        expected = f"({count}, {classes or 'classes'})"
        raise InvalidArgument(f"{name}: expected one row per image, shape {expected}, got {array.shape}")
    return array


def _not_integer(array: np.ndarray, name: str) -> Exception:
    if array.dtype.kind != "f":
        return WrongType(
            f"{name}: expected integer labels from 0, got dtype {array.dtype}; "
            f"number the classes with numpy.unique({name}, return_inverse=True)[1]"
        )
    broken = ~np.isfinite(array)
    first = int(np.argmax(broken)) if broken.any() else 0
    return InvalidArgument(
        f"{name}: expected integer labels from 0, got {array[first]} ({array.dtype}) at index {first}; "
        f"use {name}.astype(numpy.int64) if these are class numbers"
    )


def checked_batch_size(
    batch_size: int | None, default: int, size: int, least: int = 2, name: str = "batch_size"
) -> int:
    """The batch size to use on ``size`` images: the one asked for, or ``default`` shrunk to the data (with a note).

    ``least`` is the smallest that batch norm in training mode and the contrastive loss can use.
    """
    if size < least:
        raise InvalidArgument(f"{name}: training needs at least {least} images, got {size}")
    if batch_size is None:
        if size < default:
            logger.info("%s: the default of %d is shrunk to the %d images there are", name, default, size)
        return min(default, size)
    if batch_size > size:
        raise InvalidArgument(f"{name}: expected at most the {size} images there are, got {batch_size}")
    if batch_size < least:
        raise InvalidArgument(f"{name}: expected at least {least}, got {batch_size}")
    return int(batch_size)
