"""Regression as a downstream task: real numbers per image, by the mean squared error."""

from typing import Any

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class Regression(bissl.Downstream):
    """A batch is images (N, H, W, 3) and targets (N,) or (N, outputs)."""

    targets = bissl.targets.RealNumbers()

    def __init__(self, num_features: int, outputs: int = 1, seed: int = 0) -> None:
        super().__init__(bissl.LinearHead(num_features, outputs, seed))

    def loss(self, features: Variable, targets: Any) -> Variable:
        prediction = self.head(features)
        return ops.mse_loss(prediction, np.reshape(targets, prediction.shape))

    def score(self, backbone: bissl.Backbone, images: Any, targets: Any) -> float:
        """The coefficient of determination, 1 for perfect predictions and 0 for the mean."""
        wanted: np.ndarray = np.asarray(targets, float)
        prediction = self.predict(backbone, images).reshape(wanted.shape)
        return float(1 - np.sum((wanted - prediction) ** 2) / np.sum((wanted - wanted.mean(axis=0)) ** 2))
