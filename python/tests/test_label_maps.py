"""Label maps: what is checked, how they are moved, padded and joined, and the mean intersection over union."""

from __future__ import annotations

import numpy as np
import pytest

from bissl.errors import InvalidArgument, NonFinite, WrongType
from bissl.targets import (
    IGNORED,
    Classes,
    LabelMaps,
    ViewGeometry,
    confusion_matrix,
    intersection_over_union,
    mean_iou,
    padded_size,
    pixel_accuracy,
)

KIND = LabelMaps(3)
MAP = np.array([[0, 1, 2, 255], [2, 2, 1, 0]])


@pytest.mark.parametrize("metric", KIND.metrics)
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_no_label_map(metric, wrong):
    """The class of the highest score of nothing but NaN is 0, which the background would count as right."""
    scores = np.zeros((2, 4, 3))
    scores[1, 2, 1] = wrong
    for call in (KIND.decide, lambda outputs: KIND.metrics[metric](outputs, [MAP, MAP])):
        with pytest.raises(NonFinite, match=rf"outputs\[1\]: .* got {wrong} at row 1, column 2, class 1; has training"):
            call([np.zeros((2, 4, 3)), scores])


def test_a_confusion_has_no_class_of_the_number_that_marks_pixels():
    with pytest.raises(InvalidArgument, match="num_classes: expected at most 255, .* got 300"):
        confusion_matrix(np.array([0, 1]), np.array([0, 255]), 300)


@pytest.mark.parametrize("wrong", [np.ones((2, 3)), np.array([[-3, 1], [0, 4]]), np.array([[np.nan, 1], [0, 4]])])
def test_what_is_no_confusion(wrong):
    for measure in (intersection_over_union, mean_iou, pixel_accuracy):
        with pytest.raises(InvalidArgument, match="confusion: expected counts"):
            measure(wrong)
    assert mean_iou([[3, 1], [0, 4]]) == pytest.approx(0.775)


@pytest.mark.parametrize("count", [1e19, np.uint64(2**63), 2**62])
def test_counts_whose_sums_leave_the_range(count):
    for measure in (intersection_over_union, mean_iou, pixel_accuracy):
        with pytest.raises(InvalidArgument, match="confusion: expected counts of fewer than 2⁶² pixels in all, got "):
            measure(np.array([[count, 0], [0, 1]]))
    assert pixel_accuracy(np.array([[2**61, 0], [2**60, 0]])) == pytest.approx(2 / 3)


def test_label_maps_of_any_integers_are_counted_and_of_nothing_else():
    for kind in (np.uint64, np.uint8, np.int8):
        assert confusion_matrix(np.array([0, 1], kind), np.array([0, 1]), 2).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(WrongType, match="predicted: expected an array without masked entries"):
        confusion_matrix(np.ma.array([0, 1], mask=[0, 1]), [0, 1], 2)
    for wrong in (["0", "1"], [0j, 1], [0.0, 1.0]):
        with pytest.raises(InvalidArgument, match="labels: expected class numbers 0 to 1, got dtype"):
            confusion_matrix([0, 1], wrong, 2)


@pytest.mark.parametrize(
    "field, value, text",
    [
        ("top", np.nan, "top: expected a finite number"),
        ("left", "0", "left: expected a number"),
        ("height", 0, "height: expected a finite number > 0, got 0"),
        ("width", -1.0, "width: expected a finite number > 0"),
        ("size", 8, r"size: expected \(height, width\) in pixels"),
        ("size", (8, 2.5), r"size\[1\]: expected a whole number of at least 1"),
        ("mirrored", 1, "mirrored: expected True or False"),
    ],
)
def test_geometry_of_no_view(field, value, text):
    fields = {"top": 0, "left": 0, "height": 4, "width": 4, "size": (8, 8), "mirrored": False}
    with pytest.raises((InvalidArgument, WrongType), match=text):
        ViewGeometry(**fields | {field: value})


def test_label_maps_are_not_read_beyond_their_edges():
    label = np.arange(100).reshape(10, 10)
    with pytest.raises(InvalidArgument, match="top, left: the view shows rows from -4"):
        ViewGeometry(-5, 0, 10, 10, (4, 4)).label_map(label)
    with pytest.raises(InvalidArgument, match=r"size\[0\]: expected a whole number of at least 1, got 0"):
        ViewGeometry(0, 0, 10, 10, (0, 4)).label_map(label)
    with pytest.raises(InvalidArgument, match="sizes: expected those of one image at least"):
        padded_size([])


