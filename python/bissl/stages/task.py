"""The labelled images of a downstream stage, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size, checked_images, checked_labels
from ..data.stacks import Stack
from .base import derived_seed
from .batches import DownstreamBatches


@dataclass(frozen=True)
class DownstreamTask:
    """Images, uint8 (N, H, W, C), labels, int64 (N,) in 0..classes-1, and how batches are made of them."""

    images: np.ndarray
    labels: np.ndarray
    classes: int
    views: DownstreamViews
    batch_size: int

    @classmethod
    def checked(
        cls,
        X: np.ndarray,
        y: Sequence[int] | np.ndarray,
        classes: int | None,
        augmentation: str | DownstreamViews,
        batch_size: int | None,
    ) -> DownstreamTask:
        """Raises as `checked_images`, `checked_labels` and `checked_batch_size` do (the default batch is 256)."""
        images = checked_images(X, "X")
        labels = checked_labels(y, len(images), classes)
        return cls(
            images=images,
            labels=labels,
            classes=int(labels.max()) + 1 if classes is None else classes,
            views=downstream_views(augmentation, images.shape),
            batch_size=checked_batch_size(batch_size, 256, len(images)),
        )

    @property
    def steps(self) -> int:
        """Whole batches per epoch."""
        return len(self.images) // self.batch_size

    def sources(self, seed: int) -> tuple[Stack, DownstreamBatches]:
        """The order of the samples and the batches made of them."""
        order = Stack(len(self.images), self.batch_size, seed=derived_seed(seed, "order"))
        return order, DownstreamBatches(self.images, self.labels, self.views, derived_seed(seed, "views"))
