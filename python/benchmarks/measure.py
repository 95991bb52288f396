"""Timing side by side: contenders take turns, so that a busy machine is busy for all of them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import bissl

Name = TypeVar("Name", bound=Hashable)


def alternate(
    contenders: Mapping[Name, Callable[[], Any]],
    rounds: int,
    warm_up: Callable[[Name, Any], None] = lambda name, result: None,
    budget: float = float("inf"),
) -> dict[Name, list[float]]:
    """Seconds of every call; every round calls each contender once, in turn.

    One call of each is not counted; ``warm_up`` gets its result. After ``budget`` seconds in counted rounds no further
    one begins.
    """
    for name, run in contenders.items():
        warm_up(name, run())
    seconds: dict[Name, list[float]] = {name: [] for name in contenders}
    began = time.perf_counter()
    for _ in range(rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
        if time.perf_counter() - began > budget:
            break
    return seconds


@contextmanager
def busy_neighbor() -> Iterator[None]:
    """Another process computes on the last of this one's processors."""
    command = [sys.executable, "-c", "while True: pass"]
    with subprocess.Popen(command) as neighbor:
        try:
            os.sched_setaffinity(neighbor.pid, [max(os.sched_getaffinity(0))])
            yield
        finally:
            neighbor.kill()


def median_ratio(numerator: list[float], denominator: list[float]) -> float:
    """The median of the ratios of calls made in the same round."""
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


def report(
    title: str, seconds: Mapping[str, list[float]], details: Mapping[str, Any] | None = None, **values: Any
) -> None:
    """Prints medians and values for people and, with ``details``, one JSON line for machines."""
    print(f"\n{title}")
    for name, times in seconds.items():
        spread = f"{min(times):.4f} to {max(times):.4f}, {len(times)} rounds"
        print(f"  {name:<64} median {statistics.median(times):8.4f} s   ({spread})")
    for name, value in values.items():
        print(f"  {name:<64} {value}")
    line = {"title": title, "medians": {name: statistics.median(times) for name, times in seconds.items()}, **values}
    print(json.dumps(line | (details or {}) | environment(), ensure_ascii=False), flush=True)


def environment() -> dict[str, Any]:
    """What a figure depends on."""
    config = bissl.show_config(mode="dict")
    keep = ("bissl", "engine_sources", "precision", "simd", "threads", "blas", "blas_core")
    kept = {name: config[name] for name in keep}
    return kept | {"machine": platform.machine(), "load": round(os.getloadavg()[0], 2)}
