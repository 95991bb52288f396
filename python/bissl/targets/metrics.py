"""Measures of predictions: top-k accuracy for one class per image, average precision for any number of classes, the
coefficient of determination for numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays import as_array, as_real
from ..errors import InvalidArgument, NonFiniteArgument, WrongType, checked_integer
from ..finite import check_finite, first_place
from .classes import checked_labels

#: From a head's outputs (N, ...) and labels (N, ...) to a number, higher where the predictions are better.
Metric = Callable[[Any, Any], float]

#: Recall levels t of the 11-point average precision, in tenths.
_TENTHS = np.arange(11)

__all__ = ["accuracy", "average_precision", "correct_predictions", "determination", "mean_average_precision"]


def correct_predictions(logits: np.ndarray, labels: np.ndarray, k: int = 1) -> int:
    """How many labels (N,) are among the k highest logits (N, classes); ties go to the lower class number.

    NonFiniteArgument (FloatingPointError, ValueError) where a logit is NaN or +infinity. Minus infinity is allowed: that
    class is never predicted. TypeError, ValueError for labels that are no whole numbers from 0 below the number of classes.

    Parameters
    ----------
    logits : ndarray
        (N, classes).
    labels : ndarray
        (N,), whole numbers from 0, below the number of classes.
    k : int, default 1
        How many of the highest count, at least 1.

    Returns
    -------
    int
        How many are right, of N.

    Raises
    ------
    NonFiniteArgument (FloatingPointError, ValueError)
        A logit is NaN or plus infinity.
    TypeError, ValueError
        Shapes, and labels that are no whole numbers from 0, or beyond the logits' classes.

    Examples
    --------
    >>> logits = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]])
    >>> bissl.metrics.correct_predictions(logits, np.array([1, 2])), bissl.metrics.correct_predictions(logits, np.array([1, 2]), k=2)
    (1, 2)
    """
    logits, labels = _signed(logits, "logits"), as_array(labels, "labels")
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise InvalidArgument(
            f"labels: expected shape (N,), a class number for each row of the logits, got {labels.shape} for {logits.shape}"
        )
    if logits.shape[1] == 0:
        raise InvalidArgument(f"logits: expected those of at least one class, (N, classes), got shape {logits.shape}")
    require_ordered(logits, "logits")
    labels = checked_labels(labels, len(labels), logits.shape[1], "labels")
    k = min(checked_integer("k", k, 1), logits.shape[1])
    highest = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    able = ~np.isneginf(np.take_along_axis(logits, highest, axis=1))
    return int(((highest == labels[:, None]) & able).any(axis=1).sum())


def accuracy(logits: np.ndarray, labels: np.ndarray, k: int = 1) -> float:
    """The share of labels (N,) among the k highest logits (N, classes), in 0..1. Raises as `correct_predictions`.

    Parameters
    ----------
    logits : ndarray
        (N, classes).
    labels : ndarray
        (N,), whole numbers from 0.
    k : int, default 1
        How many of the highest count, at least 1.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    TypeError, ValueError
        As `correct_predictions`, and no image.

    Examples
    --------
    >>> bissl.metrics.accuracy(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([1, 1]))
    0.5
    """
    correct = correct_predictions(logits, labels, k)
    if len(labels) == 0:
        raise InvalidArgument("labels: expected those of at least one image, got none; there is no share of them")
    return correct / len(labels)


def average_precision(scores: Any, targets: Any) -> np.ndarray:
    """Average precision of every class, as PASCAL VOC 2007 defines it (Everingham et al. 2010, section 4.2): the mean,
    over the recalls t = 0, 0.1, ..., 1, of the greatest precision at recalls of at least t.

    Parameters
    ----------
    scores : object
        (N, C), higher for images that rather have the class; of equals the earlier image comes first.
    targets : object
        (N, C), 1 or True where an image has the class, else 0; -1 where the pair is left out, as the development kit
        leaves difficult objects out: it is neither found nor wrongly found.

    Returns
    -------
    ndarray
        float64 (C,), in 0..1; NaN for a class that no image has.

    Raises
    ------
    TypeError, ValueError
        No numbers; shapes, other targets.
    NonFiniteArgument (FloatingPointError, ValueError)
        A score that is NaN or +infinity; image and class of the first are named.

    Examples
    --------
    >>> scores = np.array([[0.9], [0.8], [0.1]])
    >>> bissl.metrics.average_precision(scores, np.array([[1], [0], [1]])).round(3).tolist()
    [0.848]
    """
    scores, targets = _signed(scores, "scores"), as_array(targets, "targets")
    if scores.ndim != 2 or scores.shape != targets.shape:
        raise InvalidArgument(
            f"targets: expected shape (N, C), that of the scores, got {targets.shape} for {scores.shape}"
        )
    wrong = (targets != 0) & (targets != 1) & (targets != -1)
    if wrong.any():
        image, column = first_place(wrong)
        raise InvalidArgument(
            f"targets: expected 0 or 1, or -1 for a pair that is left out, got {targets[image, column]} for image {image}, "
            f"class {column}"
        )
    require_ordered(scores, "scores")
    return np.array([_average_precision(*columns) for columns in zip(scores.T, targets.T)])


def _average_precision(scores: np.ndarray, targets: np.ndarray) -> float:
    counted = targets != -1
    scores, targets = scores[counted], targets[counted] == 1
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
    """The mean of `average_precision` over the classes that some image has. Raises as that, and InvalidArgument where no
    image has a class.

    Parameters
    ----------
    scores : object
        (N, C), as `average_precision` takes them.
    targets : object
        (N, C), 1, 0 or -1, as `average_precision` takes them.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    InvalidArgument (ValueError)
        No image has a class; otherwise as `average_precision`.

    Examples
    --------
    >>> bissl.metrics.mean_average_precision(np.array([[0.9, 0.1], [0.2, 0.3]]), np.array([[1, 0], [0, 0]]))
    1.0
    """
    precisions = average_precision(scores, targets)
    require_positives(targets, "targets")
    return float(np.nanmean(precisions))


def require_positives(targets: Any, name: str) -> None:
    """InvalidArgument where mean average precision is not defined: no image has a class."""
    if not (np.asarray(targets) == 1).any():
        raise InvalidArgument(
            f"{name}: expected at least one image with a class, got none; there is no precision to average"
        )


def determination(predictions: Any, targets: Any) -> float:
    """The coefficient of determination R²: 1 for perfect predictions, 0 for predicting the mean. Of several numbers per
    image it is the mean of those of each, as scikit-learn's ``r2_score``; likewise a number that is the same for all images
    counts 1 where it is predicted exactly, else 0.

    Parameters
    ----------
    predictions : object
        (N, ...), finite, as many numbers per image as the targets have.
    targets : object
        (N, ...), finite; at least one number must differ among images.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    TypeError, ValueError
        No real numbers; sizes, targets that are the same for all images.
    NonFiniteArgument (FloatingPointError, ValueError)
        NaN or infinity.

    Examples
    --------
    >>> bissl.metrics.determination(np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    0.5
    """
    truth, predicted = (
        as_real(given, name).astype(np.float64) for given, name in ((targets, "targets"), (predictions, "predictions"))
    )
    if not truth.ndim or predicted.shape[:1] != truth.shape[:1] or predicted.size != truth.size:
        raise InvalidArgument(
            f"predictions: expected as many numbers per image as the targets have, {truth.shape}, got {predicted.shape}"
        )
    check_finite(truth, "targets")
    check_finite(predicted, "predictions")
    require_variation(truth, "targets")
    truth, predicted = truth.reshape(len(truth), -1), predicted.reshape(len(truth), -1)
    constant = (truth == truth[0]).all(axis=0)
    # By powers of two, which round nothing: squares of numbers near the ends of the range would overflow or vanish.
    exponents = np.frexp(np.abs(truth).max(axis=0))[1]
    truth, predicted = _scaled(truth, exponents), _scaled(predicted, exponents)
    distances = truth - truth.mean(axis=0)
    exponents = np.frexp(np.abs(distances).max(axis=0))[1]
    deviations = np.sum(_scaled(distances, exponents) ** 2, axis=0)
    with np.errstate(over="ignore"):  # predictions that are infinitely worse than the mean have minus infinity
        residuals = np.sum(_scaled(truth - predicted, exponents) ** 2, axis=0)
    of_constants = np.where(residuals == 0, 1.0, 0.0)
    return float(np.mean(np.where(constant, of_constants, 1 - residuals / np.where(constant, 1.0, deviations))))


def _scaled(numbers: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Columns (N, C) over 2 to the power of their exponents (C,)."""
    with np.errstate(over="ignore"):
        result: np.ndarray = np.ldexp(numbers, -exponents)
    return result


def require_variation(targets: Any, name: str) -> None:
    """InvalidArgument where the coefficient of determination is not defined: all images have the same targets."""
    array = np.asarray(targets)
    if (array == array[:1]).all():
        raise InvalidArgument(f"{name}: expected different values, got the same for all images; R² is not defined")


def _signed(scores: Any, name: str) -> np.ndarray:
    """Scores as floating-point numbers: the negative of an unsigned integer, by which they are sorted, is positive."""
    array = as_array(scores, name)
    if array.dtype.kind == "f":
        return array
    try:
        return array.astype(np.float64, casting="unsafe" if array.dtype.kind == "O" else "same_kind")
    except (TypeError, ValueError):
        raise WrongType(f"{name}: expected numbers, got dtype {array.dtype}") from None


def decided(scores: Any, name: str) -> np.ndarray:
    """The class of the highest score (..., classes) at each place, int64 (...); of equals the lower number.

    NonFiniteArgument (FloatingPointError, ValueError) where a score is NaN or +infinity, or all of a place are -infinity, by
    which no class is ever predicted.
    """
    scores = _signed(scores, name)
    require_ordered(scores, name)
    result: np.ndarray = scores.argmax(axis=-1)
    highest = np.take_along_axis(scores, result[..., None], axis=-1)
    if np.isneginf(highest).any():
        place = first_place(np.isneginf(highest[..., 0]))
        raise NonFiniteArgument(f"{name}: expected a finite number, got -inf for every class {_place(place)}{_WAY_OUT}")
    return result


_WAY_OUT = "; has training diverged? lower the learning rate"


def require_ordered(scores: np.ndarray, name: str) -> None:
    """NonFiniteArgument naming the first NaN or +infinity of scores (..., classes): what comes of a network that has
    diverged."""
    wrong = np.isnan(scores) | np.isposinf(scores)
    if wrong.any():
        *place, column = first_place(wrong)
        raise NonFiniteArgument(
            f"{name}: expected finite numbers, got {scores[*place, column]} {_place(place)}, class {column}{_WAY_OUT}"
        )


def _place(place: Sequence[int]) -> str:
    """Of one axis an image, of two a pixel."""
    return f"at row {place[0]}, column {place[1]}" if len(place) == 2 else f"for image {place[0]}"
