"""Batch-norm statistics of the data that features are compared on."""

from __future__ import annotations

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size, checked_images
from ..data.stacks import Stack
from ..networks import Backbone
from .backbones import check_image_size
from .base import Stage, derived_seed
from .batches import DownstreamBatches
from .sources import trained_backbone


def recalibrate(
    backbone: Stage | Backbone,
    X: np.ndarray,
    *,
    augmentation: str | DownstreamViews = "paper",
    batches: int = 100,
    batch_size: int | None = None,
    random_state: int = 0,
) -> Backbone:
    """A copy of the backbone whose running statistics are those of ``batches`` downstream training batches.

    So the paper compares features (section B.10).

    ``batch_size`` None is 256, or all images where there are fewer. No parameter changes.
    """
    images = checked_images(X, "X")
    views = downstream_views(augmentation, images.shape)
    size = checked_batch_size(batch_size, 256, len(images))
    stack = Stack(len(images), size, seed=derived_seed(random_state, "order"))
    source = DownstreamBatches(
        images, np.zeros(len(images), np.int64), views, derived_seed(random_state, "recalibration")
    )
    network = trained_backbone(backbone).clone()
    check_image_size(network, (views.training, views.evaluation))
    for _ in range(batches):
        network.observe(source.draw(stack)[0])
    return network
