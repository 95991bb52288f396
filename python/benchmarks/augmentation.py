"""Two augmented views of an image, the whole pretext recipe, one thread: bissl and torchvision on Pillow images.

    python python/benchmarks/augmentation.py [--images 16] [--rounds 40] [--size 96]

torchvision (the `bench` extra) runs the transforms of the paper's authors, which are VICReg's, with the paper's crop
scale (0.5, 1). Both start from decoded images and end in normalised float32; the seconds are of all images.
"""

from __future__ import annotations

import argparse
import random
import statistics

import numpy as np
import torch
from goals import BISSL, faster, table
from measure import alternate, median_ratio, report
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms

import bissl
from bissl.data import TwoViews, View, augment, augment_into

TASK = "two augmented views"


class GaussianBlur:
    """As the authors' code: with ``probability``, Pillow's blur of a uniform standard deviation."""

    def __init__(self, probability: float, sigma: tuple[float, float]) -> None:
        self.probability, self.sigma = probability, sigma

    def __call__(self, image: Image.Image) -> Image.Image:
        if random.random() >= self.probability:
            return image
        return image.filter(ImageFilter.GaussianBlur(random.uniform(*self.sigma)))


class Solarization:
    """As the authors' code: with ``probability``, Pillow's solarisation above 128."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    def __call__(self, image: Image.Image) -> Image.Image:
        return ImageOps.solarize(image) if random.random() < self.probability else image


def torchvision_view(view: View) -> transforms.Compose:
    """The transforms of ``view``, in the authors' order."""
    jitter = transforms.ColorJitter(view.brightness, view.contrast, view.saturation, view.hue)
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(
                view.size, view.crop_scale, view.crop_ratio, transforms.InterpolationMode.BICUBIC
            ),
            transforms.RandomHorizontalFlip(view.flip_probability),
            transforms.RandomApply([jitter], view.jitter_probability),
            transforms.RandomGrayscale(view.grey_probability),
            GaussianBlur(view.blur_probability, view.blur_sigma),
            Solarization(view.solarize_probability),
            transforms.ToTensor(),
            transforms.Normalize(view.mean, view.std),
        ]
    )


def pictures(count: int, height: int, width: int) -> np.ndarray:
    """Coloured clouds, uint8 (count, height, width, 3): smooth as photographs are, with some noise."""
    noise = np.random.default_rng(0)
    coarse = noise.integers(0, 256, (count, 9, 9, 3)).astype(np.uint8)
    clouds = [np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)) for image in coarse]
    return np.clip(clouds + noise.normal(0, 6, (count, height, width, 3)), 0, 255).astype(np.uint8)


def compare(height: int, width: int, options: argparse.Namespace) -> None:
    """One table and one JSON line for images of height × width."""
    views = TwoViews.paper(options.size)
    images = pictures(options.images, height, width)
    originals = [Image.fromarray(image) for image in images]
    peers = [torchvision_view(view) for view in views]
    samples = np.arange(len(images))
    output = np.empty((2, len(images), options.size, options.size, 3), np.dtype(bissl.precision))
    epoch = iter(range(1 << 30))

    def batches() -> None:
        number = next(epoch)
        for index, view in enumerate(views):
            augment(images, samples, view, epoch=number, index=index)

    def one_by_one() -> None:
        number = next(epoch)
        for sample, image in enumerate(images):
            for index, view in enumerate(views):
                augment_into(output[index, sample], image, sample, view, epoch=number, index=index)

    seconds = alternate(
        {
            "bissl: batches": batches,
            "bissl: one image at a time": one_by_one,
            "torchvision, Pillow": lambda: [peer(image) for image in originals for peer in peers],
        },
        options.rounds,
    )
    theirs = seconds["torchvision, Pillow"]
    samples = {(BISSL, TASK): seconds["bissl: batches"], ("torchvision", TASK): theirs}
    ratings = [faster(TASK, "torchvision", 8.0).rated(samples)]
    title = f"two views of {options.size} px, {len(images)} images of {width}x{height}, one thread"
    report(
        title,
        seconds,
        {"ratios": ratings, "table": table(samples, ratings, "{:.3g} s".format)},
        **{f"{name}, ms per image": _milliseconds(times, len(images)) for name, times in seconds.items()},
        batches_times_faster=round(median_ratio(theirs, seconds["bissl: batches"]), 2),
        one_by_one_times_faster=round(median_ratio(theirs, seconds["bissl: one image at a time"]), 2),
    )


def _milliseconds(seconds: list[float], images: int) -> float:
    return round(1e3 * statistics.median(seconds) / images, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--size", type=int, default=96, help="side of the views in pixels")
    options = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    bissl.set_num_threads(1)
    for height, width in ((256, 256), (375, 500)):
        compare(height, width, options)


if __name__ == "__main__":
    main()
