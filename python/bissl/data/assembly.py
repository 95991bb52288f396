"""From a draw of sample numbers to a batch: reading, substitution of broken images, augmentation.

All of it happens in the loader's threads: nothing here waits for the engine, or holds it up.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import _engine
from ..distributed import share_of
from ..targets import DenseTargets
from ..targets.geometry import Size
from .augmentation import augment_into
from .dataset import Dataset
from .denseviews import padded_batch
from .imageviews import ImageView, view_geometry
from .reduction import least_side
from .stacks import Order
from .substitution import Substitution, read_checked, read_label


class Batch(NamedTuple):
    """What a `Loader` delivers: views of a few images, and what belongs to them.

    Parameters
    ----------
    views : tuple of ndarray
        One float array (B, height, width, 3) per view.
    labels : object
        Of these images, (B,) or (B, C); where the loader was given dense targets, as these collate them, moved with
        the pixels; None without.
    samples : ndarray
        int64 (B,), the numbers of the images.
    sizes : tuple of ndarray
        One int64 array (B, 2) per view, height and width of each image in it without the padding.
    image_sizes : ndarray
        int64 (B, 2), height and width of each image as it was decoded, before any view of it.

    Examples
    --------
    >>> images = np.zeros((4, 32, 32, 3), np.uint8)
    >>> order = bissl.data.Sequential(4, batch_size=2)
    >>> with bissl.data.Loader(images, order, bissl.data.View(24, resize_shorter=24)) as loader:
    ...     batch = next(loader)
    >>> batch.views[0].shape, batch.samples.tolist(), batch.sizes[0].tolist()
    ((2, 24, 24, 3), [0, 1], [[24, 24], [24, 24]])
    """

    views: tuple[np.ndarray, ...]
    labels: Any
    samples: np.ndarray
    sizes: tuple[np.ndarray, ...]
    image_sizes: np.ndarray


@dataclass(frozen=True)
class Draw:
    """The samples of a batch, int64 (B,); the epoch that keys their views; the order's state after this draw."""

    samples: np.ndarray
    epoch: int
    state: dict[str, int]

    @classmethod
    def next_of(cls, order: Order, is_shared: bool = False) -> Draw | None:
        """The next batch of an order; this process's share of it where it ``is_shared`` by those that train together."""
        samples = order.advance()
        if samples is None:
            return None
        own = samples[share_of(len(samples))] if is_shared else samples
        return cls(own, order.epoch, order.state_dict())


@dataclass(frozen=True)
class Assembler:
    """What all batches of a loader have in common."""

    dataset: Dataset
    views: Sequence[ImageView]
    seed: int
    substitution: Substitution | None
    dense: DenseTargets | None = None
    """Of labels that move with the pixels of the one view."""
    leaves_out: bool = False
    """Whether batches lack the images that cannot be read, where others would take their place."""

    def start(self, draw: Draw) -> Assembly:
        """A batch to be made."""
        return Assembly(self, draw)


#: So many images that lie ready are one piece: each takes microseconds, and handing a piece out takes some, too.
_RUN = 16


