"""Does a SimCLR epoch wait for data, from JPEG files and from an array, and does memory stay flat?

    python loading.py [--images 20000] [--steps 312] [--epochs 3] [--batch 64] [--workers N] [--folder F]

Makes a folder of JPEGs of about 400x300 pixels (glyphs over coloured noise, whose coefficients cost a decoder what those
of photographs do), trains ResNet-18 at 96 pixels on them with the paper's two views, and prints per epoch the share of
time that the training waited for batches (the goal is below 5 %) and the resident memory after it. Where torch and
torchvision are installed, their DataLoader makes the same batches without a network, beside bissl's loader doing so.

Then the same training on an array, the first 2,000 of these images cut to 128 pixels: its batches are augmented beside the
training, so that the share of time waited is the goal's again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import MappingProxyType

import numpy as np
from measure import report
from PIL import Image, ImageOps

import bissl
from bissl.data import ArrayDataset, Dataset, ImageFiles, Loader, Stack, TwoViews, glyphs
from bissl.progress import progress_bar

SIZE = 96


def make_images(folder: Path, count: int) -> list[Path]:
    """``count`` JPEGs, quality 90, four shapes of about 400x300; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:06}.jpg" for number in range(count)]
    shapes = glyphs(side=128, count=720).images[..., 0]

    def make(number: int) -> None:
        draw = np.random.default_rng(number)
        height, width = ((300, 400), (400, 300), (281, 420), (333, 375))[number % 4]
        picture = _noise(draw, height, width)
        for shape in shapes[draw.integers(0, len(shapes), 4)]:
            top, left = draw.integers(0, height - 128), draw.integers(0, width - 128)
            picture[top : top + 128, left : left + 128] += shape[..., None] * draw.uniform(-0.6, 0.6, 3)
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(paths[number], quality=90)

    missing = [number for number, path in enumerate(paths) if not path.exists()]
    with ThreadPoolExecutor() as pool, progress_bar(len(missing), "images", unit="image") as bar:
        for _ in pool.map(make, missing):
            bar.update()
    return paths


def _noise(draw: np.random.Generator, height: int, width: int) -> np.ndarray:
    """float (height, width, 3): noise of four scales, the coarse ones stronger, as in photographs."""
    picture = np.full((height, width, 3), 128.0)
    for scale, strength in ((64, 60.0), (16, 30.0), (4, 15.0), (1, 6.0)):
        coarse = draw.normal(size=(height // scale + 2, width // scale + 2, 3)).astype(np.float32)
        channels = [Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC) for plane in coarse.T]
        picture += strength * np.stack([np.asarray(plane) for plane in channels], axis=-1)
    return picture


def resident_bytes() -> int:
    """Of this process, as the kernel counts them."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def in_memory(paths: list[Path], count: int = 2000, side: int = 128) -> ArrayDataset:
    """The central squares of the first images, scaled."""
    files = ImageFiles(paths[:count])
    pictures = [Image.fromarray(files.read(number)) for number in range(len(files))]
    return ArrayDataset(np.stack([np.asarray(ImageOps.fit(picture, (side, side))) for picture in pictures]))


def train(data: Dataset, steps: int, epochs: int, batch: int, workers: int | None) -> list[dict[str, float]]:
    """Per epoch: seconds, seconds waited, resident bytes after it."""
    pretext = bissl.SimCLR(bissl.resnet18(seed=0))
    optimizer = bissl.LARS(lr=0.1, weight_decay=1e-6, momentum=0.9)
    records = []
    with Loader(data, Stack(len(data), batch), TwoViews.paper(SIZE), workers=workers) as loader:
        next(loader)  # threads and memory are there before the clock starts
        for epoch in range(epochs):
            started, waited = time.perf_counter(), loader.wait_seconds
            with progress_bar(steps, f"epoch {epoch}") as bar:
                for _ in range(steps):
                    pretext.step(next(loader).views, optimizer)
                    bar.update()
            records.append(
                {
                    "seconds": time.perf_counter() - started,
                    "waited": loader.wait_seconds - waited,
                    "resident": resident_bytes(),
                }
            )
    return records


def loading_alone(data: Dataset, steps: int, batch: int, workers: int | None) -> float:
    """Seconds per batch when nothing else runs."""
    with Loader(data, Stack(len(data), batch), TwoViews.paper(SIZE), workers=workers) as loader:
        next(loader)
        started = time.perf_counter()
        for _ in range(steps):
            next(loader)
        return (time.perf_counter() - started) / steps


class TorchViews:
    """The same two views by torchvision, for torch's DataLoader."""

    def __init__(self, paths: list[Path]) -> None:
        from torchvision import transforms as t

        jitter = t.RandomApply([t.ColorJitter(0.4, 0.4, 0.2, 0.1)], p=0.8)
        crop = t.RandomResizedCrop(SIZE, scale=(0.5, 1), interpolation=t.InterpolationMode.BICUBIC)
        end = [t.ToTensor(), t.Normalize(bissl.data.IMAGENET_MEAN, bissl.data.IMAGENET_STD)]
        begin = [crop, t.RandomHorizontalFlip(), jitter, t.RandomGrayscale(0.2)]
        blur = t.GaussianBlur(9, (0.1, 2.0))
        self.paths = paths
        self.first = t.Compose([*begin, blur, *end])
        self.second = t.Compose([*begin, t.RandomApply([blur], p=0.1), t.RandomSolarize(128, p=0.2), *end])

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int):
        with Image.open(self.paths[number]) as picture:
            picture = picture.convert("RGB")
        return self.first(picture), self.second(picture)


