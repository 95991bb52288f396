"""Non-maximum suppression."""

from __future__ import annotations

import numpy as np

from ....targets import box_iou

#: Boxes whose overlaps with all later ones are computed together.
_BLOCK = 64


def ranked(scores: np.ndarray) -> np.ndarray:
    """Numbers of scores from the highest down; of equals the first comes first."""
    return np.argsort(-scores, kind="stable")


def nms(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    """Numbers of the boxes (n, 4) that are kept, from the highest score down, of equals the first: each whose overlap with no
    box kept before exceeds ``threshold``."""
    order = ranked(scores)
    boxes = boxes[order]
    kept = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), _BLOCK):
        later = start + np.flatnonzero(kept[start:])
        count = int(kept[start : start + _BLOCK].sum())  # of this block, which come first
        apart = box_iou(boxes[later[:count]], boxes[later]) <= threshold
        alive = np.ones(len(later), bool)
        for place, row in enumerate(apart):
            if alive[place]:
                alive[place + 1 :] &= row[place + 1 :]
        kept[later] = alive
    survivors: np.ndarray = order[kept]
    return survivors


def nms_by_class(boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, threshold: float) -> np.ndarray:
    """As `nms` among the boxes of each class (n,); numbers from the highest score down over all classes."""
    parts = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    kept = np.sort(np.concatenate([np.zeros(0, np.int64), *(p[nms(boxes[p], scores[p], threshold)] for p in parts)]))
    best: np.ndarray = kept[ranked(scores[kept])]
    return best
