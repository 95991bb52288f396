"""Regression as a downstream task: real numbers per image, by the mean squared error."""

import numpy as np

import bissl
from bissl import ops


class Regression(bissl.Downstream):
    """A batch is images (N, H, W, 3) and targets (N,) or (N, outputs)."""

    targets = bissl.targets.RealNumbers()

    def __init__(self, num_features, outputs=1, seed=0):
        super().__init__(bissl.LinearHead(num_features, outputs, seed))

    def loss(self, features, targets):
        prediction = self.head(features)
        return ops.mse_loss(prediction, np.reshape(targets, prediction.shape))

    def score(self, backbone, images, targets):
        """The coefficient of determination, 1 for perfect predictions and 0 for the mean."""
        targets = np.asarray(targets, float)
        prediction = self.predict(backbone, images).reshape(targets.shape)
        return 1 - np.sum((targets - prediction) ** 2) / np.sum((targets - targets.mean(axis=0)) ** 2)
