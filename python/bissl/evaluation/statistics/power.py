"""How many runs a comparison takes."""

from __future__ import annotations

import math
import numbers

from ...errors import InvalidArgument, checked_integer, checked_number, checked_real

#: Runs per arm beyond which a difference is told to be out of reach.
MOST_RUNS = 10_000_000
#: The same for `smallest_difference`.
_MOST_DEVIATIONS, _MOST_TOLD = 1e12, 10**12
_LARGE_SHIFT = 1e5


def runs_needed(std: float, difference: float, power: float = 0.8, level: float = 0.05) -> int:
    """The runs per arm that a two-sided two-sample t-test takes to find ``difference`` with probability ``power``.

    Parameters
    ----------
    std : float
        Standard deviation of runs of one arm, on one backbone where arms share backbones (`MixedModel.run_std`).
    difference : float
        Difference of the arms' means, in the same unit.
    power, level : float, optional
        Probability of finding it, and of finding one that is not there.

    Returns
    -------
    int
        At least 2.

    Raises
    ------
    ValueError
        A difference of 0, or one so small beside the deviation that more than ten million runs were needed.

    Examples
    --------
    >>> bissl.statistics.runs_needed(std=0.008, difference=0.005)
    42
    """
    std, difference = _checked(std, difference, power, level)
    if difference == 0:
        raise InvalidArgument("difference: expected one other than 0, which no number of runs can find")
    if std == 0:
        return 2
    least, most = 1, 2
    while power_of(most, std, difference, level) < power:
        least, most = most, 2 * most
        if most > MOST_RUNS:
            raise InvalidArgument(
                f"difference: {difference:g} is so small beside a deviation of {std:g} that more than {MOST_RUNS} runs "
                "an arm were needed"
            )
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if power_of(middle, std, difference, level) >= power else (middle, most)
    return most


def smallest_difference(runs: int, std: float, power: float = 0.8, level: float = 0.05) -> float:
    """The difference of means that ``runs`` runs per arm find with probability ``power``, in the unit of ``std``; other
    parameters as of `runs_needed`.

    Parameters
    ----------
    runs : int
        Per arm, at least 2.
    std : float
        Standard deviation of runs of one arm.
    power : float, default 0.8
        Probability of finding it.
    level : float, default 0.05
        Probability of finding one that is not there.

    Returns
    -------
    float
        In the unit of ``std``.

    Raises
    ------
    ValueError
        A number out of range, or a level so small that such runs find next to nothing.

    Examples
    --------
    >>> round(bissl.statistics.smallest_difference(runs=40, std=0.8), 2)
    0.51
    """
    std, _ = _checked(std, 1.0, power, level)
    runs = checked_integer("runs", runs, 2)
    if runs > _MOST_TOLD:
        raise InvalidArgument(
            f"runs: expected at most {_MOST_TOLD}, of which differences can be told from 0, got {runs:.3g}"
        )
    if std == 0:
        return 0.0
    from scipy.optimize import brentq

    most = 1000.0
    while power_of(runs, 1.0, most, level) < power:
        most *= 10
        if most > _MOST_DEVIATIONS:
            raise InvalidArgument(
                f"level: {level:g} is so small that {runs} runs an arm find no difference below {_MOST_DEVIATIONS:g} "
                f"standard deviations with probability {power:g}; give more runs, or a greater level"
            )
    return float(std * brentq(lambda d: power_of(runs, 1.0, d, level) - power, 0.0, most))


def power_of(runs: int, std: float, difference: float, level: float = 0.05) -> float:
    """The probability that ``runs`` runs per arm find the difference, in either direction."""
    from scipy import stats

    freedom = 2 * runs - 2
    critical = float(stats.t.isf(level / 2, freedom))
    shift = difference / std * math.sqrt(runs / 2)
    if abs(shift) < _LARGE_SHIFT:  # t² is F with a noncentrality of the squared shift of t
        return float(stats.ncf.sf(critical * critical, 1, freedom, shift**2))
    # SciPy's series breaks off; beside such a shift the numerator of t is none of chance.
    ratio = shift / critical
    return float(stats.chi2.cdf(freedom * ratio * ratio, freedom))


def _checked(std: float, difference: float, power: float, level: float) -> tuple[float, float]:
    if not 0 < checked_real("level", level) < checked_real("power", power) < 1:
        raise InvalidArgument(f"level, power: expected 0 < level < power < 1, got {level} and {power}")
    size = abs(difference) if isinstance(difference, numbers.Real) else difference
    return checked_number("std", std), checked_number("difference", size)
