"""Two arms compared, as tables show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import InvalidArgument, WrongType
from .mixed import MixedModel
from .multiplicity import holm
from .permutation import PermutationTest
from .scores import Counts, Scores, as_scores

#: What `Comparison.cells` are.
COLUMNS = ("difference [95 %]", "p", "Holm's p", "mixed p")
#: Difference of mean scores that counts as none where scores are no counts: 10⁻⁶ percentage points.
TIE = 1e-8


@dataclass(frozen=True)
class Comparison:
    """Two arms on the same test images, first minus second. Differences are fractions: 0.012 is 1.2 percentage points.

    Parameters
    ----------
    model : MixedModel
        The mixed model with the backbone as random effect.
    permutation : PermutationTest
        The permutation test.
    corrected_p : float, default nan
        Corrected p of the permutation test, by Holm over the comparisons of a table (`corrected`); NaN before that.

    Examples
    --------
    >>> first = bissl.statistics.Counts((93, 95, 94, 96), images=100)
    >>> second = bissl.statistics.Counts((90, 91, 92, 90), images=100)
    >>> comparison = bissl.statistics.Comparison.of(first, second)
    >>> round(comparison.difference, 4), round(comparison.p_value, 3)
    (0.0375, 0.029)
    """

    model: MixedModel
    permutation: PermutationTest
    corrected_p: float = math.nan

    @classmethod
    def of(
        cls,
        first: Scores | Sequence[float],
        second: Scores | Sequence[float],
        images: int | None = None,
        *,
        tolerance: float = TIE,
        resamples: int | None = None,
        seed: int = 0,
    ) -> Comparison:
        """Compares two arms.

        Parameters
        ----------
        first, second : Counts, Fractions or sequence of float
            `Counts` or `Fractions`, which also say which runs share a pretrained backbone; plain numbers are
            fractions, or counts where ``images`` is given, of runs that share none.
        images : int or None, optional
            Number of test images.
        tolerance : float, default 1e-08
            Differences of mean fractions that are closer than this are ties; counts need none.
        resamples : int or None, optional
            Of the permutation test, as of `PermutationTest.of`.
        seed : int, default 0
            Of the permutation test, as of `PermutationTest.of`.

        Raises
        ------
        ValueError
            Counts of different numbers of images, which are not the same test, `Fractions` where ``images`` is given. As
            `Counts` and `Fractions` else.
        """
        ours, theirs = as_scores(first, "first", images), as_scores(second, "second", images)
        backbones = ours.backbones, theirs.backbones
        options: dict[str, Any] = {"backbones": backbones, "seed": seed}
        if resamples is not None:
            options["resamples"] = resamples
        if isinstance(ours, Counts) and isinstance(theirs, Counts):
            _check_same_test(ours, theirs)
            permuted = PermutationTest.of(ours.correct, theirs.correct, **options)
        else:
            permuted = PermutationTest.of(ours.fractions, theirs.fractions, tolerance, **options)
        return cls(MixedModel.of(ours.fractions, theirs.fractions, backbones), permuted)

    @property
    def difference(self) -> float:
        """Mean of the first less that of the second, by the mixed model; a fraction."""
        return self.model.difference

    @property
    def interval(self) -> tuple[float, float]:
        """Of the difference, 95 %, by the mixed model; NaN where runs do not tell."""
        return self.model.interval

    @property
    def p_value(self) -> float:
        """Of the permutation test, without correction."""
        return self.permutation.p_value

    def cells(self) -> tuple[str, str, str, str]:
        """As tables show it, in the order of `COLUMNS`: the difference with its interval (where there is one) in
        percentage points, and the p-values."""
        p, corrected_p, mixed_p = (p_text(p) for p in (self.p_value, self.corrected_p, self.model.p_value))
        return difference_text(self.difference, self.interval), p, corrected_p, mixed_p


def _check_same_test(ours: Counts, theirs: Counts) -> None:
    if ours.images != theirs.images:
        raise InvalidArgument(
            f"first, second: expected counts of the same test images, got some of {ours.images} and of {theirs.images}"
        )


def difference_text(difference: float, interval: tuple[float, float]) -> str:
    """A difference with its interval (where there is one) in percentage points, as tables show it."""
    low, high = map(_points, interval)
    return _points(difference) + ("" if math.isnan(interval[0]) else f" [{low}, {high}]")


def _points(fraction: float) -> str:
    """Percentage points with their sign; 0 is +0.0."""
    return f"{round(100 * fraction, 1) + 0.0:+.1f}"


def p_text(p_value: float) -> str:
    """As tables show it; empty where there is none."""
    if math.isnan(p_value):
        return ""
    return f"{p_value:.4f}" if p_value >= 1e-4 else "< 0.0001"


def corrected(comparisons: Sequence[Comparison | None]) -> list[Comparison | None]:
    """The comparisons of a table with `corrected_p`; rows that are not compared (None) do not count.

    Parameters
    ----------
    comparisons : sequence of Comparison or None
        Of a table; None for rows that are not compared.

    Returns
    -------
    list of Comparison or None
        The same with Holm's p-values.

    Raises
    ------
    TypeError
        Something else than comparisons.

    Examples
    --------
    >>> arms = [[0.95, 0.94, 0.96], [0.93, 0.92, 0.94]]
    >>> plain = [0.90, 0.91, 0.89]
    >>> found = bissl.statistics.corrected([bissl.statistics.Comparison.of(arm, plain) for arm in arms])
    >>> [round(each.corrected_p, 1) for each in found]
    [0.2, 0.2]
    """
    _check(comparisons)
    adjusted = holm([math.nan if one is None else one.p_value for one in comparisons])
    return [one and replace(one, corrected_p=p) for one, p in zip(comparisons, adjusted, strict=True)]


def _check(comparisons: Sequence[Comparison | None]) -> None:
    if not isinstance(comparisons, Sequence):
        raise WrongType(
            "comparisons: expected a list of those of bissl.statistics.Comparison.of, or None, got "
            f"{type(comparisons).__name__}"
        )
    for place, one in enumerate(comparisons):
        if one is not None and not isinstance(one, Comparison):
            raise WrongType(
                f"comparisons: expected those of bissl.statistics.Comparison.of, or None, got {type(one).__name__} at index {place}"
            )


#: What `PermutationTest.permuted` means, as a sentence goes on after "permutes".
_PERMUTED = {
    "runs within backbones": "the arms' labels among the runs of each pretrained backbone",
    "whole backbones": "whole backbones with all their runs where two rows share none",
    "all runs": "the arms' labels among all runs where no backbone is known to be shared",
}


def described_tests(comparisons: Sequence[Comparison | None]) -> str:
    """Which tests the comparisons of a table were, in sentences for its caption; empty where there are none.

    Parameters
    ----------
    comparisons : sequence of Comparison or None
        Of a table; None for rows that are not compared.

    Returns
    -------
    str
        Sentences.

    Raises
    ------
    TypeError
        Something else than comparisons.

    Examples
    --------
    >>> bissl.statistics.described_tests([None])
    ''
    """
    _check(comparisons)
    made = [one.permutation for one in comparisons if one is not None]
    if not made:
        return ""
    permuted = ", and ".join(text for kind, text in _PERMUTED.items() if any(one.permuted == kind for one in made))
    tolerances = sorted({100 * one.tolerance for one in made if one.tolerance is not None})
    ties = "".join(f"; mean scores that differ by {points:g} points or less are ties" for points in tolerances)
    rows = f"the {len(made)} comparisons" if len(made) > 1 else "one comparison"
    return (
        f"p is of the two-sided permutation test, which permutes {permuted}; {_counted_in_words(made)}{ties}. Holm's p is "
        f"corrected for {rows} of this table. Interval and mixed p are of the linear mixed model with the backbone as "
        "random effect (REML, Satterthwaite's degrees of freedom)."
    )


def _counted_in_words(tests: Sequence[PermutationTest]) -> str:
    drawn = sorted({(one.resamples, one.seed) for one in tests if one.resamples is not None})
    if not drawn:
        return "all permutations are counted, p is exact"
    numbers = " or ".join(f"{resamples:,} (seed {seed})" for resamples, seed in drawn)
    where = "" if all(one.resamples is not None for one in tests) else " where all are too many to count"
    return f"p is of {numbers} random permutations{where}, (b + 1)/(m + 1) with b of these m as extreme as the observed"
