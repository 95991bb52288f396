"""What the baselines of Table 3 are made of."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.bilevel.joint import WeightedObjectives

BACKBONE = dict(layers=(1, 1), widths=(8, 16), stem="small")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 8, 8, 3), np.uint8)


@pytest.fixture
def labels() -> np.ndarray:
    return np.arange(24) % 3


def objectives() -> tuple[bissl.SimCLR, bissl.Classifier]:
    net = bissl.ResNet(**BACKBONE, seed=1)
    return bissl.SimCLR(net, projector=(8, 8), seed=2), bissl.Classifier(net.num_features, 3, seed=3)


@pytest.fixture
def batches(images, labels):
    views = bissl.data.normalize(images)
    return (views[:8], views[8:16]), (views[16:], labels[16:])


# --- the weighted sum -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("clip_norm", [None, 0.01])
def test_a_joint_step_follows_the_weighted_sum_of_both_gradients(batches, weight, clip_norm):
    pretext, downstream = objectives()
    loss_p, grad_p = pretext.value_and_gradient(batches[0])
    loss_d, grad_d = downstream.value_and_gradient(pretext.backbone, batches[1])
    backbone = (1 - weight) * np.asarray(grad_p.backbone) + weight * np.asarray(grad_d.backbone)
    parts = [backbone, (1 - weight) * np.asarray(grad_p.head), weight * np.asarray(grad_d.head)]
    norm = float(np.sqrt(sum((part.astype(float) ** 2).sum() for part in parts)))
    scale = 1 if clip_norm is None else min(1, clip_norm / norm)
    before = [module.vector.copy() for module in (pretext.backbone, pretext.head, downstream.head)]

    joint = WeightedObjectives(pretext, downstream, weight, bissl.SGD(lr=0.5), clip_norm=clip_norm)
    info = joint.step(*batches)

    assert info.loss == pytest.approx((1 - weight) * loss_p + weight * loss_d)
    assert (info.pretext_loss, info.downstream_loss) == (loss_p, loss_d)
    assert info.gradient_norm == pytest.approx(norm, rel=1e-5)
    for module, start, part in zip((pretext.backbone, pretext.head, downstream.head), before, parts):
        np.testing.assert_allclose(module.vector, start - 0.5 * scale * part, atol=1e-6)


def test_running_statistics_move_with_both_batches(batches):
    pretext, downstream = objectives()
    twin, classifier = pretext.clone(), downstream.clone()
    WeightedObjectives(pretext, downstream, 0.25, bissl.SGD(lr=0.0)).step(*batches)
    twin.step(batches[0], bissl.SGD(lr=0.0))
    classifier.step(twin.backbone, batches[1], bissl.SGD(lr=0.0))
    for name, value in twin.backbone.state_dict().items():
        assert np.array_equal(pretext.backbone.state_dict()[name], value), name


def test_a_joint_step_that_is_not_finite_changes_nothing(batches):
    pretext, downstream = objectives()
    downstream.head.vector[:] = np.inf
    before = pretext.backbone.state_dict()
    with pytest.raises(FloatingPointError, match="the downstream loss is"):
        WeightedObjectives(pretext, downstream, 0.5, bissl.SGD(lr=0.1)).step(*batches)
    assert all(np.array_equal(pretext.backbone.state_dict()[name], value) for name, value in before.items())


def weighted_sum(**options) -> bissl.WeightedSum:
    settings = {"steps": 6, "record_every": 2, "lower_batch_size": 8, "upper_batch_size": 6}
    views = {"pretext_augmentation": "small", "downstream_augmentation": "small"}
    return bissl.WeightedSum(**settings | views | {"progress": False} | options)


def test_the_stage_records_and_goes_on_exactly(images, labels, tmp_path):
    pretext, downstream = objectives()
    whole = weighted_sum().fit(pretext, downstream, images, (images, labels))
    assert [record["epoch"] for record in whole.history_] == [0, 1, 2]
    assert all(record["pretext_loss"] > 0 and record["downstream_loss"] > 0 for record in whole.history_)
    assert not np.array_equal(whole.backbone_.vector, pretext.backbone.vector)

    class Stop(bissl.callbacks.Callback):
        def on_record(self, stage, record):
            raise KeyboardInterrupt

    folder = tmp_path / "checkpoints"
    with pytest.raises(KeyboardInterrupt):
        stage = weighted_sum(callbacks=[Stop()])
        stage.fit(pretext, downstream, images, (images, labels), checkpoint=folder, checkpoint_every="1 steps")
    again = weighted_sum().fit(pretext, downstream, images, (images, labels), checkpoint=folder)
    assert np.array_equal(again.backbone_.vector, whole.backbone_.vector)
    assert np.array_equal(again.downstream_.head.vector, whole.downstream_.head.vector)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"weight": -0.1}, "weight: expected a finite number"),
        ({"weight": 2}, "weight: expected a number from 0 to 1"),
        ({"steps": 0}, "steps: expected a whole number of at least 1"),
        ({"steps": 7, "record_every": 3}, "record_every: expected a divisor of the 7 steps, got 3; take 6 steps"),
        ({"lower_batch_size": 100}, "lower_batch_size: expected at most the 24 images there are, got 100"),
    ],
)
def test_wrong_options_are_told(images, labels, options, message):
    with pytest.raises(ValueError, match=message):
        weighted_sum(**options).fit(*objectives(), images, (images, labels))


@pytest.mark.parametrize("steps, records", [(6, 1), (21, 3), (23, 23)])
def test_records_divide_the_steps_where_nothing_is_said_of_them(images, labels, steps, records):
    stage = weighted_sum(steps=steps, record_every=None).fit(*objectives(), images, (images, labels))
    assert len(stage.history_) == records


# --- noise, mixtures, frozen backbones, heads of zeros ------------------------------------------------------------------


def test_noise_is_that_share_of_every_tensors_deviation():
    net = bissl.ResNet(layers=(1, 1), widths=(32, 64), seed=1)
    noisy = bissl.noisy_tune(net, 0.5, seed=4)
    for name in net.vector.keys():
        moved, deviation = noisy.vector[name] - net.vector[name], net.vector[name].std()
        if net.vector[name].size > 1000:
            assert moved.std() == pytest.approx(0.5 * deviation, rel=0.1)
            assert abs(moved.mean()) < 0.1 * deviation
        assert deviation > 0 or not moved.any()
    assert np.array_equal(noisy.vector, bissl.noisy_tune(net, 0.5, seed=4).vector)
    assert not np.array_equal(noisy.vector, bissl.noisy_tune(net, 0.5, seed=5).vector)
    assert np.array_equal(bissl.noisy_tune(net, 0.0).vector, net.vector)
    with pytest.raises(ValueError, match="scale: expected a finite number"):
        bissl.noisy_tune(net, -1)
    with pytest.raises(ValueError, match="scale: expected a finite number"):
        bissl.noisy_tune(net, 2 * bissl._engine.LARGEST)
    net.vector[:] *= 1e6
    with pytest.raises(
        bissl.errors.NonFiniteArgument, match="scale: noise of .* beyond the numbers of .* take a smaller"
    ):
        bissl.noisy_tune(net, bissl._engine.LARGEST / 10)


def test_a_mixture_has_all_images_in_turn(images):
    grey = np.full((3, 5, 7), 9, np.uint8)
    mixture = bissl.data.Mixture([images, grey, images[:2]])
    assert len(mixture) == 29 and mixture.labels is None and mixture.image_shape is None
    assert np.array_equal(mixture.read(23), images[23]) and np.array_equal(mixture.read(27), images[0])
    assert mixture.read(24).shape == (5, 7, 3) and (mixture.read(26) == 9).all()
    assert bissl.data.Mixture([images, images]).image_shape == (8, 8, 3)
    with pytest.raises(ValueError, match="parts: expected at least one"):
        bissl.data.Mixture([])
    with pytest.raises(TypeError, match=r"parts\[1\]"):
        bissl.data.Mixture([images, images.astype(float)])


def test_linear_probing_leaves_the_parameters_of_the_backbone(images, labels):
    net = bissl.ResNet(**BACKBONE)
    options = {"epochs": 2, "augmentation": "small", "progress": False, "lr": 0.1}
    frozen = bissl.FineTune(freeze_backbone=True, **options).fit(net, images, labels)
    assert np.array_equal(frozen.backbone_.vector, net.vector)
    trained = bissl.FineTune(**options).fit(net, images, labels)
    assert not np.array_equal(trained.backbone_.vector, net.vector)
    assert not np.array_equal(frozen.downstream_.head.vector, trained.downstream_.head.vector)


def test_a_head_of_zeros_begins_at_even_odds(images, labels):
    options = {"epochs": 1, "augmentation": "small", "progress": False, "lr": 0.0, "batch_size": 24}
    stage = bissl.FineTune(zero_head=True, **options).fit(bissl.ResNet(**BACKBONE), images, labels)
    assert stage.history_[0]["loss"] == pytest.approx(np.log(3), rel=1e-6)
    assert not stage.downstream_.head.vector.any()
    assert bissl.FineTune(**options).fit(bissl.ResNet(**BACKBONE), images, labels).downstream_.head.vector.any()


@pytest.mark.parametrize("method", ["simclr", "byol"])
def test_a_new_head_can_be_pretrained_on_a_frozen_backbone(images, method):
    net = bissl.ResNet(**BACKBONE)
    options = {"method_options": {"projector": (8, 8)}, "epochs": 1, "augmentation": "small", "progress": False}
    stage = bissl.Pretrain(method, backbone=net, freeze_backbone=True, **options).fit(images)
    assert np.array_equal(stage.backbone_.vector, net.vector)
    start = bissl.Pretrain(method, backbone=net, freeze_backbone=True, lr=0.0, **options).fit(images)
    assert not np.array_equal(stage.pretext_.head.vector, start.pretext_.head.vector)
