"""float32 against float64, two processes with the same parameters and batches."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pytest

#: Median relative errors of PyTorch 2.15 in float32 over seeds 0 to 9, against its own float64: ResNet-18 under SimCLR,
#: 16 pairs of 64 px. Measured by python/benchmarks/precision.py.
PYTORCH = {"gradient": 1.62e-3, "product": 2.90e-3}

SMOOTH = """
net = bissl.ResNet("basic", (1, 1), (8, 12), stem="small", activation="gelu", seed=seed)
pretext, size, pairs = bissl.SimCLR(net, projector=(8,), seed=seed), 12, 8
"""
RESNET18 = """
pretext, size, pairs = bissl.SimCLR(bissl.resnet18(seed=seed), seed=seed), 64, 16
"""
# Parameters and images are rounded to float32 in both precisions: the point is the same.
PROGRAM = """
import sys, numpy as np, bissl
results = {{}}
for seed in range({seeds}):
    random = np.random.default_rng(seed)
    {network}
    for module in (pretext.backbone, pretext.head):
        module.vector[:] = module.vector.astype(np.float32)
    views = [random.standard_normal((pairs, size, size, 3), np.float32) for _ in range(2)]
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(np.float32)
    point = pretext.linearize(views)
    results[f"gradient.{{seed}}"] = point.gradient.backbone
    results[f"product.{{seed}}"] = point.hvp(direction)
np.savez({path!r}, **results)
"""


def errors(run_python, folder: Path, network: str, seeds: int) -> dict[str, list[float]]:
    """‖a₃₂ − a₆₄‖/‖a₆₄‖ of gradient and Hessian product, for every seed."""
    results = {}
    for precision in ("float32", "float64"):
        path = folder / f"{precision}.npz"
        source = PROGRAM.format(seeds=seeds, network=network.strip().replace("\n", "\n    "), path=str(path))
        outcome = run_python(source, timeout=600, BISSL_PRECISION=precision)
        assert outcome.returncode == 0, outcome.stderr
        results[precision] = np.load(path)
    single, double = results["float32"], results["float64"]
    return {
        quantity: [
            float(np.linalg.norm(single[key] - double[key]) / np.linalg.norm(double[key]))
            for key in (f"{quantity}.{seed}" for seed in range(seeds))
        ]
        for quantity in ("gradient", "product")
    }


def test_smooth_network(run_python, tmp_path):
    for quantity, values in errors(run_python, tmp_path, SMOOTH, seeds=3).items():
        assert max(values) < 1e-5, quantity


@pytest.mark.parametrize("quantity", ["gradient", "product"])
def test_resnet18_is_as_exact_as_pytorch(resnet18_errors, quantity):
    assert statistics.median(resnet18_errors[quantity]) <= 2 * PYTORCH[quantity]


@pytest.fixture(scope="module")
def resnet18_errors(run_python, tmp_path_factory) -> dict[str, list[float]]:
    return errors(run_python, tmp_path_factory.mktemp("precision"), RESNET18, seeds=10)
