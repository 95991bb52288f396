"""The stages on labels of other kinds: any number of classes per image, and those of a user's own objective."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.errors import InvalidState
from bissl.metrics import average_precision
from bissl.targets import ClassNumbers, ClassSets, Targets, targets_of

BACKBONE = {"layers": (1, 1), "widths": (8, 16), "stem": "small"}
NET = bissl.ResNet(**BACKBONE)
QUIET = {"augmentation": "small", "progress": False}


@pytest.fixture(scope="module")
def data():
    """60 images (8, 8, 3) with any of three bright columns, and which they have: bool (60, 3)."""
    draw = np.random.default_rng(0)
    labels = draw.random((60, 3)) < 0.4
    images = draw.integers(0, 60, (60, 8, 8, 3)).astype(np.uint8)
    for image, row in zip(images, labels):
        image[:, 1 + 2 * np.flatnonzero(row)] = 255
    return images, labels


def test_sets_of_classes_pass_all_stages(data):
    images, labels = data
    simclr = bissl.SimCLR(NET.clone(), projector=(8, 4))
    warm = bissl.HeadWarmup(epochs=2, **QUIET).fit(simclr.backbone, images, labels)
    assert isinstance(warm.downstream_, bissl.MultiLabelClassifier) and warm.downstream_.num_classes == 3
    bi = bissl.BiSSL(
        alternations=1, lower_steps=2, upper_steps=2, lower_batch_size=16, pretext_augmentation="small", progress=False
    ).fit(simclr, warm, images, (images, labels))
    assert isinstance(bi.downstream_, bissl.MultiLabelClassifier)
    ft = bissl.FineTune(lr=0.3, epochs=30, **QUIET).fit(bi, images, labels, validation=(images, labels))
    logits = ft.predict_logits(images)
    assert ft.score(images, labels) == ft.best_validation_ == np.mean(average_precision(logits, labels))
    assert ft.score(images, labels, metrics=("map",)) == {"map": ft.best_validation_}
    assert ft.best_validation_ > 0.95
    assert ft.predict(images).dtype == bool and np.mean(ft.predict(images) == labels) > 0.9
    assert ft.classes_.tolist() == [0, 1, 2]


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32])
def test_kinds_of_sets_are_equal(data, kind):
    images, labels = data
    first, other = (bissl.HeadWarmup(epochs=1, **QUIET).fit(NET, images, y) for y in (labels, labels.astype(kind)))
    assert np.array_equal(first.downstream_.head.vector, other.downstream_.head.vector)


def test_a_probe_of_sets(data):
    images, labels = data
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(NET, images, labels)
    assert probe.predict_logits(images).shape == (60, 3) and probe.predict(images).shape == (60, 3)
    assert probe.score(images, labels) == probe.history_[0]["training"] > 0.9
    with pytest.raises(InvalidState, match="correct counts images that have one class each; use score"):
        probe.correct(images, labels)


@pytest.mark.parametrize(
    ("labels", "error", "text"),
    [
        (np.full((60, 3), 2), ValueError, "y: expected 0 or 1, got 2 for image 0, class 0"),
        (np.zeros((59, 3), bool), ValueError, r"y: expected shape \(60, 3\), got \(59, 3\)"),
        (np.zeros((60, 1), bool), ValueError, r"y: expected one label per image, shape \(60,\), got \(60, 1\)"),
        (np.zeros((60, 3), object), TypeError, "y: expected 0 and 1 as booleans, integers or floats, got object"),
    ],
)
def test_wrong_sets(data, labels, error, text):
    for stage in (bissl.FineTune(**QUIET), bissl.HeadWarmup(**QUIET), bissl.LinearProbe(augmentation="small")):
        with pytest.raises(error, match=text):
            stage.fit(NET, data[0], labels)


def test_labels_that_do_not_fit_the_head(data):
    images, labels = data
    simclr, warm = bissl.SimCLR(NET.clone(), projector=(8, 4)), bissl.MultiLabelClassifier(16, 4)
    with pytest.raises(ValueError, match=r"y: expected shape \(60, 4\), got \(60, 3\)"):
        bissl.BiSSL(pretext_augmentation="small", progress=False).fit(simclr, warm, images, (images, labels))
    with pytest.raises(ValueError, match='metrics: expected one of "map", got "top1"'):
        bissl.FineTune(epochs=1, **QUIET).fit(NET, images, labels).score(images, labels, "top1")


def test_what_labels_are():
    assert isinstance(targets_of([0, 1, 2], 3), ClassNumbers) and targets_of([0, 1, 2], 3).num_classes == 3
    assert targets_of([0, 1, 2], 3, num_classes=5).num_classes == 5
    assert isinstance(targets_of(np.eye(3), 3), ClassSets)
    with pytest.raises(ValueError, match="y: expected at least two classes"):
        targets_of([1, 1, 1], 3)


# --- an objective of the user's own -----------------------------------------------------------------------------------


class Shares(Targets):
    """How bright each column is, at least a half or less: what a user's objective may be told."""

    metrics = {"closeness": lambda outputs, labels: -float(np.abs(outputs - labels).mean())}

    def check(self, labels, count, name="y"):
        array = super().check(labels, count, name)
        if array.shape != (count, 3):
            raise ValueError(f"{name}: three shares per image")
        return array


