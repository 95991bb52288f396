"""Stages on data sets: files give what arrays give, labels come along, threads end."""

import gc
import re
import threading

import numpy as np
import pytest
from dataset_files import WRITERS
from PIL import Image

import bissl
from bissl.data import ArrayDataset, ImageFiles, TwoViews, open_dataset
from bissl.data.pretext_recipes import pretext_views
from bissl.experiments.running.images import _check_labels
from bissl.metrics import average_precision

BACKBONE = {"layers": (1,), "widths": (8,), "stem": "small"}
OPTIONS = {"augmentation": "small", "progress": False}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def files(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:02}.png")
    return ImageFiles(sorted(folder.iterdir()), np.arange(40) % 3)


def pretrained(data):
    return bissl.Pretrain("simclr", backbone=BACKBONE, epochs=2, batch_size=16, lr=0.1, **OPTIONS).fit(data)


def bilevel():
    sizes = {"lower_batch_size": 16, "upper_batch_size": 8, "lower_steps": 3, "upper_steps": 2}
    return bissl.BiSSL(alternations=4, damping=100.0, upper_lr=0.003, progress=False, **sizes)


def protocol(unlabeled, labeled, *y):
    """Everything that the stages learn and say, on ``labeled``, with its labels where it has none of its own."""
    ssl = pretrained(unlabeled)
    warm = bissl.HeadWarmup(epochs=2, batch_size=16, **OPTIONS).fit(ssl, labeled, *y)
    bi = bilevel().fit(ssl, warm, unlabeled, (labeled, *y) if y else labeled)
    validation = (labeled, *y) if y else labeled
    tuned = bissl.FineTune(epochs=2, batch_size=16, **OPTIONS).fit(bi, labeled, *y, validation=validation)
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(ssl, labeled, *y)
    vectors = [stage.backbone_.vector for stage in (ssl, bi, tuned)]
    outputs = [tuned.predict_logits(labeled), probe.features(labeled)]
    return [*vectors, *outputs, tuned.score(labeled, *y), tuned.correct(labeled, *y), probe.score(labeled, *y)]


def test_files_give_what_arrays_give(images, files):
    for one, other in zip(protocol(images, images, files.labels), protocol(files, files), strict=True):
        assert np.array_equal(one, other)


def test_labels_given_go_before_those_of_the_data_set(images, files):
    parity = np.array(["even", "odd"])[np.arange(40) % 2]
    fitted = bissl.FineTune(epochs=1, **OPTIONS).fit(bissl.ResNet(**BACKBONE), files, parity)
    assert list(fitted.classes_) == ["even", "odd"]
    numbered = bissl.FineTune(epochs=1, **OPTIONS).fit(bissl.ResNet(**BACKBONE), files, np.arange(40) % 2)
    assert len(numbered.classes_) == len(files.classes), "numbers are those of the data set's classes"


def test_a_data_set_without_labels_is_told_what_is_missing(images):
    net, data = bissl.ResNet(**BACKBONE), ArrayDataset(images)
    for stage in (bissl.HeadWarmup(**OPTIONS), bissl.FineTune(**OPTIONS), bissl.LinearProbe(augmentation="small")):
        with pytest.raises(ValueError, match="y: expected labels; give y, or a data set that has labels as X"):
            stage.fit(net, data)
    with pytest.raises(ValueError, match="validation labels: expected labels"):
        bissl.FineTune(**OPTIONS).fit(net, images, np.arange(40) % 2, validation=data)
    with pytest.raises(ValueError, match="X: expected at least one image, got a data set without any"):
        bissl.Pretrain(**OPTIONS).fit(ImageFiles([]))


@pytest.fixture
def mixed(images, tmp_path):
    """Files whose first is of another size than the others, in both orders."""
    for number, image in enumerate(images[:20]):
        Image.fromarray(image[: 7 if number == 0 else 8]).save(tmp_path / f"{number:02}.png")
    paths = sorted(tmp_path.iterdir())
    return [ImageFiles(order, np.arange(20) % 2) for order in (paths, paths[::-1])]


def small_stages(data):
    """Everything that takes the images' own size, with what messages name."""
    net = bissl.ResNet(**BACKBONE)
    pair = "augmentation=bissl.data.TwoViews.small(48)"
    own = "augmentation=bissl.data.DownstreamViews.small(48)"
    ssl, warm = bissl.SimCLR(net, projector=(8,)), bissl.Classifier(net.num_features, 2)
    both = {"pretext_augmentation": "small", "downstream_augmentation": "small", "progress": False}
    yield pair, lambda: bissl.Pretrain(backbone=BACKBONE, **OPTIONS).fit(data)
    yield f"pretext_{pair}", lambda: bissl.BiSSL(**both).fit(ssl, warm, data, data)
    yield f"pretext_{pair}", lambda: bissl.WeightedSum(**both).fit(ssl, warm, data, data)
    yield f"downstream_{own}", lambda: bissl.BiSSL(**both).fit(ssl, warm, data.read(0)[None].repeat(20, 0), data)
    yield own, lambda: bissl.HeadWarmup(**OPTIONS).fit(net, data)
    yield own, lambda: bissl.FineTune(**OPTIONS).fit(net, data)
    yield own, lambda: bissl.LinearProbe(augmentation="small").fit(net, data)
    yield own, lambda: bissl.recalibrate(net, data, augmentation="small")
    yield own, lambda: bissl.analysis.extract_features(net, data, augmentation="small")
    yield pair, lambda: bissl.plot.views(data, augmentation="small")
    yield "augmentation=bissl.data.OneView.small(48)", lambda: pretext_views("small", data, 1)


