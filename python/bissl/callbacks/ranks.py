"""How many dimensions the features use while a backbone is trained: scores that need no labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..data.augmentation import DownstreamViews, View
from ..data.dataset import Dataset
from ..data.given import ImagesLike, as_dataset
from ..data.loader import Loader
from ..data.stacks import Sequential
from ..errors import InvalidArgument, checked_integer, checked_seed
from ..evaluation.ranks import lidar, rankme
from .checks import PeriodicCheck

if TYPE_CHECKING:
    from ..training.base import Stage


class RankCheck(PeriodicCheck):
    """An effective rank of the features of images.

    Parameters
    ----------
    images : uint8 images (N, H, W, C), or a data set.
    every, augmentation : as of `PeriodicCheck`.
    """

    images: ImagesLike
    _fixed: Iterable[str] = ("images",)
    _shared = frozenset({"images"})

    def __init__(self, images: ImagesLike, every: int = 10, augmentation: str | DownstreamViews = "paper") -> None:
        super().__init__(every, augmentation)
        self._fix(images=images)

    def on_begin(self, stage: Stage) -> None:
        self._views(stage, self._given())

    def _given(self) -> Dataset:
        return as_dataset(self.images, "images")


class RankMe(RankCheck):
    """The effective rank of the features of images (Garrido et al. 2023), as ``record["rankme"]``: from 1, where all lie on
    one line through 0, to the number of features. It falls where a backbone collapses, long before a loss shows it, and needs
    no labels.

    Parameters
    ----------
    images : array or Dataset
        uint8 images (N, H, W, C), or a data set: of the pretext task. More than there are features (the paper takes 25,600).
    every : int, default 10
        Epochs or alternations between two scores, at least 1.
    augmentation : str or DownstreamViews, default "paper"
        Whose evaluation view is used, as in `bissl.FineTune`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number out of range.

    Examples
    --------
    >>> images = np.zeros((64, 16, 16, 3), np.uint8)
    >>> stage = bissl.Pretrain(callbacks=[bissl.callbacks.RankMe(images, every=5)])
    """

    name = "rankme"

    def _score(self, stage: Stage) -> float:
        return rankme(self._features(stage, self._given())[0])


class LiDAR(RankCheck):
    """The rank of the linear discriminants that tell images apart whatever their view (Thilak et al. 2024), as
    ``record["lidar"]``: unlike `RankMe` it does not count directions in which views of one image differ as much as images do.
    It needs no labels.

    Parameters
    ----------
    images : array or Dataset
        uint8 images (N, H, W, C), or a data set: of the pretext task. The paper takes 1,000.
    every : int, default 10
        Epochs or alternations between two scores, at least 1.
    augmentation : str or DownstreamViews, default "paper"
        Whose random training view is used.
    views : int, default 10
        Random views of each image, at least 2; the paper takes 50.
    seed : int, default 0
        Of the views, which are the same for every score.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number out of range.

    Examples
    --------
    >>> images = np.zeros((64, 16, 16, 3), np.uint8)
    >>> stage = bissl.Pretrain(callbacks=[bissl.callbacks.LiDAR(images, every=5, views=4)])
    """

    name = "lidar"

    views: int
    seed: int
    _fixed = ("views", "seed")

    def __init__(
        self,
        images: ImagesLike,
        every: int = 10,
        augmentation: str | DownstreamViews = "paper",
        *,
        views: int = 10,
        seed: int = 0,
    ) -> None:
        super().__init__(images, every, augmentation)
        self._fix(views=checked_integer("views", views, 2), seed=checked_seed("seed", seed))

    def on_begin(self, stage: Stage) -> None:
        super().on_begin(stage)
        if len(self._given()) < 2:
            raise InvalidArgument("images: LiDAR tells images apart, expected at least 2, got 1; give more of them")

    def _seen(self, views: DownstreamViews) -> View:
        if not isinstance(views.training, View):
            raise InvalidArgument(
                "augmentation: LiDAR compares random crops of one size; give bissl.data.DownstreamViews of them"
            )
        return views.training

    def _score(self, stage: Stage) -> float:
        images = self._given()
        view = self._seen(self._views(stage, images))
        with Loader(images, Sequential(len(images), 64), (view,) * self.views, self.seed) as loader:
            features = [[stage.backbone_(seen) for seen in batch.views] for batch in loader]
        return lidar(np.concatenate([np.stack(batch, axis=1) for batch in features]))
