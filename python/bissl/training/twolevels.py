"""What stages that train on both levels' data have in common: objectives, images and views, checked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..data.augmentation import DownstreamViews, View
from ..data.dataset import Dataset
from ..data.given import ImagesLike, as_dataset
from ..data.pretext_recipes import PretextRecipe, pretext_views
from ..data.relabelled import DenseLabels
from ..data.stacks import Order
from ..objectives.base import Downstream, Pretext
from ..targets import Targets
from .backbones import check_image_size
from .base import derived_seed
from .batches import DownstreamBatches, PretextBatches
from .labels import checked_labels
from .methods import begun
from .sources import trained_downstream, trained_pretext
from .task import Labelled, labelled_pair, task_views, told_targets


class TwoLevelOptions(Protocol):
    """The options of a stage that say how it sees the images of both levels."""

    pretext_augmentation: PretextRecipe | None
    downstream_augmentation: str | DownstreamViews | None


@dataclass(frozen=True)
class TwoLevels:
    """Copies of both objectives; the images of both levels, ``labels`` as ``downstream`` takes them, which
    ``targets`` tell the meaning of; and their views."""

    pretext: Pretext
    downstream: Downstream
    targets: Targets
    unlabeled: Dataset
    images: Dataset
    labels: np.ndarray | DenseLabels
    pretext_views: tuple[View, ...]
    downstream_views: DownstreamViews

    @classmethod
    def checked(
        cls, stage: TwoLevelOptions, pretrained: Any, warm: Any, X_unlabeled: ImagesLike, labeled: Labelled
    ) -> TwoLevels:
        """See `BiSSL.iterate` for the arguments. Raises as the checks of images, labels and views do."""
        unlabeled = as_dataset(X_unlabeled, "X_unlabeled")
        given = labelled_pair(labeled, "labeled")
        pretext = trained_pretext(pretrained)
        downstream = trained_downstream(warm, pretext.backbone.num_features)
        targets = told_targets(getattr(warm, "targets_", downstream.targets), downstream, given.names)
        images, labels = checked_labels(given, targets)
        recipe = pretext_views(
            _inherited(stage.pretext_augmentation, pretrained, "pretext_views_"),
            unlabeled,
            pretext.views,
            "pretext_augmentation",
        )
        inherited = _inherited(stage.downstream_augmentation, warm, "views_")
        views = task_views(inherited, images, targets, "downstream_augmentation")
        check_image_size(pretext.backbone, recipe, "pretext_augmentation")
        check_image_size(pretext.backbone, (views.training, views.evaluation), "downstream_augmentation")
        return cls(pretext, downstream, targets, unlabeled, images, labels, recipe, views)

    def begin(self, seed: int) -> None:
        """Tells both objectives that a stage with this seed begins."""
        for level, objective in (("pretext", self.pretext), ("downstream", self.downstream)):
            begun(objective, derived_seed(seed, level))

    @property
    def data(self) -> dict[str, Dataset | np.ndarray | DenseLabels]:
        """Images and labels by argument."""
        return {"X_unlabeled": self.unlabeled, "labeled images": self.images, "labels": self.labels}

    @property
    def augmentation(self) -> dict[str, Any]:
        """Both levels' views by option."""
        return {
            "pretext_augmentation": self.pretext_views,
            "downstream_augmentation": self.downstream_views,
        }

    def pretext_batches(self, order: Order, seed: int, purpose: str = "pretext", **options: Any) -> PretextBatches:
        """Batches of the pretext objective, to be closed after use. ``purpose`` keeps draws apart, ``options`` are the
        loader's."""
        key = derived_seed(seed, f"{purpose} views")
        return PretextBatches(self.unlabeled, order, self.pretext_views, key, **options)

    def downstream_batches(self, order: Order, seed: int) -> DownstreamBatches:
        """Batches of the downstream objective, to be closed after use."""
        view = self.downstream_views.training
        key = derived_seed(seed, "downstream views")
        return DownstreamBatches(self.images, self.labels, order, view, key, self.targets)


def _inherited(augmentation: Any, source: Any, views: str) -> Any:
    """The augmentation asked for, else the views that the stage before was fitted with, else the paper's."""
    return augmentation if augmentation is not None else getattr(source, views, "paper")