def test_small_asks_for_a_size_where_images_have_several(mixed):
    for data in mixed:
        for way_out, run in small_stages(data):
            with pytest.raises(
                ValueError, match=r'"small" keeps the size .*png has \d .*state a size: ' + re.escape(way_out)
            ):
                run()
    bissl.Pretrain(backbone=BACKBONE, epochs=1, lr=0.1, augmentation=TwoViews.small(8), progress=False).fit(mixed[0])


def test_small_takes_the_shorter_side_that_all_images_have(images, tmp_path):
    for number, image in enumerate(images[:16]):
        Image.fromarray(image[:, :6] if number % 2 else image[:6]).save(tmp_path / f"{number:02}.png")
    assert {view.size for view in pretext_views("small", ImageFiles(sorted(tmp_path.iterdir())), 2)} == {6}


def test_a_broken_file_stops_a_stage_with_its_path(files, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match="broken.png: cannot be read as an image"):
        pretrained(ImageFiles([*files.paths[:30], path]))


def test_the_stacks_stand_after_the_last_step_whatever_was_made_ahead(images, files):
    ssl = pretrained(images)
    warm = bissl.HeadWarmup(epochs=1, **OPTIONS).fit(ssl, files)
    stage, plain = bilevel(), None
    for _ in stage.iterate(ssl, warm, images, files):
        plain = plain or bilevel()._stacks(40, 40, stage.seed_)
        plain.lower.begin(), plain.upper.begin()
        for order, steps in ((plain.lower, 3), (plain.upper, 2), (plain.hessian, 1)):
            for _ in range(steps):
                order.draw()
        assert stage.stacks_.state_dict() == plain.state_dict()


def test_a_run_that_was_stopped_leaves_no_threads(images, files):
    ssl = pretrained(images)
    warm = bissl.HeadWarmup(epochs=1, **OPTIONS).fit(ssl, files)
    run = bilevel().iterate(ssl, warm, files, files)
    next(run)
    assert any(thread.name.startswith("bissl-loader") for thread in threading.enumerate())
    del run
    gc.collect()
    assert not any(thread.name.startswith("bissl-loader") for thread in threading.enumerate())


def test_waiting_is_recorded(files):
    history = pretrained(files).history_
    assert all(0 < record["wait_seconds"] <= record["seconds"] for record in history)


def test_difficult_objects_of_voc_are_left_out_by_all_stages(tmp_path):
    """Of image 0 all objects are difficult: what a network says of those classes changes no score, and no step."""
    WRITERS["voc2007"](tmp_path)
    train, test = (open_dataset("voc2007", tmp_path, part) for part in ("train", "test"))
    for stage in (bissl.FineTune(epochs=2, **OPTIONS), bissl.LinearProbe(augmentation="small")):
        fitted = stage.fit(bissl.ResNet(**BACKBONE), train)
        logits = fitted.predict_logits(test)
        logits[0, test.difficult[0]] = 1e6
        assert fitted.score(test) == np.nanmean(average_precision(logits, test.labels))
    downstream = bissl.MultiLabelClassifier(8, 20)
    downstream.head.vector[:] = 0
    images = np.zeros((1, 8, 8, 3), np.float32)
    _, gradient = downstream.value_and_gradient(
        bissl.ResNet(**BACKBONE), (np.repeat(images, 2, 0), train.labels[[0, 0]])
    )
    assert np.array_equal(gradient.head["bias"] == 0, train.difficult[0])


def test_labels_of_all_parts_are_looked_at_before_training(images):
    """What a study does when it opens its images."""
    labels = np.arange(40) % 3
    training = ArrayDataset(images, labels, ("a", "b", "c"))
    _check_labels({"training": training, "test": ArrayDataset(images, labels % 2, ("c", "a"))})
    for part, text in (
        (ArrayDataset(images), "test labels: expected labels"),
        (
            ArrayDataset(images, labels, ("a", "b", "d")),
            "test labels: .*Trained on: 'a', 'b', 'c'. Given: 'a', 'b', 'd'",
        ),
    ):
        with pytest.raises(ValueError, match=text):
            _check_labels({"training": training, "test": part})
    sets = np.eye(3, dtype=bool)[labels]
    with pytest.raises(ValueError, match="test labels: expected at least one image with a class"):
        _check_labels({"training": ArrayDataset(images, sets), "test": ArrayDataset(images, sets & False)})
