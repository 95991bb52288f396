"""Decoded images on disk: one memory-mapped file of equal size, checked by content."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from ..durable import in_turn, reserve, writing
from ..errors import DataError, DiskFull, InvalidArgument, check_option, checked_integer, checked_path
from ..progress import progress_bar
from .cacheheader import BLOCK_IMAGES, CacheHeader, checksum, logger
from .dataset import Dataset
from .decodingoptions import Decoding
from .fingerprint import fingerprint
from .given import as_dataset
from .indexing import sample_number
from .loader import default_workers
from .mapping import mapped_or_read
from .substitution import ReadSample, Substitution, read_checked

VERIFY = ("lazy", "full", "none")

_LARGEST_SIDE = 65_535
"""Of an image, in pixels; the engine's bound."""


def cached(
    dataset: Dataset, path: str | os.PathLike[str], side: int = 256, *, verify: str = "lazy", progress: bool = True
) -> CachedDataset:
    """The data set with its images decoded once, into a folder of two files, and memory-mapped from there.

    Each image is resized (Pillow, antialiased bicubic) until its shorter side has ``side`` pixels, and the central
    square is kept: 3 side² bytes per image. Labels and classes are those of ``dataset``, not stored. Where ``dataset`` skips
    broken images, the row of one shows another, and has the label of that; loaders know such rows for ones that cannot be
    read.

    A cache that is there is used if it was made of the same images (their paths, sizes and times of change; their
    content where they are not files), decoded in the same way, with the same ``side``; a stale, truncated or foreign-version one is made anew,
    with a warning. An interrupted build goes on where it stopped. A finished cache appears at once, under its name;
    until then the one before stays as it was. Where another process is making it, this one waits, and takes what was made.

    Parameters
    ----------
    dataset : Dataset
        Whose images are decoded.
    path : str or path
        The folder, made if need be: ``images.npy``, which `numpy.load` opens too, and ``header.json``.
    side : int, default 256
        Pixels along a side of the square images that are kept.
    verify : str, default "lazy"
        When the checksums of the blocks (64 images each) are compared: "lazy", as a block is first read; "full", all
        now; "none". A block that differs is decoded again, with a warning, and kept in memory where it cannot be written.
    progress : bool, default True
        Show a progress bar while building.

    Returns
    -------
    CachedDataset
        The images of the cache with the labels of ``dataset``.

    Raises
    ------
    DiskFull (OSError)
        Before anything is decoded.
    DataError, FileMissing
        An image that cannot be read, with its path; what was done so far is kept.
    WrongType (TypeError), InvalidArgument (ValueError)
        A ``side`` out of range; a cache is to be written and the folder holds other things (hidden files do not matter).

    Examples
    --------
    >>> small = bissl.data.cached(bissl.data.OxfordPets("data"), "cache/pets", side=8, progress=False)
    >>> small.image_shape, small.read(0).shape
    ((8, 8, 3), (8, 8, 3))
    """
    data = as_dataset(dataset, "dataset")
    check_option("verify", verify, VERIFY)
    side = checked_integer("side", side, 1, _LARGEST_SIDE)
    folder = Path(checked_path("path", path))
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"path: expected a folder for the cache, got the file {folder}")
    wanted = CacheHeader(count=len(data), side=side, source=_source(data))
    if wanted.difference(folder) is not None:
        _check_strangers(folder)
        with _only_builder(folder):
            _build(data, folder, wanted, progress)
    return CachedDataset(data, folder, verify)


def _source(data: Dataset) -> str:
    """The fingerprint of the images as the cache is to hold them."""
    return fingerprint(data) + ("-skipping, rows noted" if data.reading.on_error == "skip" else "")


