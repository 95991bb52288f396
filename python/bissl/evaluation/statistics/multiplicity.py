"""Correction for several tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InvalidArgument
from .scores import as_numbers


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values (Holm 1979), in the order given: rejecting those below a level keeps the
    probability of any false rejection among them below it, whatever their dependence.

    NaN stands for a test that could not be made; it stays NaN and does not count.

    Parameters
    ----------
    p_values : sequence of float
        Of the tests.

    Returns
    -------
    list of float
        Adjusted, in the same order.

    Raises
    ------
    TypeError, ValueError
        What is no number, one outside 0..1.

    Examples
    --------
    >>> bissl.statistics.holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = as_numbers(p_values, "p_values", of="test")
    made = ~np.isnan(values)
    if (values[made] < 0).any() or (values[made] > 1).any():
        raise InvalidArgument(f"p_values: expected numbers in 0..1, got {p_values!r:.80}")
    order = np.flatnonzero(made)[np.argsort(values[made], kind="stable")]
    adjusted = np.full(len(values), np.nan)
    # The k-th smallest of m is multiplied by m − k + 1, and is no smaller than those before it.
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1)
    return adjusted.tolist()
