"""Measures of predictions: top-k accuracy for one class per image, average precision for any number of classes, the
coefficient of determination for numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import InvalidArgument

#: From a head's outputs (N, ...) and labels (N, ...) to a number, higher where the predictions are better.
Metric = Callable[[np.ndarray, np.ndarray], float]

#: Recall levels t of the 11-point average precision, in tenths.
_TENTHS = np.arange(11)


def correct_predictions(logits: np.ndarray, labels: np.ndarray, k: int = 1) -> int:
    """How many labels (N,) are among the k highest logits (N, classes); ties go to the lower class number."""
    k = min(k, logits.shape[1])
    highest = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return int((highest == labels[:, None]).any(axis=1).sum())


def accuracy(logits: np.ndarray, labels: np.ndarray, k: int = 1) -> float:
    """The share of labels (N,) among the k highest logits (N, classes), in 0..1."""
    return correct_predictions(logits, labels, k) / len(labels)


def average_precision(scores: Any, targets: Any) -> np.ndarray:
    """Average precision of every class, as PASCAL VOC 2007 defines it (Everingham et al. 2010, section 4.2): the mean,
    over the recalls t = 0, 0.1, ..., 1, of the greatest precision at recalls of at least t.

    Parameters
    ----------
    scores : (N, C), higher for images that rather have the class; of equals the earlier image comes first.
    targets : (N, C), 1 or True where an image has the class, else 0.

    Returns
    -------
    float64 (C,), in 0..1; NaN for a class that no image has.
    """
    scores, targets = np.asarray(scores), np.asarray(targets) != 0
    if scores.ndim != 2 or scores.shape != targets.shape:
        raise InvalidArgument(
            f"targets: expected shape (N, C), that of the scores, got {targets.shape} for {scores.shape}"
        )
    return np.array([_average_precision(*columns) for columns in zip(scores.T, targets.T)])


def _average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    positives = int(targets.sum())
    if positives == 0:
        return np.nan
    found = np.cumsum(targets[np.argsort(-scores, kind="stable")])
    precision = found / np.arange(1, len(found) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    # The first rank whose recall found/positives is at least t/10, in integers: no rounding decides.
    first = np.searchsorted(10 * found, _TENTHS * positives)
    return float(best_from_here[first].mean())


def mean_average_precision(scores: Any, targets: Any) -> float:
    """The mean of `average_precision` over the classes that some image has."""
    precisions = average_precision(scores, targets)
    if np.isnan(precisions).all():
        raise InvalidArgument("targets: expected at least one image with a class, got none")
    return float(np.nanmean(precisions))


def determination(predictions: Any, targets: Any) -> float:
    """The coefficient of determination R²: 1 for perfect predictions, 0 for predicting the mean.

    Parameters
    ----------
    predictions : (N, ...), as many numbers per image as the targets have.
    targets : (N, ...), of different values.
    """
    targets = np.asarray(targets, np.float64)
    residuals = targets - np.reshape(predictions, targets.shape)
    deviations = targets - targets.mean(axis=0)
    if not deviations.any():
        raise InvalidArgument("targets: expected different values, got one value for all images")
    return float(1 - np.sum(residuals**2) / np.sum(deviations**2))
