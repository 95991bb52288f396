"""What anchors and proposals are trained to say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....targets import ImageBoxes, box_iou
from .boxcoding import ROI_WEIGHTS, RPN_WEIGHTS, encode
from .matching import BACKGROUND, match
from .sampling import sample

#: An anchor is positive from this overlap with an object on, negative below the other; a proposal is of the class of the
#: object that it overlaps so much.
ANCHOR_HIGH, ANCHOR_LOW, ROI_OVERLAP = 0.7, 0.3, 0.5
#: The most of the samples that are positive.
ANCHOR_SHARE, ROI_SHARE = 0.5, 0.25


class AnchorTargets(NamedTuple):
    """Of one image. positives, negatives : numbers of the anchors that take part, ascending. deltas : (positives, 4), what the
    positive ones' are."""

    positives: np.ndarray
    negatives: np.ndarray
    deltas: np.ndarray


def anchor_targets(anchors: np.ndarray, objects: ImageBoxes, size: int, words: np.ndarray) -> AnchorTargets:
    """Matches anchors with the objects of an image and draws ``size`` of them. words : raw words (anchors,)."""
    matches = match(box_iou(anchors, objects["boxes"]), ANCHOR_HIGH, ANCHOR_LOW, keep_best=True)
    positives, negatives = sample(matches >= 0, matches == BACKGROUND, size, ANCHOR_SHARE, words)
    boxes = objects["boxes"][matches[positives]]
    return AnchorTargets(positives, negatives, encode(boxes, anchors[positives], RPN_WEIGHTS))


class RoITargets(NamedTuple):
    """Of one image. rois : float64 (K, 4), what the box head sees. labels : int64 (K,), 0 background, otherwise 1 + class.
    deltas : (K, 4), of those that are no background; zeros elsewhere."""

    rois: np.ndarray
    labels: np.ndarray
    deltas: np.ndarray


def roi_targets(proposals: np.ndarray, objects: ImageBoxes, size: int, words: np.ndarray) -> RoITargets:
    """Appends the objects' own boxes to the proposals, matches all with the objects, and draws ``size`` of them.
    words : raw words (proposals + objects,)."""
    candidates = np.concatenate([proposals, objects["boxes"]])
    matches = match(box_iou(candidates, objects["boxes"]), ROI_OVERLAP, ROI_OVERLAP)
    positives, negatives = sample(matches >= 0, matches == BACKGROUND, size, ROI_SHARE, words)
    drawn = np.sort(np.concatenate([positives, negatives]))
    rois, matched = candidates[drawn], matches[drawn]
    labels, deltas = np.zeros(len(drawn), np.int64), np.zeros((len(drawn), 4))
    found = matched >= 0
    labels[found] = 1 + objects["labels"][matched[found]]
    deltas[found] = encode(objects["boxes"][matched[found]], rois[found], ROI_WEIGHTS)
    return RoITargets(rois, labels, deltas)
