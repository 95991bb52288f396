"""bissl beside PyTorch and JAX on the rows of the table; each contender must first compute what bissl computes.

    python python/benchmarks/compare.py [resnet18 resnet50 simclr mae fcn detection] [--rounds 7] [--seconds 120] [--quick]
        [--without CONTENDER ...] [--busy] [--tcmalloc]

PyTorch and JAX take part where they are installed (the `bench` extra). All use as many threads as the process may use
processors: ``taskset -c 0`` measures one thread. ``--busy`` has a neighbour compute on one of the processors all the while;
``--tcmalloc`` gives all of them Google's allocator (Debian: libtcmalloc-minimal4), as PyTorch advises.
"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
from agreement import Agreement
from contenders import available
from goals import Quantity, Samples, named, table, verdict
from measure import alternate, busy_neighbor, report
from rows import OPTIONAL, ROWS, Row
from workloads import Workload

ERRORS = "errors of gradients against float64"
Makers = Mapping[str, Callable[[Workload], Any]]


def compare(
    row: Row, share: int, rounds: int, budget: float, makers: Makers | None = None, busy: bool = False
) -> dict[str, Any]:
    """Measures a row with every batch divided by ``share``; prints it and its JSON line, of which it returns the details.

    Each contender has a workload of its own, of the same seeds. ``busy`` : a neighbour computes on one processor meanwhile.
    Raises AssertionError where two compute different things.
    """
    makers = makers or {name: make for name, make in available().items() if name in row.contenders}
    contenders = {name: make(row.workload(share)) for name, make in makers.items()}
    runs = {
        (name, task): getattr(contender, task)
        for task in row.tasks
        for name, contender in contenders.items()
        if getattr(contender, task, None) is not None
    }
    agreement = Agreement(contenders, row.float32)
    with busy_neighbor() if busy else nullcontext():
        samples = alternate(runs, rounds, agreement.check, budget)
    samples |= sums(row, samples)
    ratings = [goal.rated(samples) for goal in row.goals if goal.measured_by(samples)]
    details = {
        "ratios": ratings,
        "differences": agreement.differences,
        ERRORS: errors(row, share, agreement),
        "versions": {name: contender.version for name, contender in contenders.items()},
        "table": table(samples, ratings, "{:.3g} s".format),
    }
    title = row.title if share == 1 else f"{row.title} (batches divided by {share})"
    title += ", a busy neighbour on one processor" * busy + ", tcmalloc" * (
        "tcmalloc" in os.environ.get("LD_PRELOAD", "")
    )
    seconds = {named(quantity): times for quantity, times in samples.items()}
    told = {f"error of the gradient against float64, {name}": value for name, value in details[ERRORS].items()}
    report(title, seconds, details, **{rating["ratio of"]: verdict(rating) for rating in ratings}, **told)
    return details


def errors(row: Row, share: int, agreement: Agreement) -> dict[str, float]:
    """By contender, of their first gradients; told where one of them computes in fewer bits."""
    if not any(getattr(contender, "is_rounded", False) for contender in agreement.contenders.values()):
        return {}
    import torch
    from contenders.pytorch import Authors

    exact = Authors(row.workload(share), torch.float64)
    return agreement.errors(np.asarray(exact.vector(exact.gradient()["gradient"])))


def sums(row: Row, samples: Samples) -> dict[Quantity, list[float]]:
    """The row's sums, round by round."""
    found = {}
    for title, weights in row.sums.items():
        for name in dict.fromkeys(name for name, _ in samples):
            if not all((name, task) in samples for task in weights.keys() - OPTIONAL):
                continue
            parts = [(weight, samples[name, task]) for task, weight in weights.items() if (name, task) in samples]
            rounds = zip(*(times for _, times in parts), strict=True)
            found[name, title] = [sum(weight * time for (weight, _), time in zip(parts, times)) for times in rounds]
    return found


def with_tcmalloc() -> None:
    """Begins the process anew with the allocator loaded, unless it is."""
    if "tcmalloc" in os.environ.get("LD_PRELOAD", ""):
        return
    library = ctypes.util.find_library("tcmalloc_minimal") or ctypes.util.find_library("tcmalloc")
    if library is None:
        raise SystemExit("--tcmalloc: the library is not installed; Debian has it in libtcmalloc-minimal4")
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"LD_PRELOAD": library})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="all unless named")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=120, help="after which no further round of a row begins")
    names = [*available()]
    parser.add_argument(
        "--without", nargs="+", default=[], choices=names, metavar="CONTENDER", help="leave out, by name"
    )
    parser.add_argument("--busy", action="store_true", help="a neighbour computes on one of the processors")
    parser.add_argument("--tcmalloc", action="store_true", help="all use Google's allocator")
    parser.add_argument("--quick", action="store_true", help="batches divided by 8, one round")
    options = parser.parse_args()
    if options.tcmalloc:
        with_tcmalloc()
    share, rounds = (8, 1) if options.quick else (1, options.rounds)
    makers = {name: make for name, make in available().items() if name not in options.without}
    for row in (ROWS[name] for name in options.rows or ROWS):
        taking_part = {name: make for name, make in makers.items() if name in row.contenders}
        compare(row, share, rounds, options.seconds, taking_part, options.busy)


if __name__ == "__main__":
    main()
