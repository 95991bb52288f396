"""From sample numbers to the batches that training steps take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..data.augmentation import DownstreamViews, View, augment
from ..data.stacks import RandomDraws, Stack


@dataclass(frozen=True)
class PretextBatches:
    """Random views of uint8 images (N, H, W, C)."""

    images: np.ndarray
    views: tuple[View, ...]
    seed: int

    def draw(self, source: Stack | RandomDraws) -> tuple[np.ndarray, ...] | np.ndarray:
        """The next batch of ``source``: a tuple with one array (B, size, size, 3) per view, or, where there is only one
        view, this array itself."""
        samples, epoch = source.draw(), source.epoch
        pixels = self.images[samples]
        batch = tuple(augment(pixels, samples, view, self.seed, epoch, index) for index, view in enumerate(self.views))
        return batch if len(batch) > 1 else batch[0]


@dataclass(frozen=True)
class DownstreamBatches:
    """Random training views of labelled images; ``labels`` (N, ...)."""

    images: np.ndarray
    labels: np.ndarray
    views: DownstreamViews
    seed: int

    def draw(self, source: Stack) -> tuple[np.ndarray, np.ndarray]:
        """The next batch of ``source``: images (B, size, size, 3) and labels (B, ...)."""
        samples, epoch = source.draw(), source.epoch
        images = augment(self.images[samples], samples, self.views.training, self.seed, epoch)
        return images, self.labels[samples]


def evaluation_batches(images: np.ndarray, view: View, batch_size: int = 256) -> Iterator[np.ndarray]:
    """The fixed view of all images, in order, the last batch smaller where they do not divide."""
    for start in range(0, len(images), batch_size):
        pixels = images[start : start + batch_size]
        yield augment(pixels, np.arange(start, start + len(pixels)), view)
