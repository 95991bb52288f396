"""Views of whole images, each of its own size: what detection and segmentation are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InvalidArgument, WrongType, checked_flag, checked_integer, checked_share
from ..targets.geometry import padded_size
from .imageviews import ImageView, engine_form
from .normalization import IMAGENET_MEAN, IMAGENET_STD, Channels, checked_statistics

LARGEST_SIDE = 16_384
"""Of a view, in pixels; the engine's bound."""


@dataclass(frozen=True)
class DenseView(ImageView):
    """The whole image, resized without changing its aspect ratio but for truncation to whole pixels. Views of a batch are
    padded at their bottom and right to one size.

    Parameters
    ----------
    short_side : int
        Short side of the view, in pixels; the long side is ⌊short_side · long / short⌋ of the image's sides.
    long_side : int or None, optional
        The most that the long side may have, in pixels; where it would have more, it has these, and the short one
        ⌊long_side · short / long⌋. None is no bound.
    flip_probability : float, default 0.0
        Probability of mirroring left and right.
    multiple : int, default 1
        The padded height and width of a batch are multiples of this; padding is 0, after normalisation.
    bicubic : bool, default False
        Antialiased bicubic instead of antialiased bilinear interpolation.
    mean, std : tuple of float, optional
        Per channel, of values in 0..1; applied last.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A field of another kind, or out of range.

    Examples
    --------
    >>> view = bissl.data.DenseView.segmentation()
    >>> bissl.data.view_geometry(view, (300, 400)).size
    (192, 256)
    """

    short_side: int
    long_side: int | None = None
    flip_probability: float = 0.0
    multiple: int = 1
    bicubic: bool = False
    mean: Channels = IMAGENET_MEAN
    std: Channels = IMAGENET_STD

    def __post_init__(self) -> None:
        short_side = checked_integer("short_side", self.short_side, 1, LARGEST_SIDE)
        long_side = self.long_side
        if long_side is not None:
            long_side = checked_integer("long_side", long_side, short_side, LARGEST_SIDE)
        mean, std = checked_statistics(self.mean, self.std)
        self._fix(
            short_side=short_side,
            long_side=long_side,
            flip_probability=checked_share("flip_probability", self.flip_probability),
            multiple=checked_integer("multiple", self.multiple, 1, LARGEST_SIDE),
            bicubic=checked_flag("bicubic", self.bicubic),
            mean=tuple(mean.tolist()),
            std=tuple(std.tolist()),
        )
        engine_form(self)  # which knows the ranges of the others

    @classmethod
    def detection(cls, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD) -> DenseView:
        """Short side 196 unless the long one would exceed 320, no flip, padded to multiples of 32 (paper, section B.7)."""
        return cls(196, 320, multiple=32, mean=mean, std=std)

    @classmethod
    def segmentation(
        cls, flip_probability: float = 0.5, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD
    ) -> DenseView:
        """Short side 192, flip (0 for evaluation), padded to multiples of 16 (paper, section B.7)."""
        return cls(192, flip_probability=flip_probability, multiple=16, mean=mean, std=std)

    def recipe(self) -> dict[str, float]:
        options = {
            "short_side": self.short_side, "long_side": self.long_side or 0, "bicubic": float(self.bicubic),
            "flip_probability": self.flip_probability, "jitter_probability": 0.0,
        }  # fmt: skip
        for channel in range(3):
            options |= {f"mean_{channel}": self.mean[channel], f"std_{channel}": self.std[channel]}
        return options


def padded_batch(images: Sequence[np.ndarray], multiple: int = 1) -> np.ndarray:
    """Images (H, W, C) of several sizes as one array (N, height, width, C), padded with 0 at their bottom and right; height
    and width are `bissl.targets.padded_size`.

    Parameters
    ----------
    images : sequence of ndarray
        Arrays (h, w, C) of any sizes and one number of channels.
    multiple : int, default 1
        Height and width of the batch are multiples of it.

    Returns
    -------
    ndarray
        The batch (N, height, width, C), in a dtype that holds all images' numbers.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No view, or one of another shape.

    Examples
    --------
    >>> views = [np.ones((3, 5, 3), np.float32), np.ones((4, 2, 3), np.float32)]
    >>> bissl.data.padded_batch(views, multiple=4).shape
    (2, 4, 8, 3)
    """
    if not isinstance(images, Sequence | np.ndarray) or isinstance(images, str):
        raise WrongType(f"images: expected a list of arrays (h, w, C), got {type(images).__name__}")
    for place, image in enumerate(images):
        if not isinstance(image, np.ndarray):
            raise WrongType(f"images: expected arrays (h, w, C), got {type(image).__name__} at index {place}")
        if image.ndim != 3 or image.shape[2:] != images[0].shape[2:]:
            raise InvalidArgument(
                f"images: expected arrays (h, w, C) of one number of channels, got shape {images[0].shape} at index 0 and "
                f"{image.shape} at index {place}"
            )
    height, width = padded_size([image.shape[:2] for image in images], multiple)
    if all(image.shape[:2] == (height, width) for image in images):
        return np.stack(images) if isinstance(images, list) else np.asarray(images)
    batch = np.zeros((len(images), height, width, images[0].shape[2]), np.result_type(*images))
    for padded, image in zip(batch, images):
        padded[: image.shape[0], : image.shape[1]] = image
    return batch