class Assembly:
    """A batch in the making, in pieces of one image that is decoded, or of several that lie ready: each piece is claimed
    by one thread, and any thread may make it.

    skipped : sample number → why it could not be read. cut : sample number → what of its label did not fit the image.
    """

    def __init__(self, assembler: Assembler, draw: Draw) -> None:
        self.assembler, self.draw = assembler, draw
        self.samples = draw.samples.copy()
        self.skipped: dict[int, str] = {}
        self.cut: dict[int, str] = {}
        self._is_ready = assembler.dataset.image_shape is not None
        self._run = _RUN if self._is_ready else 1
        self.pieces = -(-len(draw.samples) // self._run)
        # Boxes and label maps are those of full-size pictures.
        self._least_side = None if assembler.dense else least_side(assembler.views)
        count = len(draw.samples)
        self.views = [_room(view, count) for view in assembler.views]
        self._moved: list[Any] = [None] * count
        self._image_sizes = np.zeros((count, 2), np.int64)
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
        if self.assembler.leaves_out:
            self._leave_out()
        sizes = tuple(map(_sizes, self.assembler.views, self.views))
        views = tuple(map(_as_array, self.assembler.views, self.views))
        return Batch(views, self._labels(views[0].shape[1:3]), self.samples, sizes, self._image_sizes)

    def _leave_out(self) -> None:
        """Takes the images that were skipped out of a complete batch."""
        kept = np.flatnonzero([int(sample) not in self.skipped for sample in self.samples])
        if len(kept) == len(self.samples):
            return
        self.samples, self._image_sizes = self.samples[kept], self._image_sizes[kept]
        self.views = [v[kept] if isinstance(v, np.ndarray) else [v[place] for place in kept] for v in self.views]
        self._moved = [self._moved[place] for place in kept]

    def _labels(self, size: Size) -> Any:
        """The labels of the batch's images, whose views are padded to ``size``."""
        dense, labels = self.assembler.dense, self.assembler.dataset.labels
        if dense is not None:
            return dense.collate(self._moved, size)
        return None if labels is None else labels[self.samples]

    def _make(self, places: range) -> None:
        """All views of the images at these places of the batch."""
        source, draw = self.assembler, self.draw
        for place, pixels in zip(places, self._read(places), strict=True):
            if pixels is None:
                continue
            sample, size = int(draw.samples[place]), pixels.shape[:2]
            self._image_sizes[place] = size
            for index, (view, images) in enumerate(zip(source.views, self.views, strict=True)):
                keys = source.seed, draw.epoch, index
                if view.fixed_size is None:
                    images[place] = _empty(*view_geometry(view, size, sample, *keys).size)
                augment_into(images[place], pixels, sample, view, *keys)
            if source.dense is not None:
                geometry = view_geometry(source.views[0], size, sample, source.seed, draw.epoch)
                shown = int(self.samples[place])
                label, cut = read_label(source.dataset, source.dense, shown, size)
                if cut:
                    self.cut[shown] = cut
                self._moved[place] = source.dense.move(label, geometry)

    def _read(self, places: range) -> Iterable[np.ndarray | None]:
        dataset, samples = self.assembler.dataset, self.draw.samples[places]
        if self._is_ready and not dataset.replaced(samples).any():
            return np.ascontiguousarray(dataset.gather(samples))
        return (self._decoded(place) for place in places)

    def _decoded(self, place: int) -> np.ndarray | None:
        """The pixels of one image, or None where it is left out; notes where one cannot be read."""
        source, sample = self.assembler, int(self.draw.samples[place])
        if source.substitution is None:
            return read_checked(source.dataset, sample, self._least_side)
        if source.leaves_out:
            pixels = source.substitution.attempt(sample, self._least_side)
            if pixels is None:
                self.skipped[sample] = source.substitution.failure(sample)
            return pixels
        found = source.substitution.read(sample, self._least_side)
        self.samples[place] = found.sample
        if found.failure is not None:
            self.skipped[sample] = found.failure
        return found.pixels


def _room(view: ImageView, count: int) -> np.ndarray | list[Any]:
    """For one view of each image of a batch; a list to be filled where these differ in size."""
    return [None] * count if view.fixed_size is None else _empty(count, *view.fixed_size)


def _empty(*shape: int) -> np.ndarray:
    return np.empty((*shape, 3), np.dtype(_engine.precision))


def _sizes(view: ImageView, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """int64 (B, 2), height and width of each."""
    every = [view.fixed_size] * len(images) if view.fixed_size else [image.shape[:2] for image in images]
    return np.array(every, np.int64).reshape(-1, 2)


def _as_array(view: ImageView, images: np.ndarray | list[np.ndarray]) -> np.ndarray:
    if isinstance(images, np.ndarray):
        return images
    return padded_batch(images, view.multiple) if images else _empty(0, 0, 0)
