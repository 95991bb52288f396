"""The stages on labels of other kinds: any number of classes per image, and those of a user's own objective."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import bissl
from bissl.callbacks import EarlyStop
from bissl.data import ArrayDataset
from bissl.errors import InvalidState, NonFinite
from bissl.metrics import average_precision
from bissl.targets import LEFT_OUT, ClassNumbers, ClassSets, RealNumbers, Targets, targets_of

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
        (np.zeros((60, 1), int), ValueError, r"y: expected one label per image, shape \(60,\), got \(60, 1\)"),
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
    with pytest.raises(TypeError, match="metrics: expected a name of map, or several, got int"):
        bissl.FineTune(epochs=1, **QUIET).fit(NET, images, labels).score(images, labels, 5)
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
        (lambda features: None, TypeError, "objective: expected a callable .*seed.*got <lambda>: .*argument 'seed'"),
        (lambda features, seed, more: None, TypeError, "objective: expected a callable .*: missing .*'more'"),
        (dict, TypeError, "objective: expected a callable .*got dict"),
    ],
)
def test_wrong_objectives(data, objective, error, text):
    with pytest.raises(error, match=text):
        bissl.FineTune(objective=objective, **QUIET).fit(NET, *data)


@pytest.mark.parametrize("names", [np.array([0, 1, 2]), np.array(["a", "b", "c"])])
def test_classifiers_are_told_how_many_classes_there_are(data, names):
    labels = names[np.arange(60) % 3]
    stages = [
        bissl.FineTune(objective=o, epochs=1, **QUIET).fit(NET, data[0], labels) for o in (None, bissl.Classifier)
    ]
    assert all(stage.classes_.tolist() == names.tolist() for stage in stages)
    assert np.array_equal(*(stage.predict(data[0]) for stage in stages))
    sets = bissl.FineTune(objective=bissl.MultiLabelClassifier, epochs=1, **QUIET).fit(NET, *data)
    assert sets.downstream_.num_classes == 3


@pytest.mark.parametrize(
    ("objective", "options", "expected"),
    [
        (bissl.Classifier, {"num_classes": 5}, 5),
        (partial(bissl.Classifier, num_classes=7), {"num_classes": 5}, 7),
        (lambda features, seed, num_classes=4: bissl.Classifier(features, num_classes, seed), {}, 4),
        (lambda features, seed, num_classes=4: bissl.Classifier(features, num_classes, seed), {"num_classes": 5}, 5),
    ],
)
def test_the_number_of_classes_is_what_was_given(data, objective, options, expected):
    stage = bissl.FineTune(objective=objective, epochs=1, **options, **QUIET)
    assert stage.fit(NET, data[0], np.arange(60) % 3).downstream_.num_classes == expected


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


# --- the best epoch ---------------------------------------------------------------------------------------------------


def scripted(scores):
    """An objective whose metric says one of these after the other."""
    left = iter(scores)

    class Told(Targets):
        metrics = {"score": lambda outputs, labels: next(left)}

    return type("Scripted", (Attributes,), {"targets": Told()})


@pytest.mark.parametrize(
    ("scores", "best"),
    [((0.1, 0.9, np.nan, 0.3, np.nan, 0.2), 1), ((np.nan, 0.2, 0.1), 1), ((np.nan, np.nan), None), ((-np.inf, 0.0), 1)],
)
@pytest.mark.parametrize("callbacks", [[], [EarlyStop("validation", patience=3)]])
def test_a_score_that_is_no_number_is_never_the_best(data, scores, best, callbacks):
    options = {"objective": scripted(scores), "epochs": len(scores), "callbacks": callbacks, **QUIET}
    fitted = bissl.FineTune(**options).fit(NET, *data, validation=data)
    assert fitted.best_epoch_ == best and fitted.best_validation_ == (None if best is None else scores[best])
    ended = len(scores) if not callbacks or best is None else min(len(scores), best + 4)
    assert len(fitted.history_) == ended


def test_a_network_that_has_diverged_has_no_score(data):
    fitted = bissl.FineTune(epochs=1, **QUIET).fit(NET, *data)
    fitted.downstream_.head.vector["bias"][1] = np.nan
    with pytest.raises(NonFinite, match="scores: expected finite numbers, got nan for image 0, class 1"):
        fitted.score(*data)


# --- what is told before anything is trained --------------------------------------------------------------------------


def told_before_training(stage, *arguments, **options):
    """The message of the error that ends a fit before its first step."""
    with pytest.raises(ValueError) as error:
        stage.fit(*arguments, **options)
    assert not hasattr(stage, "history_")
    return str(error.value)


def test_validation_without_positives_is_told_before_training(data):
    nothing = data[0], np.zeros((60, 3), bool)
    text = told_before_training(bissl.FineTune(epochs=1, **QUIET), NET, *data, validation=nothing)
    assert "validation labels: expected at least one image with a class, got none" in text
    text = told_before_training(bissl.LinearProbe(augmentation="small"), NET, *nothing)
    assert "y: expected at least one image with a class" in text


def test_validation_on_one_number_is_told_before_training(data):
    class Numbers(Attributes):
        targets = RealNumbers()

    y = np.ones((60, 3))
    stage = bissl.FineTune(objective=Numbers, epochs=1, **QUIET)
    text = told_before_training(stage, NET, *data, validation=(data[0], y))
    assert "validation labels: expected different values" in text


def test_data_sets_of_dense_tasks_are_told_before_training(data):
    boxes = ArrayDataset(*data)
    boxes.dense_targets = "boxes"
    for source in (boxes, boxes.subset(range(50))):
        text = told_before_training(bissl.FineTune(epochs=1, **QUIET), NET, source)
        assert "X: its images are labelled with boxes, expected classes of images" in text
    assert bissl.FineTune(epochs=1, **QUIET).fit(NET, boxes, data[1]).classes_.tolist() == [0, 1, 2]


# --- pairs that are left out ------------------------------------------------------------------------------------------


def test_pairs_that_are_left_out_neither_teach_nor_count(data):
    """A fifth of the pairs are left out; with wrong labels in their place a probe does worse on its own images."""
    images, labels = data
    left = np.random.default_rng(1).random(labels.shape) < 0.2
    targets = np.where(left, LEFT_OUT, labels).astype(np.int8)
    fitted = bissl.FineTune(lr=0.3, epochs=20, **QUIET).fit(NET, images, targets, validation=(images, targets))
    logits = fitted.predict_logits(images)
    assert fitted.score(images, targets) == fitted.best_validation_ == np.mean(average_precision(logits, targets))
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(NET, images, targets)
    wrong = np.where(left, ~labels, labels)
    misled = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(NET, images, wrong)
    assert probe.score(images, targets) > 0.9 > misled.score(images, wrong)


def test_a_probe_of_whole_sets_is_one_versus_the_rest(data):
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(NET, *data)
    features = probe.features(data[0])
    theirs = make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression(C=1.0, max_iter=2000)))
    theirs.fit(features, data[1])
    np.testing.assert_allclose(probe.predict_logits(data[0]), theirs.decision_function(features), rtol=1e-12)


def test_a_class_that_always_or_never_counts_has_one_score(data):
    labels = data[1].astype(np.int8)
    labels[:, 1], labels[:, 2] = 1, LEFT_OUT
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(NET, data[0], labels)
    surely = np.finfo(np.float32).max
    assert (probe.predict_logits(data[0])[:, 1:] == [surely, -surely]).all()
