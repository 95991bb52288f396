"""What users get wrong with images and batches, and what they are told."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
from PIL import Image

from .. import distributed
from ..arrays import as_array
from ..errors import InvalidArgument, WrongType, checked_integer
from .decoding import pixels_of
from .decodingoptions import Decoding

logger = logging.getLogger("bissl")


def checked_images(images: Any, name: str = "images") -> np.ndarray:
    """Images as a uint8 array (N, H, W, C) with C = 1 or 3; (N, H, W) is read as grey. An array is never copied, never
    written to. A list of Pillow's images is decoded as files are, see `bissl.data.Decoding`.

    Raises
    ------
    TypeError : not uint8.
    ValueError : empty, of different sizes, or another layout; the message holds the expression that repairs it.
    """
    check_no_path(images, name)
    array = as_array(_decoded(images, name), name)
    if array.dtype != np.uint8:
        raise WrongType(f"{name}: expected uint8 images in 0..255, got dtype {array.dtype}; {_cast(array, name)}")
    return checked_layout(array, name)


def check_no_path(images: Any, name: str) -> None:
    """WrongType for a path, or several, where images are expected; the text says what opens them."""
    first = images[0] if isinstance(images, (list, tuple)) and images else images
    if isinstance(first, (str, os.PathLike)):
        raise WrongType(
            f"{name}: expected images or a bissl.data.Dataset, got {'a path' if first is images else 'paths'}; "
            f'open a folder of images by bissl.data.open_dataset("folder", {os.fspath(first)!r}), a .npy file by '
            "bissl.data.ArrayDataset(path)"
        )


def _decoded(images: Any, name: str) -> Any:
    """Pictures of Pillow as arrays; anything else as it is."""
    if isinstance(images, Image.Image):
        return pixels_of(images, Decoding(), name)
    if isinstance(images, (list, tuple)) and any(isinstance(image, Image.Image) for image in images):
        return [
            pixels_of(image, Decoding(), f"{name}[{place}]") if isinstance(image, Image.Image) else image
            for place, image in enumerate(images)
        ]
    return images


def _cast(array: np.ndarray, name: str) -> str:
    """How to reach uint8 from the dtype given."""
    if array.dtype.kind in "US":
        return f"paths of image files are opened with bissl.data.ImageFiles({name})"
    if array.dtype == object:
        return f"for values in 0..255 use {name}.astype(numpy.uint8), for images of one size numpy.stack({name})"
    if array.dtype.kind == "c":
        return f"take the real part first: {name}.real"
    if array.dtype.kind == "f":
        return (
            f"for values in 0..1 use (255 * {name}).round().astype(numpy.uint8), "
            f"for values in 0..255 {name}.round().astype(numpy.uint8)"
        )
    if array.dtype.kind == "u" and array.size and array.max() > 255:
        return f"for 16-bit values use ({name} >> 8).astype(numpy.uint8), for 12-bit values >> 4"
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
        return (
            f"lay the fourth (alpha) channel over white: alpha = {name}[..., 3:] / 255; "
            f"({name}[..., :3] * alpha + 255 * (1 - alpha)).round().astype(numpy.uint8)"
        )
    return f"give one channel, {name}[..., :1] (repeated to grey), or three"


def checked_batch_size(
    batch_size: int | None, default: int, size: int, least: int = 2, name: str = "batch_size"
) -> int:
    """The batch size to use on ``size`` images: the one asked for, or ``default`` shrunk to the data (with a note).

    ``least`` is the smallest that batch norm in training mode and the contrastive loss can use; of processes that train together each
    needs an image.
    """
    least = max(least, distributed.size())
    if size < least:
        raise InvalidArgument(f"{name}: training needs at least {least} images, got {size}")
    if batch_size is None:
        if size < default:
            logger.info("%s: the default of %d is shrunk to the %d images there are", name, default, size)
        return min(default, size)
    batch_size = checked_integer(name, batch_size)
    if batch_size > size:
        raise InvalidArgument(f"{name}: expected at most the {size} images there are, got {batch_size}")
    if batch_size < least:
        raise InvalidArgument(f"{name}: expected at least {least}, got {batch_size}")
    return batch_size
