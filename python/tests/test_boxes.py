"""Boxes: what is checked, how views move them, and average precision against a plain copy of the development kit."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from bissl.errors import InvalidArgument, NonFinite, WrongType
from bissl.targets import (
    BoxTargets,
    Classes,
    ViewGeometry,
    box_average_precision,
    box_iou,
    coco_average_precision,
    cut_boxes,
    mean_box_average_precision,
    mean_coco_average_precision,
)

KIND = BoxTargets(3)


def image(*boxes, labels=None, **more):
    return {"boxes": list(boxes), "labels": [0] * len(boxes) if labels is None else labels, **more}


def found(*boxes, scores, labels=None):
    return image(*boxes, labels=labels) | {"scores": scores}


# --- checks ---


def test_boxes_as_batches_take_them():
    first, empty = KIND.check([image((0, 0, 1, 1), (2, 3, 4.5, 9), labels=[2, 0], difficult=[0, 1]), image()], 2)
    assert (first["boxes"].dtype, first["labels"].dtype, first["difficult"].dtype) == (float, np.int64, bool)
    assert first["boxes"].tolist() == [[0, 0, 1, 1], [2, 3, 4.5, 9]]
    assert first["labels"].tolist() == [2, 0] and first["difficult"].tolist() == [False, True]
    assert empty["boxes"].shape == (0, 4) and empty["labels"].shape == empty["difficult"].shape == (0,)
    assert KIND.collate([first, empty]) == [first, empty]


WRONG = {
    "inverted": (image((0, 0, 2, 2), (5, 1, 4, 3)), r"y\[1\]\['boxes'\].*x0 < x1.*\(5.0, 1.0, 4.0, 3.0\) as box 1"),
    "empty": (image((5, 1, 5, 3)), r"y\[1\]\['boxes'\]: expected boxes of an area.*as box 0"),
    "nan": (image((0, 0, 2, 2), (0, np.nan, 4, 3)), r"y\[1\]\['boxes'\]: expected finite.*as box 1"),
    "infinite": (image((0, 0, np.inf, 2)), r"y\[1\]\['boxes'\]: expected finite"),
    "no pixels": (image((0, 0, 1e30, 2)), r"y\[1\]\['boxes'\]: expected pixels"),
    "columns": (image((0, 0, 2)), r"y\[1\]\['boxes'\]: expected shape \(n, 4\).*\(1, 3\)"),
    "one box": (image() | {"boxes": [0, 0, 2, 2]}, r"y\[1\]\['boxes'\]: expected shape \(n, 4\)"),
    "class beyond": (
        image((0, 0, 2, 2), labels=[3]),
        r"y\[1\]\['labels'\]: expected labels in 0 to 2, got 3 at index 0",
    ),
    "class below": (image((0, 0, 2, 2), labels=[-1]), r"y\[1\]\['labels'\]: expected labels in 0 to 2, got -1"),
    "class float": (image((0, 0, 2, 2), labels=[0.5]), r"y\[1\]\['labels'\]: expected integer labels"),
    "other count": (image((0, 0, 2, 2), labels=[0, 1]), r"y\[1\]\['labels'\]: expected one label per box"),
    "flag": (image((0, 0, 2, 2), difficult=[2]), r"y\[1\]\['difficult'\]: expected True or False, got 2 of box 0"),
    "flags": (image((0, 0, 2, 2), difficult=[0, 1]), r"y\[1\]\['difficult'\]: expected one flag per box"),
    "missing": ({"boxes": [(0, 0, 1, 1)]}, r"y\[1\]: expected boxes and labels, labels is missing"),
    "unknown": (image(dificult=[]), r'y\[1\].*did you mean "difficult"'),
}


@pytest.mark.parametrize("label, message", WRONG.values(), ids=WRONG)
def test_wrong_boxes_are_named(label, message):
    with pytest.raises(ValueError, match=message):
        KIND.check([image((0, 0, 2, 2)), label], 2)


def test_wrong_types():
    with pytest.raises(WrongType, match=r"y\[0\]: expected a mapping .* got ndarray"):
        KIND.check([np.zeros((2, 4))], 1)
    with pytest.raises(WrongType, match=r"\['boxes'\]: expected numbers"):
        KIND.check([image() | {"boxes": [["0", "0", "1", "1"]]}], 1)
    with pytest.raises(WrongType, match="y: expected a list"):
        KIND.check(image(), 1)
    with pytest.raises(InvalidArgument, match="y: expected one label per image, 3, got 1"):
        KIND.check([image()], 3)
    with pytest.raises(InvalidArgument, match="sizes: expected one"):
        KIND.check([image()], 1, sizes=[(4, 4), (5, 5)])


@pytest.mark.parametrize("box", [(-0.5, 0, 2, 2), (0, 0, 8.5, 2), (0, 0, 2, 6.01), (20, 20, 30, 30)])
def test_boxes_beyond_their_image(box):
    assert KIND.check([image(box)], 1)
    with pytest.raises(
        InvalidArgument, match=r"y\[0\]\['boxes'\]: expected boxes inside the image of height 6 and width 8"
    ):
        KIND.check([image(box)], 1, sizes=[(6, 8)])
    assert KIND.check([image((0, 0, 8, 6))], 1, sizes=[(6, 8)])


def test_boxes_beyond_their_image_are_cut_and_counted_where_one_asks(caplog):
    kind = BoxTargets(3, outside="clip")
    given = [image((-1, 1, 3, 9), (20, 20, 30, 30), (1, 1, 2, 2), (1, 1, 1, 5), labels=[0, 1, 2, 0]), image()]
    with caplog.at_level(logging.WARNING, "bissl"):
        checked, _ = kind.check(given, 2, sizes=[(6, 8), (1, 1)])
    assert checked["boxes"].tolist() == [[0, 1, 3, 6], [1, 1, 2, 2]] and checked["labels"].tolist() == [0, 2]
    assert "1 boxes that reach beyond their images were cut, 2 without area inside dropped" in caplog.text
    with pytest.raises(InvalidArgument, match="x0 < x1"):
        kind.check([image((3, 0, 1, 2))], 1, sizes=[(6, 8)])


def test_classes_are_joined_by_name():
    kind = BoxTargets(2, Classes.numbered(2, ("cat", "dog")))
    read = kind.read([image((0, 0, 1, 1), (0, 0, 2, 2), labels=[2, 1])], 1, "y", ("cow", "cat", "dog"))
    assert read[0]["labels"].tolist() == [1, 0]
    with pytest.raises(InvalidArgument, match="got 'cow' of image 1"):
        kind.read([image(), image((0, 0, 1, 1))], 2, "y", ("cow", "cat", "dog"))


# --- moving ---


def test_a_box_moves_with_its_pixels():
    crop = ViewGeometry(top=2, left=4, height=5, width=10, size=(10, 40))
    assert crop.boxes(np.array([[5.0, 3, 9, 6]])).tolist() == [[4, 2, 20, 8]]
    mirrored = ViewGeometry(top=2, left=4, height=5, width=10, size=(10, 40), mirrored=True)
    assert mirrored.boxes(np.array([[5.0, 3, 9, 6]])).tolist() == [[20, 2, 36, 8]]
    for geometry in (crop, mirrored):
        boxes = np.array([[5.0, 3, 9, 6], [-3, 0, 70, 1]])
        np.testing.assert_allclose(geometry.boxes_back(geometry.boxes(boxes)), boxes, atol=1e-12)
        assert geometry.boxes(np.zeros((0, 4))).shape == (0, 4)


def test_boxes_that_leave_the_view_are_dropped_by_the_share_that_is_left():
    objects = KIND.check_image(image((0, 0, 4, 4), (6, 0, 10, 4), (7, 0, 11, 4), (8, 0, 9, 1), labels=[0, 1, 2, 0]))
    left = cut_boxes(objects, (4, 8), least_visible=0.25)
    assert left.objects["boxes"].tolist() == [[0, 0, 4, 4], [6, 0, 8, 4]]
    assert left.objects["labels"].tolist() == [0, 1] and (left.cut, left.dropped) == (1, 2)
    assert cut_boxes(objects, (4, 8)).objects["labels"].tolist() == [0, 1, 2]
    view = ViewGeometry.unchanged(4, 8)
    assert KIND.move(objects, view)["labels"].tolist() == [0, 1]
    assert BoxTargets(3, least_visible=0).move(objects, view)["labels"].tolist() == [0, 1, 2]


def test_whole_images_keep_all_boxes():
    tiny = KIND.check_image(image((0, 0, 1, 1), (499, 374, 500, 375), (0.1, 0.2, 0.3, 375)))
    moved = BoxTargets(3, least_visible=1).move(tiny, ViewGeometry(0, 0, 375, 500, (196, 261), True))
    assert len(moved["labels"]) == 3 and (moved["boxes"][:, 2:] > moved["boxes"][:, :2]).all()


# --- average precision ---


def voc_average_precision(detections, objects, number, rule, iou=0.5):
    """VOCevaldet.m, line by line, on boxes of the files' own convention: from 1, maxima included."""
    taken = [[False] * len(entry["labels"]) for entry in objects]
    positives = sum(
        label == number and not hard for entry in objects for label, hard in zip(entry["labels"], entry["difficult"])
    )
    ranked = [
        (score, at, box)
        for at, entry in enumerate(detections)
        for box, label, score in zip(entry["boxes"], entry["labels"], entry["scores"])
        if label == number
    ]
    ranked.sort(key=lambda item: -item[0])
    right = wrong = 0
    recalls, precisions = [], []
    for _, at, (x0, y0, x1, y1) in ranked:
        most, best = -np.inf, None
        for place, ((gx0, gy0, gx1, gy1), label) in enumerate(zip(objects[at]["boxes"], objects[at]["labels"])):
            if label != number:
                continue
            # + 1 for the first column and row, which the files count from.
            width = min(x1, gx1) - max(x0 + 1, gx0 + 1) + 1
            height = min(y1, gy1) - max(y0 + 1, gy0 + 1) + 1
            if width > 0 and height > 0:
                area = (x1 - (x0 + 1) + 1) * (y1 - (y0 + 1) + 1) + (gx1 - (gx0 + 1) + 1) * (gy1 - (gy0 + 1) + 1)
                overlap = width * height / (area - width * height)
                if overlap > most:
                    most, best = overlap, place
        if most >= iou:
            if not objects[at]["difficult"][best]:
                if taken[at][best]:
                    wrong += 1
                else:
                    right, taken[at][best] = right + 1, True
        else:
            wrong += 1
        recalls.append(right)
        precisions.append(right / max(right + wrong, 1))
    if positives == 0:
        return np.nan
    if rule == "voc07":
        levels = range(11)
        best = [max((p for r, p in zip(recalls, precisions) if 10 * r >= t * positives), default=0) for t in levels]
        return sum(best) / 11
    recalls = [0, *recalls, positives]
    precisions = [0, *precisions, 0]
    for place in range(len(precisions) - 2, -1, -1):
        precisions[place] = max(precisions[place], precisions[place + 1])
    steps = range(1, len(recalls))
    return sum((recalls[place] - recalls[place - 1]) / positives * precisions[place] for place in steps)


