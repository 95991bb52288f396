"""Looking at the images of a data set, each as it is used: what it is, or why it is broken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..errors import DataError, FileMissing
from ..targets import IGNORED
from .dataset import Dataset
from .decoding import Kind
from .substitution import read_checked

CHUNK = 256
"""Images handed to the threads at once; after Ctrl-C only those under way are finished."""


@dataclass(frozen=True)
class Broken:
    """An image, or what belongs to it, that cannot be used: where it is, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class Sound:
    """height, width : in pixels. constant : whether all pixels are the same. brightest : the greatest value. kind : None where
    nothing is decoded, or where it was not asked for. objects : boxes, or pixels of the label map, of each class, where images
    are labelled so and it was asked for."""

    height: int
    width: int
    constant: bool
    brightest: int
    kind: Kind | None
    objects: tuple[int, ...] | None = None


def examined(
    dataset: Dataset, samples: Sequence[int] | np.ndarray, threads: int | None = None, kinds: bool = False
) -> Iterator[Sound | Broken]:
    """What comes of decoding these images, with their boxes or masks, in order.

    threads : by default as many as the machine has cores. kinds : whether `Sound.kind` is looked up too.
    """
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for start in range(0, len(samples), CHUNK):
            yield from pool.map(lambda sample: _examine(dataset, int(sample), kinds), samples[start : start + CHUNK])


def _examine(dataset: Dataset, sample: int, kinds: bool) -> Sound | Broken:
    try:
        pixels = read_checked(dataset, sample)
        height, width = pixels.shape[:2]
        dataset.check_target(sample, height, width)
        kind = dataset.kind(sample) if kinds else None
        objects = _objects(dataset, sample) if kinds else None
        return Sound(height, width, _is_constant(pixels), int(pixels.max()), kind, objects)
    except (DataError, FileMissing) as error:
        return Broken(dataset.source(sample), str(error))


def _objects(dataset: Dataset, sample: int) -> tuple[int, ...] | None:
    """How many objects of each class an image with boxes has, or pixels of each class one with a label map."""
    if not dataset.dense_targets:
        return None
    target = dataset.target(sample)
    numbers = target["labels"] if isinstance(target, Mapping) else target[target != IGNORED]
    return tuple(np.bincount(np.ravel(numbers), minlength=len(dataset.classes)).tolist())


def _is_constant(pixels: np.ndarray) -> bool:
    return bool((pixels == pixels[:1, :1]).all())
