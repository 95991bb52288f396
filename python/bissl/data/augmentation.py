"""Random views of images: the recipes of pretext and downstream training, and the engine call that makes them.

Draws are keyed by (seed, epoch, sample, view), so that a batch does not depend on order, batch size or threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import _engine
from ..arrays import as_array
from ..errors import (
    InvalidArgument,
    WrongType,
    check_option,
    checked_flag,
    checked_integer,
    checked_number,
    checked_real,
    checked_share,
)
from ..targets.geometry import Size
from .checks import checked_images
from .dataset import Dataset
from .imageviews import ImageView, checked_view, engine_form, view_geometry
from .normalization import IMAGENET_MEAN, IMAGENET_STD, Channels, as_rgb, checked_statistics
from .ownsize import own_side

Range = tuple[float, float]

_PROBABILITIES = tuple(f"{name}_probability" for name in ("flip", "jitter", "grey", "blur", "solarize"))
_STRENGTHS = ("brightness", "contrast", "saturation", "hue")


@dataclass(frozen=True)
class View(ImageView):
    """How one square view of an image is made. The defaults only normalise.

    Parameters
    ----------
    size : int
        Side of the result, in pixels.
    crop_scale : tuple of float or None, optional
        Area share and aspect ratio of the random resized crop; without ``crop_scale`` nothing is cropped at random.
    crop_ratio : tuple of float, default (0.75, 1.3333333333333333)
        Area share and aspect ratio of the random resized crop; without ``crop_scale`` nothing is cropped at random.
    resize_shorter : int or None, optional
        Without random crop, the shorter side is first resized to this many pixels, then the centre is cropped.
    bicubic : bool, default False
        Antialiased bicubic instead of antialiased bilinear interpolation.
    flip_probability : float, default 0.0
        Probability of mirroring left and right.
    jitter_probability : float, default 0.0
        Probability of the colour jitter.
    brightness, contrast, saturation, hue : float, default 0.0
        Strengths of the colour jitter, which happens with ``jitter_probability``; that must be given with one of them.
    grey_probability : float, default 0.0
        Probability that colours become grey.
    blur_probability : float, default 0.0
        Probability of the Gaussian blur.
    blur_sigma : tuple of float, default (0.1, 2.0)
        Range of the Gaussian blur's standard deviation, in pixels of the result.
    solarize_probability : float, default 0.0
        Probability that grey levels of at least 128 are inverted.
    mean, std : tuple of float, optional
        Per channel, of values in 0..1; applied last.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A field of another kind, or out of range.

    Examples
    --------
    >>> view = bissl.data.View(24, crop_scale=(0.5, 1.0), flip_probability=0.5)
    >>> image = np.full((1, 32, 32, 3), 128, np.uint8)
    >>> bissl.data.augment(image, np.array([0]), view, seed=1).shape
    (1, 24, 24, 3)
    """

    size: int
    crop_scale: Range | None = None
    crop_ratio: Range = (3 / 4, 4 / 3)
    resize_shorter: int | None = None
    bicubic: bool = False
    flip_probability: float = 0.0
    jitter_probability: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    grey_probability: float = 0.0
    blur_probability: float = 0.0
    blur_sigma: Range = (0.1, 2.0)
    solarize_probability: float = 0.0
    mean: Channels = IMAGENET_MEAN
    std: Channels = IMAGENET_STD

    def __post_init__(self) -> None:
        self._fix(size=checked_integer("size", self.size, 1), bicubic=checked_flag("bicubic", self.bicubic))
        if self.resize_shorter is not None:
            self._fix(resize_shorter=checked_integer("resize_shorter", self.resize_shorter, 1))
        for name in _PROBABILITIES:
            self._fix(**{name: checked_share(name, getattr(self, name))})
        for name in _STRENGTHS:
            self._fix(**{name: checked_number(name, getattr(self, name))})
        strong = [name for name in _STRENGTHS if getattr(self, name) > 0]
        if strong and not self.jitter_probability:
            raise InvalidArgument(
                f"{strong[0]}: expected 0 where jitter_probability is 0, as colours are jittered with that, got "
                f"{getattr(self, strong[0])}; give jitter_probability too, or, to jitter no colours, "
                f"{', '.join(f'{name}=0' for name in strong)}"
            )
        for name in ("crop_scale", "crop_ratio", "blur_sigma"):
            if (value := getattr(self, name)) is not None or name != "crop_scale":
                self._fix(**{name: _checked_interval(name, value)})
        mean, std = checked_statistics(self.mean, self.std)
        self._fix(mean=tuple(mean.tolist()), std=tuple(std.tolist()))
        _engine.augmentation_create(self.recipe())  # which knows the ranges of all numbers

    @property
    def fixed_size(self) -> Size:
        return self.size, self.size

    def recipe(self) -> dict[str, float]:
        options: dict[str, float] = {"size": self.size, "bicubic": float(self.bicubic)}
        if self.crop_scale is not None:
            options |= _ends("crop_scale", self.crop_scale) | _ends("crop_ratio", self.crop_ratio)
        if self.resize_shorter is not None:
            options |= {"resize_shorter": self.resize_shorter, "center_crop": 1.0}
        if self.blur_probability > 0:
            options |= _ends("blur_sigma", self.blur_sigma)
        options |= {name: getattr(self, name) for name in (*_PROBABILITIES, *_STRENGTHS)}
        for channel in range(3):
            options |= {f"mean_{channel}": self.mean[channel], f"std_{channel}": self.std[channel]}
        return options


def _checked_interval(name: str, interval: Any) -> Range:
    if not isinstance(interval, (Sequence, np.ndarray)) or isinstance(interval, (str, bytes)) or np.ndim(interval) != 1:
        raise WrongType(f"{name}: expected (least, most), such as (0.2, 1.0), got {interval!r}")
    if len(interval) != 2:
        raise InvalidArgument(f"{name}: expected two numbers, (least, most), got {len(interval)}: {interval!r}")
    least, most = (checked_real(name, end) for end in interval)
    if not 0 < least <= most:
        raise InvalidArgument(f"{name}: expected (least, most) with 0 < least <= most, got {interval}")
    return least, most


def _ends(name: str, interval: Range) -> dict[str, float]:
    return {f"{name}_min": interval[0], f"{name}_max": interval[1]}


@dataclass(frozen=True)
class TwoViews:
    """The two views of a contrastive pretext batch; they may differ.

    Parameters
    ----------
    first : View
        How the first view is made.
    second : View
        How the second view is made; it may differ.

    Raises
    ------
    WrongType (TypeError)
        Something else than a view.

    Examples
    --------
    >>> views = bissl.data.TwoViews.paper(size=64)
    >>> views.first.solarize_probability, views.second.solarize_probability
    (0.0, 0.2)
    """

    first: View
    second: View

    def __post_init__(self) -> None:
        checked_view("first", self.first, View)
        checked_view("second", self.second, View)

    def __iter__(self) -> Iterator[View]:
        return iter((self.first, self.second))

    @classmethod
    def paper(cls, size: int = 96, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD) -> TwoViews:
        """VICReg's asymmetric views with crop scale (0.5, 1), as the BiSSL paper states."""
        first = View(
            size, crop_scale=(0.5, 1.0), bicubic=True, flip_probability=0.5, jitter_probability=0.8, brightness=0.4,
            contrast=0.4, saturation=0.2, hue=0.1, grey_probability=0.2, blur_probability=1.0, mean=mean, std=std,
        )  # fmt: skip
        return cls(first, replace(first, blur_probability=0.1, solarize_probability=0.2))

    @classmethod
    def authors_code(cls, size: int = 96, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD) -> TwoViews:
        """As `paper`, but with 0.5 as the least aspect ratio and crop scale (0.08, 1), as the authors' code runs."""
        first, second = (
            replace(view, crop_scale=(0.08, 1.0), crop_ratio=(0.5, 4 / 3)) for view in cls.paper(size, mean, std)
        )
        return cls(first, second)

    @classmethod
    def small(
        cls, size: int = 32, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD, flip: bool = False
    ) -> TwoViews:
        """For small images: crop scale (0.5, 1), brightness and contrast jitter, light blur.

        ``flip`` only where a mirrored image is the same thing: not for digits or letters.
        """
        view = View(
            size, crop_scale=(0.5, 1.0), flip_probability=0.5 if flip else 0.0, jitter_probability=0.8, brightness=0.4,
            contrast=0.4, blur_probability=0.5, blur_sigma=(0.1, 1.0), mean=mean, std=std,
        )  # fmt: skip
        return cls(view, view)