def random_case(draw):
    """Few whole coordinates and scores, so that overlaps and scores are often equal; some images are empty."""

    def boxes(count):
        corners = draw.integers(0, 6, (count, 2))
        return np.hstack([corners, corners + draw.integers(1, 5, (count, 2))]).astype(float)

    images = draw.integers(1, 7)
    sizes = draw.integers(0, 7, images)
    objects = [{"boxes": boxes(n), "labels": draw.integers(0, 3, n), "difficult": draw.random(n) < 0.3} for n in sizes]
    detections = []
    for entry in objects:
        count = draw.integers(0, 9)
        chosen = boxes(count)
        if len(entry["labels"]):
            copied = draw.random(count) < 0.6
            chosen[copied] = entry["boxes"][draw.integers(0, len(entry["labels"]), count)][copied]
        detections.append(
            {"boxes": chosen, "labels": draw.integers(0, 3, count), "scores": draw.integers(0, 5, count) / 4}
        )
    return detections, objects


@pytest.mark.parametrize("rule", ["voc07", "area"])
def test_average_precision_is_the_development_kits(rule):
    draw = np.random.default_rng(0)
    for _ in range(150):
        detections, objects = random_case(draw)
        expected = [voc_average_precision(detections, objects, number, rule) for number in range(3)]
        result = box_average_precision(detections, objects, 3, rule=rule)
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


