"""What several processes cost on one machine: the same cores as threads of one process or as processes of one thread.

    python python/benchmarks/ranks.py [--pairs N] [--rounds N] [--quick]

A gradient of SimCLR on ResNet-18, 96 pixels, and a Hessian product there, by four contenders, of which each round starts every one
anew, in turn: one process with one thread and with two, without MPI; one process and two under mpiexec, with a thread each.
Ratios are medians over rounds; a round's times are the medians of its calls. Of one process with one thread, the processor's time
tells more than the clock where other work is done: ``--cpu`` shows that instead, of the first process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import median_ratio, report

import bissl

#: By name: processes, 0 without a launcher, and threads of each.
CONTENDERS = {"1 × 1": (0, 1), "1 × 1 under mpiexec": (1, 1), "1 × 2": (0, 2), "2 × 1 under mpiexec": (2, 1)}
CALLS = {"gradient": 3, "Hessian product": 2}
#: Of a run by itself over one under mpiexec, and of two processes over two threads.
GOALS = {"1 × 1 under mpiexec": ("1 × 1", 1.02), "2 × 1 under mpiexec": ("1 × 2", 1.15)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="4 pairs of 32 pixels, one round")
    parser.add_argument("--cpu", action="store_true", help="the processor's time, of one process with one thread only")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    pairs, side, rounds = (4, 32, 1) if options.quick else (options.pairs, 96, options.rounds)
    if options.measure:
        return measure(pairs, side, time.process_time if options.cpu else time.perf_counter)
    contenders = {name: of for name, of in CONTENDERS.items() if not options.cpu or of[0] < 2 and of[1] == 1}
    seconds: dict[str, dict[str, list[float]]] = {call: {name: [] for name in contenders} for call in CALLS}
    for _ in range(rounds):
        for name, (processes, threads) in contenders.items():
            for call, times in run(processes, threads, sys.argv[1:]).items():
                seconds[call][name].append(statistics.median(times))
    for call, found in seconds.items():
        ratios = {
            f"{name} over {other} (goal: at most {most})": round(median_ratio(found[name], found[other]), 3)
            for name, (other, most) in GOALS.items()
            if name in contenders
        }
        report(f"{call}: SimCLR on ResNet-18, {pairs} pairs of {side} px; processes × threads", found, **ratios)


def run(processes: int, threads: int, arguments: list[str]) -> dict[str, list[float]]:
    """Seconds of all calls of a contender."""
    program = [sys.executable, os.path.abspath(__file__), *arguments, "--measure"]
    if processes:
        program = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(processes), *program]
    variables = os.environ | {"BISSL_NUM_THREADS": str(threads)}
    done = subprocess.run(program, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def measure(pairs: int, side: int, clock: Callable[[], float]) -> None:
    """As one of a contender's processes; the first prints."""
    if bissl.distributed.launched_size() > 1 or "PMI_RANK" in os.environ:
        bissl.distributed.attach()
    pretext = bissl.SimCLR(bissl.resnet18())
    own = bissl.distributed.share_of(pairs)
    batch = tuple(
        view[own] for view in np.random.default_rng(0).normal(size=(2, pairs, side, side, 3)).astype(np.float32)
    )
    direction = np.random.default_rng(1).normal(size=pretext.backbone.vector.size).astype(np.float32)
    linearization = pretext.linearize(batch)
    calls = {
        "gradient": lambda: pretext.value_and_gradient(batch),
        "Hessian product": lambda: linearization.hvp(direction),
    }
    found: dict[str, list[float]] = {}
    for name, call in calls.items():
        call()
        found[name] = []
        for _ in range(CALLS[name]):
            bissl.distributed.barrier("the next call")
            began = clock()
            call()
            found[name].append(clock() - began)
    if bissl.distributed.is_first():
        print(json.dumps(found))


if __name__ == "__main__":
    main()
