"""What a comparison settled, in words."""

from __future__ import annotations

import math

from ...errors import InvalidArgument, checked_real
from .comparison import Comparison, difference_text
from .meta import MetaAnalysis
from .power import runs_needed, smallest_difference

#: Probability of finding a difference that numbers of runs are told for.
POWER = 0.8
#: What is less than half a tenth of a point is shown as no difference.
_LEAST_SHOWN = 0.0005


def finding(first: str, second: str, comparison: Comparison, runs: int, level: float = 0.05) -> str:
    """Whether the difference between two arms is settled, and if not, how many runs would settle it, in a sentence or two.

    Parameters
    ----------
    first, second : str
        The arms' names.
    comparison : Comparison
        Of the two.
    runs : int
        Runs of the arm that has fewer.
    level : float, default 0.05
        The difference is settled where Holm's p of the permutation test (the raw p where there was no correction) is
        below it.

    Returns
    -------
    str
        A sentence or two.

    Raises
    ------
    TypeError, ValueError
        A level that is none.

    Examples
    --------
    >>> comparison = bissl.statistics.Comparison.of([0.95, 0.94, 0.96], [0.90, 0.91, 0.89])
    >>> print(bissl.statistics.finding("BiSSL", "FT", comparison, runs=3))
    Not settled: BiSSL against FT: +5.0 [+2.7, +7.3] points. ...
    """
    _check_level(level)
    p = comparison.p_value if math.isnan(comparison.corrected_p) else comparison.corrected_p
    told = f"{first} against {second}: {difference_text(comparison.difference, comparison.interval)} points"
    if p < level:
        return f"Settled: {told}."
    return f"Not settled: {told}. {_outlook(comparison, runs, level)}".rstrip()


def pooled_finding(
    first: str, second: str, pooled: MetaAnalysis, p_value: float, tasks: int, runs: int, level: float = 0.05
) -> str:
    """Whether the difference between two arms over several tasks is settled, and if not, how many runs would settle it, in a
    sentence or two.

    Parameters
    ----------
    first, second : str
        The arms' names.
    pooled : MetaAnalysis
        Of the differences on the tasks; the one with random effects counts.
    p_value : float
        By which it is settled, as corrected where several questions are asked.
    tasks, runs : int
        Tasks, and runs of the arm and task that has fewest.
    level : float, default 0.05
        The difference is settled where ``p_value`` is below it.

    Returns
    -------
    str
        A sentence or two.

    Raises
    ------
    TypeError, ValueError
        A level that is none.

    Examples
    --------
    >>> pooled = bissl.statistics.MetaAnalysis.of([0.010, 0.012], [0.002, 0.002])
    >>> bissl.statistics.pooled_finding("BiSSL", "FT", pooled, pooled.random.p_value, tasks=2, runs=40)
    'Settled: BiSSL against FT: +1.1 [+0.8, +1.4] points over 2 tasks.'
    """
    _check_level(level)
    difference = difference_text(pooled.random.difference, pooled.random.interval)
    told = f"{first} against {second}: {difference} points over {tasks} tasks"
    if p_value < level:
        return f"Settled: {told}."
    return f"Not settled: {told}. {_pooled_outlook(pooled, runs, level)}"


def _check_level(level: float) -> None:
    if not 0 < checked_real("level", level) < POWER:
        raise InvalidArgument(f"level: expected a number above 0 and below the power of {POWER}, got {level}")


def _pooled_outlook(pooled: MetaAnalysis, runs: int, level: float) -> str:
    """The error of a mean of tasks has a part that shrinks with runs, and one that only more tasks make less."""
    from scipy import stats

    reach = float(stats.norm.ppf(1 - level / 2) + stats.norm.ppf(POWER))
    difference, within = abs(pooled.random.difference), pooled.fixed.standard_error**2
    between = pooled.random.standard_error**2 - within
    seen = reach * pooled.random.standard_error
    text = _found(runs, seen)
    room = (difference / reach) ** 2 - between
    if difference < _LEAST_SHOWN or difference >= seen:
        return f"{text}."
    if room <= 0:
        return f"{text}; tasks differ so much that only more of them would settle one of {100 * difference:.1f}."
    return f"{text}; one of {100 * difference:.1f} takes {math.ceil(runs * within / room):,}."


def _found(runs: int, seen: float) -> str:
    return f"{runs} runs an arm find a difference of {100 * seen:.1f} points with probability {100 * POWER:.0f} %"


def _outlook(comparison: Comparison, runs: int, level: float) -> str:
    """What more runs, or more backbones, would tell."""
    if comparison.permutation.permuted == "whole backbones":
        return "The two share no pretrained backbone, so that backbones count, not runs: more of these would settle it."
    if comparison.permutation.resamples is None and comparison.p_value * comparison.permutation.permutations <= 2:
        return f"No permutation is more extreme: {runs} runs an arm are too few for a smaller p."
    std, difference = comparison.model.run_std, comparison.difference
    if runs < 2 or not std > 0:  # NaN too
        return ""
    seen = smallest_difference(runs, std, POWER, level)
    text = _found(runs, seen)
    try:
        needed = runs_needed(std, difference, POWER, level)
    except InvalidArgument:  # there is no difference, or next to none
        return f"{text}."
    told = needed > runs and abs(difference) >= _LEAST_SHOWN
    return f"{text}; one of {100 * abs(difference):.1f} takes {needed:,}." if told else f"{text}."
