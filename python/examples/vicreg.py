"""VICReg (Bardes et al. 2022) as a pretext task: views agree, no dimension collapses, dimensions are uncorrelated."""

from collections.abc import Sequence

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class VICReg(bissl.Pretext):
    """A batch is two views (N, H, W, 3), N ≥ 2. The weights are those of the paper's three terms."""

    def __init__(
        self,
        net: bissl.Backbone,
        projector: Sequence[int] = (256, 256, 256),
        invariance: float = 25.0,
        variance: float = 25.0,
        covariance: float = 1.0,
        seed: int = 0,
    ) -> None:
        super().__init__(net, bissl.Projector(net.num_features, projector, seed))
        self.invariance, self.variance, self.covariance = invariance, variance, covariance

    def loss(self, first: Variable, second: Variable) -> Variable:
        # Over several processes the rows of all; alone, the same as without.
        a, b = (ops.gather(self.head(view)) for view in (first, second))
        spread = (hinge_of_deviations(a) + hinge_of_deviations(b)) / 2
        correlation = squared_covariances(a) + squared_covariances(b)
        return self.invariance * ops.mse_loss(a, b) + self.variance * spread + self.covariance * correlation


def hinge_of_deviations(z: Variable, eps: float = 1e-4) -> Variable:
    """Mean over the dimensions of max(0, 1 - standard deviation over the batch)."""
    return ops.mean(ops.relu(1 - ops.sqrt(ops.var(z, axis=0, ddof=1) + eps)))


def squared_covariances(z: Variable) -> Variable:
    """Sum of the squared covariances of different dimensions, per dimension."""
    count, width = z.shape
    centred = z - ops.mean(z, axis=0)
    covariances = (centred.T @ centred) / (count - 1) * (1 - np.eye(width))
    return ops.sum(covariances**2) / width
