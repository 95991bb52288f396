"""Trajectories that PyTorch recorded (golden/optimizers.py), equalled in double precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bissl

GOLDEN = np.load(Path(__file__).parent / "golden" / "optimizers.npz")
STEPS = 4


def recorded(name: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(f"{name}/"): GOLDEN[key] for key in GOLDEN.files if key.startswith(f"{name}/")}


def layered(net: bissl.ResNet, decay: float) -> list:
    vectors = [f"backbone.{name}" for name, value in net.vector.as_dict().items() if value.ndim == 1] + ["head.bias"]
    return [*bissl.layer_decay(net, decay), {"match": vectors, "weight_decay": 0}]


CASES = {
    "adamw": lambda net: bissl.AdamW(lr=0.01, weight_decay=0.05, betas=(0.9, 0.95)),
    "adamw_layers": lambda net: bissl.AdamW(
        lr=0.01, weight_decay=0.1, betas=(0.8, 0.99), eps=1e-6, groups=layered(net, 0.75)
    ),
    "sgd_nesterov": lambda net: bissl.SGD(lr=0.1, weight_decay=0.01, momentum=0.9, nesterov=True),
    "sgd_layers": lambda net: bissl.SGD(
        lr=0.1, weight_decay=0.1, momentum=0.9, exclude_vectors=True, groups=bissl.layer_decay(net, 0.75)
    ),
}


@pytest.mark.float64
@pytest.mark.parametrize("case", CASES)
def test_trajectories(case):
    net = bissl.ResNet("basic", (1, 1), (3, 4), stem="small")
    downstream = bissl.Classifier(4, 3)
    start, expected = recorded("start"), recorded(case)
    heads = {name: start.pop(f"head.{name}") for name in ("weight", "bias")}
    net.load_state_dict(start)
    downstream.head.load_state_dict(heads)
    optimizer = CASES[case](net)
    base = optimizer.lr
    for step in range(STEPS):
        optimizer.lr = base * (step + 1) / STEPS
        downstream.step(net, (GOLDEN["images"], GOLDEN["labels"]), optimizer)
    moved = net.vector.as_dict() | {f"head.{name}": v for name, v in downstream.head.vector.as_dict().items()}
    assert set(moved) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(moved[name], value, rtol=1e-12, atol=1e-12, err_msg=name)
