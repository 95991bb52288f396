"""Measures of label maps, all from one confusion matrix of the pixels of all images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, checked_integer
from ..finite import first_place

#: Marks pixels that neither losses nor metrics count: borders, what no class describes, padding.
IGNORED = 255

_MOST_PIXELS = 2.0**62


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """int64 (num_classes, num_classes): how many pixels of each class (row) were predicted as each class (column). Those of
    several images add up, in any order, exactly.

    Parameters
    ----------
    predicted : ndarray
        Integers of any shape, 0..num_classes-1. Where the label is 255 anything goes.
    labels : ndarray
        Labels of the same shape, 0..num_classes-1, or 255 for pixels that are not counted.
    num_classes : int
        How many classes there are, at most 255.

    Returns
    -------
    ndarray
        int64 (num_classes, num_classes).

    Raises
    ------
    TypeError, ValueError
        Shapes that differ, and what is no number of a class.

    Examples
    --------
    >>> bissl.targets.confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 255]), 2).tolist()
    [[1, 0], [0, 1]]
    """
    num_classes = checked_integer("num_classes", num_classes, 1)
    if num_classes > IGNORED:
        raise InvalidArgument(
            f"num_classes: expected at most {IGNORED}, since {IGNORED} marks pixels that are not counted, got {num_classes}"
        )
    predicted, labels = as_array(predicted, "predicted"), as_array(labels, "labels")
    if predicted.shape != labels.shape:
        raise InvalidArgument(f"predicted: expected the labels' shape {labels.shape}, got {predicted.shape}")
    for name, array in (("labels", labels), ("predicted", predicted)):
        if array.dtype.kind not in "iu":
            raise InvalidArgument(f"{name}: expected class numbers 0 to {num_classes - 1}, got dtype {array.dtype}")
    counted = labels != IGNORED
    for name, array in (("labels", labels), ("predicted", predicted)):
        wrong = counted & ((array < 0) | (array >= num_classes))
        if wrong.any():
            where = first_place(wrong)
            raise InvalidArgument(
                f"{name}: expected class numbers 0 to {num_classes - 1}, got {array[where]} at {where}"
            )
    pairs = num_classes * labels[counted].astype(np.int64) + predicted[counted].astype(np.int64)
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """float64 (num_classes,): the pixels of each class that were predicted as it, as a share of those that have it or were
    predicted as it. NaN for a class of zero union, which no pixel has and none was predicted as.

    Parameters
    ----------
    confusion : ndarray
        Counts (C, C) of pixels, rows by label, columns by prediction; see `confusion_matrix`.

    Returns
    -------
    ndarray
        float64 (num_classes,), in 0..1.

    Raises
    ------
    ValueError
        No square matrix of counts.

    Examples
    --------
    >>> bissl.targets.intersection_over_union(np.array([[3, 1], [0, 4]])).tolist()
    [0.75, 0.8]
    """
    confusion = _checked_confusion(confusion)
    found = np.diagonal(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - found
    return np.where(union > 0, found / np.maximum(union, 1), np.nan)


def mean_iou(confusion: np.ndarray) -> float:
    """The mean of `intersection_over_union` over the classes whose union is not empty: a class that is predicted though no
    pixel has it counts 0, one that is neither there nor predicted does not count. The background is a class like others.

    ValueError where no pixel was counted.

    Parameters
    ----------
    confusion : ndarray
        Counts (C, C) of pixels, rows by label, columns by prediction; see `confusion_matrix`.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        No pixel was counted.

    Examples
    --------
    >>> round(bissl.targets.mean_iou(np.array([[3, 1], [0, 4]])), 3)
    0.775
    """
    _require_pixels(_checked_confusion(confusion))
    return float(np.nanmean(intersection_over_union(confusion)))


def pixel_accuracy(confusion: np.ndarray) -> float:
    """The share of pixels that were predicted as their class. ValueError where no pixel was counted.

    Parameters
    ----------
    confusion : ndarray
        Counts (C, C) of pixels, rows by label, columns by prediction; see `confusion_matrix`.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        No pixel was counted.

    Examples
    --------
    >>> bissl.targets.pixel_accuracy(np.array([[3, 1], [0, 4]]))
    0.875
    """
    confusion = _checked_confusion(confusion)
    _require_pixels(confusion)
    return float(np.trace(confusion) / confusion.sum())


def mean_iou_of(predicted: Sequence[np.ndarray], labels: Sequence[np.ndarray], num_classes: int) -> float:
    """`mean_iou` of label maps by image."""
    return mean_iou(_summed(predicted, labels, num_classes))


def pixel_accuracy_of(predicted: Sequence[np.ndarray], labels: Sequence[np.ndarray], num_classes: int) -> float:
    """`pixel_accuracy` of label maps by image."""
    return pixel_accuracy(_summed(predicted, labels, num_classes))


def _summed(predicted: Sequence[np.ndarray], labels: Sequence[np.ndarray], num_classes: int) -> np.ndarray:
    if len(predicted) != len(labels):
        raise InvalidArgument(f"predicted: expected one label map per image, {len(labels)}, got {len(predicted)}")
    total = np.zeros((num_classes, num_classes), np.int64)
    for image, (found, label) in enumerate(zip(predicted, labels)):
        try:
            total += confusion_matrix(found, label, num_classes)
        except InvalidArgument as error:
            raise InvalidArgument(f"image {image}: {error}") from error
    return total


def _checked_confusion(confusion: Any) -> np.ndarray:
    """Counts (C, C), int64, of which no sum of two leaves its range."""
    array = as_array(confusion, "confusion")
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.dtype.kind not in "iuf":
        raise InvalidArgument(
            f"confusion: expected counts (C, C) of pixels, such as confusion_matrix gives, got {array.dtype} {array.shape}"
        )
    wrong = ~(np.isfinite(array) & (array >= 0) & (array == np.floor(array)))
    if wrong.any():
        where = first_place(wrong)
        raise InvalidArgument(f"confusion: expected counts of pixels, got {array[where]} at {where}")
    total = float(np.sum(array, dtype=np.float64))
    if total >= _MOST_PIXELS:
        raise InvalidArgument(f"confusion: expected counts of fewer than 2⁶² pixels in all, got {total:g}")
    return array.astype(np.int64)


def _require_pixels(confusion: np.ndarray) -> None:
    if not np.asarray(confusion).any():
        raise InvalidArgument("labels: expected pixels that are counted, got none; there is nothing to average")
