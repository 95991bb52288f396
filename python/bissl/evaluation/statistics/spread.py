"""Mean and deviation of the runs of an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .scores import Scores, as_scores


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation (n - 1) of the scores of an arm, as fractions (0.939); the deviation of one run
    is 0. ``str`` gives both in per cent, as tables have them: "93.9 ± 0.6".

    Parameters
    ----------
    mean : float
        Of the scores; 0.939 where a table says 93.9.
    std : float
        Sample standard deviation (n - 1); that of one run is 0.
    runs : int
        How many there are.

    Examples
    --------
    >>> print(bissl.statistics.Spread.of([0.93, 0.94, 0.95]))
    94.0 ± 1.0
    """

    mean: float
    std: float
    runs: int

    @classmethod
    def of(cls, scores: Scores | Sequence[float]) -> Spread:
        """``scores`` : `Counts`, or fractions as ``score()`` gives them. Raises as these do."""
        values = as_scores(scores, "scores").fractions
        return cls(float(values.mean()), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, len(values))

    def __str__(self) -> str:
        return f"{100 * self.mean:.1f} ± {100 * self.std:.1f}"