def coco_precision(detections, objects, number, least):
    """COCOeval's evaluateImg and accumulate for one class, line by line, on all areas."""
    ranked, positives = [], 0
    for entry, truth in zip(detections, objects):
        own = [place for place in range(len(truth["labels"])) if truth["labels"][place] == number]
        own.sort(key=lambda place: truth["difficult"][place])
        positives += sum(not truth["difficult"][place] for place in own)
        mine = [place for place in range(len(entry["labels"])) if entry["labels"][place] == number]
        mine.sort(key=lambda place: -entry["scores"][place])
        taken = set()
        for place in mine[:100]:
            iou, match = min(least, 1 - 1e-10), -1
            for other in own:
                if other in taken:
                    continue
                if match > -1 and not truth["difficult"][match] and truth["difficult"][other]:
                    break
                overlap = box_iou(entry["boxes"][place][None], truth["boxes"][other][None])[0, 0]
                if overlap < iou:
                    continue
                iou, match = overlap, other
            taken.add(match)
            ranked.append((entry["scores"][place], match, match > -1 and bool(truth["difficult"][match])))
    if positives == 0:
        return np.nan
    ranked.sort(key=lambda item: -item[0])
    right = np.cumsum([match > -1 and not left_out for _, match, left_out in ranked])
    wrong = np.cumsum([match == -1 and not left_out for _, match, left_out in ranked])
    precision = right / np.maximum(right + wrong, 1)
    levels = np.linspace(0, 1, 101)
    return np.mean([max(precision[right / positives >= level], default=0) for level in levels])


