"""From a draw of sample numbers to a batch: reading, substitution of broken images, augmentation.

All of it happens in the loader's threads: nothing here waits for the engine, or holds it up.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _engine
from .augmentation import View, augment_into
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
        """A batch to be made."""
        return Assembly(self, draw)


#: So many images that lie ready are one piece: each takes microseconds, and handing a piece out takes some, too.
_RUN = 16


class Assembly:
    """A batch in the making, in pieces of one image that is decoded, or of several that lie ready: each piece is claimed
    by one thread, and any thread may make it.

    skipped : sample number → why it could not be read.
    """

    def __init__(self, assembler: Assembler, draw: Draw) -> None:
        self.assembler, self.draw = assembler, draw
        self.samples = draw.samples.copy()
        self.skipped: dict[int, str] = {}
        self._is_ready = assembler.dataset.image_shape is not None
        self._run = _RUN if self._is_ready else 1
        self.pieces = -(-len(draw.samples) // self._run)
        self._least_side = least_side(assembler.views)
        precision, count = np.dtype(_engine.precision), len(draw.samples)
        self.views = [np.empty((count, view.size, view.size, 3), precision) for view in assembler.views]
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
            self._make(range(piece * self._run, min((piece + 1) * self._run, len(self.samples))))
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

    def _make(self, places: range) -> None:
        """All views of the images at these places of the batch."""
        source, draw = self.assembler, self.draw
        for place, pixels in zip(places, self._read(places), strict=True):
            sample = int(draw.samples[place])
            for index, (view, target) in enumerate(zip(source.views, self.views, strict=True)):
                augment_into(target[place], pixels, sample, view, source.seed, draw.epoch, index)

    def _read(self, places: range) -> Iterable[np.ndarray]:
        if self._is_ready:
            return np.ascontiguousarray(self.assembler.dataset.gather(self.draw.samples[places]))
        return (self._decoded(place) for place in places)

    def _decoded(self, place: int) -> np.ndarray:
        """The pixels of one image; notes where another had to take the place of a broken one."""
        source, sample = self.assembler, int(self.draw.samples[place])
        if source.substitution is None:
            return read_checked(source.dataset, sample, self._least_side)
        found = source.substitution.read(sample, self._least_side)
        self.samples[place] = found.sample
        if found.failure is not None:
            self.skipped[sample] = found.failure
        return found.pixels
