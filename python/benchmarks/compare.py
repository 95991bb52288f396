"""bissl beside PyTorch and JAX on the rows of the table; each contender must first compute what bissl computes.

    python python/benchmarks/compare.py [resnet18 resnet50 simclr mae fcn detection] [--rounds 5] [--seconds 120] [--quick]

PyTorch and JAX take part where they are installed (the `bench` extra). All use as many threads as the process may use
processors: ``taskset -c 0`` measures one thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from agreement import Agreement
from contenders import available
from goals import Quantity, Samples, named, table, verdict
from measure import alternate, report
from rows import ROWS, Row
from workloads import Workload

Makers = Mapping[str, Callable[[Workload], Any]]


def compare(row: Row, share: int, rounds: int, budget: float, makers: Makers | None = None) -> dict[str, Any]:
    """Measures a row with every batch divided by ``share``; prints it and its JSON line, of which it returns the details.

    Each contender has a workload of its own, of the same seeds. Raises AssertionError where two compute different things.
    """
    makers = makers or {name: make for name, make in available().items() if name in row.contenders}
    contenders = {name: make(row.workload(share)) for name, make in makers.items()}
    runs = {
        (name, task): getattr(contender, task)
        for task in row.tasks
        for name, contender in contenders.items()
        if hasattr(contender, task)
    }
    agreement = Agreement(contenders, row.float32)
    samples = alternate(runs, rounds, agreement.check, budget)
    samples |= sums(row, samples)
    ratings = [goal.rated(samples) for goal in row.goals if goal.measured_by(samples)]
    details = {
        "ratios": ratings,
        "differences": agreement.differences,
        "versions": {name: contender.version for name, contender in contenders.items()},
        "table": table(samples, ratings, "{:.3g} s".format),
    }
    title = row.title if share == 1 else f"{row.title} (batches divided by {share})"
    seconds = {named(quantity): times for quantity, times in samples.items()}
    report(title, seconds, details, **{rating["ratio of"]: verdict(rating) for rating in ratings})
    return details


def sums(row: Row, samples: Samples) -> dict[Quantity, list[float]]:
    """The row's sums, round by round."""
    found = {}
    for title, weights in row.sums.items():
        for name in dict.fromkeys(name for name, _ in samples):
            parts = [(weight, samples[name, task]) for task, weight in weights.items() if (name, task) in samples]
            if not parts:
                continue
            rounds = zip(*(times for _, times in parts), strict=True)
            found[name, title] = [sum(weight * time for (weight, _), time in zip(parts, times)) for times in rounds]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], help="all unless named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120, help="after which no further round of a row begins")
    parser.add_argument("--quick", action="store_true", help="batches divided by 8, one round")
    options = parser.parse_args()
    share, rounds = (8, 1) if options.quick else (1, options.rounds)
    for name in options.rows or ROWS:
        compare(ROWS[name], share, rounds, options.seconds)


if __name__ == "__main__":
    main()
