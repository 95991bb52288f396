"""What every kind of label states: checks, collation, moving with a view, decisions, metrics, what splits keep."""

from __future__ import annotations

import numpy as np
import pytest

from bissl.data import stratified_split
from bissl.errors import InvalidArgument
from bissl.targets import BoxTargets, ClassNumbers, ClassSets, LabelMaps, RealNumbers, Targets, ViewGeometry, targets_of

VIEW = ViewGeometry(top=0, left=2, height=4, width=4, size=(8, 8), mirrored=True)
ROWS = np.arange(40) % 4


def boxes_of(number):
    """Of class ``number`` below 3; an image without objects for 3."""
    return {"boxes": [(0, 0, 4, 4)] * (number < 3), "labels": [number] * (number < 3)}


#: By kind: labels of 40 images; outputs that are right on them.
EXAMPLES = {
    "numbers of any shape": (Targets(), np.zeros((40, 2)), np.zeros((40, 2))),
    "class numbers": (ClassNumbers(4), ROWS, np.eye(4)[ROWS]),
    "class sets": (ClassSets(4), np.eye(4)[ROWS], 2 * np.eye(4)[ROWS] - 1),
    "real numbers": (RealNumbers(), ROWS * 0.5, ROWS * 0.5),
    "boxes": (
        BoxTargets(3), [boxes_of(row) for row in ROWS.tolist()],
        [boxes_of(row) | {"scores": [1.0] * (row < 3)} for row in ROWS.tolist()],
    ),
    "label maps": (
        LabelMaps(4), [np.full((4, 6), row) for row in ROWS], [np.eye(4)[np.full((4, 6), row)] for row in ROWS],
    ),
}  # fmt: skip


@pytest.fixture(params=EXAMPLES, ids=str)
def example(request):
    kind, labels, outputs = EXAMPLES[request.param]
    return kind, kind.check(labels, 40), outputs


def test_all_are_collated_as_they_are_checked(example):
    kind, labels, _ = example
    batch = kind.collate([labels[3], labels[5]])
    assert len(batch) == 2
    for entry, number in zip(batch, (3, 5), strict=True):
        assert str(entry) == str(labels[number])
    with pytest.raises(InvalidArgument, match="labels: expected those of at least one image"):
        kind.collate([])


def test_only_dense_ones_move(example):
    kind, labels, _ = example
    moved = kind.move(labels[1], VIEW)
    assert kind.is_dense == isinstance(kind, (BoxTargets, LabelMaps))
    if not kind.is_dense:
        assert np.array_equal(moved, labels[1])
    elif isinstance(kind, LabelMaps):
        assert np.array_equal(moved, np.full((8, 8), 1))
    else:
        assert moved["boxes"].tolist() == [[4, 0, 8, 8]]


def test_right_outputs_have_the_best_measure(example):
    kind, labels, outputs = example
    kind.require_measurable(labels, "y")
    for metric in kind.metrics.values():
        assert metric(outputs, labels) == 1
    assert len(kind.decide(outputs)) == 40


def test_splits_keep_what_each_states(example):
    kind, labels, _ = example
    strata = kind.strata(labels)
    rest, part = stratified_split(strata, 0.25)
    assert len(rest) + len(part) == 40 and 9 <= len(part) <= 11
    for stratum in (0, 2):
        whole = strata == stratum if strata.ndim == 1 else strata[:, stratum]
        if whole.any():
            assert abs(whole[part].sum() - whole.sum() / 4) <= 1


def test_strata():
    assert RealNumbers().strata(np.array([3.0, 1.0, 2.0, 9.0])).tolist() == [5, 0, 2, 7]
    assert RealNumbers().strata(np.zeros((4, 2))).tolist() == [0] * 4
    assert ClassSets(2).strata(np.array([[1, -1], [0, 1]])).tolist() == [[True, False], [False, True]]
    kind = BoxTargets(3)
    assert kind.strata(kind.check([boxes_of(2), boxes_of(3)], 2)).tolist() == [[False, False, True], [False] * 3]
    assert LabelMaps(3).strata([np.array([[0, 2, 255]], np.uint8)]).tolist() == [[True, False, True]]


def test_a_kind_of_ones_own_needs_nothing_but_what_differs():
    class Halves(Targets):
        metrics = {"same": lambda outputs, labels: float((outputs == labels).mean())}

    assert Halves().collate([1, 0.5]).tolist() == [1, 0.5]
    assert Halves().move(0.5, VIEW) == 0.5


@pytest.mark.parametrize("labels, message", [
    ([boxes_of(0)] * 2, "expected classes of images, got boxes; .* bissl.targets.BoxTargets"),
    ([np.zeros((2, 3), int)] * 2, "expected classes of images, got a class per pixel; .* bissl.targets.LabelMaps"),
    (np.zeros((2, 4, 3), np.uint8), "got a class per pixel"),
])  # fmt: skip
def test_no_classifier_is_made_for_labels_of_places(labels, message):
    with pytest.raises(InvalidArgument, match=message):
        targets_of(labels, 2)
