"""Labels of two data sets are joined by the names of their classes, or by the labels themselves, never by position."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl.callbacks import NearestNeighbors, Probe
from bissl.data import ArrayDataset, cached, open_dataset
from bissl.errors import InvalidArgument, WrongType
from bissl.targets import LEFT_OUT, Classes, ClassNumbers, ClassSets, targets_of

NET = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
QUIET = {"augmentation": "small", "progress": False}
NAMES = ("ant", "bee", "cat")
COLOURS = {"ant": (255, 0, 0), "bee": (0, 255, 0), "cat": (0, 0, 255)}


def images_of(names):
    """Noise around the colour of each image's class, (N, 8, 8, 3)."""
    noise = np.random.default_rng(0).integers(-20, 20, (len(names), 8, 8, 3))
    return (np.array([COLOURS[name] for name in names])[:, None, None] + noise).clip(0, 255).astype(np.uint8)


def dataset(names, classes=NAMES):
    """Images of these names, numbered in the order of ``classes``."""
    return ArrayDataset(images_of(names), [list(classes).index(name) for name in names], classes)


TRAIN = dataset(NAMES * 8)
#: Without the first class: by position, "bee" would be taken for "ant".
TEST = dataset(("bee", "cat") * 6, ("bee", "cat"))
BOTH_LISTS = "Trained on: 'ant', 'bee', 'cat'. Given: "


def finetune(**options):
    return bissl.FineTune(**{"lr": 0.3, "epochs": 20, "batch_size": 8} | QUIET | options)


def probe():
    return bissl.LinearProbe(augmentation="small", recalibration_batches=0)


# --- data sets of other names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [finetune(), probe()])
def test_a_test_set_that_lacks_a_class_is_scored_by_name(stage):
    fitted = stage.fit(NET, TRAIN)
    assert fitted.score(TEST) == fitted.score(TEST, TEST.labels) == 1.0
    assert fitted.correct(TEST) == len(TEST)
    assert fitted.score(TEST.subset([1, 2, 3])) == 1.0
    reordered = dataset(NAMES * 2, ("cat", "ant", "bee"))
    assert fitted.score(reordered) == 1.0
    assert fitted.class_names_ == NAMES and fitted.classes_.tolist() == [0, 1, 2]


def test_folders_are_joined_by_name(tmp_path):
    for part, names in (("train", NAMES), ("other", NAMES[1:])):
        for name in names:
            (tmp_path / part / name).mkdir(parents=True)
            for number, image in enumerate(images_of([name] * 6)):
                Image.fromarray(image).save(tmp_path / part / name / f"{number}.png")
    train, other = (open_dataset("folder", tmp_path / part) for part in ("train", "other"))
    assert other.labels.min() == 0 and other.classes == NAMES[1:]
    fitted = finetune().fit(NET, train, train.labels, validation=other)
    assert fitted.best_validation_ == 1.0 and fitted.score(other) == 1.0
    assert fitted.score(cached(other, tmp_path / "cache", 8, progress=False)) == 1.0


def test_validation_is_joined_by_name():
    assert finetune().fit(NET, TRAIN, validation=TEST).best_validation_ == 1.0
    assert finetune().fit(NET, TRAIN, validation=(TEST, TEST.labels)).best_validation_ == 1.0


