"""How cost grows with batch, width, N_c, N_U and threads.

    python python/benchmarks/growth.py [--rounds 3] [--quick] [--plot growth.png]

Every curve has a fitted exponent: the slope of log seconds over log x. All points of a curve take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import workloads
from contenders.engine import Engine
from measure import alternate, report

import bissl

Runs = dict[str, Callable[[], Any]]


@dataclass(frozen=True)
class Curve:
    """What ``runs(x)`` gives is timed at every x."""

    title: str
    x: str
    points: tuple[int, ...]
    runs: Callable[[int], Runs]


def products(net: Callable[[], bissl.ResNet], images: int, size: int) -> Runs:
    """Gradient and Hessian product of mean(features²)."""
    engine = Engine(workloads.features(net, images, size))
    engine.linearization()
    return {"gradient": engine.gradient, "Hessian product": engine.hessian_product}


def with_threads(count: int, runs: Runs) -> Runs:
    def limited(run: Callable[[], Any]) -> Callable[[], Any]:
        def call() -> None:
            bissl.set_num_threads(count)
            run()

        return call

    return {name: limited(run) for name, run in runs.items()}


def upper_level(pairs: int, size: int, iterations: int, steps: int) -> Runs:
    """One linearization and then ``steps`` upper steps of ``iterations`` CG iterations."""
    work = workloads.simclr(bissl.resnet18, pairs, size, pairs, iterations)
    engine = Engine(work)

    def run() -> None:
        engine.upper_linearization()
        for _ in range(steps):
            engine.upper_step()

    return {"linearization and upper steps": run}


def curves(share: int) -> Iterator[Curve]:
    """Every batch divided by ``share``."""
    size, images, pairs = 96, 32 // share, 16 // share
    processors = range(1, len(os.sched_getaffinity(0)) + 1)
    same = products(bissl.resnet18, images, size)
    yield Curve(
        "ResNet-18, 96 px",
        "images",
        tuple(images * factor // 4 for factor in (1, 2, 4, 8)),
        lambda x: products(bissl.resnet18, x, size),
    )
    yield Curve(
        f"ResNet-18, {images} images of 96 px",
        "width of the first stage",
        (16, 32, 64, 96),
        lambda x: products(lambda: bissl.resnet18(widths=(x, 2 * x, 4 * x, 8 * x)), images, size),
    )
    yield Curve(
        f"upper level, ResNet-18, {pairs} pairs, one step",
        "N_c",
        (1, 2, 5, 10),
        lambda x: upper_level(pairs, size, x, 1),
    )
    yield Curve(
        f"upper level, ResNet-18, {pairs} pairs, N_c = 5", "N_U", (1, 2, 4, 8), lambda x: upper_level(pairs, size, 5, x)
    )
    yield Curve(f"ResNet-18, {images} images of 96 px", "threads", tuple(processors), lambda x: with_threads(x, same))


def exponent(points: Sequence[int], seconds: Sequence[float]) -> float:
    """The least-squares slope of log seconds over log x; nan for a single point."""
    if len(points) < 2:
        return float("nan")
    return float(np.polyfit(np.log(points), np.log(seconds), 1)[0])


def measure(curve: Curve, rounds: int) -> dict[str, list[float]]:
    """Median seconds of each task at the curve's points; prints them and a JSON line."""
    runs = {(task, x): run for x in curve.points for task, run in curve.runs(x).items()}
    threads = bissl.get_num_threads()
    samples = alternate(runs, rounds)
    bissl.set_num_threads(threads)
    medians: dict[str, list[float]] = {}
    for (task, _), times in samples.items():
        medians.setdefault(task, []).append(statistics.median(times))
    exponents = {task: round(exponent(curve.points, seconds), 2) for task, seconds in medians.items()}
    shown = {f"{task}, {curve.x} = {x}": times for (task, x), times in samples.items()}
    details = {"growth": {"title": curve.title, "x": curve.x, "points": curve.points, "seconds": medians}}
    details["growth"]["exponents"] = exponents
    values = {f"{task}: exponent": value for task, value in exponents.items()}
    report(f"{curve.title}, over {curve.x}", shown, details, **values)
    return medians


def plot(measured: list[tuple[Curve, dict[str, list[float]]]], path: str) -> None:
    """Both axes logarithmic, one panel per curve."""
    from bissl.plot.style import label, panels

    figure, axes = panels(len(measured), most=3)
    for axis, (curve, medians) in zip(axes, measured):
        for task, seconds in medians.items():
            slope = exponent(curve.points, seconds)
            axis.loglog(curve.points, seconds, marker="o", label=f"{task}: exponent {slope:.2f}")
        label(axis, curve.x, "seconds", curve.title)
        axis.set_xticks(curve.points, [str(x) for x in curve.points], minor=False)
        axis.legend()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="batches divided by 8, one round")
    parser.add_argument("--plot", metavar="FILE", help="draw the curves (needs matplotlib)")
    options = parser.parse_args()
    share, rounds = (8, 1) if options.quick else (1, options.rounds)
    measured = [(curve, measure(curve, rounds)) for curve in curves(share)]
    if options.plot:
        plot(measured, options.plot)


if __name__ == "__main__":
    main()
