"""The golden trajectories of SimCLR and BYOL: two alternations of Algorithm 1 as the authors' PyTorch code performs them, in float64.

Tolerances are relative to the largest entry. Rounding grows through conjugate gradients, so later quantities are held
less tightly (see golden/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import bissl

pytestmark = pytest.mark.float64

GOLDEN = Path(__file__).with_name("golden")


class Golden:
    """The numbers of one file, arrays by prefix."""

    def __init__(self, name: str) -> None:
        with np.load(GOLDEN / name) as file:
            self.arrays = {key: file[key] for key in file.files}

    def __getitem__(self, key: str) -> np.ndarray:
        return self.arrays[key]

    def setting(self, name: str):
        return self.arrays[f"config.{name}"].item()

    def sizes(self, name: str) -> tuple[int, ...]:
        return tuple(int(part) for part in self.setting(name).split("-"))

    def group(self, prefix: str) -> dict[str, np.ndarray]:
        return {key.removeprefix(prefix): value for key, value in self.arrays.items() if key.startswith(prefix)}

    def images(self, key: str) -> np.ndarray:
        return self.arrays[key].transpose(0, 2, 3, 1)

    def views(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.images(f"lower.{index}.view1"), self.images(f"lower.{index}.view2")

    def labelled(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.images(f"upper.{index}.x"), self.arrays[f"upper.{index}.y"]


@dataclass
class Trajectory:
    """What our run of the two alternations recorded."""

    golden: Golden
    middle: list[dict[str, dict[str, np.ndarray]]]
    final: dict[str, dict[str, np.ndarray]]
    lower: list[list[bissl.LowerInfo]]
    upper: list[list[bissl.UpperInfo]]


def make_pretext(golden: Golden, net: bissl.ResNet) -> bissl.Pretext:
    if golden.setting("task") == "byol":
        pretext = bissl.BYOL(net, projector=golden.sizes("proj"), decay=golden.setting("ema"))
    else:
        pretext = bissl.SimCLR(net, projector=golden.sizes("proj"), temperature=golden.setting("temp"))
    pretext.head.load_state_dict(golden.group("init.lower.head."))
    if golden.setting("task") == "byol":
        pretext.reset_target()
    return pretext


def make_loop(golden: Golden) -> bissl.Bilevel:
    net = bissl.ResNet(golden.setting("block"), golden.sizes("layers"), golden.sizes("widths"))
    net.load_state_dict(golden.group("init.lower.backbone."))
    pretext = make_pretext(golden, net)
    downstream = bissl.Classifier(net.num_features, golden.setting("classes"))
    downstream.head.load_state_dict(golden.group("init.upper.head."))
    loop = bissl.Bilevel(
        pretext,
        downstream,
        lam=golden.setting("lam"),
        damping=golden.setting("damping"),
        solver=bissl.ConjugateGradient(iterations=golden.setting("cg"), guard="authors"),
        clip_norm=golden.setting("clip"),
        lower_optimizer=bissl.LARS(
            lr=golden.setting("lower_lr"), weight_decay=golden.setting("lower_wd"), momentum=golden.setting("momentum")
        ),
        upper_optimizer=bissl.SGD(
            lr=golden.setting("upper_lr"), weight_decay=golden.setting("upper_wd"), momentum=golden.setting("momentum")
        ),
    )
    loop.upper_backbone.load_state_dict(golden.group("init.upper.backbone."))
    return loop


def parameters(loop: bissl.Bilevel) -> dict[str, dict[str, np.ndarray]]:
    return {
        "lower.backbone": loop.backbone.vector.as_dict(),
        "lower.head": loop.pretext.head.vector.as_dict(),
        "upper.backbone": loop.upper_backbone.vector.as_dict(),
        "upper.head": loop.downstream.head.vector.as_dict(),
    }


@pytest.fixture(scope="module", params=["simclr_basic.npz", "byol_basic.npz"])
def trajectory(request) -> Trajectory:
    golden = Golden(request.param)
    loop = make_loop(golden)
    steps_lower, steps_upper = golden.setting("n_lower"), golden.setting("n_upper")
    run = Trajectory(golden, [], {}, [], [])
    for alternation in range(golden.setting("alternations")):
        first = alternation * (steps_lower + 1)
        run.lower.append([loop.lower_step(golden.views(first + i)) for i in range(steps_lower)])
        run.middle.append(parameters(loop))
        loop.linearize(golden.views(first + steps_lower))
        run.upper.append([loop.upper_step(golden.labelled(alternation * steps_upper + i)) for i in range(steps_upper)])
    run.final = parameters(loop)
    return run


def assert_close(given, expected, tolerance: float, what: str) -> None:
    """Largest difference, relative to the largest entry of the whole group."""
    if not isinstance(expected, dict):
        given, expected = {what: given}, {what: expected}
    assert set(given) == set(expected), what
    scale = max(float(np.abs(value).max()) for value in expected.values())
    worst = max(expected, key=lambda name: float(np.abs(given[name] - expected[name]).max()))
    error = float(np.abs(given[worst] - expected[worst]).max()) / scale
    assert error <= tolerance, f"{what}: {worst} differs by {error:.1e}, allowed {tolerance:.0e}"


def test_loss_gradient_and_hessian_product(trajectory):
    golden = trajectory.golden
    pretext = make_loop(golden).pretext
    loss, gradient = pretext.value_and_gradient(golden.views(0))
    assert_close(loss, golden["loss0"], 1e-9, "loss")
    assert_close(gradient.backbone.as_dict(), golden.group("hvp.g."), 1e-9, "gradient")
    point = pretext.linearize(golden.views(0))
    assert_close(point.loss, golden["loss0"], 1e-9, "loss of the linearization")
    assert_close(point.gradient.backbone.as_dict(), golden.group("hvp.g."), 1e-9, "gradient of the linearization")
    assert_close(point.hvp(golden.group("hvp.u.")).as_dict(), golden.group("hvp.Hu."), 1e-9, "Hessian product")


def test_lower_level(trajectory):
    for alternation, middle in enumerate(trajectory.middle):
        for part, values in middle.items():
            expected = trajectory.golden.group(f"mid.{alternation}.{part}.")
            assert_close(values, expected, 1e-9 if alternation == 0 else 1e-5, f"mid.{alternation}.{part}")


def test_implicit_gradient(trajectory):
    steps = [info for alternation in trajectory.upper for info in alternation]
    for index, info in enumerate(steps):
        golden = trajectory.golden
        assert_close(info.v.as_dict(), golden.group(f"v.{index}."), 1e-9 if index == 0 else 1e-5, f"v.{index}")
        assert_close(info.v_ij.as_dict(), golden.group(f"vij.{index}."), 1e-7 if index == 0 else 1e-5, f"vij.{index}")
        assert info.solve.finite and len(info.solve.residuals) == golden.setting("cg") + 1


def test_final_parameters(trajectory):
    for part, values in trajectory.final.items():
        assert_close(values, trajectory.golden.group(f"final.{part}."), 1e-5, f"final.{part}")


def test_reported_values(trajectory):
    golden = trajectory.golden
    for alternation in range(golden.setting("alternations")):
        lower, upper = trajectory.lower[alternation], trajectory.upper[alternation]
        means = {
            "lower_loss_mean": np.mean([info.loss for info in lower]),
            "lower_reg_mean": np.mean([info.regularizer for info in lower]),
            "loss_at_theta_p_mean": np.mean([info.loss_at_theta_p for info in upper]),
            "loss_at_theta_d_mean": np.mean([info.loss_at_theta_d for info in upper]),
        }
        for name, value in means.items():
            np.testing.assert_allclose(value, golden[name][alternation], rtol=1e-5, err_msg=name)
    norms = [
        info.gradient_norm
        for alternation in range(golden.setting("alternations"))
        for info in trajectory.lower[alternation] + trajectory.upper[alternation]
    ]
    np.testing.assert_allclose(norms, golden["gradient_norms"], rtol=1e-5)
    assert (golden["gradient_norms"] > golden.setting("clip")).any(), "the clipping would go untested"
