"""Average precision of detections, as COCO measures it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument
from .detectionmetrics import box_iou, checked_overlap, checked_pairs, mean_of_classes

THRESHOLDS = np.linspace(0.5, 0.95, 10)
MOST_DETECTIONS = 100
"""Of a class in an image; those of the highest scores count."""

_RECALLS = np.linspace(0, 1, 101)


def coco_average_precision(
    detections: Sequence[Mapping[str, Any]],
    objects: Sequence[Mapping[str, Any]],
    num_classes: int,
    thresholds: Sequence[float] | np.ndarray = THRESHOLDS,
) -> np.ndarray:
    """Average precision of each class as pycocotools gives it (AP of all areas), the mean over ``thresholds`` of the
    overlap and 101 recalls.

    Unlike in `box_average_precision`, a detection takes, of the objects of its class that it overlaps enough and that no
    detection before it took, the one that it overlaps most (of equals the last), and a difficult one only where there is
    no other; what takes a difficult one is not counted. Detections of an image rank among themselves first, and only the
    100 highest of each class count.

    Parameters
    ----------
    detections : sequence of mapping
        By image, mappings of boxes (n, 4), labels (n,) and scores (n,).
    objects : sequence of mapping
        By image, as `bissl.targets.BoxTargets` takes them.
    num_classes : int
        How many classes there are.
    thresholds : sequence of float or ndarray, optional
        Overlaps from which a detection is right, each above 0 and at most 1; at least one.

    Returns
    -------
    ndarray
        float64 (num_classes,), in 0..1; NaN for a class without objects that are not difficult.

    Raises
    ------
    TypeError, ValueError
        As `box_average_precision`.

    Examples
    --------
    >>> objects = [{"boxes": [[0, 0, 10, 10]], "labels": [0]}]
    >>> detections = [{"boxes": [[0, 0, 10, 8]], "labels": [0], "scores": [0.9]}]  # an overlap of 0.8
    >>> bissl.targets.coco_average_precision(detections, objects, 1).round(2).tolist()
    [0.7]
    """
    overlaps = as_array(thresholds, "thresholds")
    if overlaps.ndim != 1 or len(overlaps) == 0:
        raise InvalidArgument(f"thresholds: expected a list of at least one overlap, got {thresholds}")
    overlaps = np.array([checked_overlap(f"thresholds[{place}]", each) for place, each in enumerate(overlaps)])
    found, objects = checked_pairs(detections, objects, num_classes)
    return np.array([_of_class(number, found, objects, overlaps) for number in range(num_classes)])


def mean_coco_average_precision(
    detections: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]], num_classes: int
) -> float:
    """COCO's AP: the mean of `coco_average_precision` over the classes that have objects which are not difficult. Raises as
    `mean_box_average_precision`.

    Parameters
    ----------
    detections : sequence of mapping
        By image, mappings of boxes (n, 4), labels (n,) and scores (n,).
    objects : sequence of mapping
        By image, as `bissl.targets.BoxTargets` takes them.
    num_classes : int
        How many classes there are.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    InvalidArgument (ValueError)
        No class has objects; otherwise as `box_average_precision`.

    Examples
    --------
    >>> objects = [{"boxes": [[0, 0, 4, 4]], "labels": [0]}]
    >>> detections = [{"boxes": [[0, 0, 4, 4]], "labels": [0], "scores": [0.9]}]
    >>> round(bissl.targets.mean_coco_average_precision(detections, objects, num_classes=2), 6)
    1.0
    """
    return mean_of_classes(coco_average_precision(detections, objects, num_classes))


def _of_class(
    number: int, found: Sequence[tuple[Any, ...]], objects: Sequence[Mapping[str, Any]], thresholds: np.ndarray
) -> float:
    positives, scores = 0, [np.zeros(0)]
    states = [np.zeros((len(thresholds), 0), np.int8)]
    for (boxes, classes, confidence), entry in zip(found, objects):
        own, mine = entry["labels"] == number, np.flatnonzero(classes == number)
        mine = mine[np.argsort(-confidence[mine], kind="stable")][:MOST_DETECTIONS]
        hard = entry["difficult"][own]
        positives += int((~hard).sum())
        overlaps = box_iou(boxes[mine], entry["boxes"][own])
        scores.append(confidence[mine])
        states.append(np.stack([_matched(overlaps, hard, least) for least in thresholds]))
    if positives == 0:
        return np.nan
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return float(np.mean([_interpolated(state[order], positives) for state in np.concatenate(states, axis=1)]))


def _matched(overlaps: np.ndarray, hard: np.ndarray, least: float) -> np.ndarray:
    """int8 (n,), of the detections of one image in their order: 1 right, 0 wrong, -1 not counted. ``overlaps`` : with its
    objects, (n, m)."""
    states = np.zeros(len(overlaps), np.int8)
    free = np.ones(len(hard), bool)
    for place, row in enumerate(overlaps):
        able = free & (row >= min(least, 1 - 1e-10))
        for among, state in ((able & ~hard, 1), (able & hard, -1)):
            if among.any():
                best = len(row) - 1 - int(np.argmax(np.where(among, row, -1.0)[::-1]))
                free[best], states[place] = False, state
                break
    return states


def _interpolated(states: np.ndarray, positives: int) -> float:
    """The mean over 101 recalls of the greatest precision at these or more."""
    right = states[states >= 0] == 1
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    best_from_here = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(best_from_here[np.searchsorted(hits / positives, _RECALLS)].mean())
