"""What threads give on the machine at hand: ``bissl bench``."""

from __future__ import annotations

import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _engine
from ._engine.settings import get_num_threads, set_num_threads
from .errors import InvalidArgument, WrongType, check_callable, check_option, checked_integer
from .evaluation.tables.formats import aligned_rows
from .models.networks import vit_small
from .models.registry import create_model
from .objectives.pretext.mae import MAE
from .objectives.pretext.simclr import SimCLR
from .progress import progress_bar

__all__ = ["Measured", "Profile", "Region", "Scaling", "measure", "profile"]

#: Pixels of a side of a transformer's patches.
_PATCH = 8
#: Of the machines that are simulated.
CORES = (8, 32, 64)


@dataclass(frozen=True)
class Region:
    """A stretch of work that threads share, as it went on one of them.

    Parameters
    ----------
    work, longest : float
        Seconds of all its chunks together, and of the longest.
    chunks : int
        Into how many it is cut, which threads take as they get free.

    Examples
    --------
    >>> bissl.scaling.Region(work=0.8, longest=0.1, chunks=8).on(3)  # three chunks fall to the busiest
    0.30000000000000004
    """

    work: float
    longest: float
    chunks: int

    def on(self, threads: int) -> float:
        """Seconds on so many threads: as many chunks each as fall to the busiest, and at least the longest of them."""
        threads = checked_integer("threads", threads, 1)
        return max(self.longest, self.work * math.ceil(self.chunks / threads) / max(1, self.chunks))


@dataclass(frozen=True)
class Profile:
    """One call on one thread.

    Parameters
    ----------
    regions : tuple of Region
        What threads would share, in order.
    serial : float
        Seconds between the regions, which they would not.

    Examples
    --------
    >>> bissl.scaling.Profile((bissl.scaling.Region(0.5, 0.125, 4),), serial=0.125).on(4)
    0.25
    """

    regions: tuple[Region, ...]
    serial: float

    @property
    def seconds(self) -> float:
        """Of the call on one thread."""
        return self.serial + sum(region.work for region in self.regions)

    def on(self, threads: int, handover: float = 0.0) -> float:
        """Seconds on so many threads, each region ``handover`` seconds longer where there are several. Memory that the threads
        share is as fast for each of them as for one."""
        spent = self.serial + sum(region.on(threads) for region in self.regions)
        return spent + handover * len(self.regions) * (threads > 1)


@dataclass(frozen=True)
class Scaling:
    """What threads gave one task, and what more would.

    Parameters
    ----------
    seconds : mapping of int to float
        By number of threads, 1 among them, those of a call (median).
    profile : Profile
        Of a call on one thread.

    Raises
    ------
    InvalidArgument (ValueError)
        No seconds on one thread, which the others are compared with.

    Examples
    --------
    >>> region = bissl.scaling.Region(work=1.0, longest=0.125, chunks=8)
    >>> bissl.scaling.Scaling({1: 1.0, 2: 0.625}, bissl.scaling.Profile((region,), 0.0)).efficiency(2)
    0.8
    """

    seconds: Mapping[int, float]
    profile: Profile

    def __post_init__(self) -> None:
        if 1 not in self.seconds:
            raise InvalidArgument(f"seconds: expected those on 1 thread among them, got {list(self.seconds)}")

    @property
    def handover(self) -> float:
        """Seconds that a region takes beyond what the profile says, with the most threads that were measured."""
        most = max(self.seconds)
        if most == 1 or not self.profile.regions:
            return 0.0
        slower = self.seconds[1] / self.profile.seconds  # the median beside the quickest call
        return max(0.0, (self.seconds[most] / slower - self.profile.on(most)) / len(self.profile.regions))

    def efficiency(self, threads: int) -> float:
        """What one of so many threads does, of what one does alone: measured, or simulated where there are not so many."""
        if threads in self.seconds:
            return self.seconds[1] / (threads * self.seconds[threads])
        return self.profile.seconds / (threads * self.profile.on(threads, self.handover))


