"""Comparing two groups of runs: exact permutation test, interval of the difference, mean and spread."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from operator import index

import numpy as np

from .errors import InvalidArgument, WrongType, checked_number

#: The most splits that are enumerated where outcomes are not counts; C(20, 10) is 184,756.
MOST_SPLITS = 5_000_000


def permutation_test(first: Sequence[float], second: Sequence[float], tolerance: float | None = None) -> float:
    """Exact two-sided p-value of "both groups come from one distribution".

    The statistic is the absolute difference of the group means. The p-value is the share of all
    ``C(n + m, n)`` ways to split the pooled values whose statistic is at least the observed one, the observed split
    included (paper, section B.6).

    Without a tolerance, outcomes are counts (of correct predictions): the comparison is done in integers and ties are
    exact. No split is enumerated: subsets are counted by size and sum, so groups of dozens are quick.

    Parameters
    ----------
    first, second : outcome of each run, at least one per group.
    tolerance : for outcomes that are no counts, such as mean average precision: differences of group means that are
        closer than this count as ties. All splits are enumerated.

    Raises
    ------
    TypeError : a value is not an integer, and no tolerance was given.
    ValueError : a group is empty, a value is not finite, or there are more than five million splits to enumerate.
    """
    if tolerance is not None:
        return _test_of_scores(
            _scores(first, "first"), _scores(second, "second"), checked_number("tolerance", tolerance)
        )
    left, right = _counts(first, "first"), _counts(second, "second")
    pooled, size = left + right, len(left)
    total = sum(pooled)

    def scaled_difference(subset_sum: int) -> int:
        # n m |mean₁ − mean₂| with mean₁ = s/n and mean₂ = (total − s)/m
        return abs(len(pooled) * subset_sum - size * total)

    observed = scaled_difference(sum(left))
    ways = _subset_sums(pooled, size)
    extreme = sum(count for value, count in ways.items() if scaled_difference(value) >= observed)
    return extreme / math.comb(len(pooled), size)


def _counts(values: Sequence[int], name: str) -> list[int]:
    """The values as Python integers (arbitrary precision)."""
    try:
        counts = [index(value) for value in values]
    except TypeError:
        raise WrongType(
            f"{name}: expected integer counts of correct predictions, got {list(values)[:3]}...; "
            "multiply accuracies by the number of test images and round, or give scores that are no counts a tolerance"
        ) from None
    if not counts:
        raise InvalidArgument(f"{name}: expected at least one run, got none")
    return counts


def _scores(values: Sequence[float], name: str) -> np.ndarray:
    scores = np.asarray(values, np.float64)
    if scores.ndim != 1 or not scores.size:
        raise InvalidArgument(f"{name}: expected a list of at least one score, got shape {scores.shape}")
    if not np.isfinite(scores).all():
        place = int(np.argmin(np.isfinite(scores)))
        raise InvalidArgument(f"{name}: expected finite scores, got {scores[place]} at index {place}")
    return scores


def _test_of_scores(first: np.ndarray, second: np.ndarray, tolerance: float) -> float:
    """The share of all splits whose difference of means is at least the observed one, up to the tolerance."""
    pooled, size = np.concatenate([first, second]), len(first)
    splits = math.comb(len(pooled), size)
    if splits > MOST_SPLITS:
        raise InvalidArgument(
            f"first, second: {size} and {len(second)} scores can be split in {splits} ways, more than {MOST_SPLITS}: "
            "pass integer counts without a tolerance"
        )
    chosen = np.fromiter(chain.from_iterable(combinations(range(len(pooled)), size)), np.int32, splits * size)
    means = pooled[chosen.reshape(splits, size)].mean(axis=1)
    differences = np.abs(means - (pooled.sum() - size * means) / len(second))
    return int((differences >= abs(first.mean() - second.mean()) - tolerance).sum()) / splits


def _subset_sums(values: Sequence[int], size: int) -> Counter[int]:
    """How many subsets of ``size`` elements have each sum."""
    by_size: list[Counter[int]] = [Counter() for _ in range(size + 1)]
    by_size[0][0] = 1
    for value in values:
        # Descending, so that each value is taken at most once.
        for taken in range(size, 0, -1):
            for partial, count in by_size[taken - 1].items():
                by_size[taken][partial + value] += count
    return by_size[size]


def difference_interval(
    first: Sequence[float], second: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Confidence interval of ``mean(first) - mean(second)`` by Welch's t (unequal variances).

    Not a number where it cannot be had: a group with fewer than two runs, or no spread in either group.
    """
    if not 0 < confidence < 1:
        raise InvalidArgument(f"confidence: expected a share between 0 and 1, got {confidence}")
    if min(len(first), len(second)) < 2 or (np.ptp(first) == 0 and np.ptp(second) == 0):
        return math.nan, math.nan
    from scipy import stats  # takes longer to import than all of bissl

    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(confidence)
    return float(interval.low), float(interval.high)


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation (n - 1) of a group of runs; the deviation of one run is 0."""

    mean: float
    std: float
    runs: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) == 0:
            raise InvalidArgument("values: expected at least one run, got none")
        return cls(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, len(values))

    def __str__(self) -> str:
        return f"{self.mean:.1f} ± {self.std:.1f}"


@dataclass(frozen=True)
class Comparison:
    """Two groups of runs on the same ``images`` test images, given as counts of correct predictions.

    ``difference`` and ``interval`` are in percentage points of accuracy, first minus second.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float

    @classmethod
    def of(cls, first: Sequence[int], second: Sequence[int], images: int) -> Comparison:
        if images < 1:
            raise InvalidArgument(f"images: expected at least 1 test image, got {images}")
        ours, theirs = (
            100 * np.asarray(_counts(group, name)) / images for group, name in ((first, "first"), (second, "second"))
        )
        return cls(
            difference=float(ours.mean() - theirs.mean()),
            interval=difference_interval(ours, theirs),
            p_value=permutation_test(first, second),
        )

    def cells(self) -> tuple[str, str]:
        """Difference with its interval (where there is one), and p-value, as tables show them."""
        low, high = self.interval
        interval = "" if math.isnan(low) else f" [{low:+.1f}, {high:+.1f}]"
        p_value = f"{self.p_value:.4f}" if self.p_value >= 1e-4 else "< 0.0001"
        return f"{self.difference:+.1f}{interval}", p_value