def test_cocos_average_precision_is_a_plain_one():
    draw = np.random.default_rng(1)
    for _ in range(40):
        detections, objects = random_case(draw)
        expected = [
            np.mean([coco_precision(detections, objects, number, t) for t in (0.5, 0.7)]) for number in range(3)
        ]
        result = coco_average_precision(detections, objects, 3, (0.5, 0.7))
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


def test_of_equal_overlaps_coco_takes_the_last():
    """Which of the two decides whether the second detection finds an object that is free."""
    first, last, between = (0, 0, 4, 4), (0, 2, 4, 6), (0, 1, 4, 5)
    detections = [found(between, first, scores=[0.9, 0.8])]
    precisions = [
        coco_average_precision(detections, [image(*boxes)], 1, (0.5,))[0] for boxes in ((first, last), (last, first))
    ]
    assert precisions == [1, pytest.approx(51 / 101)]


def test_cocos_average_precision_is_pycocotools():
    pytest.importorskip("pycocotools")
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    draw = np.random.default_rng(2)
    for _ in range(10):
        detections, objects = random_case(draw)
        if not any((~entry["difficult"]).any() for entry in objects):
            continue
        truth, guesses = COCO(), []
        truth.dataset = {
            "images": [{"id": 1 + at} for at in range(len(objects))], "categories": [{"id": 1 + c} for c in range(3)],
            "annotations": [],
        }  # fmt: skip
        for at, (entry, found_there) in enumerate(zip(objects, detections)):
            for box, label, hard in zip(entry["boxes"], entry["labels"], entry["difficult"]):
                truth.dataset["annotations"].append({
                    "id": 1 + len(truth.dataset["annotations"]), "image_id": 1 + at, "category_id": 1 + int(label),
                    # Beyond the range of areas, which is how COCO leaves objects out.
                    "bbox": [*box[:2], *(box[2:] - box[:2])], "area": 1e11 if hard else 1.0, "iscrowd": 0,
                })  # fmt: skip
            for box, label, score in zip(found_there["boxes"], found_there["labels"], found_there["scores"]):
                guesses.append({"image_id": 1 + at, "category_id": 1 + int(label), "score": float(score),
                                "bbox": [*box[:2], *(box[2:] - box[:2])]})  # fmt: skip
        truth.createIndex()
        if not guesses:
            continue
        evaluation = COCOeval(truth, truth.loadRes(guesses), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        assert mean_coco_average_precision(detections, objects, 3) == pytest.approx(evaluation.stats[0], abs=1e-12)


A, B, C = (0, 0, 4, 4), (10, 0, 14, 4), (20, 0, 24, 4)


def average(detections, objects, rule="area", **options):
    return box_average_precision(detections, BoxTargets(1).check(objects, len(objects)), 1, rule=rule, **options)[0]


def test_cases_by_hand():
    both = image(A, B)
    assert average([found(A, B, scores=[0.9, 0.8])], [both]) == 1
    # Right, duplicate, right: precision 1 up to recall 1/2, 2/3 beyond.
    assert average([found(A, A, B, scores=[0.9, 0.8, 0.7])], [both]) == pytest.approx((1 + 2 / 3) / 2)
    assert average([found(A, A, B, scores=[0.9, 0.8, 0.7])], [both], "voc07") == pytest.approx((6 + 5 * 2 / 3) / 11)
    # Neither found nor missed.
    hard = image(A, B, difficult=[False, True])
    assert average([found(B, B, A, scores=[0.9, 0.8, 0.7])], [hard]) == 1
    # A detection goes to the object that it overlaps most, though another is free.
    near = image((0, 0, 4, 4), (0, 0, 4, 5))
    assert average([found((0, 0, 4, 4), (0, 0, 4, 4), scores=[0.9, 0.8])], [near]) == 0.5
    assert average([found(scores=[]), found(C, scores=[1.0])], [both, image()]) == 0
    assert average([found(scores=[])], [both], "voc07") == 0
    assert np.isnan(average([found(A, scores=[1.0])], [image()]))
    assert np.isnan(average([found(A, scores=[1.0])], [image(A, difficult=[True])]))


def test_equal_scores_keep_their_order():
    """The wrong one first: 1/2; the right one first: 1."""
    assert average([found(C, A, scores=[0.5, 0.5])], [image(A)]) == 0.5
    assert average([found(A, C, scores=[0.5, 0.5])], [image(A)]) == 1
    assert average([found(C, scores=[0.5]), found(A, scores=[0.5])], [image(), image(A)]) == 0.5


def test_the_threshold_is_reached_by_equality():
    half = (0, 0, 4, 8)
    assert box_iou(np.array([A]), np.array([half]))[0, 0] == 0.5
    assert average([found(A, scores=[1.0])], [image(half)]) == 1
    assert average([found(A, scores=[1.0])], [image(half)], strict=True) == 0
    assert average([found(A, scores=[1.0])], [image(half)], iou=0.51) == 0


def test_boxes_of_one_pixel():
    pixel, neighbour = (3, 3, 4, 4), (4, 3, 5, 4)
    assert average([found(pixel, scores=[1.0])], [image(pixel)]) == 1
    assert average([found(neighbour, scores=[1.0])], [image(pixel)]) == 0
    assert box_iou(np.zeros((1, 4)), np.zeros((1, 4))).tolist() == [[0]]


def test_the_mean_leaves_out_classes_without_objects():
    detections = [found(A, B, C, scores=[1.0, 0.5, 0.5], labels=[0, 1, 2])]
    objects = KIND.check([image(A, C, labels=[0, 1])], 1)
    assert mean_box_average_precision(detections, objects, 3) == 0.5
    assert KIND.metrics["ap50"](detections, objects) == KIND.metrics["ap50_area"](detections, objects) == 0.5
    assert next(iter(KIND.metrics)) == "ap50"
    with pytest.raises(InvalidArgument, match="expected at least one that is not difficult"):
        mean_box_average_precision(detections, KIND.check([image()], 1), 3)
    with pytest.raises(InvalidArgument, match="y: expected at least one object"):
        KIND.require_measurable(KIND.check([image(A, difficult=[1]), image()], 2), "y")
    KIND.require_measurable(objects, "y")


@pytest.mark.parametrize("iou", [0, 50, np.nan, -1])
def test_overlaps_out_of_range(iou):
    objects = [{"boxes": [[0, 0, 4, 4]], "labels": [0]}]
    detections = [{"boxes": [[0, 0, 4, 4]], "labels": [0], "scores": [0.9]}]
    with pytest.raises((InvalidArgument, WrongType), match="iou: expected"):
        box_average_precision(detections, objects, 1, iou=iou)
    with pytest.raises((InvalidArgument, WrongType), match=r"thresholds\[1\]: expected"):
        coco_average_precision(detections, objects, 1, [0.5, iou])
    with pytest.raises(InvalidArgument, match="thresholds: expected a list of at least one overlap"):
        coco_average_precision(detections, objects, 1, [])


def test_overlaps_of_what_is_no_list_of_boxes():
    with pytest.raises(InvalidArgument, match=r"first: expected boxes \(n, 4\), .* one box is first\[None\]"):
        box_iou(np.array([0, 0, 1, 1]), np.array([[0, 0, 1, 1]]))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_overlaps_of_what_is_no_number(wrong):
    with pytest.raises(NonFinite, match=r"other: expected finite values, got .* at index \(1, 2\)"):
        box_iou(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 1], [0, 0, wrong, 1]]))


