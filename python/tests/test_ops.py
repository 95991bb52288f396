"""`bissl.ops`: values against NumPy and SciPy, messages."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import bissl
from bissl import ops

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(3, 4))
TOLERANCE = 1e-12 if bissl.precision == "float64" else 2e-6


LARGEST = bissl._engine.LARGEST


def normalised(statistics: object) -> ops.Variable:
    return ops.batch_norm(X[:, :2], np.ones(2), np.ones(2), statistics=statistics)


def close(value: ops.Variable, expected: np.ndarray) -> None:
    assert value.shape == np.shape(expected)
    np.testing.assert_allclose(value.numpy(), expected, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize(
    "function, reference",
    [
        (ops.relu, lambda x: np.maximum(x, 0)),
        (ops.gelu, lambda x: x * special.ndtr(x)),
        (ops.softplus, lambda x: np.logaddexp(0, x)),
        (ops.sigmoid, special.expit),
        (ops.tanh, np.tanh),
        (ops.exp, np.exp),
        (lambda x: ops.log(ops.exp(x)), lambda x: x),
        (lambda x: ops.sqrt(x * x), np.abs),
        (lambda x: x**3, lambda x: x**3),
        (ops.softmax, lambda x: special.softmax(x, axis=-1)),
        (ops.log_softmax, lambda x: special.log_softmax(x, axis=-1)),
        (ops.l2_normalize, lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)),
        (ops.sum, np.sum),
        (lambda x: ops.matmul(x, x, transpose_right=True), lambda x: x @ x.T),
        (ops.mean, np.mean),
        (lambda x: ops.sum(x, axis=0), lambda x: x.sum(axis=0)),
        (lambda x: ops.mean(x, axis=-1, keepdims=True), lambda x: x.mean(axis=-1, keepdims=True)),
        (lambda x: ops.sum(x, axis=(0, 1), keepdims=True), lambda x: x.sum(axis=(0, 1), keepdims=True)),
        (lambda x: ops.var(x, axis=1, ddof=1), lambda x: x.var(axis=1, ddof=1)),
        (lambda x: x.T, lambda x: x.T),
        (lambda x: x @ x.T, lambda x: x @ x.T),
        (lambda x: x[1:], lambda x: x[1:]),
        (lambda x: x[-1], lambda x: x[-1]),
        (lambda x: x[[2, 0, 2]], lambda x: x[[2, 0, 2]]),
        (lambda x: x[np.array([True, False, True])], lambda x: x[[0, 2]]),
        (lambda x: x.reshape(2, -1), lambda x: x.reshape(2, -1)),
        (lambda x: ops.reshape(x, (4, 3)), lambda x: x.reshape(4, 3)),
        (lambda x: ops.repeat(x, 2, axis=1), lambda x: np.stack([x, x], axis=1)),
        (lambda x: ops.concatenate([x, x + 1], axis=1), lambda x: np.concatenate([x, x + 1], axis=1)),
        (lambda x: ops.broadcast_to(x[:1], (2, 5, 4)), lambda x: np.broadcast_to(x[:1], (2, 5, 4))),
        (lambda x: ops.scale_samples(x, [1, 2, 3]), lambda x: x * [[1], [2], [3]]),
        (lambda x: 2 - x / np.arange(1, 5) + (-x) * x[0], lambda x: 2 - x / np.arange(1, 5) - x * x[0]),
        (lambda x: 1 / (x * x + 1) - np.ones((2, 1, 1)) * x, lambda x: 1 / (x * x + 1) - np.ones((2, 1, 1)) * x),
    ],
)
def test_values(function, reference):
    close(function(ops.constant(X)), reference(X))


def test_losses():
    labels, targets = np.array([0, 3, 1]), RANDOM.uniform(size=X.shape)
    close(ops.cross_entropy(X, labels), -special.log_softmax(X, axis=1)[np.arange(3), labels].mean())
    close(
        ops.binary_cross_entropy(X, targets),
        -(targets * special.log_expit(X) + (1 - targets) * special.log_expit(-X)).mean(),
    )
    close(ops.mse_loss(X, targets), ((X - targets) ** 2).mean())


def test_layers():
    maps, weight = RANDOM.normal(size=(2, 5, 6, 3)), RANDOM.normal(size=(4, 3, 1, 1))
    close(ops.conv2d(maps, weight, stride=2), maps[:, ::2, ::2] @ weight[:, :, 0, 0].T)
    close(ops.global_avg_pool(maps), maps.mean(axis=(1, 2)))
    for outputs, groups, inputs in ((3, 3, 1), (6, 3, 1), (4, 1, 3)):  # depthwise, two outputs a channel, one group
        weight_of_groups = RANDOM.normal(size=(outputs, inputs, 3, 2))
        parts = zip(np.split(maps, groups, axis=3), np.split(weight_of_groups, groups))
        separate = [ops.conv2d(part, weight, padding=1, dilation=2).numpy() for part, weight in parts]
        together = ops.conv2d(maps, weight_of_groups, padding=1, dilation=2, groups=groups)
        close(together, np.concatenate(separate, axis=3))
    close(ops.max_pool2d(maps[:, :4], 2), maps[:, :4].reshape(2, 2, 2, 3, 2, 3).max(axis=(2, 4)))
    close(ops.avg_pool2d(maps[:, :4], 2), maps[:, :4].reshape(2, 2, 2, 3, 2, 3).mean(axis=(2, 4)))
    scale, shift = np.arange(1.0, 5.0), np.arange(4.0)
    standard = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + 1e-5)
    close(ops.batch_norm(X, scale, shift), standard * scale + shift)
    both = ops.batch_norm(np.concatenate([X, 2 * X + 1]), scale, shift, batches=2, eps=0)
    once = ops.batch_norm(X, scale, shift, eps=0).numpy()
    close(both, np.concatenate([once, once]))
    close(ops.batch_norm(X, scale, shift, statistics=(np.zeros(4), np.ones(4)), eps=0), X * scale + shift)
    rows = (X - X.mean(axis=1, keepdims=True)) / np.sqrt(X.var(axis=1, keepdims=True) + 1e-6)
    close(ops.layer_norm(X, scale, shift), rows * scale + shift)
    close(ops.linear(X, weight[:, :, 0, 0].repeat(2, axis=1)[:, :4]), X @ weight[:, :, 0, 0].repeat(2, axis=1)[:, :4].T)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.add(X, np.ones(3)), r"shapes \(3, 4\) and \(3,\) do not broadcast"),
        (lambda: ops.matmul(X, X), r"matmul|product|shape"),
        (lambda: ops.reshape(X, (5, -1)), r"does not divide the 12 elements of shape \(3, 4\)"),
        (lambda: ops.sum(X, axis=2), r"axis: expected -2 to 1, got 2"),
        (lambda: ops.sum(X, axis=(0, -2)), r"an axis is named twice"),
        (lambda: ops.constant(X)[3], r"indices: expected -3 to 2, got 3"),
        (lambda: ops.cross_entropy(X, [0, 1, 4]), r"labels"),
        (lambda: ops.mse_loss(X, X[0]), r"targets: expected shape \(3, 4\), as the predictions, got \(4,\)"),
        (lambda: ops.var(X[:1], axis=0, ddof=1), r"ddof"),
        (lambda: ops.power(X, float("nan")), r"exponent: expected a finite number"),
        (lambda: ops.nt_xent(X), r"nt_xent"),
        (lambda: ops.conv2d(np.ones((1, 2, 2, 6)), np.ones((4, 2, 1, 1)), groups=4), r"groups 4 must divide the 6"),
        (lambda: ops.log_softmax(np.zeros((2, 0))), r"a last axis with entries, got shape \(2, 0\)"),
        (lambda: ops.constant([[1], [1, 2]]), "values: expected entries of one shape"),
        (lambda: ops.add(X, [[1], [1, 2]]), "b: expected entries of one shape"),
        (lambda: ops.constant(X)[[[1], [1, 2]]], "rows: expected entries of one shape"),
        (lambda: ops.select_rows(X, [[1], [1, 2]]), "indices: expected entries of one shape"),
        (
            lambda: ops.roi_align(np.ones((1, 6, 8, 3)), [[1], [1, 2]], [0, 0], 7),
            "boxes: expected entries of one shape",
        ),
        (lambda: ops.multiply(X, 10**400), "expected a finite number"),
        (lambda: ops.multiply(X, 2 * LARGEST), "expected a finite number"),
        (lambda: ops.add(X, 10**400), "expected a finite number"),
        (lambda: ops.pad(X, 1, 2 * LARGEST), "value: expected a finite number"),
        (lambda: normalised((1,)), r"statistics: expected a pair \(mean, variance\), got tuple of 1"),
        (lambda: normalised(([0, np.nan], [1, 1])), r"statistics\[0\]: expected finite values, got nan"),
        (lambda: normalised(([0, 0], [2 * LARGEST, 1])), r"statistics\[1\]: expected finite values, got inf"),
        (lambda: normalised(([0, 1], [1, -5])), r"statistics\[1\]: expected variances of at least 0, got -5"),
        (
            lambda: ops.binary_cross_entropy(np.zeros((1, 3)), [[0, 1, -1]], weights=np.ones(5)),
            "weights: expected a shape",
        ),
    ],
)
def test_wrong_values(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.relu("text"), "real numbers"),
        (lambda: ops.cross_entropy(X, [0.0, 1.0, 2.0]), "labels: expected integers"),
        (lambda: np.asarray(ops.constant(X)), r"use bissl.ops, or\s+x.numpy\(\)"),
        (lambda: ops.power(X, "two"), "exponent: expected a number"),
        (lambda: len(ops.constant(1.0)), "no length"),
        (lambda: ops.divide(X, X + 1j), "b: expected real numbers, got dtype complex128"),
        (lambda: ops.divide(X, "x"), "b: expected real numbers, got str 'x'"),
        (lambda: ops.constant(np.ma.masked_array([1.0, 2.0], [True, False])), "without masked entries"),
        (lambda: ops.add(X, [ops.constant(1.0)] * 4), "a recorded value is no NumPy array"),
        (lambda: normalised(("a", "b")), r"statistics\[0\]: expected real numbers"),
        (
            lambda: ops.binary_cross_entropy(np.zeros((1, 3)), [[0, 1, -1]], weights="a"),
            "weights: expected real numbers",
        ),
        (lambda: ops.constant(X).reshape([[1], [1, 2]]), r"shape\[0\]: expected an integer"),
    ],
)
def test_wrong_types(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_absolute_values():
    close(ops.abs(X), np.abs(X))
    close(abs(ops.constant(X)), np.abs(X))


def test_arrays_leave_their_arithmetic_to_a_recorded_value():
    value = ops.constant(X)
    close(X + value, X + X)
    close(X - value, X - X)
    close(X / ops.constant(np.abs(X) + 1), X / (np.abs(X) + 1))
    close(X @ value.T, X @ X.T)
    close(np.float32(2) * value, 2 * X)
    close(True * value / 10**20, X / 1e20)
    assert [row.shape for row in value] == [(4,)] * 3


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: np.mean(x), "numpy.mean: .*derivative.*use bissl.ops.mean"),
        (lambda x: np.exp(x), "numpy.exp: .*use bissl.ops.exp"),
        (lambda x: np.concatenate([x, x]), "numpy.concatenate: .*use bissl.ops.concatenate"),
        (lambda x: np.linalg.norm(x), "numpy.norm: .*use bissl.ops.l2_normalize"),
        (lambda x: np.abs(x), "numpy.absolute: .*use bissl.ops.abs"),
        (lambda x: X.copy().__iadd__(x), "numpy.add: .*use bissl.ops.add"),
        (lambda x: X < x, "numpy.less: .*use "),
        (lambda x: x < 1, "<: a recorded value has no such operation; use bissl.ops"),
        (lambda x: x == 1, "==: a recorded value"),
        (lambda x: x % 2, "%: a recorded value"),
        (lambda x: 7 // x, "//: a recorded value"),
        (lambda x: 2**x, r"number \*\* x: .*bissl.ops.exp"),
        (lambda x: x[:, 1], "indexed along its first axis only.*bissl.ops.transpose"),
        (lambda x: x[None], "indexed along its first axis only"),
        (lambda x: x.__setitem__(0, 1.0), "cannot be written to"),
    ],
)
def test_what_a_recorded_value_cannot_do_is_told(call, message):
    with pytest.raises(TypeError, match=message):
        call(ops.constant(X))


def test_operations_that_are_missing_name_the_nearest():
    with pytest.raises(AttributeError, match="a Variable has no attribute 'exp': use bissl.ops.exp"):
        ops.constant(X).exp()
    with pytest.raises(AttributeError, match="a Variable has no attribute 'detach': use bissl.ops.stop_gradient"):
        ops.constant(X).detach()
    with pytest.raises(AttributeError, match="bissl.ops has no operation 'softplu'; use bissl.ops.softplus"):
        ops.softplu(X)
    assert not hasattr(ops, "maximum") and not hasattr(ops.constant(X), "backward")
