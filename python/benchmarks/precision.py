"""How far float32 is from float64: gradient and Hessian product of ResNet-18 under SimCLR, engine and PyTorch.

    python python/benchmarks/precision.py [--seeds 10] [--pairs 16] [--size 64]

The reference is PyTorch in float64 (the `bench` extra). Errors are ‖a − b‖/‖b‖ over the whole backbone; medians over
seeds. The figures of PyTorch are recorded in python/tests/test_precision.py.
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
import torch
from contenders.pytorch import Authors
from measure import report
from workloads import Workload, normal

import bissl


def relative(value: np.ndarray, reference: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(value, np.float64) - reference) / np.linalg.norm(reference))


def gradient_and_product(peer: Authors) -> tuple[np.ndarray, np.ndarray]:
    return peer.vector(peer.gradient()["gradient"]), peer.vector(peer.hessian_product()["product"])


def errors(seed: int, pairs: int, size: int) -> dict[str, float]:
    """The four relative errors of one seed."""
    work = Workload(
        bissl.SimCLR(bissl.resnet18(seed=seed), seed=seed),
        (normal(2 * seed, pairs, size), normal(2 * seed + 1, pairs, size)),
    )
    point = work.pretext.linearize(work.batch)
    single, double = Authors(work), Authors(work, torch.float64)
    gradient, product = gradient_and_product(double)
    of_single = gradient_and_product(single)
    return {
        "gradient, bissl": relative(point.gradient.backbone, gradient),
        "gradient, PyTorch": relative(of_single[0], gradient),
        "Hessian product, bissl": relative(point.hvp(work.direction), product),
        "Hessian product, PyTorch": relative(of_single[1], product),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    found = [errors(seed, options.pairs, options.size) for seed in range(options.seeds)]
    medians = {name: statistics.median(entry[name] for entry in found) for name in found[0]}
    report(
        f"relative error of float32, ResNet-18, {options.pairs} pairs of {options.size} px, {options.seeds} seeds",
        {},
        **{name: f"{value:.2e}" for name, value in medians.items()},
        gradient_ratio=round(medians["gradient, bissl"] / medians["gradient, PyTorch"], 2),
        product_ratio=round(medians["Hessian product, bissl"] / medians["Hessian product, PyTorch"], 2),
    )


if __name__ == "__main__":
    main()
