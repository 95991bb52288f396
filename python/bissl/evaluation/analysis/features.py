"""Features of all images of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.augmentation import DownstreamViews, downstream_views
from ...data.dataset import Dataset, as_dataset
from ...models.backbone import Backbone
from ...progress import progress_bar
from ...training.backbones import check_image_size
from ...training.base import Stage, checked_counts
from ...training.batches import evaluation_batches
from ...training.sources import trained_backbone


def extract_features(
    backbone: Stage | Backbone,
    X: np.ndarray | Dataset | Any,
    *,
    augmentation: str | DownstreamViews = "paper",
    batch_size: int = 256,
    progress: bool = True,
) -> np.ndarray:
    """Features (N, num_features) of images in evaluation mode, in their order.

    Parameters
    ----------
    backbone : a network or a fitted stage. `bissl.recalibrate` it first where it was trained on other images.
    X : uint8 images (N, H, W, 3) or grey (N, H, W), or a `bissl.data.Dataset`.
    augmentation : "paper", "small" or a `bissl.data.DownstreamViews`, whose evaluation view is used.
    batch_size : images in memory at a time.
    progress : show a progress bar.

    Raises
    ------
    TypeError, ValueError : images that are none, or of a size that the network does not take.
    """
    checked_counts(batch_size=batch_size)
    images = as_dataset(X, "X")
    network = trained_backbone(backbone)
    view = downstream_views(augmentation, images).evaluation
    check_image_size(network, (view,))
    features = np.empty((len(images), network.num_features), network.vector.dtype)
    done = 0
    with progress_bar(len(images), "features", progress, unit="image") as bar:
        for batch in evaluation_batches(images, view, batch_size):
            features[done : done + len(batch)] = network(batch)
            done += len(batch)
            bar.update(len(batch))
    return features