@dataclass(frozen=True)
class DownstreamViews:
    """The random view of downstream training and the fixed view of evaluation.

    Parameters
    ----------
    training : ImageView
        The random view that training sees: a `View`, or, for detection and segmentation, a `bissl.data.DenseView`.
    evaluation : ImageView
        The fixed view that evaluation sees.

    Raises
    ------
    WrongType (TypeError)
        Something else than a view.

    Examples
    --------
    >>> views = bissl.data.DownstreamViews.paper(size=64)
    >>> views.training.size, views.evaluation.flip_probability
    (64, 0.0)
    """

    training: ImageView
    evaluation: ImageView

    def __post_init__(self) -> None:
        checked_view("training", self.training)
        checked_view("evaluation", self.evaluation)

    @classmethod
    def paper(cls, size: int = 96, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD) -> DownstreamViews:
        """Random resized crop (scale (0.5, 1), bilinear) and flip; resize to int(size 256/224) and centre crop."""
        training = View(size, crop_scale=(0.5, 1.0), flip_probability=0.5, mean=mean, std=std)
        return cls(training, View(size, resize_shorter=size * 256 // 224, mean=mean, std=std))

    @classmethod
    def small(
        cls, size: int = 32, mean: Channels = IMAGENET_MEAN, std: Channels = IMAGENET_STD, flip: bool = False
    ) -> DownstreamViews:
        """For small images: random resized crop (scale (0.7, 1)); evaluation sees the whole image."""
        training = View(size, crop_scale=(0.7, 1.0), flip_probability=0.5 if flip else 0.0, mean=mean, std=std)
        return cls(training, View(size, resize_shorter=size, mean=mean, std=std))


DOWNSTREAM_PRESETS: Mapping[str, Callable[..., DownstreamViews]] = {
    "paper": DownstreamViews.paper,
    "small": DownstreamViews.small,
}


def downstream_views(
    augmentation: str | DownstreamViews, dataset: Dataset, name: str = "augmentation"
) -> DownstreamViews:
    """The views that ``augmentation`` names: "small" keeps the size that all images of the data set have (their shorter
    side; ValueError where it differs), the others make 96 pixels. ``name`` is what messages call it."""
    if isinstance(augmentation, DownstreamViews):
        return augmentation
    make = DOWNSTREAM_PRESETS[check_option(name, augmentation, DOWNSTREAM_PRESETS)]
    if augmentation != "small":
        return make()
    return make(size=own_side(dataset, f"{name}=bissl.data.DownstreamViews.small(48)", name))


def augment(
    images: np.ndarray, samples: np.ndarray, view: ImageView, seed: int = 0, epoch: int = 0, index: int = 0
) -> np.ndarray:
    """One random view of each image, on the engine's threads.

    Every transform is Pillow's as torchvision calls it, in its 8-bit arithmetic, byte for byte but for resizing, whose
    shorter fixed-point numbers move a few pixels of a thousand by one grey level. One difference is on purpose: images
    are always resized along their rows first, as Pillow did up to version 12; since 13 it begins with the columns of
    images that are to shrink much more in height.

    Parameters
    ----------
    images : ndarray
        uint8 (N, H, W, 1 or 3) or (N, H, W).
    samples : ndarray
        int64 (N,), each image's number in its data set: the key of its draws, with ``seed``, ``epoch`` and ``index``.
    view : ImageView
        How the views are made.
    seed : int, default 0
        Seed of the draws.
    epoch : int, default 0
        Which epoch's draws.
    index : int, default 0
        Which view of a pair this is.

    Returns
    -------
    ndarray
        float array (N, height, width, 3) of the engine's precision, normalised; ``size`` each for a `View`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Images of another dtype or layout, sample numbers that are no whole numbers or not one per image, or something else
        than a view.
    ValueError
        Images smaller than a centre crop without resizing, or an option of the view out of the engine's range.

    Examples
    --------
    >>> images = np.zeros((2, 32, 32, 3), np.uint8)
    >>> bissl.data.augment(images, np.array([0, 1]), bissl.data.TwoViews.small(24).first, seed=3).shape
    (2, 24, 24, 3)
    """
    images = checked_images(images)
    checked_view("view", view)
    numbers = _checked_numbers(samples, len(images))
    size = view.fixed_size or view_geometry(view, images.shape[1:3]).size
    output = np.empty((len(images), *size, 3), np.dtype(_engine.precision))
    pixels = np.ascontiguousarray(as_rgb(images))
    _engine.images_augment(engine_form(view), pixels, numbers, seed, epoch, index, output)
    return output


def _checked_numbers(samples: Any, count: int) -> np.ndarray:
    """Sample numbers as contiguous int64 (count,)."""
    array = as_array(samples, "samples")
    if array.dtype.kind not in "iu":
        raise WrongType(f"samples: expected whole numbers, got dtype {array.dtype}; use numpy.arange(len(images))")
    if array.shape != (count,):
        raise InvalidArgument(f"samples: expected one number per image, shape ({count},), got {array.shape}")
    if array.dtype.kind == "u" and count and array.max() >= 2**63:
        raise InvalidArgument(f"samples: expected numbers below 2**63, got {array.max()}")
    return np.ascontiguousarray(array, np.int64)


def augment_into(
    out: np.ndarray, pixels: np.ndarray, sample: int, view: ImageView, seed: int = 0, epoch: int = 0, index: int = 0
) -> None:
    """One random view of one image, written into ``out``: what a loader's worker threads call.

    It runs on the calling thread alone and without the GIL. Neither the engine's work nor other threads hold it up,
    and it may be used after a fork. The numbers are those that `augment` gives for the same sample and keys.

    Parameters
    ----------
    out : ndarray
        (height, width, 3) of the view, C-contiguous and writable, of the engine's precision; for example ``batch[i]``.
    pixels : ndarray
        uint8 (H, W, 1 or 3), of any size.
    sample : int
        As in `augment`.
    view : ImageView
        How the view is made.
    seed : int
        As in `augment`.
    epoch : int
        As in `augment`.
    index : int
        As in `augment`.

    Raises
    ------
    TypeError
        ``pixels`` not uint8, or ``out`` of another dtype.
    ValueError
        Either of another shape; otherwise as `augment`.

    Examples
    --------
    >>> out = np.empty((24, 24, 3), bissl.precision)
    >>> bissl.data.augment_into(out, np.zeros((32, 32, 3), np.uint8), 0, bissl.data.View(24, resize_shorter=24))
    >>> bool(np.isfinite(out).all())
    True
    """
    checked_view("view", view)
    if not isinstance(pixels, np.ndarray):
        raise WrongType(f"pixels: expected a uint8 array (H, W, 3), got {type(pixels).__name__}")
    if pixels.shape[2:] == (1,):
        pixels = np.repeat(pixels, 3, axis=2)
    _engine.image_augment(engine_form(view), pixels, sample, seed, epoch, index, out)
