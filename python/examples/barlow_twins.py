"""Barlow Twins (Zbontar et al. 2021) as a pretext task: the cross-correlation of two views is to be the identity."""

from collections.abc import Sequence

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class BarlowTwins(bissl.Pretext):
    """A batch is two views (N, H, W, 3), N ≥ 2. ``redundancy`` is the paper's λ, the weight of the entries off the
    diagonal."""

    def __init__(
        self, net: bissl.Backbone, projector: Sequence[int] = (256, 256, 256), redundancy: float = 5e-3, seed: int = 0
    ) -> None:
        super().__init__(net, bissl.Projector(net.num_features, projector, seed))
        self.redundancy = redundancy

    def loss(self, first: Variable, second: Variable) -> Variable:
        # Over several processes the rows of all; alone, the same as without.
        a, b = (standardized(ops.gather(self.head(view))) for view in (first, second))
        correlations = (a.T @ b) / len(a)
        diagonal = np.eye(a.shape[1])
        weights = diagonal + self.redundancy * (1 - diagonal)
        return ops.sum((correlations - diagonal) ** 2 * weights)


def standardized(z: Variable) -> Variable:
    """Every dimension with mean 0 and variance 1 over the batch."""
    return ops.batch_norm(z, np.ones(z.shape[1]), np.zeros(z.shape[1]))