class CachedDataset(Dataset):
    """What `cached` returns: images (side, side, 3) in a memory-mapped file, labels of the data set they came from.

    Safe from several threads at once.

    Parameters
    ----------
    base : Dataset
        The data set whose images are kept.
    folder : Path
        Where they are kept.
    verify : str
        When checksums are compared, as of `cached`.

    Raises
    ------
    DataError (ValueError)
        A block of the cache that is broken and cannot be decoded again.

    Examples
    --------
    >>> small = bissl.data.cached(bissl.data.CIFAR10("data"), "cache", side=16, progress=False)
    >>> type(small).__name__, small.image_shape
    ('CachedDataset', (16, 16, 3))
    """

    def __init__(self, base: Dataset, folder: Path, verify: str) -> None:
        self.base, self.folder = base, folder
        self.classes, self.dense_targets = base.classes, base.dense_targets
        self._header = CacheHeader.read(folder)
        rows = np.fromiter(map(int, self._header.replaced), np.int64)
        shown = np.arange(self._header.count)
        shown[rows] = list(self._header.replaced.values())
        self._replaced = np.isin(np.arange(self._header.count), rows)
        self.labels = base.labels if base.labels is None or not len(rows) else base.labels[shown]
        self.image_shape, self.reading = self._header.image_shape, base.reading
        path = self._header.images(folder)
        self._images = mapped_or_read(path, lambda: np.load(path, mmap_mode="r"), lambda: np.load(path))
        self._unverified = np.full(len(self._header.checksums), verify != "none")
        self._mended: dict[int, np.ndarray] = {}  # blocks whose file is damaged and cannot be written to
        self._lock = threading.Lock()
        if verify == "full":
            self._verify(range(len(self._unverified)))

    def __len__(self) -> int:
        return len(self._images)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        result: np.ndarray = self.gather(np.array([sample_number(sample, len(self))]))[0]
        return result

    def gather(self, samples: np.ndarray) -> np.ndarray:
        blocks = np.unique(np.asarray(samples) // BLOCK_IMAGES)
        if self._unverified[blocks].any():
            self._verify(blocks)
        result: np.ndarray = self._images[samples]
        for block in self._mended.keys() & set(blocks.tolist()):
            inside = np.asarray(samples) // BLOCK_IMAGES == block
            result[inside] = self._mended[block][np.asarray(samples)[inside] % BLOCK_IMAGES]
        return result

    def replaced(self, samples: np.ndarray) -> np.ndarray:
        result: np.ndarray = self._replaced[samples]
        return result

    def source(self, sample: int) -> str:
        return self.base.source(sample)

    def decodings(self) -> tuple[Decoding, ...]:
        return self.base.decodings()

    def target(self, sample: int) -> Any:
        if self.dense_targets:
            raise InvalidArgument(
                f"{self.source(sample)}: a cache keeps the central squares of images, and no {self.dense_targets} of them; "
                "train on the data set that it was made of"
            )
        return super().target(sample)

    def _verify(self, blocks: range | np.ndarray) -> None:
        for block in map(int, blocks):
            with self._lock:
                if self._unverified[block]:
                    self._verify_one(block)
                    self._unverified[block] = False

    def _verify_one(self, block: int) -> None:
        """Compares a block with its checksum and decodes it again where they differ."""
        first, last = self._header.span(block)
        expected = self._header.checksums[block]
        if checksum(self._images[first:last]) == expected:
            return
        logger.warning("%s: images %d to %d are damaged; decoding them again", self.folder, first, last - 1)
        pixels, _ = _decoded(self.base, range(first, last), self._header.side)
        if checksum(pixels) != expected:
            raise DataError(f"{self.folder}: images {first} to {last - 1} are damaged and their source has changed; "
                            "call bissl.data.cached again to make the cache anew")  # fmt: skip
        try:
            with open(self._header.images(self.folder), "r+b") as file:
                self._header.write_block(file, block, pixels)
        except OSError as error:
            logger.warning("%s: cannot be written to (%s); images %d to %d are kept in memory",
                           self.folder, error.strerror, first, last - 1)  # fmt: skip
            self._mended[block] = pixels
            return
        if not isinstance(self._images, np.memmap):
            self._images[first:last] = pixels


def _check_strangers(folder: Path) -> None:
    """Only an empty folder, a cache or the beginning of one is ever written to; hidden files are those of file managers."""
    present = [name for name in os.listdir(folder) if not name.startswith(".")] if folder.exists() else []
    if strangers := sorted(set(present) - set(CacheHeader.FILES)):
        raise InvalidArgument(f"path: {folder} holds {strangers[0]}, which is no part of a cache; give another folder")


def _build(data: Dataset, folder: Path, header: CacheHeader, progress: bool) -> None:
    """Makes the cache, unless another process has made it meanwhile."""
    problem = header.difference(folder)
    if problem is None:
        return
    if CacheHeader.path(folder).exists():
        logger.warning("%s: the cache is made anew: %s", folder, problem)
    with _reserved(folder, header) as file, progress_bar(
        header.count, "cache", progress, unit="image"
    ) as bar, ThreadPoolExecutor(default_workers(data)) as pool:  # fmt: skip
        done = header.resume(folder, file)
        bar.update(min(done * BLOCK_IMAGES, header.count))
        for block in range(done, header.blocks):
            first, last = header.span(block)
            pixels, replaced = _decoded(data, range(first, last), header.side, pool.map)
            with writing(folder, "cache"):
                header.write_block(file, block, pixels)
                header.note(folder, checksum(pixels), replaced)
            bar.update(last - first)
        with writing(folder, "cache"):
            header.finish(folder, file)


def _decoded(
    data: Dataset, samples: range, side: int, apply: Callable[..., Iterator[tuple[np.ndarray, int]]] = map
) -> tuple[np.ndarray, dict[str, int]]:
    """uint8 (B, side, side, 3); and of the rows that show another image than their own, by number, which one."""
    read = _reader(data)

    def square(sample: int) -> tuple[np.ndarray, int]:
        found = read(sample, side)
        return _square(found.pixels, side), found.sample

    squares, shown = zip(*apply(square, samples))
    return np.stack(squares), {str(row): image for row, image in zip(samples, shown) if row != image}


def _reader(data: Dataset) -> Callable[[int, int], ReadSample]:
    """Of images by number and least side; where the data set skips broken ones, the next that can be read."""
    if data.reading.on_error == "raise":
        return lambda sample, least_side: ReadSample(read_checked(data, sample, least_side), sample, None)
    substitution = Substitution(data)

    def read(sample: int, least_side: int) -> ReadSample:
        found = substitution.read(sample, least_side)
        if found.failure is not None:
            logger.warning("%s; %s takes its place in the cache", found.failure, data.source(found.sample))
        return found

    return read


def _square(pixels: np.ndarray, side: int) -> np.ndarray:
    """The central square of an image (H, W, 3) whose shorter side is resized to ``side``."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    left, top = (width - short) / 2, (height - short) / 2
    if short == side:
        left, top = int(left), int(top)
    box = (left, top, left + short, top + short)
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC, box=box))


@contextlib.contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """Makes the folder. Waits where another process builds in it."""
    with contextlib.ExitStack() as entered:
        with writing(folder, "cache"):
            folder.mkdir(parents=True, exist_ok=True)
            busy = f"{folder}: another process is making this cache; waiting for it (Ctrl-C ends this one)"
            entered.enter_context(in_turn(CacheHeader.lock(folder), busy))
        yield


@contextlib.contextmanager
def _reserved(folder: Path, header: CacheHeader) -> Iterator[BinaryIO]:
    """The unfinished images' file, open, with all its bytes taken from the disk before any work is done."""
    path = header.unfinished(folder)
    begun = path.exists()
    with open(path, "r+b" if begun else "w+b") as file:
        try:
            reserve(file, header.file_size, folder)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            if not begun:
                path.unlink()
            raise DiskFull(
                error.errno,
                f"the cache of {header.count} images of {header.side} x {header.side} pixels needs "
                f"{header.file_size / 1e9:.3g} GB; lower side, or give another disk",
                str(folder),
            ) from error
        yield file
