"""Real numbers, which a regression predicts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Targets
from .metrics import determination, require_variation


class RealNumbers(Targets):
    """Numbers of any shape per image that a regression predicts, measured by the coefficient of determination.

    Examples
    --------
    >>> list(bissl.targets.RealNumbers().metrics)
    ['r2']
    """

    metrics = {"r2": determination}

    def require_measurable(self, labels: np.ndarray, name: str) -> None:
        require_variation(labels, name)

    def strata(self, labels: Any) -> np.ndarray:
        """Of one number per image the tenth, by rank, that it is in, so that both parts of a split span the range, int64
        (N,); of equals the earlier image ranks lower. Of several numbers all images are of one stratum."""
        array = np.asarray(labels)
        if array.size != len(array):
            return super().strata(labels)
        ranks = np.argsort(np.argsort(array.reshape(-1), kind="stable"), kind="stable")
        return ranks * 10 // len(array)
