"""Batch-norm statistics of the data that features are compared on."""

from __future__ import annotations

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size
from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..data.loader import Loader
from ..data.stacks import Stack
from ..errors import checked_integer
from ..models.backbone import Backbone
from .backbones import check_image_size
from .base import Stage, derived_seed, resolved_seed
from .sources import trained_backbone


def recalibrate(
    backbone: Stage | Backbone,
    X: np.ndarray | Dataset,
    *,
    augmentation: str | DownstreamViews = "paper",
    batches: int = 100,
    batch_size: int | None = None,
    random_state: int | None = 0,
) -> Backbone:
    """A copy of the backbone whose running statistics are those of ``batches`` downstream training batches.

    So the paper compares features (section B.10).

    ``batch_size`` None is 256, or all images where there are fewer; ``random_state`` None draws a seed. No parameter
    changes.
    """
    seed, batches = resolved_seed(random_state), checked_integer("batches", batches, 0)
    images = as_dataset(X, "X")
    views = downstream_views(augmentation, images)
    size = checked_batch_size(batch_size, 256, len(images))
    stack = Stack(len(images), size, seed=derived_seed(seed, "order"))
    network = trained_backbone(backbone).clone()
    check_image_size(network, (views.training, views.evaluation))
    with Loader(images, stack, views.training, derived_seed(seed, "recalibration")) as loader:
        for _ in range(batches):
            network.observe(next(loader).views[0])
    return network
