"""From pixel values to what a network takes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import as_array, as_real
from ..errors import InvalidArgument, WrongType
from ..finite import check_finite
from .checks import checked_layout

#: Mean of ImageNet's training images per channel, of values in 0..1.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
#: Their standard deviation per channel.
IMAGENET_STD = (0.229, 0.224, 0.225)

Channels = tuple[float, float, float]


def normalize(
    images: Any,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    dtype: Any = np.float32,
) -> np.ndarray:
    """``(images / 255 - mean) / std`` per channel, as a network takes them.

    Parameters
    ----------
    images : object
        uint8 (N, H, W, 3), or grey (N, H, W) or (N, H, W, 1), which is repeated to three channels; or float32 /
        float64 already in 0..1.
    mean, std : sequence of float, optional
        Per channel, of values in 0..1. The default is ImageNet's; see `channel_statistics` for a set's own.
    dtype : object, optional
        Dtype of the result; the engine converts as it needs.

    Returns
    -------
    ndarray
        Floats of the engine's precision, (N, H, W, 3).

    Raises
    ------
    TypeError
        Another dtype.
    ValueError
        Another layout, NaN or infinity (with the index of the first). Warns where float values reach beyond 0..1.
    WrongType (TypeError), InvalidArgument (ValueError)
        Another dtype or layout.

    Examples
    --------
    >>> grey = np.full((2, 8, 8), 128, np.uint8)
    >>> bissl.data.normalize(grey).shape
    (2, 8, 8, 3)
    """
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError):
        raise WrongType(f"dtype: expected a dtype, such as numpy.float32, got {dtype!r}") from None
    if kind.kind != "f":
        raise InvalidArgument(f"dtype: expected floating-point numbers, such as numpy.float32, got {kind}")
    array = as_array(images, "images")
    if array.dtype not in (np.uint8, np.float32, np.float64):
        raise WrongType(
            f"images: expected uint8 in 0..255 (or float32 / float64 in 0..1), got dtype {array.dtype}; "
            "cast with images.astype(numpy.uint8)"
        )
    array = as_rgb(checked_layout(array, "images"))
    offset, scale = checked_statistics(mean, std)
    if array.dtype == np.uint8:
        unit = array.astype(dtype) / np.asarray(255, dtype)
    else:
        unit = _checked_unit_range(array).astype(dtype)
    result: np.ndarray = (unit - offset.astype(dtype)) / scale.astype(dtype)
    return result


def as_rgb(images: np.ndarray) -> np.ndarray:
    """(N, H, W, 1) repeated to (N, H, W, 3), as a contiguous array; three channels pass through."""
    if images.shape[3] == 3:
        return images
    return np.repeat(images, 3, axis=3)


def channel_statistics(images: Any) -> tuple[Channels, Channels]:
    """Mean and standard deviation per channel of uint8 images, in units of 0..1, three channels each.

    A channel without spread gets a standard deviation of 1, so that normalising it gives 0. Take them from training
    images.

    Parameters
    ----------
    images : object
        uint8 (N, H, W, 3) or grey (N, H, W).

    Returns
    -------
    tuple of tuple of float
        Means, and standard deviations.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Another dtype or layout.

    Examples
    --------
    >>> mean, std = bissl.data.channel_statistics(np.full((2, 8, 8, 3), 51, np.uint8))
    >>> [round(m, 3) for m in mean], std
    ([0.2, 0.2, 0.2], (1.0, 1.0, 1.0))
    """
    array = checked_layout(as_array(images, "images"), "images")
    if array.dtype != np.uint8:
        raise WrongType(f"images: expected uint8 images in 0..255, got dtype {array.dtype}")
    # Exact in integers: histograms of 256 values per channel.
    histograms = np.stack([np.bincount(array[..., c].ravel(), minlength=256) for c in range(array.shape[3])])
    share = histograms / histograms.sum(axis=1, keepdims=True)
    values = np.arange(256) / 255
    mean = share @ values
    variance = (share * (values - mean[:, None]) ** 2).sum(axis=1)
    std = np.where(variance > 0, np.sqrt(variance), 1.0)
    return tuple(np.resize(mean, 3).tolist()), tuple(np.resize(std, 3).tolist())


def checked_statistics(mean: Sequence[float], std: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation as (3,) arrays; the deviation must be positive. WrongType for other than numbers."""
    offset, scale = (as_real(values, name).astype(np.float64) for name, values in (("mean", mean), ("std", std)))
    if offset.shape != (3,) or not np.isfinite(offset).all():
        raise InvalidArgument(f"mean: expected three finite numbers, got {mean}")
    if scale.shape != (3,) or not (np.isfinite(scale) & (scale > 0)).all():
        raise InvalidArgument(f"std: expected three positive numbers, got {std}")
    return offset, scale


def _checked_unit_range(array: np.ndarray) -> np.ndarray:
    check_finite(array, "images")
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 1:
        warnings.warn(
            f"images: float images are taken to be in 0..1, but these range from {low:.3g} to {high:.3g}; "
            "pass values in 0..255 as uint8, and do not normalise twice",
            stacklevel=3,
        )
    return array
