"""Batches made ahead by threads, in an order that timing does not touch."""

from __future__ import annotations

import copy
import logging
import os
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import (
    DataError,
    FileMissing,
    InvalidArgument,
    InvalidState,
    WrongType,
    check_option,
    checked_integer,
    checked_seed,
)
from ..targets import DenseTargets, Targets
from .assembly import Assembler, Assembly, Batch, Draw
from .dataset import Dataset
from .given import as_dataset
from .imageviews import ImageView
from .prefetch import Prefetcher
from .reading import ON_ERROR
from .stacks import Order
from .substitution import Substitution

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("bissl")

_WAY_OUT = '`bissl data check NAME FOLDER` lists all such files, on_error="skip" puts other images in their place'


class Loader:
    """Batches (`Batch`: views, labels, samples) of a data set, decoded and augmented ahead by threads.

    ``for batch in loader`` takes ``len(loader)`` batches, as many as one pass over the images has, from where the loader
    stands; the next such loop goes on with the next pass. ``next(loader)`` takes one batch, without an end but for
    `Sequential`'s.

    Every view is a function of (seed, epoch, sample, view) alone: the same batches come with any number of workers,
    from memory and from (lossless) files, and after `load_state_dict`. For one consumer at a time. Use it as a context
    manager, or call `close`; a loader that is forgotten ends its threads as well, and so does the end of the process.

    Images of all kinds are augmented by these threads, beside the engine's work and never under its lock, so that
    loading overlaps with training. Those in files are decoded first, JPEG at the smallest scale that loses nothing (see
    `bissl.data.reduction.least_side`).

    Memory: at most ``prefetch`` batches are in the making or ready, besides those that the consumer holds, and each
    worker holds one decoded image.

    Parameters
    ----------
    dataset : Dataset or ndarray
        A `Dataset`, or uint8 images (N, H, W, C).
    order : Stack, RandomDraws or Sequential
        Which samples: `Stack` (training; samples beyond the last whole batch wait for the next shuffle),
        `RandomDraws`, or `Sequential` (evaluation; the last batch may be smaller). It always stands after the last
        batch delivered: the loader looks ahead on a copy.
    views : ImageView or iterable of ImageView
        One `View` or `DenseView`, or several (a `TwoViews`).
    seed : int, default 0
        Seed of the random views.
    targets : Targets or None, optional
        What the labels are. Dense ones (`bissl.targets.BoxTargets`, `LabelMaps`) are read from `Dataset.target`,
        checked against their image, moved by the draw that moves its pixels, and collated into `Batch.labels`; there
        must be one view then. None, and other kinds: labels are those of the data set.
    workers : int or None, optional
        Threads; None is what the data set's ``reading`` says, else one per processor, 8 at most.
    prefetch : int, default 2
        Batches made ahead, at least 1.
    on_error : str or None, optional
        None is what the data set's ``reading`` says, "raise" by default. "raise": an image that cannot be read raises
        where its batch is due (DataError, FileMissing, with the path); calling again tries that batch again. "skip":
        the next readable image of the same class (of all images where there are no class numbers) takes its place
        under the same draws; see ``skipped``; `close` warns. Stages do so in training only: what they measure leaves such
        images out. An image whose boxes or label map are broken is as one
        that cannot be read.

    Attributes
    ----------
    skipped
        Sample number → why it was skipped, in the batches delivered so far; its length is the count.
    cut
        Sample number → what of its label was cut off as it did not fit the image, in the batches delivered so far; see
        `bissl.targets.BoxTargets`.
    wait_seconds
        How long the consumer has waited for batches, in seconds.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An order that is none, or over another number of samples; views that are none; an option out of range.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)
    >>> order = bissl.data.Stack(len(images), batch_size=8, seed=1)
    >>> with bissl.data.Loader(images, order, bissl.data.TwoViews.small(32), seed=2) as loader:
    ...     views, labels, samples, *_ = next(loader)
    >>> len(views), views[0].shape, labels is None
    (2, (8, 32, 32, 3), True)
    """

    #: Whether processes that train together take a share of each batch.
    _is_shared = False
    #: Whether batches lack the images that cannot be read, where ``on_error`` is "skip", so that none shows another.
    _leaves_out = False

    def __init__(
        self,
        dataset: Dataset | Any,
        order: Order,
        views: ImageView | Iterable[ImageView],
        seed: int = 0,
        *,
        targets: Targets | None = None,
        workers: int | None = None,
        prefetch: int = 2,
        on_error: str | None = None,
    ) -> None:
        data = as_dataset(dataset, "dataset")
        if not isinstance(order, Order):
            raise WrongType(
                "order: expected a bissl.data.Stack, bissl.data.RandomDraws or bissl.data.Sequential, got "
                f"{type(order).__name__}; use bissl.data.Stack({len(data)}, batch_size)"
            )
        if order.size != len(data):
            raise InvalidArgument(f"order: it draws from {order.size} samples, the data set has {len(data)}")
        if on_error is None:
            on_error = data.reading.on_error
        skips = check_option("on_error", on_error, ON_ERROR) == "skip"
        self.order = order
        self.workers = default_workers(data) if workers is None else checked_integer("workers", workers, 1)
        self.prefetch = checked_integer("prefetch", prefetch, 1)
        self.skipped: dict[int, str] = {}
        self.cut: dict[int, str] = {}
        self.wait_seconds = 0.0
        listed = _checked_views(views)
        dense = _checked_dense(targets, len(listed))
        seed = checked_seed("seed", seed)
        self._assembler = Assembler(
            data, listed, seed, Substitution(data, dense) if skips else None, dense, self._leaves_out
        )
        self._prefetcher: Prefetcher | None = None
        self._ender: weakref.finalize[Any, Any] | None = None
        self._closed = False
        self._before: dict[str, int] | None = None  # of the order, before the last batch

    def __len__(self) -> int:
        """Batches of a pass over the images."""
        return self.order.batches_per_pass

    def __iter__(self) -> Iterator[Batch]:
        """A pass. `Sequential` begins anew where it has ended."""
        if self.order.rewind():
            self._stop()
        for _ in range(len(self)):
            try:
                yield next(self)
            except StopIteration:
                return

    def __next__(self) -> Batch:
        """The next batch.

        Raises
        ------
        DataError, FileMissing : see ``on_error``. InvalidState : the loader is closed.
        """
        if self._closed:
            raise InvalidState("this loader is closed; make another one")
        before = self.order.state_dict()
        try:
            assembly = self._take()
            if assembly is None:
                raise StopIteration
            batch = assembly.batch()
        except (DataError, FileMissing) as error:
            self._stop()
            if not self._assembler.dataset.decodings():
                raise
            raise type(error)(f"{error}; {_WAY_OUT}") from error
        except BaseException:
            self._stop()
            raise
        self.skipped |= dict(sorted(assembly.skipped.items()))
        self.cut |= dict(sorted(assembly.cut.items()))
        self.order.load_state_dict(assembly.draw.state)
        self._before = before
        return batch

    @property
    def has_drawn(self) -> bool:
        """Whether there is a last batch."""
        return self._before is not None

    def redraw(self) -> Batch:
        """The last batch once more, made anew from its images.

        Raises
        ------
        InvalidState
            No batch has been drawn, or the loader is closed.
        """
        if self._before is None:
            raise InvalidState("no batch has been drawn yet: call next(loader) first")
        self.load_state_dict(self._before)
        return next(self)

    def state_dict(self) -> dict[str, int]:
        """Where the order stands after the last batch delivered, however far the threads are ahead."""
        return self.order.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on exactly where ``state`` was taken. ValueError where it belongs to other data or settings."""
        self.order.load_state_dict(state)
        self._stop()

    def close(self) -> None:
        """Ends the threads (within a second) and warns of skipped images and labels that were cut. The loader cannot be used after it."""
        if self._closed:
            return
        self._closed = True
        self._stop()
        if self.skipped and not self._leaves_out:
            first = next(iter(self.skipped.values()))
            logger.warning(
                "%d images could not be read and were replaced; the first: %s (Loader.skipped lists all)",
                len(self.skipped), first,
            )  # fmt: skip
        if self.cut:
            sample, first = next(iter(self.cut.items()))
            logger.warning(
                "labels of %d images reach beyond them; the first: %s: %s (Loader.cut lists all)",
                len(self.cut), self._assembler.dataset.source(sample), first,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> Assembly | None:
        started = time.perf_counter()
        try:
            return self._running().take()
        finally:
            self.wait_seconds += time.perf_counter() - started

    def _running(self) -> Prefetcher:
        """The threads, which begin after the last batch delivered."""
        if self._prefetcher is None or not self._prefetcher.is_of_this_process:
            plan = _plan(self._assembler, copy.deepcopy(self.order), self._is_shared)
            prefetcher = Prefetcher(plan, self.workers, self.prefetch)
            # Runs when the loader is collected and, at the latest, before the interpreter shuts down.
            self._prefetcher, self._ender = prefetcher, weakref.finalize(self, prefetcher.close)
        return self._prefetcher

    def _stop(self) -> None:
        if self._ender is not None:
            self._ender()
        self._prefetcher = self._ender = None


def _plan(assembler: Assembler, order: Order, is_shared: bool) -> Callable[[], Assembly | None]:
    """What starts one batch after the other, in the order's own sequence."""

    def upcoming() -> Assembly | None:
        draw = Draw.next_of(order, is_shared)
        return None if draw is None else assembler.start(draw)

    return upcoming


def default_workers(dataset: Dataset) -> int:
    """What the data set says, else one thread per processor, 8 at most."""
    return dataset.reading.workers or min(len(os.sched_getaffinity(0)), 8)


def _checked_views(views: Any) -> tuple[ImageView, ...]:
    listed = tuple(views) if isinstance(views, Iterable) else (views,)
    if not listed or not all(isinstance(view, ImageView) for view in listed):
        raise WrongType(
            f"views: expected one bissl.data.View or several, such as bissl.data.TwoViews.paper(), got {type(views).__name__}"
        )
    return listed


def _checked_dense(targets: Any, views: int) -> DenseTargets | None:
    """The targets where they are dense."""
    if targets is not None and not isinstance(targets, Targets):
        raise WrongType(f"targets: expected a kind of bissl.targets, got {type(targets).__name__}")
    if not isinstance(targets, DenseTargets):
        return None
    if views != 1:
        raise InvalidArgument(f"views: expected one view, with which {type(targets).__name__} move, got {views}")
    return targets
