"""From the outputs of a box head to detections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ....targets.geometry import Size
from .boxcoding import ROI_WEIGHTS, decode
from .proposals import clip, has_sides
from .suppression import nms_by_class

#: Detections with a shorter side, in pixels, are dropped.
SHORTEST_DETECTION = 1e-2


class Detections(TypedDict):
    """What was found in an image, from the highest score down. boxes : float64 (n, 4), x0, y0, x1, y1 in pixels. labels :
    int64 (n,), from 0. scores : float64 (n,), in 0..1."""

    boxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class DetectionRule:
    """Which boxes are answered: of a probability above ``score_threshold``; of two of a class that overlap more than
    ``nms_threshold`` the likelier; the ``most`` likeliest."""

    score_threshold: float = 0.05
    nms_threshold: float = 0.5
    most: int = 100

    def detect(self, logits: np.ndarray, deltas: np.ndarray, rois: np.ndarray, size: Size) -> Detections:
        """What RoIs (K, 4) of an image of this height and width show.

        logits : (K, 1 + classes), background first. deltas : (K, 1 + classes, 4).
        """
        probabilities = softmax(logits)[:, 1:]
        boxes = clip(decode(deltas[:, 1:], rois, ROI_WEIGHTS), size)
        roi, label = np.nonzero((probabilities > self.score_threshold) & has_sides(boxes, SHORTEST_DETECTION))
        boxes, scores = boxes[roi, label], probabilities[roi, label]
        kept = nms_by_class(boxes, scores, label, self.nms_threshold)[: self.most]
        return {"boxes": boxes[kept], "labels": label[kept], "scores": scores[kept]}


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, float64."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    result: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return result
