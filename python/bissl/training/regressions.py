"""Logistic regressions for sets of classes, of which pairs may be left out. Imported where scikit-learn is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from ..targets import LEFT_OUT

#: The score of images that surely have a class: its logistic function is 1, that of its negative 0. Finite, since metrics
#: take infinity for a network that has diverged.
CERTAIN = float(np.finfo(np.float32).max)


class RegressionPerClass(BaseEstimator):  # type: ignore[misc]  # scikit-learn does not tell its types
    """One regression per class, fitted on the images whose pair with the class counts; the last step of a scikit-learn
    pipeline. Without pairs that are left out it is ``sklearn.multiclass.OneVsRestClassifier``.

    regression : copied for each class. estimators_ : by class; a number, the score of all images, where all counted ones
        have the same label, or none counts.
    """

    def __init__(self, regression: Any) -> None:
        self.regression = regression

    def fit(self, features: np.ndarray, labels: np.ndarray) -> RegressionPerClass:
        """features (N, F); labels (N, classes) of 0, 1 and `LEFT_OUT`."""
        self.estimators_ = [self._fitted(features, column) for column in labels.T]
        return self

    def _fitted(self, features: np.ndarray, labels: np.ndarray) -> Any:
        counted = labels != LEFT_OUT
        if len(different := np.unique(labels[counted])) < 2:
            return CERTAIN if different.any() else -CERTAIN
        return clone(self.regression).fit(features[counted], labels[counted])

    def decision_function(self, features: np.ndarray) -> np.ndarray:
        """Scores (N, classes), higher for images that rather have the class."""
        columns = [
            np.full(len(features), each) if isinstance(each, float) else each.decision_function(features)
            for each in self.estimators_
        ]
        return np.stack(columns, axis=1)