def test_both_levels_take_the_classes_of_the_head():
    """The labelled images of BiSSL come in another order of classes than those of the warm-up."""
    warm = bissl.HeadWarmup(epochs=1, **QUIET).fit(NET, TRAIN)
    assert warm.class_names_ == NAMES and warm.downstream_.targets.classes.names == NAMES
    simclr = bissl.SimCLR(NET.clone(), projector=(8, 4))
    options = {"lower_batch_size": 8, "upper_batch_size": 8, "pretext_augmentation": "small", "progress": False}
    options |= {"downstream_augmentation": "small"}
    turned = dataset(NAMES * 8, ("cat", "ant", "bee"))
    for head in (warm, warm.downstream_, pickle.loads(pickle.dumps(warm.downstream_)), warm.downstream_.clone()):
        for stage in (
            bissl.BiSSL(alternations=1, lower_steps=1, upper_steps=1, **options),
            bissl.training.WeightedSum(steps=1, **options),
        ):
            first = stage.fit(simclr, head, TRAIN, TRAIN).backbone_.vector.copy()
            assert np.array_equal(first, stage.fit(simclr, head, TRAIN, turned).backbone_.vector)
            assert stage.class_names_ == NAMES
            with pytest.raises(InvalidArgument, match="y: .* got 'wasp' at index 1. " + BOTH_LISTS + "'ant', 'wasp'"):
                stage.fit(simclr, head, TRAIN, renamed(TRAIN.subset([0, 1]), ("ant", "wasp")))


def renamed(data, names):
    """The same images and numbers under other names."""
    return ArrayDataset(np.stack([data.read(i) for i in range(len(data))]), data.labels, names)


def test_names_that_do_not_match_are_listed():
    fitted = finetune(epochs=1).fit(NET, TRAIN)
    with pytest.raises(InvalidArgument, match="y: .* got 'chat' at index 2. " + BOTH_LISTS + "'ant', 'bee', 'chat'"):
        fitted.score(renamed(TRAIN, ("ant", "bee", "chat")))
    with pytest.raises(InvalidArgument, match="validation labels: .*" + BOTH_LISTS):
        finetune(epochs=1).fit(NET, TRAIN, validation=renamed(TRAIN, ("ant", "bee", "chat")))
    with pytest.raises(InvalidArgument, match=BOTH_LISTS + "'0', '1', '2'"):
        fitted.score(ArrayDataset(TRAIN.images, TRAIN.labels))
    # A name that no image has does not matter.
    assert 0 <= fitted.score(renamed(TRAIN.subset([0, 1, 3]), ("ant", "bee", "chat"))) <= 1


def test_a_head_trained_on_numbers_does_not_take_names_by_position():
    fitted = finetune(epochs=1).fit(NET, TRAIN.images, TRAIN.labels)
    with pytest.raises(InvalidArgument, match="Trained on: '0', '1', '2'. Given: 'ant', 'bee', 'cat'.*joined by name"):
        fitted.score(TRAIN)
    assert fitted.score(TRAIN.images, TRAIN.labels) == fitted.score(ArrayDataset(TRAIN.images, TRAIN.labels))


def test_sets_of_classes_are_joined_by_name():
    rows = np.eye(3, dtype=bool)[TRAIN.labels]
    train = ArrayDataset(TRAIN.images, rows, NAMES)
    test = ArrayDataset(TEST.images, np.eye(2, dtype=bool)[TEST.labels], TEST.classes)
    fitted = probe().fit(NET, train)
    assert fitted.score(test) == 1.0
    assert fitted.targets_.read(test.labels, len(test), "y", test.classes)[0].tolist() == [LEFT_OUT, 1, 0]
    with pytest.raises(InvalidArgument, match="y: .* got 'dog' of image 0. " + BOTH_LISTS + "'dog', 'cat'"):
        fitted.score(ArrayDataset(test.images, test.labels, ("dog", "cat")))


def test_scores_of_features_are_joined_by_name():
    class Stub:
        backbone_ = NET

    nearest = NearestNeighbors(TRAIN, TEST, augmentation="small", neighbors=3)
    for callback in (Probe(TRAIN, TEST, augmentation="small"), nearest):
        callback.on_begin(Stub())
        record = {"epoch": 0}
        callback.on_record(Stub(), record)
        assert record[callback.name] == 1.0
    sets = ArrayDataset(TRAIN.images, np.eye(3, dtype=bool)[TRAIN.labels])
    with pytest.raises(InvalidArgument, match="neighbours vote for one class per image.*use Probe"):
        NearestNeighbors(sets, sets).on_begin(Stub())


