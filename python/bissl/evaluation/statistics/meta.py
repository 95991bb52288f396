"""Differences of several tasks, put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InvalidArgument
from .interval import check_confidence
from .scores import checked_numbers


@dataclass(frozen=True)
class Pooled:
    """One difference for all tasks, in their unit, with its interval and two-sided p."""

    difference: float
    standard_error: float
    interval: tuple[float, float]
    p_value: float


@dataclass(frozen=True)
class MetaAnalysis:
    """The differences of several tasks, weighted by what is known of each.

    Parameters
    ----------
    fixed : Pooled
        The common difference, if it is the same in all tasks (weights 1/error²).
    random : Pooled
        The mean of differences that vary between tasks with the standard deviation ``tau`` (weights 1/(error² + τ²)).
        τ² is DerSimonian and Laird's (1986). Like ``fixed``, by the normal distribution, as if τ were known.
    hartung_knapp : Pooled
        The same mean by Hartung and Knapp's (2001) error, which is told from how the differences scatter, and never below that
        of ``random``; by Student's distribution with one degree of freedom less than tasks. Where tasks are few and differ,
        ``random`` is too sure of itself, and this one keeps to its level (IntHout et al. 2014).
    tau : float
        In the unit of the differences.
    heterogeneity : float
        Cochran's Q.
    heterogeneity_p : float
        Heterogeneity p of Q by χ² with one degree of freedom less than tasks: small where differences vary more than
        their errors explain.
    i_squared : float
        Higgins's I², the share of the differences' variation that is not error, in 0..1.

    Examples
    --------
    >>> pooled = bissl.statistics.MetaAnalysis.of([0.01, 0.02], [0.005, 0.005])
    >>> round(pooled.fixed.difference, 3), round(pooled.i_squared, 2)
    (0.015, 0.5)
    """

    fixed: Pooled
    random: Pooled
    hartung_knapp: Pooled
    tau: float
    heterogeneity: float
    heterogeneity_p: float
    i_squared: float

    @classmethod
    def of(
        cls, differences: Sequence[float], standard_errors: Sequence[float], confidence: float = 0.95
    ) -> MetaAnalysis:
        """``differences`` and their ``standard_errors`` of at least two tasks, all in one unit, as `MixedModel` has them."""
        check_confidence(confidence)
        estimates = checked_numbers(differences, "differences")
        errors = checked_numbers(standard_errors, "standard_errors")
        if len(estimates) < 2 or len(errors) != len(estimates):
            raise InvalidArgument(
                f"differences, standard_errors: expected those of at least two tasks, got {len(estimates)} and "
                f"{len(errors)}"
            )
        if errors.min() <= 0:
            raise InvalidArgument(f"standard_errors: expected numbers above 0, got {errors.min():g}")
        from scipy import stats

        exponent, spare = int(np.frexp(errors.min())[1]), len(estimates) - 1
        with np.errstate(over="ignore", invalid="ignore"):  # in units of the least error, by a power of two
            units, variances = np.ldexp(estimates, -exponent), np.ldexp(errors, -exponent) ** 2
            weights = 1 / variances
            common = np.average(units, weights=weights)
            q = float(np.sum(weights * (units - common) ** 2))
            # Σ w − Σ w² / Σ w, but for what it loses where one weight is nearly all.
            scale = np.outer(weights, weights)[~np.eye(len(weights), dtype=bool)].sum() / weights.sum()
            between = float((q - spare) / scale) if q > spare else 0.0
        if not math.isfinite(q + between):
            raise InvalidArgument(
                "differences, standard_errors: expected differences below 1e150 times the least error, got some up to "
                f"{np.abs(estimates).max():g} beside an error of {errors.min():g}"
            )
        return cls(
            fixed=_pooled(units, variances, confidence, exponent),
            random=_pooled(units, variances + between, confidence, exponent),
            hartung_knapp=_pooled(units, variances + between, confidence, exponent, by_scatter=True),
            tau=float(np.ldexp(math.sqrt(between), exponent)),
            heterogeneity=q,
            heterogeneity_p=float(stats.chi2.sf(q, spare)),
            i_squared=max(0.0, 1 - spare / q) if q > 0 else 0.0,
        )


def _pooled(
    estimates: np.ndarray, variances: np.ndarray, confidence: float, exponent: int, *, by_scatter: bool = False
) -> Pooled:
    """``exponent`` : of the power of two that both are in units of. ``by_scatter`` : whether the error is Hartung and Knapp's."""
    from scipy import stats

    weights, spare = 1 / variances, len(estimates) - 1
    difference = float(np.average(estimates, weights=weights))
    error, law = float(1 / math.sqrt(np.sum(weights))), stats.norm
    if by_scatter:
        error *= math.sqrt(max(1.0, float(np.sum(weights * (estimates - difference) ** 2)) / spare))
        law = stats.t(spare)
    half = error * law.isf((1 - confidence) / 2)
    p_value = float(2 * law.sf(abs(difference / error)))
    difference, error, low, high = np.ldexp(
        [difference, error, difference - half, difference + half], exponent
    ).tolist()
    return Pooled(difference, error, (low, high), p_value)
