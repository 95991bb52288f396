"""How far float32 is from float64: gradient and Hessian product of ResNet-18 under SimCLR, engine and PyTorch; where the
processor has matrix tiles, the engine's with products of split operands too.

    python python/benchmarks/precision.py [--seeds 10] [--pairs 16] [--size 64]

The reference is PyTorch in float64 (the `bench` extra). Errors are ‖a − b‖/‖b‖ over the whole backbone; medians over
seeds. The figures of PyTorch are recorded in python/tests/test_precision.py.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import numpy as np
import torch
from contenders import available
from contenders.pytorch import Authors
from goals import AUTHORS, BISSL, HIGH
from measure import report
from workloads import Workload, normal

import bissl

CONTENDERS = (BISSL, HIGH, AUTHORS)
QUANTITIES = ("gradient", "Hessian product")


def relative(value: np.ndarray, reference: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(value, np.float64) - reference) / np.linalg.norm(reference))


def gradient_and_product(contender: Any) -> tuple[np.ndarray, np.ndarray]:
    find = contender.linearization if hasattr(contender, "linearization") else contender.gradient
    found = contender.vector(find()["gradient"]).copy()
    return found, contender.vector(contender.hessian_product()["product"])


def errors(seed: int, pairs: int, size: int) -> dict[str, float]:
    """The relative errors of one seed."""
    work = Workload(
        bissl.SimCLR(bissl.resnet18(seed=seed), seed=seed),
        (normal(2 * seed, pairs, size), normal(2 * seed + 1, pairs, size)),
    )
    exact = gradient_and_product(Authors(work, torch.float64))
    makers = available()
    found = {}
    for name in CONTENDERS:
        if name in makers:
            for quantity, value, reference in zip(
                QUANTITIES, gradient_and_product(makers[name](work)), exact, strict=True
            ):
                found[f"{quantity}, {name}"] = relative(value, reference)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    found = [errors(seed, options.pairs, options.size) for seed in range(options.seeds)]
    medians = {name: statistics.median(entry[name] for entry in found) for name in found[0]}
    ratios = {
        f"{quantity}, {name} / {AUTHORS}": round(medians[f"{quantity}, {name}"] / medians[f"{quantity}, {AUTHORS}"], 2)
        for quantity in QUANTITIES
        for name in (BISSL, HIGH)
        if f"{quantity}, {name}" in medians
    }
    report(
        f"relative error of float32, ResNet-18, {options.pairs} pairs of {options.size} px, {options.seeds} seeds",
        {},
        **{name: f"{value:.2e}" for name, value in medians.items()},
        **ratios,
    )


if __name__ == "__main__":
    main()
