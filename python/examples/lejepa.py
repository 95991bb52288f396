"""LeJEPA (Balestriero and LeCun 2025) as a pretext task: views predict one another, and embeddings are spread as an isotropic
Gaussian, which is measured along random directions. There is no teacher and nothing else that keeps it from collapse."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import bissl
from bissl import ops
from bissl.ops import Variable


class LeJEPA(bissl.Pretext):
    """A batch is ``views`` views (N, H, W, 3) of N images. ``spread`` is the paper's λ: the loss is λ·SIGReg +
    (1 - λ)·prediction.

    Directions are drawn for every batch from (``direction_seed``, ``steps``): a query sees those of the next step, and a run
    that is resumed goes on with them.
    """

    def __init__(
        self,
        net: bissl.Backbone,
        projector: Sequence[int] = (256, 256, 64),
        views: int = 2,
        directions: int = 256,
        spread: float = 0.05,
        seed: int = 0,
    ) -> None:
        super().__init__(net, bissl.Projector(net.num_features, projector, seed))
        self.width = projector[-1]
        self.views, self.directions, self.spread = views, directions, spread
        self.direction_seed, self.steps = seed, 0

    def begin_training(self, seed: int) -> None:
        self.direction_seed, self.steps = seed, 0

    def after_step(self) -> None:
        self.steps += 1

    def prepare(self, batch: Any) -> tuple[Any, ...]:
        draw = np.random.Generator(np.random.Philox(key=np.array([self.direction_seed, self.steps], np.uint64)))
        directions = draw.normal(size=(self.width, self.directions))
        return (*super().prepare(batch), directions / np.linalg.norm(directions, axis=0))

    def loss(self, *arguments: Any) -> Variable:
        *features, directions = arguments
        embeddings = [self.head(view) for view in features]
        centre = sum(embeddings[1:], embeddings[0]) / len(embeddings)
        prediction = sum(ops.mse_loss(view, centre) for view in embeddings) / len(embeddings)
        # Over several processes the rows of all; alone, the same as without.
        statistics = [epps_pulley(ops.gather(view) @ directions) for view in embeddings]
        gaussian = sum(statistics[1:], statistics[0]) / len(statistics)
        return self.spread * gaussian + (1 - self.spread) * prediction


def epps_pulley(samples: Variable, knots: int = 17, last: float = 3.0) -> Variable:
    """The statistic of Epps and Pulley (1983), the mean over the columns of samples (N, M): N times the squared distance
    between the characteristic function of a column and that of a standard Gaussian, exp(-t²/2), weighted by exp(-t²/2) and
    integrated over t by the trapezoid rule on [-last, last]. Both functions are even in modulus: half of it is enough."""
    count = samples.shape[0]
    points = np.linspace(0, last, knots)
    steps = np.full(knots, 2 * last / (knots - 1))
    steps[[0, -1]] /= 2
    gaussian = np.exp(-(points**2) / 2)
    total = ops.constant(0.0)
    for point, expected, weight in zip(points, gaussian, steps * gaussian):
        real, imaginary = ops.mean(ops.cos(samples * point), axis=0), ops.mean(ops.sin(samples * point), axis=0)
        total = weight * ops.mean((real - expected) ** 2 + imaginary**2) + total
    return count * total
