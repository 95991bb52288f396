"""What Faster R-CNN is made of beside its network: against torchvision's figures, and by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from detection_cases import CLASSES, anchor_boxes, boxes_with_ties, outputs_of_proposals, outputs_of_rois

from bissl.objectives.downstream.detection.anchors import base_anchors, grid_anchors
from bissl.objectives.downstream.detection.assignment import anchor_targets, roi_targets
from bissl.objectives.downstream.detection.boxcoding import ROI_WEIGHTS, RPN_WEIGHTS, decode, encode
from bissl.objectives.downstream.detection.detections import DetectionRule
from bissl.objectives.downstream.detection.matching import BACKGROUND, BETWEEN, match
from bissl.objectives.downstream.detection.proposals import propose
from bissl.objectives.downstream.detection.sampling import SamplingKey, sample
from bissl.objectives.downstream.detection.selection import AnchorSelection, RoISelection
from bissl.objectives.downstream.detection.suppression import nms, nms_by_class
from bissl.targets import box_iou

GOLDEN = np.load(Path(__file__).parent / "golden" / "detection.npz")
WEIGHTS = {"rpn": RPN_WEIGHTS, "roi": ROI_WEIGHTS}
NOTHING = {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, np.int64), "difficult": np.zeros(0, bool)}


def objects_of(boxes, labels):
    return {"boxes": np.array(boxes, float), "labels": np.array(labels), "difficult": np.zeros(len(labels), bool)}


# --- anchors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sizes"), [("anchors", (32, 64, 128, 256)), ("odd_anchors", (9, 21))])
def test_anchors_are_torchvisions(name, sizes):
    made = grid_anchors(base_anchors(sizes, (0.5, 1.0, 2.0)), 5, 7, 16)
    assert np.array_equal(made, GOLDEN[name])


def test_corners_of_anchors_are_rounded_half_to_even():
    assert base_anchors([5], [1.0]).tolist() == [[-2, -2, 2, 2]] and base_anchors([7], [1.0])[0, 2] == 4


# --- box coding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WEIGHTS)
def test_coding_is_torchvisions(kind):
    anchors, objects = anchor_boxes()
    deltas = encode(objects[np.arange(len(anchors)) % len(objects)], anchors, WEIGHTS[kind])
    assert np.allclose(deltas, GOLDEN[f"deltas_{kind}"], rtol=1e-12, atol=1e-14)
    assert np.allclose(decode(3 * deltas, anchors, WEIGHTS[kind]), GOLDEN[f"decoded_{kind}"], rtol=1e-12, atol=1e-11)


def test_decoding_undoes_encoding_also_per_class():
    anchors, objects = anchor_boxes()
    boxes = objects[np.arange(len(anchors)) % len(objects)]
    deltas = encode(boxes, anchors, ROI_WEIGHTS)
    assert np.allclose(decode(deltas, anchors, ROI_WEIGHTS), boxes, atol=1e-11)
    several = decode(np.repeat(deltas[:, None], 3, axis=1), anchors, ROI_WEIGHTS)
    assert several.shape == (len(anchors), 3, 4) and np.array_equal(several[:, 2], decode(deltas, anchors, ROI_WEIGHTS))


def test_logarithms_of_sides_are_cut():
    (box,) = decode(np.array([[0, 0, 100.0, 100.0]]), np.array([[0, 0, 16.0, 16.0]]), RPN_WEIGHTS)
    assert np.allclose(box[2:] - box[:2], 1000)


# --- overlaps and matches ---------------------------------------------------------------------------------------------


def test_overlaps_are_torchvisions():
    assert np.array_equal(box_iou(*anchor_boxes()), GOLDEN["iou"])
    empty = np.array([[3.0, 3, 3, 9]])
    assert box_iou(empty, empty).tolist() == [[0.0]] and box_iou(empty[:0], empty).shape == (0, 1)


@pytest.mark.parametrize(("kind", "high", "low"), [("rpn", 0.7, 0.3), ("roi", 0.5, 0.5)])
def test_matches_are_torchvisions(kind, high, low):
    matches = match(box_iou(*anchor_boxes()), high, low, keep_best=kind == "rpn")
    assert np.array_equal(matches, GOLDEN[f"matches_{kind}"])
    assert (matches >= 0).any() and (matches == BACKGROUND).any() and (kind == "roi" or (matches == BETWEEN).any())


def test_the_best_of_an_object_stands_for_the_object_that_it_overlaps_most_itself():
    overlaps = np.array([[0.2, 0.25], [0.1, 0.0], [0.2, 0.1]])
    # Candidates 0 and 2 attain the first object's greatest overlap, but the first of them overlaps the other object more.
    assert match(overlaps, 0.7, 0.3, keep_best=True).tolist() == [1, BACKGROUND, 0]
    assert match(overlaps, 0.7, 0.3).tolist() == [BACKGROUND] * 3


def test_an_object_that_nothing_overlaps_matches_nothing():
    assert match(np.zeros((4, 1)), 0.7, 0.3, keep_best=True).tolist() == [BACKGROUND] * 4
    assert match(np.zeros((4, 0)), 0.7, 0.3, keep_best=True).tolist() == [BACKGROUND] * 4
    assert match(np.zeros((0, 2)), 0.7, 0.3, keep_best=True).shape == (0,)


# --- samples ----------------------------------------------------------------------------------------------------------


def test_samples_follow_from_their_key_alone():
    positive, negative = np.arange(400) % 3 == 0, np.arange(400) % 3 == 1
    words = {
        (seed, step, lower, image, purpose): SamplingKey(seed, step, lower).words(image, purpose, 400)
        for seed in (0, 1) for step in (0, 1) for lower in (False, True) for image in (0, 1) for purpose in (0, 1)
    }  # fmt: skip
    drawn = {key: sample(positive, negative, 64, 0.5, each) for key, each in words.items()}
    assert len({tuple(each[0]) for each in drawn.values()}) == len(drawn) == 32
    again = sample(positive, negative, 64, 0.5, SamplingKey(1, 0, True).words(0, 1, 400))
    assert all(map(np.array_equal, again, drawn[1, 0, True, 0, 1]))
    for positives, negatives in drawn.values():
        assert len(positives) == len(negatives) == 32 and positive[positives].all() and negative[negatives].all()
        assert (np.diff(positives) > 0).all()


def test_missing_positives_are_made_up_by_negatives():
    words = SamplingKey(0, 0).words(0, 0, 100)
    positives, negatives = sample(np.arange(100) < 3, np.arange(100) >= 50, 20, 0.25, words)
    assert positives.tolist() == [0, 1, 2] and len(negatives) == 17
    positives, negatives = sample(np.arange(100) < 0, np.arange(100) >= 95, 20, 0.25, words)
    assert len(positives) == 0 and negatives.tolist() == [95, 96, 97, 98, 99]


def test_samples_are_drawn_evenly():
    counts = np.zeros(20)
    for step in range(2000):
        counts[sample(np.ones(20, bool), np.zeros(20, bool), 5, 1.0, SamplingKey(3, step).words(0, 0, 20))[0]] += 1
    assert abs(counts - 500).max() < 5 * np.sqrt(2000 * 0.25 * 0.75)


# --- suppression ------------------------------------------------------------------------------------------------------


def plain_nms(boxes, scores, threshold):
    kept = []
    for number in np.argsort(-scores, kind="stable"):
        if not kept or not (box_iou(boxes[[number]], boxes[kept]) > threshold).any():
            kept.append(number)
    return kept


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_suppression_is_torchvisions(threshold):
    boxes, scores = boxes_with_ties()
    assert np.array_equal(nms(boxes, scores, threshold), GOLDEN[f"nms_{threshold}"])
    assert np.array_equal(nms(boxes, scores, threshold), plain_nms(boxes, scores, threshold))


def test_suppression_is_strict_and_keeps_the_first_of_equals():
    boxes = np.array([[0, 0, 2, 1], [1, 0, 3, 1], [0, 0, 2, 1.0]])  # overlaps of a third
    assert nms(boxes, np.array([0.5, 0.5, 0.5]), 1 / 3).tolist() == [0, 1]
    assert nms(boxes, np.array([0.5, 0.5, 0.6]), 0.3).tolist() == [2]
    assert nms(boxes[:0], np.zeros(0), 0.5).tolist() == []


def test_classes_do_not_suppress_each_other():
    boxes, scores = boxes_with_ties()
    labels = np.arange(300) % 4
    kept = nms_by_class(boxes, scores, labels, 0.5)
    for label in range(4):
        own = np.flatnonzero(labels == label)
        assert sorted(kept[labels[kept] == label]) == sorted(own[plain_nms(boxes[own], scores[own], 0.5)])
    assert (np.diff(scores[kept]) <= 0).all()
    ties = np.diff(scores[kept]) == 0
    assert (np.diff(kept)[ties] > 0).all()


# --- proposals, targets, detections -----------------------------------------------------------------------------------


def test_proposals_are_torchvisions():
    logits, deltas, anchors = outputs_of_proposals()
    made = propose(logits, deltas, anchors, (60, 90), 30)
    assert made.shape == GOLDEN["filtered"].shape and np.allclose(made, GOLDEN["filtered"], atol=1e-11)
    assert made.min() >= 0 and (made <= [90, 60, 90, 60]).all()


def test_detections_are_torchvisions():
    logits, deltas, rois = outputs_of_rois()
    found = DetectionRule(score_threshold=0.2).detect(logits, deltas.reshape(40, 1 + CLASSES, 4), rois, (60, 90))
    assert len(found["scores"]) == len(GOLDEN["post_scores"]) > 10
    assert np.allclose(found["boxes"], GOLDEN["post_boxes"], atol=1e-11)
    assert np.allclose(found["scores"], GOLDEN["post_scores"], atol=1e-14)
    assert np.array_equal(found["labels"], GOLDEN["post_labels"] - 1)
    few = DetectionRule(score_threshold=0.2, most=3).detect(logits, deltas.reshape(40, 4, 4), rois, (60, 90))
    assert all(np.array_equal(few[key], found[key][:3]) for key in found)


def test_nothing_is_detected_without_rois_or_above_the_threshold():
    rule = DetectionRule()
    for count in (0, 3):
        logits = np.tile([9.0, 0, 0], (count, 1))
        found = rule.detect(logits, np.zeros((count, 3, 4)), np.tile([1.0, 1, 9, 9], (count, 1)), (20, 20))
        assert found["boxes"].shape == (0, 4) and found["labels"].dtype == np.int64 and found["scores"].shape == (0,)


def test_targets_of_anchors():
    anchors = np.array([[0, 0, 10, 10], [0, 0, 10, 8], [40, 40, 50, 50], [0, 0, 30, 10], [100, 100, 109, 110.0]])
    objects = objects_of([[0, 0, 10, 10], [99, 100, 109, 108]], [2, 0])
    made = anchor_targets(anchors, objects, 4, np.arange(5, dtype=np.uint64))
    assert made.positives.tolist() == [0, 1] and made.negatives.tolist() == [2]  # the last would be a third positive
    assert made.deltas[0].tolist() == [0, 0, 0, 0] and np.allclose(made.deltas[1], [0, 0.125, 0, np.log(10 / 8)])
    empty = anchor_targets(anchors, NOTHING, 4, np.arange(5, dtype=np.uint64))
    assert empty.positives.size == 0 and empty.negatives.tolist() == [0, 1, 2, 3] and empty.deltas.shape == (0, 4)
    joined = AnchorSelection.joined([made, empty], 5)
    assert joined.sampled.tolist() == [0, 1, 2, 5, 6, 7, 8] and joined.labels.tolist() == [True] * 2 + [False] * 5


def test_targets_of_rois():
    proposals = np.array([[0, 0, 10, 9], [50, 50, 60, 60], [0, 0, 5, 10.0]])
    objects = objects_of([[0, 0, 10, 10], [50, 50, 60, 61]], [2, 0])
    made = roi_targets(proposals, objects, 100, np.arange(5, dtype=np.uint64))
    assert made.labels.tolist() == [3, 1, 3, 3, 1] and np.array_equal(made.rois[3:], objects["boxes"])
    assert np.allclose(made.deltas[0], [0, 10 * 0.5 / 9, 0, 5 * np.log(10 / 9)]) and not made.deltas[3:].any()
    few = roi_targets(proposals, objects, 4, np.arange(5, dtype=np.uint64))
    assert few.labels.tolist() == [3]
    nothing = roi_targets(proposals, NOTHING, 2, np.arange(3, dtype=np.uint64))
    assert nothing.labels.tolist() == [0, 0] and not nothing.deltas.any()
    joined = RoISelection.joined([made, nothing])
    assert joined.images.tolist() == [0] * 5 + [1] * 2 and joined.rois.shape == joined.deltas.shape == (7, 4)
