"""Real numbers, which a regression predicts."""

from __future__ import annotations

import numpy as np

from .base import Targets
from .metrics import determination, require_variation


class RealNumbers(Targets):
    """Numbers of any shape per image that a regression predicts, measured by the coefficient of determination."""

    metrics = {"r2": determination}

    def require_measurable(self, labels: np.ndarray, name: str) -> None:
        require_variation(labels, name)
