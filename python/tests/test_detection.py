"""Faster R-CNN as a downstream objective: its size, its state, backbones, bad input, stages."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import bissl
from bissl import ops
from bissl.errors import InvalidArgument, NonFinite, WrongType
from bissl.targets import BoxTargets, box_iou


def network(**options):
    given = {"layers": (1, 1, 1), "widths": (8, 12, 16), "stem": "small", "seed": 1}
    return bissl.ResNet(**given | options)


def scenes(count=8, seed=0, size=(32, 40)):
    """Noise with one or two bright squares, of which one class is red and the other blue."""
    draw = np.random.default_rng(seed)
    images, labels = [], []
    for _ in range(count):
        image = draw.integers(0, 90, (*size, 3)).astype(np.uint8)
        boxes, classes = [], []
        for number in range(1 + draw.integers(2)):
            side, kind = draw.integers(10, 16), int(draw.integers(2))
            y, x = draw.integers(0, size[0] - side), draw.integers(0, size[1] // 2 - side + 1) + number * size[1] // 2
            image[y : y + side, x : x + side, 2 * kind] = 250
            boxes.append([x, y, x + side, y + side])
            classes.append(kind)
        images.append(image)
        labels.append({"boxes": np.array(boxes), "labels": np.array(classes)})
    return images, labels


def batch(count=4, seed=0):
    images, labels = scenes(count, seed)
    return bissl.data.normalize(np.stack(images)), labels


def small(net, **options):
    return bissl.FasterRCNN.small(net, 2, **options)


# --- what it is made of -----------------------------------------------------------------------------------------------


def test_resnet50_has_the_papers_parameters():
    net = bissl.resnet50()
    detector = bissl.FasterRCNN(net)
    assert detector.head.vector.size == 9_714_853 and net.vector.size == 23_508_032
    shapes = {name: value.shape for name, value in detector.head.state_dict().items()}
    assert shapes == {
        "rpn.head.conv.0.0.weight": (1024, 1024, 3, 3), "rpn.head.conv.0.0.bias": (1024,),
        "rpn.head.cls_logits.weight": (12, 1024, 1, 1), "rpn.head.cls_logits.bias": (12,),
        "rpn.head.bbox_pred.weight": (48, 1024, 1, 1), "rpn.head.bbox_pred.bias": (48,),
        "roi_heads.box_predictor.cls_score.weight": (21, 2048), "roi_heads.box_predictor.cls_score.bias": (21,),
        "roi_heads.box_predictor.bbox_pred.weight": (84, 2048), "roi_heads.box_predictor.bbox_pred.bias": (84,),
    }  # fmt: skip
    state = detector.head.state_dict()
    for name in ("conv.0.0", "cls_logits", "bbox_pred"):
        assert abs(state[f"rpn.head.{name}.weight"].std() - 0.01) < 0.001 and not state[f"rpn.head.{name}.bias"].any()
    for name in ("cls_score", "bbox_pred"):
        weights = np.abs(state[f"roi_heads.box_predictor.{name}.weight"])
        assert 0.99 / np.sqrt(2048) < weights.max() <= 1 / np.sqrt(2048)
    assert detector.maps == ("layer3",) and detector.num_features == 2048


def test_seeds_make_different_heads():
    net = network()
    first, same, other = (small(net, seed=seed).head.vector for seed in (0, 0, 1))
    assert np.array_equal(first, same) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    "make",
    [
        lambda: bissl.ResNet(layers=(1, 1, 1, 1), widths=(4, 6, 8, 10)),
        lambda: bissl.ResNet(block="bottleneck", layers=(1, 1), widths=(4, 6), stem="small"),
        lambda: bissl.ConvNeXt(depths=(1, 1, 1, 1), widths=(4, 6, 8, 10)),
        lambda: Own(),
    ],
    ids=["resnet", "bottleneck", "convnext", "own"],
)
def test_other_backbones(make):
    net = make()
    detector = small(net)
    images, labels = batch()
    loss, gradient = detector.value_and_gradient(net, (images, labels))
    assert np.isfinite(loss) and np.abs(gradient.head).max() > 0
    touched = [name for name, value in gradient.backbone.as_dict().items() if np.abs(value).max() > 0]
    assert len(touched) >= len(gradient.backbone.as_dict()) - 2  # of ConvNeXt the last norm is for pooled features
    before = net.vector.copy()
    detector.step(net, (images, labels), bissl.SGD(lr=0.01))
    assert not np.array_equal(net.vector, before)
    found = detector.predict(net, images)
    assert len(found) == len(images) and set(found[0]) == {"boxes", "labels", "scores"}


class Own(bissl.Backbone):
    def __init__(self, width=8, seed=0):
        super().__init__(num_features=width, seed=seed)
        self.conv = self.add_parameter("conv.weight", (width, 3, 3, 3), init="kaiming")
        self.norm = self.add_batch_norm("norm", width)

    def features(self, images):
        x = ops.relu(self.norm(ops.conv2d(images, self.conv, stride=4, padding=1)))
        return ops.global_avg_pool(self.map("conv", x, stride=4))


def test_a_vision_transformer_has_no_maps_for_it():
    with pytest.raises(InvalidArgument, match="net: a vision transformer gives tokens"):
        bissl.FasterRCNN(bissl.VisionTransformer(image_size=16, width=8, depth=1, heads=1))


# --- the same point answers the same ----------------------------------------------------------------------------------


def test_samples_follow_the_seed_the_step_and_the_pass():
    net = network()
    detector = small(net, rois_per_image=4, anchors_per_image=8)
    one = batch()
    loss, gradient = detector.value_and_gradient(net, one)
    again, same = detector.value_and_gradient(net, one)
    assert loss == again and np.array_equal(gradient.head, same.head)
    start, head = net.vector.copy(), detector.head.vector.copy()
    assert detector.step(net, one, bissl.SGD(lr=0.1)).loss == loss
    net.vector, detector.head.vector = start, head
    assert detector.value_and_gradient(net, one)[0] != loss  # another step draws other samples
    lower = bissl._engine.evaluation_loss(detector._evaluate_beside(net, one))
    assert lower != detector.value_and_gradient(net, one)[0]
    detector.begin_training(0)
    assert detector.value_and_gradient(net, one)[0] == loss  # of seed 0 and step 0
    detector.begin_training(5)
    assert detector.value_and_gradient(net, one)[0] != loss


def test_a_refused_step_changes_nothing():
    net = network()
    detector = small(net)
    for value in (1e30, np.nan):
        detector.head.vector[:] = value
        before = net.state_dict()
        with pytest.raises(NonFinite, match="not finite|nan|inf"):
            detector.step(net, batch(), bissl.SGD(lr=0.1))
        assert detector.steps == 0 and all(
            np.array_equal(each, before[name]) for name, each in net.state_dict().items()
        )


def test_observing_moves_running_statistics_alone():
    net = network()
    detector = small(net)
    parameters, head, before = net.vector.copy(), detector.head.vector.copy(), net.state_dict()
    loss = detector.value_and_gradient(net, batch())[0]
    detector.observe(net, batch())
    assert np.array_equal(net.vector, parameters) and np.array_equal(detector.head.vector, head) and detector.steps == 0
    moved = {name for name, value in net.state_dict().items() if not np.array_equal(value, before[name])}
    assert moved == {name for name in before if "running" in name or "tracked" in name}
    assert detector.value_and_gradient(net, batch())[0] == loss  # training mode takes a batch's own


def test_copies_pickles_and_states():
    net = network()
    detector = small(net, rois_per_image=4, anchors_per_image=8)
    detector.step(net, batch(), bissl.SGD(lr=0.1))
    expected = detector.value_and_gradient(net, batch())[0]
    for twin in (detector.clone(), pickle.loads(pickle.dumps(detector))):
        assert twin.value_and_gradient(net, batch())[0] == expected
        twin.step(net.clone(), batch(), bissl.SGD(lr=0.1))
        assert detector.value_and_gradient(net, batch())[0] == expected and twin.steps == 2
    other = small(net, seed=3, rois_per_image=4, anchors_per_image=8)
    other.load_state_dict(detector.state_dict())
    assert other.value_and_gradient(net, batch())[0] == expected
    with pytest.raises(AttributeError, match="rois_per_image: cannot be assigned"):
        detector.rois_per_image = 8


def test_a_whole_detector_is_saved_and_loaded(tmp_path):
    net = network()
    detector = small(net)
    detector.step(net, batch(), bissl.SGD(lr=0.1))
    path = tmp_path / "detector.safetensors"
    bissl.weights.save(path, {**net.state_dict(), **detector.head.state_dict()})
    detector.save_weights(tmp_path / "whole.safetensors", net)
    for source in (path, tmp_path / "whole.safetensors"):
        other_net = network(seed=5)
        other = small(other_net, seed=6)
        report = other.load_weights(source, other_net)
        assert not report.missing
        images = batch(seed=3)[0]
        for mine, theirs in zip(other.predict(other_net, images), detector.predict(net, images)):
            assert all(np.array_equal(mine[key], theirs[key]) for key in mine)


# --- predictions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.nan, 3e38])
@pytest.mark.parametrize("part", ["backbone", "head"])
def test_a_detector_that_has_diverged_is_no_detector_that_finds_nothing(wrong, part):
    net = network()
    detector = small(net)
    {"backbone": net, "head": detector.head}[part].vector[:] = wrong
    with pytest.raises(NonFinite, match="(logits|deltas).*: expected finite values, got .*; has training diverged"):
        detector.predict(net, batch()[0])


def test_detections_lie_in_their_images():
    net = network()
    detector = small(net, score_threshold=0.0, detections_per_image=7)
    images = [np.random.default_rng(0).normal(size=size).astype(np.float32) for size in [(20, 44, 3), (33, 17, 3)]]
    for image, found in zip(images, detector.predict(net, images)):
        height, width = image.shape[:2]
        assert 0 < len(found["scores"]) <= 7 and (np.diff(found["scores"]) <= 0).all()
        assert found["boxes"].min() >= 0 and (found["boxes"] <= [width, height, width, height]).all()
        assert set(found["labels"]) <= {0, 1} and ((found["scores"] > 0) & (found["scores"] < 1)).all()
        overlaps = box_iou(found["boxes"], found["boxes"])
        same = found["labels"][:, None] == found["labels"]
        assert (overlaps * same - np.eye(len(overlaps))).max() <= 0.5


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"num_classes": 0}, ValueError, "num_classes: expected"),
        ({"anchor_sizes": ()}, TypeError, "anchor_sizes: expected several numbers"),
        ({"anchor_sizes": (8, -1)}, ValueError, r"anchor_sizes\[1\]: expected a finite number > 0"),
        ({"anchor_sizes": (8, 1e9)}, ValueError, "anchor_sizes: expected at most 64 numbers up to 16384"),
        ({"anchor_ratios": (np.nan,)}, ValueError, r"anchor_ratios\[0\]: expected"),
        ({"rois_per_image": 0}, ValueError, "rois_per_image: expected"),
        ({"pooled_size": 2.5}, TypeError, "pooled_size: expected"),
        ({"proposals": 2**40}, ValueError, "proposals: expected"),
        ({"score_threshold": 1.5}, ValueError, "score_threshold: expected"),
        ({"sampling_ratio": -1}, ValueError, "sampling_ratio: expected"),
        ({"rois": 3}, ValueError, "rois_per_image"),
    ],
)
def test_options_out_of_range(options, error, text):
    with pytest.raises(error, match=text):
        bissl.FasterRCNN(network(), **options)
    with pytest.raises(WrongType, match="net: expected a bissl network"):
        bissl.FasterRCNN(512)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ({"boxes": [[0, 0, 50, 5]], "labels": [0]}, r"labels\[0\]\['boxes'\]: expected boxes inside the image"),
        ({"boxes": [[5, 0, 3, 5]], "labels": [0]}, r"labels\[0\]\['boxes'\]: expected x0, y0, x1, y1 with x0 < x1"),
        ({"boxes": [[0, 0, np.nan, 5]], "labels": [0]}, r"labels\[0\]\['boxes'\]: expected finite numbers"),
        ({"boxes": [[0, 0, 5, 5]], "labels": [2]}, r"labels\[0\]\['labels'\]: expected labels in 0 to 1, got 2"),
        ({"boxes": [[0, 0, 5, 5]]}, r"labels\[0\]: expected boxes and labels, labels is missing"),
        ([[0, 0, 5, 5]], r"labels\[0\]: expected a mapping with boxes"),
    ],
)
def test_wrong_labels(label, text):
    images, labels = batch()
    net = network()
    with pytest.raises((ValueError, TypeError), match=text):
        small(net).value_and_gradient(net, (images, [label, *labels[1:]]))


def test_images_without_objects():
    net = network()
    detector = small(net)
    images, labels = batch()
    empty = {"boxes": [], "labels": []}
    for given in ([empty, *labels[1:]], [empty] * 4):
        loss, gradient = detector.value_and_gradient(net, (images, given))
        assert np.isfinite(loss) and np.isfinite(gradient.backbone).all()
        detector.step(net, (images, given), bissl.SGD(lr=0.01))


def test_difficult_objects_are_trained_on_and_not_measured():
    net, (images, labels) = network(), batch()
    marked = [{**each, "difficult": np.ones(len(each["labels"]), bool)} for each in labels]
    detector = small(net)
    assert (
        detector.value_and_gradient(net, (images, labels))[0] == detector.value_and_gradient(net, (images, marked))[0]
    )
    with pytest.raises(InvalidArgument, match="expected at least one object that is not difficult"):
        BoxTargets(2).require_measurable(marked, "y")


# --- stages -----------------------------------------------------------------------------------------------------------


def test_a_detector_learns_and_goes_on_exactly(tmp_path):
    images, labels = scenes(24)
    net = network(widths=(8, 16, 24))
    options = {
        "objective": small(net), "augmentation": "small", "batch_size": 8, "progress": False, "random_state": 3,
        "optimizer": bissl.AdamW(lr=3e-3),
    }  # fmt: skip
    whole = bissl.FineTune(epochs=25, **options).fit(net, images, labels, validation=scenes(12, seed=1))
    assert whole.best_validation_ > 0.5
    score = whole.score(*scenes(12, seed=2), metrics=("ap50", "ap50_area", "ap_coco"))
    assert score["ap50"] > 0.5 and score["ap50"] > score["ap_coco"]
    found = whole.predict(scenes(3, seed=2)[0])
    assert len(found) == 3 and found[0]["scores"].max() > 0.5
    short = {**options, "callbacks": [Stop()]}
    with pytest.raises(KeyboardInterrupt):
        bissl.FineTune(epochs=4, **short).fit(net, images, labels, checkpoint=tmp_path / "run")
    resumed = bissl.FineTune(epochs=4, **options).fit(net, images, labels, checkpoint=tmp_path / "run")
    straight = bissl.FineTune(epochs=4, **options).fit(net, images, labels)
    assert np.array_equal(resumed.downstream_.head.vector, straight.downstream_.head.vector)
    assert np.array_equal(resumed.backbone_.vector, straight.backbone_.vector)


class Stop(bissl.callbacks.Callback):
    def on_record(self, stage, record):
        if record["epoch"] == 1:
            raise KeyboardInterrupt


def test_the_protocol_with_images_of_several_sizes():
    images, labels = scenes(8)
    tall, others = scenes(8, seed=1, size=(44, 34))
    images, labels = images + tall, labels + others
    simclr = bissl.SimCLR(network(), projector=(8, 4))
    view = bissl.data.DenseView(32, 48, multiple=16)
    views = bissl.data.DownstreamViews(view, view)
    detector = small(simclr.backbone)
    warm = bissl.HeadWarmup(epochs=1, objective=detector, augmentation=views, batch_size=4, progress=False)
    warm.fit(simclr.backbone, images, labels)
    assert np.array_equal(warm.backbone_.vector, simclr.backbone.vector) and warm.downstream_.steps == 4
    bi = bissl.BiSSL(
        alternations=1, lower_steps=1, upper_steps=2, lower_batch_size=8, upper_batch_size=4, progress=False,
        pretext_augmentation=bissl.data.TwoViews.small(24),
    ).fit(simclr, warm, images, (images, labels))  # fmt: skip
    assert bi.downstream_.steps == 2 and not np.array_equal(bi.downstream_.head.vector, warm.downstream_.head.vector)
    fine = bissl.FineTune(epochs=1, objective=bissl.FasterRCNN.small, num_classes=2, augmentation=views, progress=False)
    fine.fit(bi, images, labels)
    assert 0 <= fine.score(images, labels) <= 1 and isinstance(fine.downstream_, bissl.FasterRCNN)