@dataclass(frozen=True)
class Measured:
    """What `measure` found.

    Parameters
    ----------
    title : str
        The workload.
    tasks : mapping of str to Scaling
        By name of the task.
    multiply_adds : mapping of int to float
        By number of threads, the multiply-adds a second with everything in registers.

    Examples
    --------
    >>> found = bissl.scaling.measure("resnet18", batch_size=2, size=32, rounds=1, threads=[1])
    >>> list(found.tasks)
    ['gradient', 'Hessian product']
    """

    title: str
    tasks: Mapping[str, Scaling]
    multiply_adds: Mapping[int, float]

    def as_text(self) -> str:
        """Tables for people."""
        return "\n".join((self.title, "", *self._measured(), "", *self._simulated()))

    def _measured(self) -> Iterator[str]:
        names = list(self.tasks)
        timed, kept = [f"{name}, s" for name in names], [f"{name}, % of one thread's speed each" for name in names]
        rows = [("threads", *timed, *kept, "10⁹ multiply-adds a second at most")]
        for threads, rate in self.multiply_adds.items():
            timed = [f"{self.tasks[name].seconds[threads]:.4g}" for name in names]
            kept = [f"{100 * self.tasks[name].efficiency(threads):.0f}" for name in names]
            rows.append((str(threads), *timed, *kept, f"{rate / 1e9:.0f}"))
        yield aligned_rows(rows)

    def _simulated(self) -> Iterator[str]:
        rows = [("", "regions", "serial, % of one thread's time", "hand-over, µs a region",
                 *(f"% on {cores} cores" for cores in CORES))]  # fmt: skip
        for name, task in self.tasks.items():
            share = 100 * task.profile.serial / task.profile.seconds
            cells = [f"{100 * task.efficiency(cores):.0f}" for cores in CORES]
            rows.append((name, str(len(task.profile.regions)), f"{share:.2f}", f"{1e6 * task.handover:.1f}", *cells))
        yield aligned_rows(rows)
        yield (
            "Simulated where there are not so many: from the seconds of every region and its chunks on one thread, with memory as "
            "fast for each thread as for one."
        )


def measure(
    network: str = "resnet18",
    *,
    batch_size: int = 64,
    size: int = 96,
    rounds: int = 5,
    threads: Sequence[int] | None = None,
    progress: bool = False,
) -> Measured:
    """Times gradients and Hessian products of a network on growing numbers of threads, and says what more would give.

    Parameters
    ----------
    network : {"resnet18", "resnet50", "vit_small"}, default "resnet18"
        Under SimCLR; "vit_small" under MAE.
    batch_size : int, default 64
        Pairs of views, or images.
    size : int, default 96
        Pixels of a side.
    rounds : int, default 5
        Calls whose median counts, of each task and number of threads, which take turns.
    threads : sequence of int or None, optional
        Numbers of threads, 1 among them; None is 1, 2, 4 … and as many as the process may use.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    Measured
        Seconds by number of threads, and the regions of a call.

    Raises
    ------
    InvalidArgument (ValueError), WrongType (TypeError)
        No such network, or numbers out of range.

    Examples
    --------
    >>> print(bissl.scaling.measure("resnet18", batch_size=2, size=32, rounds=1, threads=[1]).title)
    SimCLR, resnet18, 2 pairs of 32 px
    """
    check_option("network", network, _NETWORKS)
    counts = _counts(threads)
    rounds = checked_integer("rounds", rounds, 1)
    pairs = checked_integer("batch_size", batch_size, 2), checked_integer("size", size, 8)
    title, tasks = _NETWORKS[network](network, *pairs)
    seconds: dict[tuple[str, int], list[float]] = {(name, count): [] for count in counts for name in tasks}
    rates: dict[int, float] = {}
    with _threads_restored(), progress_bar(rounds + 1, "rounds", progress, "round") as bar:
        for number in range(rounds + 1):
            for name, count in seconds:
                set_num_threads(count)
                began = time.perf_counter()
                tasks[name]()
                if number:  # the first call of each makes what later ones keep
                    seconds[name, count].append(time.perf_counter() - began)
            bar.update()
        for count in counts:
            set_num_threads(count)
            rates[count] = max(_engine.engine_multiply_adds() for _ in range(3))
        profiles = {name: profile(task) for name, task in tasks.items()}
    return Measured(
        title,
        {
            name: Scaling({count: statistics.median(seconds[name, count]) for count in counts}, profiles[name])
            for name in tasks
        },
        rates,
    )


