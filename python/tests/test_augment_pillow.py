"""Every transform against Pillow, on images of odd sizes, flat, ramps and noise.

Draws depend on the sample, not on its pixels: what chance decided is read off a probe that Pillow transforms too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

import bissl
from bissl import _engine
from bissl.data import View, augment_into

SHAPES = [(1, 1), (2, 5), (5, 2), (37, 53), (130, 9), (9, 130), (64, 64)]
FILTERS = {False: Image.Resampling.BILINEAR, True: Image.Resampling.BICUBIC}
PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
KINDS = ("flat", "ramp", "noise")


def picture(kind: str, height: int, width: int) -> np.ndarray:
    """uint8 (height, width, 3)."""
    random = np.random.default_rng(height * 1000 + width)
    if kind == "flat":
        return np.broadcast_to(random.integers(0, 256, 3), (height, width, 3)).astype(np.uint8)
    if kind == "ramp":
        y, x, c = np.mgrid[:height, :width, :3]
        return (255 * (y + (1 + c) * x) / max(1, height + 3 * width)).astype(np.uint8)
    return random.integers(0, 256, (height, width, 3)).astype(np.uint8)


def made(pixels: np.ndarray, view: View, sample: int = 0) -> np.ndarray:
    """The view in grey levels, int (size, size, 3)."""
    out = np.empty((view.size, view.size, 3), np.dtype(bissl.precision))
    augment_into(out, pixels, sample, replace(view, **PLAIN), seed=11)
    return (out * 255).round().astype(int)


def check(levels: np.ndarray, expected: Image.Image | np.ndarray, most: int = 2, mean: float = 0.1) -> None:
    """At most ``most`` grey levels apart, ``mean`` on average; ties of rounding leave a mark on tiny images."""
    difference = abs(levels - np.asarray(expected).astype(int))
    assert difference.max() <= most
    assert difference.sum() <= 4 + mean * difference.size


def resized(pixels: np.ndarray, width: int, height: int, bicubic: bool) -> Image.Image:
    """Along the rows first, which is not what Pillow 13 does with every shape."""
    image = Image.fromarray(pixels)
    return image.resize((width, image.height), FILTERS[bicubic]).resize((width, height), FILTERS[bicubic])


@pytest.mark.parametrize("bicubic", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), [*SHAPES, (411, 300)])
def test_crop_and_resize(kind, height, width, bicubic):
    pixels = picture(kind, height, width)
    for size in (1, 7, 33, 96):
        whole = View(size, crop_scale=(1, 1), crop_ratio=(width / height, width / height), bicubic=bicubic)
        levels = made(pixels, whole)
        # Ramps hit ties of rounding everywhere.
        check(levels, resized(pixels, size, size, bicubic), mean=0.3 if kind == "ramp" else 0.02)
        assert np.array_equal(made(pixels, replace(whole, flip_probability=1.0)), levels[:, ::-1])
        if kind == "flat":
            assert (levels == pixels[0, 0]).all()


@pytest.mark.parametrize("bicubic", [False, True])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_resize_and_centre_crop(height, width, bicubic):
    pixels = picture("noise", height, width)
    for size, shorter in ((7, 7), (20, 23), (33, 40)):
        scale = shorter / min(height, width)
        full = resized(pixels, max(shorter, int(width * scale)), max(shorter, int(height * scale)), bicubic)
        left, top = (round((length - size) / 2) for length in full.size)
        expected = full.crop((left, top, left + size, top + size))
        check(made(pixels, View(size, resize_shorter=shorter, bicubic=bicubic)), expected, mean=0.1)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 0.8, 1.0, 1.4, 1.5, 2.0, 2.5, 6.0, 30.0])
@pytest.mark.parametrize("kind", KINDS)
def test_blur(kind, sigma):
    for size in (1, 2, 15, 16, 17, 96):
        pixels = picture(kind, size, size)
        blurred = made(pixels, View(size, blur_probability=1.0, blur_sigma=(sigma, sigma)))
        check(blurred, Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma)), most=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 5, 16, 37])
def test_grey_and_solarisation(kind, size):
    pixels = picture(kind, size, size)
    image = Image.fromarray(pixels)
    check(made(pixels, View(size, grey_probability=1.0)), image.convert("L").convert("RGB"), most=0)
    check(made(pixels, View(size, solarize_probability=1.0)), ImageOps.solarize(image), most=0)


def turned(image: Image.Image, turn: float) -> Image.Image:
    """torchvision's adjust_hue."""
    hue, *others = image.convert("HSV").split()
    hue = Image.fromarray(np.asarray(hue) + np.array(turn * 255).astype(np.int32).astype(np.uint8))
    return Image.merge("HSV", (hue, *others)).convert("RGB")


