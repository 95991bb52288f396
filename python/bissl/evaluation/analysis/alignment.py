"""How far a backbone is from its fine-tuned versions: a row of Table 9."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.augmentation import DownstreamViews
from ...data.dataset import Dataset
from ...data.given import ImagesLike, as_dataset
from ...models.backbone import Backbone
from ...training.base import Stage
from ...training.recalibration import recalibrate
from ...training.sources import trained_backbone
from .features import features_of
from .similarity import Similarity, TunedRuns, feature_similarity, layer_similarity, parameter_similarity, runs_of


@dataclass(frozen=True)
class Alignment:
    """Cosine similarities of a backbone with its fine-tuned versions: of all parameters, of the features of images, and
    of each parameter tensor.

    Parameters
    ----------
    parameters : Similarity
        Of all parameters, as one vector.
    features : Similarity
        Of the features of images.
    layers : mapping of str to Similarity
        Of each parameter tensor, by name.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8)
    >>> found = bissl.analysis.alignment(net, [net.clone()], images, augmentation="small", progress=False)
    >>> round(found.parameters.mean, 4)
    1.0
    """

    parameters: Similarity
    features: Similarity
    layers: Mapping[str, Similarity]

    def __str__(self) -> str:
        return f"parameters {self.parameters}, features {self.features} (cosine similarity × 100)"


def alignment(
    backbone: Stage | Backbone,
    tuned: TunedRuns,
    X: np.ndarray | Dataset | Any,
    *,
    calibration: ImagesLike | None = None,
    augmentation: str | DownstreamViews = "paper",
    batches: int = 100,
    batch_size: int | None = None,
    random_state: int | None = 0,
    progress: bool = True,
) -> Alignment:
    """Compares a backbone with its fine-tuned versions as the paper does (section B.10.1).

    Parameters
    ----------
    backbone : Stage or Backbone
        Before fine-tuning: a network or a fitted stage.
    tuned : Stage, Backbone or sequence of them
        After it; several for mean and deviation.
    X : ndarray or Dataset
        Test images of the downstream task, uint8 (N, H, W, C) or a data set.
    calibration : ndarray, Dataset or None, optional
        Its training images, on ``batches`` batches of which the backbone's batch-norm statistics are renewed first
        (`bissl.recalibrate`; ``batch_size`` None is 256, or all images where there are fewer); the fine-tuned ones
        have seen them in training. None compares the backbone as it is.
    augmentation : str or DownstreamViews, default "paper"
        "paper", "small" or a `bissl.data.DownstreamViews`.
    batches : int, default 100
        Of the recalibration.
    batch_size : int or None, optional
        None is 256, or all images where there are fewer.
    random_state : int or None, default 0
        Random state of the recalibration.
    progress : bool, default True
        Show progress bars.

    Returns
    -------
    Alignment
        Similarities of parameters, features and layers.

    Raises
    ------
    TypeError, ValueError
        As `parameter_similarity` and `extract_features`.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> tuned = net.clone()
    >>> tuned.vector[:] *= 1.01
    >>> images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8)
    >>> found = bissl.analysis.alignment(net, tuned, images, augmentation="small", progress=False)
    >>> found.features.mean > 0.9
    True
    """
    start, ends = trained_backbone(backbone), runs_of(tuned)
    parameters, layers = parameter_similarity(start, ends), layer_similarity(start, ends)
    if calibration is not None:
        start = recalibrate(
            start,
            calibration,
            augmentation=augmentation,
            batches=batches,
            batch_size=batch_size,
            random_state=random_state,
        )
    images = as_dataset(X, "X")
    found = [features_of(network, images, augmentation, 256, progress) for network in (start, *ends)]
    found[0].warn(images)
    before, *after = (each.rows for each in found)
    return Alignment(parameters, feature_similarity(before, after), layers)