def profile(call: Callable[[], Any]) -> Profile:
    """The regions of a call on one thread, each as it was in the quickest of three calls.

    Parameters
    ----------
    call : callable
        What is done, without arguments. What other threads of Python do meanwhile counts too.

    Returns
    -------
    Profile
        What another program's work does to a region of one call does not count.

    Raises
    ------
    WrongType (TypeError)
        It cannot be called.
    InvalidState (RuntimeError)
        Regions are recorded already.

    Examples
    --------
    >>> x = np.ones((4, 4), np.float32)
    >>> bissl.scaling.profile(lambda: bissl.ops.matmul(x, x)).serial >= 0
    True
    """
    check_callable("call", call)
    with _threads_restored():
        set_num_threads(1)
        return _quickest([_profiled(call) for _ in range(3)])


def _quickest(profiles: Sequence[Profile]) -> Profile:
    """Region by region where all calls have the same ones; else those of the quickest call."""
    sequences = [[region.chunks for region in found.regions] for found in profiles]
    if any(sequence != sequences[0] for sequence in sequences):
        return min(profiles, key=lambda found: found.seconds)
    regions = zip(*(found.regions for found in profiles), strict=True)
    return Profile(
        tuple(
            Region(min(one.work for one in same), min(one.longest for one in same), same[0].chunks) for same in regions
        ),
        min(found.serial for found in profiles),
    )


def _profiled(call: Callable[[], Any]) -> Profile:
    _engine.engine_record_regions(True)
    try:
        began = time.perf_counter()
        call()
        seconds = time.perf_counter() - began
        told = json.loads(_engine.engine_regions())
    finally:
        _engine.engine_record_regions(False)
    regions = tuple(Region(work, longest, int(chunks)) for work, longest, chunks in told)
    return Profile(regions, max(0.0, seconds - sum(region.work for region in regions)))


@contextmanager
def _threads_restored() -> Iterator[None]:
    before = get_num_threads()
    try:
        yield
    finally:
        set_num_threads(before)


def _counts(threads: Sequence[int] | None) -> tuple[int, ...]:
    if threads is None:
        most = min(len(os.sched_getaffinity(0)), _engine.MOST_THREADS)
        return tuple(dict.fromkeys([*(2**power for power in range(most.bit_length())), most]))
    if isinstance(threads, (str, bytes)) or not isinstance(threads, Sequence):
        raise WrongType(f"threads: expected a sequence of whole numbers, such as [1, 2], got {threads!r}")
    counts = [
        checked_integer(f"threads[{place}]", count, 1, _engine.MOST_THREADS) for place, count in enumerate(threads)
    ]
    if 1 not in counts:
        raise InvalidArgument(f"threads: expected 1 among them, which the others are compared with, got {threads}")
    return tuple(sorted(set(counts)))


def _simclr(network: str, pairs: int, size: int) -> tuple[str, dict[str, Callable[[], Any]]]:
    pretext = SimCLR(create_model(network))
    views = _normal(0, pairs, size), _normal(1, pairs, size)
    return f"SimCLR, {network}, {pairs} pairs of {size} px", _tasks(pretext, views)


def _mae(network: str, images: int, size: int) -> tuple[str, dict[str, Callable[[], Any]]]:
    if size % _PATCH or size < 2 * _PATCH:
        raise InvalidArgument(
            f"size: expected a multiple of {_PATCH}, the side of {network}'s patches, from {2 * _PATCH} on, got {size}"
        )
    pretext = MAE(vit_small(image_size=size, patch_size=_PATCH))
    noise = np.random.default_rng(2).random((images, pretext.backbone.num_patches))
    return f"MAE, {network}, {images} images of {size} px", _tasks(pretext, (_normal(0, images, size), noise))


def _tasks(pretext: Any, batch: Any) -> dict[str, Callable[[], Any]]:
    direction = np.random.default_rng(3).standard_normal(pretext.backbone.vector.size, np.float32)
    points: list[Any] = []

    def product() -> Any:
        if not points:
            points.append(pretext.linearize(batch))
        return points[0].hvp(direction)

    return {"gradient": lambda: pretext.value_and_gradient(batch), "Hessian product": product}


def _normal(seed: int, images: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((images, size, size, 3), np.float32)


_NETWORKS = {"resnet18": _simclr, "resnet50": _simclr, "vit_small": _mae}