# --- labels of the user's own -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [[5, 7, 15], ["owl", "ant", "newt"], [0, 2 * 10**7, 3]])
@pytest.mark.parametrize("stage", [finetune(), probe()])
def test_any_labels_are_answered_as_they_were_given(stage, labels):
    y = np.array(labels)[TRAIN.labels]
    fitted = stage.fit(NET, TRAIN.images, y)
    assert fitted.classes_.tolist() == sorted(labels)
    assert np.array_equal(fitted.predict(TRAIN.images), y) and fitted.predict_logits(TRAIN.images).shape == (24, 3)
    assert fitted.score(TRAIN.images, y) == 1.0 and fitted.correct(TRAIN.images, y[::1].tolist()) == 24
    assert fitted.score(TRAIN.images[:3], y[:3]) == 1.0
    with pytest.raises(InvalidArgument, match="Trained on: .*Given: "):
        fitted.score(TRAIN.images[:1], ["elk"] if isinstance(labels[0], str) else [4])


def test_text_stands_for_names():
    fitted = finetune().fit(NET, TRAIN)
    assert fitted.score(TRAIN.images, np.array(NAMES * 8)) == 1.0
    assert finetune().fit(NET, TRAIN.images, np.array(NAMES * 8, object)).score(TEST) == 1.0
    named = ArrayDataset(TRAIN.images, NAMES * 8)
    assert named.classes == NAMES and np.array_equal(named.labels, TRAIN.labels)


def test_class_numbers_that_were_asked_for_stay():
    fitted = finetune(epochs=1, num_classes=16).fit(NET, TRAIN.images, 5 + 5 * TRAIN.labels)
    assert fitted.classes_.tolist() == list(range(16))
    more = finetune(epochs=1).fit(NET, renamed(TRAIN, (*NAMES, "dog")))
    assert more.class_names_ == (*NAMES, "dog") and more.downstream_.num_classes == 4
    assert ArrayDataset(TRAIN.images, 5 + 5 * TRAIN.labels).classes == ()


@pytest.mark.parametrize("labels", [[5, 7, 15], ["owl", "ant", "newt"]])
def test_a_classifier_takes_class_numbers_and_says_so(labels):
    stage = finetune(objective=lambda features, seed: bissl.Classifier(features, 3, seed))
    with pytest.raises(InvalidArgument, match="y: expected (labels in 0 to 2|.* numbers 0 to 2, or these names)"):
        stage.fit(NET, TRAIN.images, np.array(labels)[TRAIN.labels])
    assert stage.fit(NET, TRAIN).class_names_ == NAMES


def test_a_head_with_fewer_outputs_than_names():
    stage = finetune(objective=bissl.Classifier(8, 2))
    with pytest.raises(InvalidArgument, match="y: the data set has 3 classes, the head 2; make it with num_classes=3"):
        stage.fit(NET, TRAIN)


def test_too_many_classes_for_a_head():
    with pytest.raises(InvalidArgument, match="num_classes: a linear head has at most 16777216 outputs"):
        finetune(num_classes=2 * 10**7).fit(NET, TRAIN.images, TRAIN.labels)
    with pytest.raises(InvalidArgument, match="num_classes: a linear head has at most 16777216 outputs"):
        bissl.Classifier(8, 2 * 10**7)


def test_the_targets_of_an_objective_that_cannot_be_told():
    class Own(bissl.Classifier):
        targets = property(lambda self: ClassNumbers(3))

        def __init__(self, num_features, seed=0):
            super().__init__(num_features, 3, seed)

    fitted = finetune(objective=Own).fit(NET, TRAIN)
    assert fitted.class_names_ == NAMES and fitted.score(TEST) == 1.0


