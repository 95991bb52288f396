"""From a draw of sample numbers to a batch: reading, substitution of broken images, augmentation."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _engine
from .augmentation import View, augment, augment_into
from .dataset import Dataset
from .reduction import least_side
from .stacks import Order
from .substitution import Substitution, read_checked


class Batch(NamedTuple):
    """views : one float array (B, size, size, 3) per view. labels : of these images, (B,) or (B, C); None without.

    samples : int64 (B,), the numbers of the images.
    """

    views: tuple[np.ndarray, ...]
    labels: np.ndarray | None
    samples: np.ndarray


@dataclass(frozen=True)
class Draw:
    """The samples of a batch, int64 (B,); the epoch that keys their views; the order's state after this draw."""

    samples: np.ndarray
    epoch: int
    state: dict[str, int]

    @classmethod
    def next_of(cls, order: Order) -> Draw | None:
        samples = order.advance()
        return None if samples is None else cls(samples, order.epoch, order.state_dict())


@dataclass(frozen=True)
class Assembler:
    """What all batches of a loader have in common."""

    dataset: Dataset
    views: Sequence[View]
    seed: int
    substitution: Substitution | None

    def start(self, draw: Draw) -> Assembly:
        """A batch to be made: at once where the images lie ready, else image by image."""
        kind = GatheredAssembly if self.dataset.image_shape is not None else DecodedAssembly
        return kind(self, draw)


class Assembly:
    """A batch in the making, in pieces: each is claimed by one thread, and any thread may make it.

    skipped : sample number → why it could not be read.
    """

    pieces: int
    views: list[np.ndarray]

    def __init__(self, assembler: Assembler, draw: Draw) -> None:
        self.assembler, self.draw = assembler, draw
        self.samples = draw.samples.copy()
        self.skipped: dict[int, str] = {}
        self._claims = itertools.count()
        self._missing = self.pieces
        self._errors: dict[int, BaseException] = {}
        self._lock = threading.Lock()

    def claim(self) -> int | None:
        """A piece that nobody makes yet; None when all are claimed."""
        piece = next(self._claims)
        return piece if piece < self.pieces else None

    def make(self, piece: int) -> bool:
        """Makes a claimed piece; an error is kept for `batch`. True when this was the last one."""
        try:
            self._make(piece)
        except BaseException as error:  # whatever it is, it belongs to the consumer, not to this thread
            self._errors[piece] = error
        with self._lock:
            self._missing -= 1
            return self.is_complete

    @property
    def is_complete(self) -> bool:
        return self._missing == 0

    def batch(self) -> Batch:
        """The batch, when it is complete; raises the error of its first image that has one."""
        if self._errors:
            raise self._errors[min(self._errors)]
        labels = self.assembler.dataset.labels
        return Batch(tuple(self.views), None if labels is None else labels[self.samples], self.samples)

    def _make(self, piece: int) -> None:
        raise NotImplementedError


class GatheredAssembly(Assembly):
    """Of images that lie ready in one array: one piece, one engine call per view."""

    pieces = 1

    def _make(self, piece: int) -> None:
        source, draw = self.assembler, self.draw
        pixels = source.dataset.gather(draw.samples)
        self.views = [
            augment(pixels, draw.samples, view, source.seed, draw.epoch, index)
            for index, view in enumerate(source.views)
        ]


class DecodedAssembly(Assembly):
    """Of images that are decoded one by one, of any sizes: one piece per image."""

    def __init__(self, assembler: Assembler, draw: Draw) -> None:
        self.pieces = len(draw.samples)
        super().__init__(assembler, draw)
        self._least_side = least_side(assembler.views)
        precision = np.dtype(_engine.precision)
        self.views = [np.empty((self.pieces, view.size, view.size, 3), precision) for view in assembler.views]

    def _make(self, piece: int) -> None:
        pixels = self._read(piece)
        source, sample = self.assembler, int(self.draw.samples[piece])
        for index, (view, target) in enumerate(zip(source.views, self.views, strict=True)):
            augment_into(target[piece], pixels, sample, view, source.seed, self.draw.epoch, index)

    def _read(self, piece: int) -> np.ndarray:
        """The pixels of a piece; notes where another image had to take the place of a broken one."""
        source, sample = self.assembler, int(self.draw.samples[piece])
        if source.substitution is None:
            return read_checked(source.dataset, sample, self._least_side)
        found = source.substitution.read(sample, self._least_side)
        self.samples[piece] = found.sample
        if found.failure is not None:
            self.skipped[sample] = found.failure
        return found.pixels
