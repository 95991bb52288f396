"""How many dimensions the features use while a backbone is trained: scores that need no labels."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.augmentation import DownstreamViews, View, downstream_views
from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..data.loader import Loader
from ..data.stacks import Sequential
from ..errors import InvalidArgument, checked_integer, checked_seed
from ..evaluation.ranks import lidar, rankme
from ..training.callback import Callback
from .scalars import step_of

if TYPE_CHECKING:
    from ..training.base import Stage


class RankCheck(Callback):
    """Adds an effective rank of the backbone's features to every ``every``-th record, and to the first. The run is not
    changed."""

    images: Any
    every: int
    augmentation: str | DownstreamViews
    _fixed: Iterable[str] = ("images", "every", "augmentation")

    #: The score's name in the record.
    name: str

    def __init__(self, images: Any, every: int = 10, augmentation: str | DownstreamViews = "paper") -> None:
        self._fix(images=images, every=checked_integer("every", every, 1), augmentation=augmentation)

    def __deepcopy__(self, memo: dict[int, Any]) -> RankCheck:
        # Images are only read, and may be large.
        twin = memo[id(self)] = object.__new__(type(self))
        twin.__dict__ |= {name: v if name == "images" else deepcopy(v, memo) for name, v in vars(self).items()}
        return twin

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        number = step_of(record)
        if number == 0 or (number + 1) % self.every == 0:
            record[self.name] = self._score(stage, as_dataset(self.images, "images"))

    def _score(self, stage: Stage, images: Dataset) -> float:
        raise NotImplementedError


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

    def _score(self, stage: Stage, images: Dataset) -> float:
        view = downstream_views(self.augmentation, images).evaluation
        with Loader(images, Sequential(len(images)), view) as loader:
            return rankme(np.concatenate([stage.backbone_(batch.views[0]) for batch in loader]))


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
        images: Any,
        every: int = 10,
        augmentation: str | DownstreamViews = "paper",
        *,
        views: int = 10,
        seed: int = 0,
    ) -> None:
        super().__init__(images, every, augmentation)
        self._fix(views=checked_integer("views", views, 2), seed=checked_seed("seed", seed))

    def _score(self, stage: Stage, images: Dataset) -> float:
        view = downstream_views(self.augmentation, images).training
        if not isinstance(view, View):
            raise InvalidArgument("augmentation: LiDAR compares random crops of one size; give bissl.data.DownstreamViews of them")
        with Loader(images, Sequential(len(images), 64), (view,) * self.views, self.seed) as loader:
            features = [[stage.backbone_(seen) for seen in batch.views] for batch in loader]
        return lidar(np.concatenate([np.stack(batch, axis=1) for batch in features]))
