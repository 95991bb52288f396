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
from measure import report
from torch_peer import SimCLRPeer

import bissl


def relative(value: np.ndarray, reference: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(value, np.float64) - reference) / np.linalg.norm(reference))


def errors(seed: int, pairs: int, size: int) -> dict[str, float]:
    """The four relative errors of one seed."""
    random = np.random.default_rng(seed)
    views = [random.standard_normal((pairs, size, size, 3), np.float32) for _ in range(2)]
    pretext = bissl.SimCLR(bissl.resnet18(seed=seed), seed=seed)
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(np.float32)
    point = pretext.linearize(views)
    single = SimCLRPeer(pretext, bissl.get_num_threads())
    double = SimCLRPeer(pretext, bissl.get_num_threads(), torch.float64)
    gradient, product = double.gradient(views).numpy(), double.hessian_product(views, direction).numpy()
    return {
        "gradient, bissl": relative(point.gradient.backbone, gradient),
        "gradient, PyTorch": relative(single.gradient(views).numpy(), gradient),
        "Hessian product, bissl": relative(point.hvp(direction), product),
        "Hessian product, PyTorch": relative(single.hessian_product(views, direction).numpy(), product),
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
