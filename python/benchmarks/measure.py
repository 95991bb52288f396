"""Timing side by side: contenders take turns, so that a busy machine is busy for all of them."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import bissl


def alternate(contenders: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every call, after one call of each that is not counted; every round calls each once, in turn."""
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return seconds


def median_ratio(numerator: list[float], denominator: list[float]) -> float:
    """The median of the ratios of calls made in the same round."""
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


def report(title: str, seconds: Mapping[str, list[float]], **values: Any) -> None:
    """Prints medians for people and one JSON line for machines."""
    print(f"\n{title}")
    for name, times in seconds.items():
        print(
            f"  {name:<42} median {statistics.median(times):8.4f} s   ({min(times):.4f} to {max(times):.4f}, {len(times)} rounds)"
        )
    for name, value in values.items():
        print(f"  {name:<42} {value}")
    config = bissl.show_config(mode="dict")
    keep = ("bissl", "precision", "simd", "threads", "blas", "blas_core")
    line = {"title": title, "medians": {name: statistics.median(times) for name, times in seconds.items()}, **values}
    print(json.dumps(line | {name: config.get(name) for name in keep} | {"machine": platform.machine()}), flush=True)
