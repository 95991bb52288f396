"""Faster R-CNN in double precision against torchvision's: losses, gradients, detections, and one upper step of BiSSL."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from detection_cases import (
    CLASSES,
    DAMPING,
    HEAD,
    LAM,
    PROJECTOR,
    RATE,
    SIZES,
    images_and_objects,
    network,
    parameters,
    views,
)

import bissl
from bissl.objectives.downstream.detection.sampling import SamplingKey

pytestmark = pytest.mark.float64
GOLDEN = np.load(Path(__file__).parent / "golden" / "detection.npz")


class FirstCome(SamplingKey):
    """Draws the first candidates, as the script of the golden file has torchvision draw."""

    def words(self, image, purpose, count):
        return np.arange(count, dtype=np.uint64)


class Frozen(bissl.FasterRCNN):
    """Keeps what it has selected."""

    def _key(self, first):
        return FirstCome(0, 0)

    def select_rois(self, logits, deltas, anchors, labels, sizes, first=0):
        self.proposed = self._proposals(logits, deltas, anchors, sizes, self.proposals)
        self.chosen = super().select_rois(logits, deltas, anchors, labels, sizes, first)
        return self.chosen

    def losses(self, *arguments):
        self.four = super().losses(*arguments)
        return self.four

    def loss(self, *arguments):
        loss = super().loss(*arguments)
        self.values = {name: float(value) for name, value in self.four.items()}
        return loss


def tiny(seed=20):
    net = bissl.ResNet(**network())
    net.load_state_dict({name: value for name, value in parameters(seed).items() if name in net.state_dict()})
    detector = Frozen(net, CLASSES, anchor_sizes=SIZES, **HEAD)
    detector.head.load_state_dict({name: parameters()[name] for name in detector.head.state_dict()})
    return net, detector


def close(value, recorded, tolerance=1e-9):
    scale = max(1.0, float(np.abs(recorded).max(initial=0)))
    return np.shape(value) == np.shape(recorded) and np.allclose(value, recorded, rtol=0, atol=tolerance * scale)


def test_selection_losses_and_gradients_are_torchvisions():
    net, detector = tiny()
    total, gradient = detector.value_and_gradient(net, images_and_objects())
    for place, boxes in enumerate(detector.proposed):
        assert close(boxes, GOLDEN[f"tiny_proposals_{place}"])
    assert close(detector.chosen.rois, GOLDEN["tiny_rois"])
    assert np.array_equal(detector.chosen.labels, GOLDEN["tiny_roi_labels"]) and (detector.chosen.labels > 0).sum() == 6
    assert set(detector.values) == {"loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg"}
    for name, value in detector.values.items():
        assert abs(value - GOLDEN[f"tiny_{name}"]) < 1e-9 and value > 0
    assert total == pytest.approx(sum(detector.values.values()), abs=1e-12)
    found = gradient.as_dict()
    assert set(found) == set(parameters())
    for name, value in found.items():
        assert close(value, GOLDEN[f"gradient_{name}"]), name
        assert np.abs(value).max() > 0 or name == "conv1.bias"


def test_running_statistics_after_a_step_are_torchvisions():
    net, detector = tiny()
    detector.step(net, images_and_objects(), bissl.SGD(lr=0.01))
    state = net.state_dict()
    names = [name for name in state if "running" in name]
    assert len(names) == 24
    for name in names:
        assert close(state[name], GOLDEN[f"buffer_{name}"]), name


def test_detections_are_torchvisions():
    net, detector = tiny()
    net.load_state_dict(
        {name.removeprefix("buffer_"): GOLDEN[name] for name in GOLDEN.files if name.startswith("buffer_")},
        strict=False,
    )
    images, _, sizes = images_and_objects()
    cut = [image[:height, :width] for image, (height, width) in zip(images, sizes)]
    # All three are padded alike in the recorded run.
    geometries = [bissl.targets.ViewGeometry.unchanged(*size) for size in sizes.tolist()]
    found = detector.predict_views(net, images, geometries)
    for place, each in enumerate(found):
        assert len(each["scores"]) == len(GOLDEN[f"found_scores_{place}"]) > 0
        assert close(each["scores"], GOLDEN[f"found_scores_{place}"])
        assert close(each["boxes"], GOLDEN[f"found_boxes_{place}"])
        assert np.array_equal(each["labels"], GOLDEN[f"found_labels_{place}"] - 1)
    again = detector.predict(net, cut)
    assert all(close(again[0][key], found[0][key]) for key in found[0])


def test_a_gradient_is_that_of_the_loss_whose_selection_is_frozen():
    net, detector = tiny()
    batch = images_and_objects()
    _, gradient = detector.value_and_gradient(net, batch)
    chosen, direction = detector.chosen, np.random.default_rng(0).normal(size=net.vector.size)

    class Fixed(Frozen):
        def select_rois(self, *arguments):
            return chosen

    fixed = Fixed(net, CLASSES, anchor_sizes=SIZES, **HEAD)
    fixed.head.vector = detector.head.vector
    step, start = 1e-6, np.array(net.vector)
    values = []
    for sign in (1, -1):
        net.vector = start + sign * step * direction
        values.append(fixed.value_and_gradient(net, batch)[0])
    assert (values[0] - values[1]) / (2 * step) == pytest.approx(float(gradient.backbone @ direction), rel=1e-5)


def test_an_upper_step_is_that_of_torchvision_and_plain_conjugate_gradients():
    (lower, detector), (upper, _) = tiny(21), tiny(22)
    simclr = bissl.SimCLR(lower, projector=(7, 5), temperature=0.5)
    simclr.head.load_state_dict(PROJECTOR)
    loop = bissl.Bilevel(
        simclr, detector, upper_backbone=upper, lam=LAM, damping=DAMPING, clip_norm=None,
        solver=bissl.ConjugateGradient(3, layerwise=False),
        upper_optimizer=bissl.SGD(lr=RATE, momentum=0.0, weight_decay=0.0),
    )  # fmt: skip
    linearization = loop.linearize(views())
    assert linearization.loss == pytest.approx(float(GOLDEN["pretext_loss"]), abs=1e-12)
    before = lower.state_dict()
    info = loop.upper_step(images_and_objects())
    for name, value in {
        "v": info.v, "v_ij": info.v_ij, "theta_d": upper.vector, "phi_d": detector.head.vector,
    }.items():  # fmt: skip
        assert close(value, GOLDEN[name], 1e-7), name
    assert all(np.array_equal(value, before[name]) for name, value in lower.state_dict().items())
    assert not np.array_equal(upper.state_dict()["layer4.0.bn1.running_mean"], before["layer4.0.bn1.running_mean"])