def test_label_maps_as_batches_take_them():
    small = np.array([[1]], np.int8)
    checked = KIND.check([MAP, small], 2, sizes=[(2, 4), (1, 1)])
    assert [label.dtype for label in checked] == [np.uint8] * 2
    batch = KIND.collate(checked)
    assert batch.dtype == np.uint8 and batch.shape == (2, 2, 4)
    assert np.array_equal(batch[0], MAP) and batch[1].ravel().tolist() == [1] + [IGNORED] * 7
    padded = KIND.collate(checked, (4, 8))
    assert padded.shape == (2, 4, 8) and np.array_equal(padded[0, :2, :4], MAP)
    assert (padded[0, 2:] == IGNORED).all() and (padded[0, :, 4:] == IGNORED).all()
    with pytest.raises(InvalidArgument, match=r"size: expected at least that of every label map, \(2, 4\)"):
        KIND.collate(checked, (2, 3))
    assert np.array_equal(KIND.check(np.stack([MAP, MAP]), 2)[1], MAP)


@pytest.mark.parametrize("multiple, expected", [(1, (5, 9)), (4, (8, 12)), (16, (16, 16))])
def test_padded_sizes(multiple, expected):
    assert padded_size([(5, 2), (1, 9)], multiple) == expected


WRONG = {
    "another size": (np.zeros((4, 2), int), r"y\[1\]: expected .* height and width \(2, 4\), got \(4, 2\)"),
    "a class beyond": (np.array([[0, 3, 0, 0], [0] * 4]), r"y\[1\]: .* 0 to 2, or 255 .* got 3 at row 0, column 1"),
    "below": (np.array([[0] * 4, [0, 0, -1, 0]]), r"y\[1\]: .* got -1 at row 1, column 2"),
    "colours": (
        np.zeros((2, 4, 3), int),
        r"y\[1\]: expected a label map \(H, W\), got shape \(2, 4, 3\); a map in colours",
    ),
    "a row": (np.zeros(4, int), r"y\[1\]: expected a label map \(H, W\), got shape \(4,\)"),
    "no pixels": (np.zeros((0, 4), int), r"y\[1\]: expected a label map \(H, W\), got shape \(0, 4\)"),
}


@pytest.mark.parametrize("label, message", WRONG.values(), ids=WRONG)
def test_wrong_label_maps_are_named(label, message):
    with pytest.raises(InvalidArgument, match=message):
        KIND.check([MAP, label], 2, sizes=[(2, 4), (2, 4)])


def test_wrong_types():
    with pytest.raises(WrongType, match=r"y\[0\]: expected a label map of integers, got dtype float64"):
        KIND.check([MAP.astype(float)], 1)
    with pytest.raises(InvalidArgument, match="num_classes: label maps number at most 255"):
        LabelMaps(256)


def test_classes_are_joined_by_name():
    kind = LabelMaps(2, Classes.numbered(2, ("road", "sky")))
    assert kind.read([np.array([[2, 1, 255]])], 1, "y", ("car", "road", "sky"))[0].tolist() == [[1, 0, 255]]
    with pytest.raises(InvalidArgument, match="got 'car' of image 1"):
        kind.read([np.array([[2]]), np.array([[1, 0]])], 2, "y", ("car", "road", "sky"))


# --- moving ---


def test_pixels_take_the_label_under_their_centre():
    labels = np.arange(24).reshape(4, 6)
    crop = ViewGeometry(top=1, left=2, height=2, width=4, size=(4, 4))
    assert crop.label_map(labels).tolist() == [[8, 9, 10, 11]] * 2 + [[14, 15, 16, 17]] * 2
    mirrored = ViewGeometry(top=1, left=2, height=2, width=4, size=(2, 2), mirrored=True)
    assert mirrored.label_map(labels).tolist() == [[11, 9], [17, 15]]
    assert np.array_equal(ViewGeometry.unchanged(4, 6).label_map(labels), labels)
    assert np.array_equal(KIND.move(MAP, ViewGeometry(0, 0, 2, 4, (2, 4), True)), MAP[:, ::-1])


