"""The multi-label classifier: binary cross-entropy per class."""

from __future__ import annotations

import numpy as np
import pytest

import bissl

RANDOM = np.random.default_rng(11)
IMAGES = RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32)
TARGETS = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 1]])


@pytest.fixture
def net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1,), (4,), stem="small", activation="gelu", seed=1)


@pytest.fixture
def downstream(net) -> bissl.MultiLabelClassifier:
    return bissl.MultiLabelClassifier(net.num_features, 4, seed=3)


def test_the_loss_of_an_untrained_head(net, downstream):
    downstream.head.vector[:] = 0
    loss, _ = downstream.value_and_gradient(net, (IMAGES, TARGETS))
    assert loss == pytest.approx(np.log(2), rel=1e-6)


def test_the_loss_is_binary_cross_entropy_of_the_logits(net, downstream):
    """Of one bias per class alone, where the logits are known."""
    logits = np.array([0.3, -2.0, 40.0, -90.0])
    downstream.head.vector["weight"][...] = 0
    downstream.head.vector["bias"][...] = logits
    expected = np.logaddexp(0, np.where(TARGETS == 1, -logits, logits)).mean()
    loss, gradient = downstream.value_and_gradient(net, (IMAGES, TARGETS))
    assert loss == pytest.approx(expected, rel=1e-6)
    slope = ((1 / (1 + np.exp(-logits)) - TARGETS) / TARGETS.size).sum(0)
    np.testing.assert_allclose(gradient.head["bias"], slope, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", [bool, np.int64, np.uint8, np.float32, np.float64])
def test_kinds_of_targets(net, downstream, kind):
    expected, _ = downstream.value_and_gradient(net, (IMAGES, TARGETS))
    assert downstream.value_and_gradient(net, (IMAGES, TARGETS.astype(kind)))[0] == expected


MASKED = np.array([[1, 0, -1, 0], [-1, -1, 0, 0], [1, 1, 1, -1], [0, 1, 0, 0], [-1, -1, -1, -1]])


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float32, np.float64])
def test_pairs_that_are_left_out_are_not_trained_on(net, downstream, kind):
    """The mean is over the other pairs, and only they have a gradient."""
    logits = np.array([0.3, -2.0, 40.0, -90.0])
    downstream.head.vector["weight"][...] = 0
    downstream.head.vector["bias"][...] = logits
    counted = MASKED >= 0
    losses = np.logaddexp(0, np.where(MASKED == 1, -logits, logits))
    loss, gradient = downstream.value_and_gradient(net, (IMAGES, MASKED.astype(kind)))
    assert loss == pytest.approx(losses[counted].mean(), rel=1e-6)
    slope = np.where(counted, 1 / (1 + np.exp(-logits)) - MASKED, 0).sum(0) / counted.sum()
    np.testing.assert_allclose(gradient.head["bias"], slope, rtol=1e-5, atol=1e-7)


def test_a_batch_of_which_nothing_counts_trains_nothing(net, downstream):
    loss, gradient = downstream.value_and_gradient(net, (IMAGES, np.full((5, 4), -1)))
    assert loss == 0 and not gradient.head.any() and not gradient.backbone.any()


class InPython(bissl.Downstream):
    def loss(self, features, targets):
        return bissl.ops.binary_cross_entropy(self.head(features), targets)


def test_an_objective_in_python_leaves_the_same_pairs_out(net, downstream):
    same = InPython(downstream.head)
    for targets in (TARGETS, MASKED, np.full((5, 4), -1)):
        targets = targets.astype(net.vector.dtype)
        (loss, gradient), (other, others) = (d.value_and_gradient(net, (IMAGES, targets)) for d in (downstream, same))
        assert loss == pytest.approx(other, rel=1e-6)
        np.testing.assert_allclose(gradient.backbone, others.backbone, rtol=1e-4, atol=1e-7)
    with pytest.raises(ValueError, match=r"targets: expected numbers from 0 to 1, or -1 .*, got 2.0 at index \(0, 0\)"):
        same.value_and_gradient(net, (IMAGES, np.full((5, 4), 2, net.vector.dtype)))


@pytest.mark.float64
@pytest.mark.parametrize("targets", [TARGETS, MASKED])
def test_gradient_against_differences(net, downstream, targets):
    _, gradient = downstream.value_and_gradient(net, (IMAGES, targets))
    for vector, slopes in ((net.vector, gradient.backbone), (downstream.head.vector, gradient.head)):
        u, start, losses = RANDOM.standard_normal(len(vector)), vector.copy(), []
        for step in (1e-6, -1e-6):
            vector[:] = start + step * u
            losses.append(downstream.value_and_gradient(net, (IMAGES, targets))[0])
        vector[:] = start
        assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(float(np.dot(slopes, u)), rel=1e-6)


def test_it_learns_and_serves_the_upper_level(net, downstream):
    loop = bissl.Bilevel(bissl.SimCLR(net, projector=(5, 3)), downstream, upper_optimizer=bissl.SGD(lr=0.5))
    losses = []
    for _ in range(30):
        loop.lower_step((IMAGES, IMAGES[::-1]))
        loop.linearize((IMAGES, IMAGES[::-1]))
        losses.append(loop.upper_step((IMAGES, TARGETS)).loss_at_theta_d)
    assert losses[-1] < 0.8 * losses[0]
    assert downstream.predict_logits(net, IMAGES).shape == (5, 4)


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (np.array([0, 1, 2, 0, 1]), ValueError, r"shape \(5, 4\), got \(5,\).*numpy.eye\(4\)\[targets\]"),
        (TARGETS[:, :3], ValueError, r"shape \(5, 4\), got \(5, 3\)"),
        (TARGETS * 2, ValueError, "expected 0 or 1, got 2 for image 0, class 0"),
        (TARGETS - 0.5, ValueError, "expected 0 or 1, got 0.5"),
        (np.where(TARGETS, np.nan, 0.0), ValueError, "got nan for image 0, class 0"),
        (TARGETS.astype(object), TypeError, "object"),
        (TARGETS.astype(complex), TypeError, "complex"),
    ],
)
def test_wrong_targets(net, downstream, targets, error, message):
    with pytest.raises(error, match=message):
        downstream.value_and_gradient(net, (IMAGES, targets))


def test_wrong_numbers_of_classes():
    for classes, error in ((0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="num_classes"):
            bissl.MultiLabelClassifier(4, classes)