def test_boxes_that_end_before_they_begin():
    with pytest.raises(InvalidArgument, match=r"first: expected .* x0 ≤ x1 .*, got \[3.0, 0.0, 1.0, 1.0\] as box 1"):
        box_iou(np.array([[0, 0, 0, 0], [3, 0, 1, 1]]), np.array([[0, 0, 1, 1]]))
    for precision in (box_average_precision, coco_average_precision):
        with pytest.raises(InvalidArgument, match=r"detections\[0\]\['boxes'\]: expected .* as box 0"):
            precision([found((3, 0, 1, 1), scores=[1.0])], [image(A)], 3)


@pytest.mark.parametrize("num_classes", [1.5, True, "3", 0, 2**60])
def test_numbers_of_classes_that_are_none(num_classes):
    for precision in (box_average_precision, coco_average_precision):
        with pytest.raises((InvalidArgument, WrongType), match="num_classes: "):
            precision([], [], num_classes)


@pytest.mark.parametrize(
    ("objects", "size", "least", "text"),
    [
        ({}, (9, 9), 0, "objects: expected boxes and labels"),
        (image((0, 0, np.nan, 1)), (9, 9), 0, r"objects\['boxes'\]: expected finite numbers"),
        (image(A), 9, 0, r"size: expected \(height, width\)"),
        (image(A), (9, 9.5), 0, r"size\[1\]: expected"),
        (image(A), (9, 0), 0, r"size\[1\]: expected"),
        (image(A), (9, 9), 25, "least_visible: expected a number from 0 to 1"),
        (image(A), (9, 9), np.nan, "least_visible: expected"),
    ],
)
def test_what_cannot_be_cut(objects, size, least, text):
    with pytest.raises((InvalidArgument, WrongType), match=text):
        cut_boxes(objects, size, least)


