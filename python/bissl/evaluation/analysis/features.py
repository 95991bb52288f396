"""Features of all images of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...data.augmentation import DownstreamViews, downstream_views
from ...data.dataset import Dataset
from ...data.given import as_dataset
from ...errors import checked_integer
from ...models.backbone import Backbone
from ...progress import progress_bar
from ...training.backbones import check_image_size
from ...training.base import Stage
from ...training.batches import Evaluated, evaluated
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
    backbone : Stage or Backbone
        A network or a fitted stage. `bissl.recalibrate` it first where it was trained on other images.
    X : ndarray or Dataset
        uint8 images (N, H, W, 3) or grey (N, H, W), or a `bissl.data.Dataset`.
    augmentation : str or DownstreamViews, default "paper"
        "paper", "small" or a `bissl.data.DownstreamViews`, whose evaluation view is used.
    batch_size : int, default 256
        Images in memory at a time.
    progress : bool, default True
        Show a progress bar.

    Returns
    -------
    ndarray
        (N, num_features), of the engine's precision.

    Raises
    ------
    TypeError, ValueError
        Images that are none, or of a size that the network does not take.

    Examples
    --------
    >>> images = np.zeros((3, 16, 16, 3), np.uint8)
    >>> net = bissl.resnet18(widths=(4, 4, 4, 8), stem="small")
    >>> bissl.analysis.extract_features(net, images, augmentation="small", progress=False).shape
    (3, 8)
    """
    images = as_dataset(X, "X")
    features: np.ndarray = features_of(backbone, images, augmentation, batch_size, progress).whole(images)
    return features


def features_of(
    backbone: Stage | Backbone, images: Dataset, augmentation: str | DownstreamViews, batch_size: int, progress: bool
) -> Evaluated:
    """As `extract_features`, of the images that can be read where the data set skips others."""
    batch_size = checked_integer("batch_size", batch_size, 1)
    network = trained_backbone(backbone)
    view = downstream_views(augmentation, images).evaluation
    check_image_size(network, (view,))
    with progress_bar(len(images), "features", progress, unit="image") as bar:

        def features(views: np.ndarray) -> np.ndarray:
            bar.update(len(views))
            return network(views)

        return evaluated(features, images, view, batch_size)