def enhanced(kind: type[ImageEnhance._Enhance]) -> Callable[[Image.Image, float], Image.Image]:
    return lambda image, factor: kind(image).enhance(factor)


@pytest.mark.parametrize(
    ("part", "strength", "range_", "transform"),
    [
        ("brightness", 0.4, (0.6, 1.4), enhanced(ImageEnhance.Brightness)),
        ("brightness", 1.5, (0.0, 2.5), enhanced(ImageEnhance.Brightness)),
        ("contrast", 0.4, (0.6, 1.4), enhanced(ImageEnhance.Contrast)),
        ("saturation", 0.2, (0.8, 1.2), enhanced(ImageEnhance.Color)),
        ("saturation", 2.0, (0.0, 3.0), enhanced(ImageEnhance.Color)),
        ("hue", 0.1, (-0.1, 0.1), turned),
        ("hue", 0.5, (-0.5, 0.5), turned),
    ],
)
def test_colour_jitter(part, strength, range_, transform):
    probe = Image.fromarray(picture("ramp", 16, 16) // 2 + np.array([10, 60, 90], np.uint8))
    factors = np.linspace(*range_, 601)
    results = np.stack([np.asarray(transform(probe, float(factor))).astype(int) for factor in factors])
    for sample in range(6):
        view = View(16, jitter_probability=1.0, **{part: strength})
        errors = abs(results - made(np.asarray(probe), view, sample)).mean(axis=(1, 2, 3))
        factor = float(factors[errors.argmin()])
        for kind in KINDS:
            for size in (1, 5, 150):
                pixels = picture(kind, size, size)
                levels = made(pixels, replace(view, size=size), sample)
                # Turns of the hue are whole 255ths; factors are known to a six-hundredth of their range.
                most, mean = (0, 0) if part == "hue" else (2, 0.7)
                check(levels, transform(Image.fromarray(pixels), factor), most, mean)


def test_normalisation_comes_last():
    pixels = picture("noise", 19, 19)
    view = View(19, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25))
    out = np.empty((19, 19, 3), np.dtype(bissl.precision))
    augment_into(out, pixels, 0, view)
    assert out == pytest.approx((pixels / 255 - view.mean) / view.std, abs=1e-5)


# --- views of whole images, which need not be square ---

OBLONG = [(17, 37), (40, 16), (33, 150), (1, 9)]


def made_whole(pixels: np.ndarray, size: tuple[int, int], **options: float) -> np.ndarray:
    """The whole image resized to ``size``, whose shorter side decides, in grey levels, int (*size, 3)."""
    augmentation = _engine.augmentation_create({"short_side": min(size), **options})
    out = np.empty((*size, 3), np.dtype(bissl.precision))
    _engine.image_augment(augmentation, pixels, 0, 0, 0, 0, out)
    return (out * 255).round().astype(int)


@pytest.mark.parametrize("bicubic", [False, True])
@pytest.mark.parametrize(("height", "width"), OBLONG)
def test_whole_images_are_resized(height, width, bicubic):
    for kind in KINDS:
        pixels = picture(kind, height, width)
        for short in (1, 8, 31):
            long = short * max(height, width) // min(height, width)
            size = (short, long) if height <= width else (long, short)
            levels = made_whole(pixels, size, bicubic=bicubic)
            check(levels, resized(pixels, size[1], size[0], bicubic), mean=0.3 if kind == "ramp" else 0.1)
            assert np.array_equal(made_whole(pixels, size, bicubic=bicubic, flip_probability=1), levels[:, ::-1])


@pytest.mark.parametrize(("height", "width"), OBLONG)
@pytest.mark.parametrize("kind", KINDS)
def test_whole_images_are_transformed(kind, height, width):
    pixels = picture(kind, height, width)
    image, size = Image.fromarray(pixels), (height, width)
    for sigma in (0.5, 2.0, 30.0):
        levels = made_whole(pixels, size, blur_probability=1, blur_sigma_min=sigma, blur_sigma_max=sigma)
        check(levels, image.filter(ImageFilter.GaussianBlur(sigma)), most=0)
    check(made_whole(pixels, size, grey_probability=1), image.convert("L").convert("RGB"), most=0)
    check(made_whole(pixels, size, solarize_probability=1), ImageOps.solarize(image), most=0)
    levels = made_whole(pixels, size, contrast=0.4)
    factors = np.linspace(0.6, 1.4, 201)
    errors = [abs(levels - np.asarray(ImageEnhance.Contrast(image).enhance(factor))).mean() for factor in factors]
    assert min(errors) < 0.5