class Attributes(bissl.MultiLabelClassifier):
    """A user's objective: labels in 0..1, outputs likewise."""

    targets = Shares()

    def __init__(self, num_features, seed=0):
        super().__init__(num_features, 3, seed)

    def predict(self, backbone, images):
        return 1 / (1 + np.exp(-super().predict(backbone, images)))


@pytest.mark.parametrize("objective", [Attributes, Attributes(16), lambda features, seed: Attributes(features, seed)])
def test_the_objective_says_what_labels_are(data, objective):
    images, labels = data[0], data[1].astype(np.float64)
    warm = bissl.HeadWarmup(objective=objective, epochs=1, **QUIET).fit(NET, images, labels)
    assert type(warm.downstream_) is Attributes
    simclr = bissl.SimCLR(NET.clone(), projector=(8, 4))
    options = {"alternations": 1, "lower_steps": 1, "upper_steps": 1, "lower_batch_size": 16, "progress": False}
    bissl.BiSSL(**options, pretext_augmentation="small").fit(simclr, warm, images, (images, labels))
    ft = bissl.FineTune(objective=objective, epochs=3, **QUIET).fit(NET, images, labels, validation=(images, labels))
    assert ft.score(images, labels) == ft.best_validation_ < 0
    assert np.array_equal(ft.predict(images), ft.predict_logits(images)) and 0 < ft.predict(images).min()
    with pytest.raises(ValueError, match="y: three shares per image"):
        bissl.HeadWarmup(objective=objective, **QUIET).fit(NET, images, labels[:, :2])


def test_an_objective_given_is_not_changed(data):
    objective = Attributes(16)
    before = objective.head.vector.copy()
    bissl.HeadWarmup(objective=objective, epochs=1, **QUIET).fit(NET, *data)
    assert np.array_equal(objective.head.vector, before)


@pytest.mark.parametrize(
    ("objective", "error", "text"),
    [
        (Attributes(5), ValueError, "objective: its head takes 5 features, the backbone gives 16"),
        (3, TypeError, "objective: expected None, a callable that takes num_features and seed.*got int"),
        (lambda features, seed: None, TypeError, "objective: expected .*got NoneType"),
    ],
)
def test_wrong_objectives(data, objective, error, text):
    with pytest.raises(error, match=text):
        bissl.FineTune(objective=objective, **QUIET).fit(NET, *data)


def test_validation_needs_a_metric(data):
    class Silent(Attributes):
        targets = Targets()

    stage = bissl.FineTune(objective=Silent, epochs=1, **QUIET)
    with pytest.raises(ValueError, match="metrics: the objective's targets name none"):
        stage.fit(NET, *data, validation=data)
    assert stage.fit(NET, *data).predict(data[0]).shape == (60, 3)


@pytest.mark.parametrize(
    ("labels", "error", "text"),
    [
        (np.array(["a", "b"]), TypeError, "y: expected numbers, got dtype <U1"),
        (np.zeros(3), ValueError, r"y: expected one label per image, shape \(2, ...\), got \(3,\)"),
        (np.array([0.0, np.nan]), ValueError, r"y: expected finite values, got nan at index \(1,\)"),
    ],
)
def test_numbers_as_targets(labels, error, text):
    with pytest.raises(error, match=text):
        Targets().check(labels, 2)
