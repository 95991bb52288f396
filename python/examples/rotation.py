"""Rotation prediction (Gidaris et al. 2018) as a pretext task: which of four quarter turns was an image given?"""

from typing import Any

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class RotationPrediction(bissl.Pretext):
    """A batch is images (N, S, S, 3); each passes the network in all four rotations, 4N images as one batch."""

    views = 1

    def __init__(self, net: bissl.Backbone, seed: int = 0) -> None:
        super().__init__(net, bissl.LinearHead(net.num_features, 4, seed))

    def prepare(self, batch: Any) -> tuple[np.ndarray, np.ndarray]:
        (images,) = super().prepare(batch)
        turns = [np.rot90(images, quarter, axes=(1, 2)) for quarter in range(4)]
        return np.concatenate(turns), np.repeat(np.arange(4), len(images))

    def loss(self, features: Variable, turns: np.ndarray) -> Variable:
        return ops.cross_entropy(self.head(features), turns)