def test_stages_whose_labels_are_no_classes():
    class Regression(bissl.Downstream):
        def __init__(self, num_features, seed=0):
            super().__init__(bissl.LinearHead(num_features, 1, seed))

        def loss(self, features, targets):
            return bissl.ops.mse_loss(self.head(features), targets.astype(NET.vector.dtype)[:, None])

    warm = bissl.HeadWarmup(epochs=1, objective=Regression, **QUIET).fit(NET, TRAIN.images, TRAIN.labels / 2)
    with pytest.raises(AttributeError, match="the labels of this HeadWarmup are no classes"):
        warm.classes_


def test_other_names_are_another_run(tmp_path):
    stage = bissl.HeadWarmup(epochs=1, **QUIET)
    stage.fit(NET, TRAIN, checkpoint=tmp_path)
    with pytest.raises(InvalidArgument, match="checkpoint: .* of another run: settings.classes.names was"):
        stage.fit(NET, renamed(TRAIN, ("ant", "bee", "kat")), checkpoint=tmp_path)


def test_classes_found():
    classes = Classes.found([7, 5, 7, 15], 4)
    assert classes.labels.tolist() == [5, 7, 15] and classes.names == ("5", "7", "15") and not classes.are_numbered
    assert classes.outputs_of([15, 5], 2).tolist() == [2, 0]
    assert classes.outputs_of([0, 1], 2, names=("15", "7")).tolist() == [2, 1]
    assert Classes.found([True, False], 2).outputs_of([0, 1, 1], 3).tolist() == [0, 1, 1]
    with pytest.raises(InvalidArgument, match="classes: expected different names, got 'a' twice"):
        Classes.numbered(2, ("a", "a"))
    with pytest.raises(InvalidArgument, match="y: expected at least two classes, got no label"):
        targets_of([], 0)
    with pytest.raises(InvalidArgument, match="y: expected at least two classes, got only 'a'"):
        targets_of([0, 0], 2, names=("a", "b"))
    assert isinstance(targets_of(np.eye(3), 3, names=NAMES), ClassSets)


@pytest.mark.parametrize(
    ("labels", "names", "kind", "text"),
    [
        ([1, 0], "ab", InvalidArgument, "labels: expected different ones in rising order, got 0 after 1"),
        ([0, 0], "ab", InvalidArgument, "labels: expected different ones in rising order, got 0 after 0"),
        (["b", "a"], "ba", InvalidArgument, "labels: expected different ones in rising order, got 'a' after 'b'"),
        ([0, 1], "a", InvalidArgument, "names: expected one for each of 2 labels, got 1"),
        ([-1, 0], "ab", InvalidArgument, "labels: expected whole numbers from 0, got -1"),
        ([[0, 1]], "a", InvalidArgument, r"labels: expected shape \(C,\), got \(1, 2\)"),
        ([0.0, 1.0], "ab", WrongType, "labels: expected an array of whole numbers or text, got float64"),
    ],
)
def test_classes_are_in_order_and_named(labels, names, kind, text):
    with pytest.raises(kind, match=text):
        Classes(np.array(labels), tuple(names))


def test_classes_of_a_list_are_refused():
    with pytest.raises(WrongType, match="labels: expected an array of whole numbers or text, got list"):
        Classes([0, 1], ("a", "b"))


def test_long_lists_are_shortened():
    with pytest.raises(InvalidArgument, match=r"Trained on: 'class 0', .* … \(1000 in all\). Given: 'dog'"):
        Classes.numbered(1000, [f"class {i}" for i in range(1000)]).outputs_of([0], 1, names=("dog",))


@pytest.mark.parametrize(
    "labels, way_out",
    [
        ([0.0, 1.0], "got 0.0 .float64. at index 0; use y.astype"),
        ([0.0, 0.5], "got 0.5 .float64. at index 1; number the classes with numpy.unique"),
        ([0.0, np.nan], "got nan .float64. at index 1; leave out images without a label"),
    ],
)
def test_the_way_out_of_labels_with_a_point_loses_none(labels, way_out):
    with pytest.raises(InvalidArgument, match=way_out):
        Classes.found(np.array(labels), 2)
