"""Welch's interval of a difference, for runs that are independent."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...errors import InvalidArgument, checked_real
from .scores import checked_numbers, in_size, of_one_size


def difference_interval(
    first: Sequence[float], second: Sequence[float], confidence: float = 0.95
) -> tuple[float, float]:
    """Confidence interval of ``mean(first) - mean(second)`` by Welch's t (unequal variances), in the unit of the values.

    It takes all runs for independent; where runs share backbones, `MixedModel` gives the interval. Not a number where it
    cannot be had: a group with fewer than two runs, or no spread in either group.

    Parameters
    ----------
    first : sequence of float
        Outcomes of one group.
    second : sequence of float
        Outcomes of the other.
    confidence : float, default 0.95
        Of the interval, above 0 and below 1.

    Returns
    -------
    tuple of float
        Its ends.

    Raises
    ------
    TypeError, ValueError
        Outcomes that are no finite numbers, a group without any, a confidence that is none.

    Examples
    --------
    >>> low, high = bissl.statistics.difference_interval([0.95, 0.94, 0.96], [0.90, 0.91, 0.89])
    >>> low < 0.05 < high
    True
    """
    check_confidence(confidence)
    exponent, (ours, theirs) = of_one_size(checked_numbers(first, "first"), checked_numbers(second, "second"))
    if min(len(ours), len(theirs)) < 2 or (np.ptp(ours) == 0 and np.ptp(theirs) == 0):
        return math.nan, math.nan
    from scipy import stats  # takes longer to import than all of bissl

    interval = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(confidence)
    return in_size(exponent, interval.low), in_size(exponent, interval.high)


def check_confidence(confidence: float) -> None:
    """InvalidArgument for what is no share between 0 and 1, such as 95; WrongType for no number."""
    if not 0 < checked_real("confidence", confidence) < 1:
        raise InvalidArgument(f"confidence: expected a share between 0 and 1, got {confidence}")
