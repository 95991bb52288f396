"""Peak memory of an alternation, and with --full its time, or of a row's gradient: each contender alone in a process of its own.

    python python/benchmarks/memory.py [--full] [--quick] [--row fcn]

By default one lower step, one linearization and one upper step of two CG iterations, which reach the same peak as 20, 1
and 8 of five. The peak is the
process's resident memory (VmHWM) from the first step on; beside it stand what the process held before that step, with its
libraries and parameters, and the peak of the engine's own tensors (`bissl.memory_stats`).
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contenders import available
from goals import AUTHORS, BEST, BISSL, HIGH, JAX, Goal, faster, table, verdict
from measure import report
from rows import BILEVEL, LOWER_STEPS, ROWS, UPPER_STEPS, bilevel

import bissl

PEAK, SECONDS = "peak memory of an alternation", "a whole alternation"
GRADIENTS_PEAK = "peak memory of a gradient"
#: bissl with `set_recompute_activations`.
RECOMPUTING = "bissl, recomputing"
GOALS = (
    Goal((BISSL, PEAK), (AUTHORS, PEAK), at_most=0.65),
    Goal((RECOMPUTING, PEAK), (AUTHORS, PEAK), at_most=0.6),
    faster(SECONDS, AUTHORS, 5.0),
    Goal((AUTHORS, SECONDS), (RECOMPUTING, SECONDS), at_least=5.0),
)


def resident(field: str) -> float:
    """VmRSS or VmHWM of this process in MiB."""
    return int(re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def contenders() -> dict[str, Any]:
    """Those that do a whole alternation, and bissl twice."""
    makers = {name: make for name, make in available().items() if name in (BISSL, HIGH, AUTHORS, BEST, JAX)}
    return {BISSL: makers[BISSL], RECOMPUTING: makers[BISSL], **makers}


def alternation(name: str, share: int, lower: int, upper: int, iterations: int) -> dict[str, float]:
    """One contender's alternation in this process: MiB and seconds."""
    bissl.set_recompute_activations(name == RECOMPUTING)
    contender = contenders()[name](bilevel(share, iterations))

    def steps() -> None:
        for _ in range(lower):
            contender.lower_step()
        if hasattr(contender, "upper_linearization"):
            contender.upper_linearization()
        for _ in range(upper):
            contender.upper_step()

    return _needed(steps)


def gradient(name: str, row: str, share: int) -> dict[str, float]:
    """One contender's gradient of a row in this process, likewise."""
    return _needed(available()[name](ROWS[row].workload(share)).gradient)


def _needed(run: Callable[[], Any]) -> dict[str, float]:
    gc.collect()
    bissl.release_cached_memory()
    bissl.reset_peak_memory()
    Path("/proc/self/clear_refs").write_text("5")  # a new VmHWM
    before, began = resident("VmRSS"), time.perf_counter()
    run()
    seconds = time.perf_counter() - began
    engine = bissl.memory_stats()["peak_bytes"] / 2**20
    return {"peak": resident("VmHWM"), "before": before, "engine": engine, "seconds": seconds}


def in_own_process(name: str, options: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, __file__, "--contender", name, "--row", options.row]
    command += [flag for flag in ("--full", "--quick") if getattr(options, flag.strip("-"))]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def compare(found: dict[str, dict[str, float]], full: bool) -> dict[str, Any]:
    """Prints what the contenders needed for an alternation, and one JSON line."""
    return _told(BILEVEL, found, PEAK, GOALS, full)


def compare_gradients(found: dict[str, dict[str, float]], row: str) -> dict[str, Any]:
    """Likewise, for a row's gradient."""
    goal = Goal((BISSL, GRADIENTS_PEAK), (BEST, GRADIENTS_PEAK), at_most=1.0)
    return _told(ROWS[row].title, found, GRADIENTS_PEAK, (goal,))


def _told(
    title: str, found: dict[str, dict[str, float]], peak: str, goals: tuple[Goal, ...], timed: bool = False
) -> dict[str, Any]:
    memory = {(name, peak): [of["peak"]] for name, of in found.items()}
    seconds = {(name, SECONDS): [of["seconds"]] for name, of in found.items()} if timed else {}
    samples = memory | seconds
    ratings = [goal.rated(samples) for goal in goals if goal.measured_by(samples)]
    of_memory = [rating for rating in ratings if rating["task"] == peak]
    of_seconds = [rating for rating in ratings if rating["task"] == SECONDS]
    lines = table(memory, of_memory, "{:.0f} MiB".format) + table(seconds, of_seconds, "{:.0f} s".format)
    shown = {f"{name}, {key}": round(value, 1) for name, of in found.items() for key, value in of.items()}
    details = {"ratios": ratings, "table": lines}
    report(title, {}, details, **shown, **{rating["ratio of"]: verdict(rating) for rating in ratings})
    return details


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="20 lower and 8 upper steps, timed")
    parser.add_argument("--quick", action="store_true", help="batches divided by 8")
    parser.add_argument("--row", choices=list(ROWS), default="simclr", help="another than simclr: one gradient of it")
    parser.add_argument("--contender", choices=list(contenders()), help="run this one here and print a JSON object")
    options = parser.parse_args()
    share = 8 if options.quick else 1
    of_gradient = options.row != "simclr"
    if options.contender is None:
        names = [name for name in contenders() if not of_gradient or name in ROWS[options.row].contenders]
        found = {name: in_own_process(name, options) for name in names}
        compare_gradients(found, options.row) if of_gradient else compare(found, options.full)
    elif of_gradient:
        print(json.dumps(gradient(options.contender, options.row, share)))
    else:
        steps = (LOWER_STEPS, UPPER_STEPS, 5) if options.full else (1, 1, 2)
        print(json.dumps(alternation(options.contender, share, *steps)))


if __name__ == "__main__":
    main()