def torch_alone(paths: list[Path], steps: int, batch: int, workers: int) -> float | None:
    """As `loading_alone`, with torch's DataLoader and as many processes; None where torch is not installed."""
    try:
        from torch.utils.data import DataLoader

        views = TorchViews(paths)
    except ImportError:
        return None
    batches = iter(DataLoader(views, batch, shuffle=True, num_workers=workers, drop_last=True))
    next(batches)
    started = time.perf_counter()
    made = sum(1 for _ in islice(batches, steps))
    return (time.perf_counter() - started) / made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--steps", type=int, help="per epoch; default: one pass over the images")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--folder", type=Path, help="where the images are made and kept; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        paths = make_images(options.folder or Path(temporary), options.images)
        measure(paths, options)


def measure(paths: list[Path], options: argparse.Namespace) -> None:
    workers = options.workers or os.cpu_count() or 1
    few = _few(len(paths), options)
    peer = torch_alone(paths, few, options.batch, workers)
    _measure_one(f"{len(paths)} JPEGs", ImageFiles(paths), options, {} if peer is None else {"torch": peer}, paths)
    array = in_memory(paths)
    _measure_one(f"{len(array)} images in an array", array, options)


def _few(count: int, options: argparse.Namespace) -> int:
    """Batches for a look at the loader alone."""
    return min(options.steps or count, count // options.batch - 1, 20)


def _measure_one(
    what: str,
    data: Dataset,
    options: argparse.Namespace,
    peers: Mapping[str, float] = MappingProxyType({}),
    paths: Sequence[Path] = (),
) -> None:
    steps = options.steps or len(data) // options.batch
    alone = {"bissl": loading_alone(data, _few(len(data), options), options.batch, options.workers), **peers}
    epochs = train(data, steps, options.epochs, options.batch, options.workers)
    sizes = [path.stat().st_size for path in paths[:100]]
    report(
        f"SimCLR over {what}, ResNet-18 at {SIZE} pixels, batch {options.batch}, {steps} steps an epoch",
        {
            "epoch": [epoch["seconds"] for epoch in epochs],
            "of it waiting for data": [epoch["waited"] for epoch in epochs],
            **{f"a batch made alone, {name}": [seconds] for name, seconds in alone.items()},
        },
        share_waiting=" ".join(f"{epoch['waited'] / epoch['seconds']:.1%}" for epoch in epochs),
        resident_megabytes=" ".join(f"{epoch['resident'] / 1e6:.0f}" for epoch in epochs),
        **({"kilobytes_per_image": round(sum(sizes) / len(sizes) / 1e3, 1)} if sizes else {}),
    )


if __name__ == "__main__":
    main()