def test_wrong_detections_are_named():
    objects = KIND.check([image(A)] * 2, 2)
    good = found(A, scores=[1.0])
    with pytest.raises(NonFinite, match=r"detections\[1\]\['scores'\]: expected finite numbers, got nan"):
        box_average_precision([good, found(A, scores=[np.nan])], objects, 3)
    with pytest.raises(InvalidArgument, match=r"detections\[1\]: expected boxes"):
        box_average_precision([good, found(A, scores=[1.0, 2.0])], objects, 3)
    for boxes in (np.zeros((8, 1)), np.zeros((4, 2)), np.zeros(8), np.zeros((1, 8))):
        with pytest.raises(InvalidArgument, match=r"detections\[0\]: expected boxes \(n, 4\)"):
            box_average_precision([{"boxes": boxes, "labels": [0, 0], "scores": [1, 1]}, good], objects, 3)
    for key, wrong in (("scores", ["1"]), ("scores", np.ma.array([1.0], mask=True)), ("boxes", [["0", "0", "1", "1"]])):
        with pytest.raises(WrongType, match=rf"detections\[0\]\['{key}'\]: expected an array"):
            box_average_precision([good | {key: wrong}, good], objects, 3)
    with pytest.raises(InvalidArgument, match=r"detections\[0\]\['boxes'\]: expected entries of one shape"):
        box_average_precision([good | {"boxes": [[0, 0, 1, 1], [0, 0]]}, good], objects, 3)
    with pytest.raises(InvalidArgument, match=r"detections\[0\]\['labels'\]: expected class numbers 0 to 2"):
        box_average_precision([found(A, scores=[1.0], labels=[3]), good], objects, 3)
    with pytest.raises(InvalidArgument, match=r"objects\[1\]\['boxes'\]: expected x0"):
        box_average_precision([good, good], [image(A), image((3, 3, 1, 4))], 3)
    assert mean_coco_average_precision([good], [image(A)], 3) == 1
    with pytest.raises(InvalidArgument, match="detections: expected one entry per image, 2, got 1"):
        box_average_precision([good], objects, 3)