def test_a_label_map_of_another_image_is_refused():
    with pytest.raises(InvalidArgument, match=r"labels: .* at least 3 x 4 pixels, got shape \(2, 4\)"):
        KIND.move(MAP, ViewGeometry.unchanged(3, 4))


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (7, 6), (14, 29), (5, 3)])
def test_resampling_is_pillows(size):
    image = pytest.importorskip("PIL.Image")
    labels = np.random.default_rng(0).integers(0, 256, (7, 13)).astype(np.uint8)
    expected = np.asarray(image.fromarray(labels).resize(size[::-1], image.Resampling.NEAREST))
    assert np.array_equal(ViewGeometry(0, 0, 7, 13, size).label_map(labels), expected)


# --- metrics ---


def plain_iou(predicted, labels, number):
    """The intersection and union of two sets of pixels."""
    sets = [
        {place for place, value in np.ndenumerate(array) if value == number and labels[place] != IGNORED}
        for array in (predicted, labels)
    ]
    union = len(sets[0] | sets[1])
    return len(sets[0] & sets[1]) / union if union else np.nan


def test_intersection_over_union_is_that_of_sets_of_pixels():
    draw = np.random.default_rng(0)
    for _ in range(20):
        labels = draw.choice([0, 1, 2, 255], (5, 7), p=[0.4, 0.3, 0.1, 0.2])
        predicted = draw.choice([0, 1, 2, 3], (5, 7), p=[0.5, 0.3, 0.1, 0.1])
        expected = [plain_iou(predicted, labels, number) for number in range(5)]
        confusion = confusion_matrix(predicted, labels, 5)
        assert confusion.dtype == np.int64
        np.testing.assert_array_equal(intersection_over_union(confusion), expected)
        assert mean_iou(confusion) == np.nanmean(expected)
        assert pixel_accuracy(confusion) == (predicted == labels)[labels != IGNORED].mean()


def test_cases_by_hand():
    labels = np.array([[0, 0, 1, 255]])
    # 2 is neither there nor predicted, and does not count; 1 was missed.
    assert mean_iou(confusion_matrix(np.array([[0, 0, 0, 1]]), labels, 3)) == pytest.approx((2 / 3 + 0) / 2)
    # 2 is predicted, though not there, and counts 0.
    assert mean_iou(confusion_matrix(np.array([[0, 0, 2, 2]]), labels, 3)) == pytest.approx((1 + 0 + 0) / 3)
    assert mean_iou(confusion_matrix(labels, labels, 3)) == 1
    with pytest.raises(InvalidArgument, match="expected pixels that are counted"):
        mean_iou(confusion_matrix(labels, np.full((1, 4), 255), 3))


def test_one_matrix_for_all_images():
    """Not the mean of the images' means."""
    maps = [np.array([[0, 0], [0, 1]]), np.array([[1, 1, 1]])]
    predicted = [np.array([[0, 0], [1, 1]]), np.array([[1, 0, 1]])]
    expected = (2 / 4 + 3 / 5) / 2
    assert KIND.metrics["miou"](predicted, maps) == pytest.approx(expected)
    scores = [np.eye(3)[found] for found in predicted]
    assert KIND.metrics["miou"](scores, maps) == pytest.approx(expected)
    assert KIND.metrics["pixel_accuracy"](scores, maps) == pytest.approx(5 / 7)
    assert all(np.array_equal(found, decided) for found, decided in zip(predicted, KIND.decide(scores), strict=True))


def test_wrong_predictions_are_named():
    with pytest.raises(InvalidArgument, match=r"image 1: predicted: expected class numbers 0 to 2, got 3 at \(0, 1\)"):
        KIND.metrics["miou"]([MAP % 3, np.array([[0, 3]])], [MAP, np.array([[0, 0]])])
    with pytest.raises(InvalidArgument, match=r"image 0: predicted: expected the labels' shape \(2, 4\), got \(1, 4\)"):
        KIND.metrics["miou"]([MAP[:1] % 3], [MAP])
    with pytest.raises(InvalidArgument, match=r"outputs\[0\]: expected scores \(H, W, 3\)"):
        KIND.decide([np.zeros((2, 4, 4))])
    with pytest.raises(InvalidArgument, match="y: expected pixels that are not left out"):
        KIND.require_measurable([np.full((2, 2), 255)], "y")
