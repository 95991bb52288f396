"""Scores of the features that a record gets every so often while a backbone is trained."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.dataset import Dataset
from ..data.imageviews import ImageView
from ..errors import checked_integer
from ..training.callback import Callback
from .scalars import step_of

if TYPE_CHECKING:
    from ..training.base import Stage


class PeriodicCheck(Callback):
    """Adds a score of the backbone's features to every ``every``-th record, the first and the last. The run is not changed.
    A subclass states its ``name`` and `_score`; what this would refuse after an epoch only, its `on_begin` refuses before.

    Parameters
    ----------
    every : epochs or alternations between two scores, at least 1.
    augmentation : whose evaluation view is used, as in `bissl.FineTune`.
    """

    every: int
    augmentation: str | DownstreamViews
    _fixed: Iterable[str] = ("every", "augmentation")

    #: The score's name in the record.
    name: str
    #: Attributes that a copy shares: images and labels are only read, and may be large.
    _shared: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, every: int, augmentation: str | DownstreamViews) -> None:
        self._fix(every=checked_integer("every", every, 1), augmentation=augmentation)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = object.__new__(type(self))
        twin.__dict__ |= {name: v if name in self._shared else deepcopy(v, memo) for name, v in vars(self).items()}
        return twin

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        number = step_of(record)
        if number == 0 or (number + 1) % self.every == 0 or stage._is_last:
            record[self.name] = self._score(stage)

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        if self.name not in record:
            record[self.name] = self._score(stage)

    def _adds(self) -> str | None:
        return self.name

    def _score(self, stage: Stage) -> float:
        raise NotImplementedError

    def _views(self, stage: Stage, images: Dataset) -> DownstreamViews:
        """The views of images, which the backbone can take."""
        from ..training.backbones import check_image_size

        views = downstream_views(self.augmentation, images)
        check_image_size(stage.backbone_, (self._seen(views),))
        return views

    def _seen(self, views: DownstreamViews) -> ImageView:
        """The view that the score is of."""
        return views.evaluation

    def _features(self, stage: Stage, images: Dataset) -> tuple[np.ndarray, np.ndarray]:
        """Of the evaluation views of the images that can be read, (n, F), and the numbers of these, (n,)."""
        from ..training.batches import evaluated

        found = evaluated(stage.backbone_, images, self._views(stage, images).evaluation)
        found.warn(images)
        return found.rows, found.samples
