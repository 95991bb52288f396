"""The operations of detection and segmentation: values and gradients as torchvision and PyTorch have them, what they refuse."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import bissl
from bissl import ops

GOLDEN = Path(__file__).parent / "golden"
RANDOM = np.random.default_rng(0)
TOLERANCE = 1e-12 if bissl.precision == "float64" else 2e-5

spec = importlib.util.spec_from_file_location("dense_operations", GOLDEN / "dense_operations.py")
recorded = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recorded)
drawn = recorded.drawn


class Sum(bissl.Downstream):
    """sum(f(x)·c): a loss whose gradient by x is that of f."""

    def __init__(self, x, function):
        super().__init__(bissl.Parameters(x=x))
        self.function = function

    def loss(self, features, c):
        return ops.sum(self.function(self.head["x"]) * c) + 0 * ops.sum(features)


NET = bissl.ResNet(layers=(1,), widths=(2,), stem="small")
IMAGES = np.zeros((1, 4, 4, 3))


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "dense_operations.npz") as found:
        return dict(found)


def check(golden, name, x, function):
    """Value and gradient, of numbers of order 1."""
    value = function(ops.constant(x)).numpy()
    expected = golden[f"{name}.value"]
    assert value.shape == expected.shape
    np.testing.assert_allclose(value, expected, rtol=TOLERANCE, atol=TOLERANCE)
    _, gradient = Sum(x, function).value_and_gradient(NET, (IMAGES, drawn(99, *value.shape)))
    np.testing.assert_allclose(gradient.head.as_dict()["x"], golden[f"{name}.gradient"], rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.float64
@pytest.mark.parametrize("name", recorded.ROI_ALIGN)
def test_roi_align(golden, name):
    corners, images = recorded.boxes()
    options = recorded.ROI_ALIGN[name]
    check(golden, f"roi_align.{name}", drawn(1, 2, 9, 12, 3), lambda x: ops.roi_align(x, corners, images, **options))


@pytest.mark.float64
@pytest.mark.parametrize("name", recorded.INTERPOLATE)
def test_interpolate(golden, name):
    size = recorded.INTERPOLATE[name]
    check(golden, f"interpolate.{name}", drawn(2, 2, 9, 12, 3), lambda x: ops.interpolate(x, size))


def labels() -> np.ndarray:
    labels = np.random.default_rng(4).integers(0, 7, 50)
    labels[::4] = 255
    return labels


@pytest.mark.float64
def test_cross_entropy(golden):
    logits, y = drawn(3, 50, 7) * 3, labels()
    check(golden, "cross_entropy", logits, lambda x: ops.cross_entropy(x, y, ignore_index=255))
    weights = np.append(np.arange(1.0, 8.0), np.ones(249))[y]
    check(golden, "cross_entropy.weights", logits, lambda x: ops.cross_entropy(x, y, weights, ignore_index=255))
    maps = ops.cross_entropy(logits.reshape(2, 5, 5, 7), y.reshape(2, 5, 5), ignore_index=255)
    assert maps.numpy() == ops.cross_entropy(logits, y, ignore_index=255).numpy()


@pytest.mark.float64
@pytest.mark.parametrize("beta", [0.0, 1 / 9, 1.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_smooth_l1(golden, beta, reduction):
    def loss(x):
        return ops.smooth_l1_loss(x, drawn(6, 50, 7), beta, reduction=reduction)

    check(golden, f"smooth_l1.{beta:.2f}.{reduction}", drawn(3, 50, 7) * 3, loss)


@pytest.mark.float64
def test_binary_cross_entropy(golden):
    logits, targets, weights = drawn(3, 50, 7) * 3, drawn(6, 50, 7), drawn(7, 50, 7) ** 2
    for name, given in {"soft": special.expit(targets), "hard": (targets > 0).astype(float)}.items():
        loss = ops.binary_cross_entropy_with_logits
        check(golden, f"bce.{name}", logits, lambda x: loss(x, given))
        check(golden, f"bce.{name}.weights", logits, lambda x: loss(x, given, weights, reduction="sum"))


def test_reductions_and_weights_agree():
    x, y, weights = RANDOM.normal(size=(5, 4)), RANDOM.normal(size=(5, 4)), np.arange(4.0)
    each = ops.smooth_l1_loss(x, y, 0.5, reduction="none").numpy()
    expected = np.where(abs(x - y) < 0.5, (x - y) ** 2, abs(x - y) - 0.25)
    np.testing.assert_allclose(each, expected, rtol=10 * TOLERANCE)
    weighted = ops.smooth_l1_loss(x, y, 0.5, weights, "sum").item()
    assert weighted == pytest.approx((each * weights).sum(), rel=10 * TOLERANCE)
    targets = np.where(y > 1, -1.0, y > 0)
    left = ops.binary_cross_entropy_with_logits(x, targets, reduction="none").numpy()
    assert (left[targets == -1] == 0).all()
    mean = ops.binary_cross_entropy_with_logits(x, targets).item()
    assert mean == pytest.approx(left.sum() / (targets >= 0).sum(), rel=10 * TOLERANCE)


def test_losses_of_large_logits_are_exact():
    assert ops.cross_entropy([[1e4, -1e4]], [1]).item() == 2e4
    assert ops.binary_cross_entropy_with_logits([1e4, -1e4], [1, 0]).item() == 0
    assert ops.binary_cross_entropy_with_logits([-30.0], [0]).item() == pytest.approx(np.exp(-30.0), rel=1e-5)
    assert ops.binary_cross_entropy_with_logits([30.0], [1]).item() == pytest.approx(np.exp(-30.0), rel=1e-5)


def test_rows_that_are_ignored_may_hold_anything():
    logits = np.array([[1.0, 2.0], [np.nan, np.inf]])
    assert ops.cross_entropy(logits, [0, 9], ignore_index=9).item() == pytest.approx(np.logaddexp(1, 2) - 1)
    loss = Sum(np.array([[1.0, 2.0], [3.0, 4.0]]), lambda x: ops.cross_entropy(x, [0, 9], ignore_index=9))
    _, gradient = loss.value_and_gradient(NET, (IMAGES, 1.0))
    assert (gradient.head.as_dict()["x"][1] == 0).all()


def test_pad_and_positions():
    x = RANDOM.normal(size=(2, 5, 6, 3)).astype(bissl.precision)
    variable = ops.constant(x)
    widths = ((0, 0), (1, 2), (3, 0), (0, 1))
    np.testing.assert_array_equal(ops.pad(x, widths, 1.5).numpy(), np.pad(x, widths, constant_values=1.5))
    np.testing.assert_array_equal(ops.pad(x, 1).numpy(), np.pad(x, 1))
    cut = ops.pad(x, ((0, 0), (-1, -2), (-3, 1), (0, 0))).numpy()
    np.testing.assert_array_equal(cut, np.pad(x[:, 1:3, 3:], ((0, 0), (0, 0), (0, 1), (0, 0))))
    n, i, j = RANDOM.integers(0, 2, 7), RANDOM.integers(-5, 5, 7), RANDOM.integers(0, 6, 7)
    np.testing.assert_array_equal(variable[n, i, j].numpy(), x[n, i, j])
    np.testing.assert_array_equal(variable[1, i].numpy(), x[1, i])
    np.testing.assert_array_equal(ops.select_positions(x, (n[:, None], i)).numpy(), x[n[:, None], i])
    np.testing.assert_array_equal(variable[n, i, j, 2].numpy(), x[n, i, j, 2])


def test_no_boxes_no_rois():
    rois = ops.roi_align(np.ones((2, 4, 4, 3)), np.zeros((0, 4)), [], 7)
    assert rois.shape == (0, 7, 7, 3)
    assert ops.roi_align(np.ones((2, 4, 4, 3)), [], [], (2, 3)).shape == (0, 2, 3, 3)


MAPS = np.ones((2, 4, 4, 3))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.roi_align(MAPS, [[0, 0, 8, 8]], [2], 7), r"image_index\[0\] is 2, allowed are 0 to 1"),
        (lambda: ops.roi_align(MAPS, [[0, 0, 8, 8]], [-1], 7), r"image_index\[0\] is -1"),
        (lambda: ops.roi_align(MAPS, [[8, 0, 0, 8]], [0], 7), r"boxes\[0\] is .*expected x0 ≤ x1"),
        (lambda: ops.roi_align(MAPS, [[0, 0, np.nan, 8]], [0], 7), r"boxes\[0\] is .*expected numbers"),
        (lambda: ops.roi_align(MAPS, [[0, 0, 1e300, 8]], [0], 7), r"boxes\[0\] is .*2³⁰"),
        (lambda: ops.roi_align(MAPS, np.zeros((4, 1)), [0], 7), r"boxes: expected shape \(1, 4\), got \(4, 1\)"),
        (lambda: ops.roi_align(MAPS, np.zeros((1, 4)), [0], 0), r"expected a positive size"),
        (lambda: ops.roi_align(MAPS, np.zeros((1, 4)), [0], 7, scale=0), r"expected a scale above 0"),
        (lambda: ops.roi_align(MAPS, np.zeros((1, 4)), [0], 7, sampling_ratio=99), r"sampling_ratio: .*from 0 to 32"),
        (lambda: ops.roi_align(MAPS[0], np.zeros((1, 4)), [0], 7), r"expected maps of shape"),
        (lambda: ops.interpolate(MAPS, (0, 3)), r"expected a positive size"),
        (lambda: ops.interpolate(MAPS, 1 << 20), r"size: .*from 0 to 32768"),
        (lambda: ops.interpolate(np.zeros((1, 0, 4, 3)), 3), r"no pixels"),
        (
            lambda: ops.cross_entropy(MAPS, np.full((2, 4, 4), 9), ignore_index=9),
            r"all 32 labels are 9, which is ignored",
        ),
        (lambda: ops.cross_entropy(MAPS, np.zeros((4, 8), int)), r"labels: expected shape \(2, 4, 4\), got \(4, 8\)"),
        (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 255]), r"labels\[1\] is 255, allowed are 0 to 2 for 3 classes"),
        (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 1], [1, -1]), r"weights\[1\] is -1.0"),
        (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 1], [0, 0]), r"sum to 0.0: expected a sum above 0"),
        (lambda: ops.cross_entropy(np.ones((2, 3)), [0, 1], [1, 1, 1]), r"weights: expected shape \(2,\), got \(3,\)"),
        (lambda: ops.smooth_l1_loss(MAPS, MAPS, beta=-1), r"expected a beta of at least 0"),
        (
            lambda: ops.smooth_l1_loss(MAPS, MAPS, reduction="average"),
            r'reduction: expected one of "mean", "sum", "none"',
        ),
        (lambda: ops.smooth_l1_loss(MAPS, MAPS, weights=np.ones((2, 1, 1, 1, 1))), r"weights: expected a shape that"),
        (lambda: ops.binary_cross_entropy_with_logits(MAPS, MAPS * 2), r"targets: expected numbers from 0 to 1"),
        (lambda: ops.pad(MAPS, ((1, 1), (2, 2))), r"widths: expected a pair for each axis of shape \(2, 4, 4, 3\)"),
        (lambda: ops.pad(MAPS, -3), r"cut more entries off shape \(2, 4, 4, 3\) than there are"),
        (lambda: ops.pad(MAPS, 1 << 40), r"before: .*whole numbers"),
        (lambda: ops.select_positions(MAPS, ([0], [4])), r"indices\[1\]: expected -4 to 3, got 4 to 4"),
        (lambda: ops.select_positions(MAPS, ([0, 1], [0, 1, 2])), r"\(2,\), \(3,\) do not broadcast"),
        (lambda: ops.select_positions(MAPS, ()), r"indices: expected arrays for 1 to 4 axes"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
