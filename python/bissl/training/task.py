"""The labelled images of a downstream stage, checked, with the objective that reads the labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size
from ..data.dataset import Dataset, LabelledImages, labelled
from ..data.stacks import Stack
from ..errors import WrongType
from ..models.backbone import Backbone
from ..objectives.base import Downstream
from ..objectives.downstream.classification import Classifier, MultiLabelClassifier
from ..targets import ClassSets, Targets, targets_of
from .backbones import check_image_size
from .base import derived_seed
from .batches import DownstreamBatches
from .methods import begun
from .sources import trained_downstream

#: How a stage is told which downstream objective to train: None (a classifier for the labels given), a callable that
#: takes ``num_features`` and ``seed``, or the objective itself.
ObjectiveChoice = Callable[..., Downstream] | Downstream | None

#: Images and their labels, or a data set that has labels.
Labelled = tuple[np.ndarray | Dataset, Any] | Dataset


def labelled_pair(given: Labelled, name: str = "X", labels_name: str = "y") -> LabelledImages:
    """The data set and its labels, not checked yet. Raises as `bissl.data.dataset.labelled`."""
    images, labels = (given, None) if isinstance(given, Dataset) else given
    return labelled(images, labels, name, labels_name)


class DownstreamOptions(Protocol):
    """The options of a stage that shape its task."""

    objective: ObjectiveChoice
    num_classes: int | None
    augmentation: str | DownstreamViews
    batch_size: int | None


@dataclass(frozen=True)
class DownstreamTask:
    """Images; labels (N, ...) as ``downstream`` takes them, which ``targets`` tell the meaning of; and how batches are
    made of both."""

    dataset: Dataset
    labels: np.ndarray
    targets: Targets
    downstream: Downstream
    views: DownstreamViews
    batch_size: int

    @classmethod
    def checked(cls, stage: DownstreamOptions, backbone: Backbone, X: Any, y: Any, seed: int) -> DownstreamTask:
        """The task that a stage sets on images X (an array or a data set) and labels y (None: those
        of the data set), with a new objective on the features of ``backbone``.

        Raises as the checks of images, labels and batch size do (the default batch is 256).
        """
        given = labelled(X, y)
        dataset, count = given.images, len(given.images)
        head_seed = derived_seed(seed, "head")
        downstream = begun(new_downstream(stage, backbone.num_features, given, head_seed), seed)
        targets = told_targets(downstream.targets, downstream, given.names)
        labels = targets.read(given.labels, count, "y", given.names)
        views = downstream_views(stage.augmentation, dataset)
        check_image_size(backbone, (views.training, views.evaluation))
        return cls(dataset, labels, targets, downstream, views, checked_batch_size(stage.batch_size, 256, count))

    @property
    def steps(self) -> int:
        """Whole batches per epoch."""
        return len(self.dataset) // self.batch_size

    @property
    def data(self) -> dict[str, Dataset | np.ndarray]:
        """Images and labels by argument."""
        return {"X": self.dataset, "y": self.labels}

    def batches(self, seed: int) -> DownstreamBatches:
        """Training batches, to be closed after use."""
        order = Stack(len(self.dataset), self.batch_size, seed=derived_seed(seed, "order"))
        view, key = self.views.training, derived_seed(seed, "views")
        return DownstreamBatches(self.dataset, self.labels, order, view, key)


def new_downstream(stage: DownstreamOptions, features: int, given: LabelledImages, seed: int) -> Downstream:
    """The objective that a stage trains on the images given: `bissl.Classifier` or `bissl.MultiLabelClassifier` by the shape
    of their labels, what the stage's ``objective`` makes, or a copy of it."""
    if stage.objective is None:
        targets = targets_of(given.labels, len(given.images), stage.num_classes, "y", given.names)
        kind = MultiLabelClassifier if isinstance(targets, ClassSets) else Classifier
        downstream = kind(features, targets.num_classes, seed=seed)
        downstream.targets = targets
        return downstream
    if not isinstance(stage.objective, Downstream) and not callable(stage.objective):
        raise WrongType(
            f"objective: expected None, a callable that takes num_features and seed, or a downstream objective, "
            f"got {type(stage.objective).__name__}"
        )
    if isinstance(stage.objective, Downstream):
        return trained_downstream(stage.objective, features, "objective")
    make = deepcopy(stage.objective)  # what holds a state begins every fit with the same
    return trained_downstream(make(features, seed=seed), features, "objective")


def told_targets(known: Targets, downstream: Downstream, names: Sequence[str]) -> Targets:
    """The targets of an objective that is to be trained on images of classes with these names, which it is told unless it
    was trained before. ``known`` : what was known of them before."""
    targets = known.trained_on(names)
    if targets is not downstream.targets:
        with suppress(AttributeError):  # where the user's objective has a property that cannot be set, the stage knows
            downstream.targets = targets
    return targets
