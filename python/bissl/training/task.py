"""The labelled images of a downstream stage, checked, with the objective that reads the labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from inspect import Parameter
from typing import Any, Protocol

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_batch_size
from ..data.dataset import Dataset
from ..data.densepresets import dense_downstream_views
from ..data.given import ImagesLike, LabelledImages, LabelsLike, labelled, require_class_labels
from ..data.relabelled import DenseLabels
from ..data.stacks import Stack
from ..errors import InvalidArgument, WrongType
from ..models.backbone import Backbone
from ..objectives.base import Downstream
from ..objectives.downstream.classification import Classifier, MultiLabelClassifier
from ..targets import ClassNumbers, ClassSets, DenseTargets, Targets, targets_of
from ..targets.choice import dense_kind_of
from .backbones import check_image_size
from .base import derived_seed
from .batches import DownstreamBatches
from .labels import checked_labels
from .methods import begun, parameters_of, require_call
from .sources import trained_downstream

#: How a stage is told which downstream objective to train: None (a classifier for the labels given), a callable that
#: takes ``num_features`` or ``net``, ``seed``, and ``num_classes`` if it likes, or the objective itself.
ObjectiveChoice = Callable[..., Downstream] | Downstream | None

_MAKES = "a callable that takes num_features and seed (or net and seed), and num_classes if it likes"

#: Images and their labels, or a data set that has labels.
Labelled = tuple[ImagesLike, LabelsLike] | Dataset


def labelled_pair(given: Labelled, argument: str, names: tuple[str, str] = ("X", "y")) -> LabelledImages:
    """The data set and its labels, not checked yet. Messages call the pair ``argument``, and ``names`` its images and labels.

    Raises as `bissl.data.given.labelled`, and WrongType or InvalidArgument for what is no pair.
    """
    if isinstance(given, Dataset):
        return labelled(given, None, *names)
    expected = f"{argument}: expected a pair (images, labels), or a data set that has labels"
    if not isinstance(given, (tuple, list)):
        shape = f" of shape {given.shape}" if isinstance(given, np.ndarray) else ""
        raise WrongType(f"{expected}, got {type(given).__name__}{shape}; write {argument}=(images, labels)")
    if len(given) != 2:
        raise InvalidArgument(f"{expected}, got {len(given)} things; write {argument}=(images, labels)")
    return labelled(*given, *names)


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
    labels: np.ndarray | DenseLabels
    targets: Targets
    downstream: Downstream
    views: DownstreamViews
    batch_size: int

    @classmethod
    def checked(cls, stage: DownstreamOptions, backbone: Backbone, X: Any, y: Any, seed: int) -> DownstreamTask:
        """The task that a stage sets on images X (an array or a data set) and labels y (None: those
        of the data set), with a new objective on the features of ``backbone``.

        Raises as the checks of images, labels and batch size do.
        """
        given = labelled(X, y)
        downstream = begun(new_downstream(stage, backbone, given, derived_seed(seed, "head")), seed)
        targets = told_targets(downstream.targets, downstream, given.names)
        dataset, labels = checked_labels(given, targets)
        views = task_views(stage.augmentation, dataset, targets)
        check_image_size(backbone, (views.training, views.evaluation))
        size = checked_task_batch_size(stage.batch_size, len(dataset), targets)
        return cls(dataset, labels, targets, downstream, views, size)

    @property
    def steps(self) -> int:
        """Whole batches per epoch."""
        return len(self.dataset) // self.batch_size

    @property
    def data(self) -> dict[str, Dataset | np.ndarray | DenseLabels]:
        """Images and labels by argument."""
        return {"X": self.dataset, "y": self.labels}

    def batches(self, seed: int) -> DownstreamBatches:
        """Training batches, to be closed after use."""
        order = Stack(len(self.dataset), self.batch_size, seed=derived_seed(seed, "order"))
        view, key = self.views.training, derived_seed(seed, "views")
        return DownstreamBatches(self.dataset, self.labels, order, view, key, self.targets)


def task_views(
    augmentation: str | DownstreamViews, dataset: Dataset, targets: Targets, name: str = "augmentation"
) -> DownstreamViews:
    """The views that ``augmentation`` names, of whole images where labels belong to places in them. ``name`` is what messages
    call it."""
    if isinstance(targets, DenseTargets):
        return dense_downstream_views(augmentation, dataset, targets, name)
    return downstream_views(augmentation, dataset, name)


def checked_task_batch_size(batch_size: int | None, count: int, targets: Targets, name: str = "batch_size") -> int:
    """The batch size asked for; None is the paper's 256 images, 16 for detection and segmentation (section B.7), or all where
    there are fewer. Raises as `checked_batch_size`."""
    if targets.is_dense:
        return checked_batch_size(batch_size, 16, count, least=1, name=name)
    return checked_batch_size(batch_size, 256, count, name=name)


def new_downstream(stage: DownstreamOptions, backbone: Backbone, given: LabelledImages, seed: int) -> Downstream:
    """The objective that a stage trains on the images given: `bissl.Classifier` or `bissl.MultiLabelClassifier` by the shape
    of their labels, what the stage's ``objective`` makes, or a copy of it."""
    features = backbone.num_features
    if stage.objective is None:
        require_class_labels(given)
        targets = targets_of(given.labels, len(given.images), stage.num_classes, "y", given.names)
        kind = MultiLabelClassifier if isinstance(targets, ClassSets) else Classifier
        downstream = kind(features, targets.num_classes, seed=seed)
        downstream.targets = targets
        return downstream
    if not isinstance(stage.objective, Downstream) and not callable(stage.objective):
        raise WrongType(
            f"objective: expected None, {_MAKES}, or a downstream objective, got {type(stage.objective).__name__}"
        )
    if isinstance(stage.objective, Downstream):
        return trained_downstream(stage.objective, features, "objective")
    make = deepcopy(stage.objective)  # what holds a state begins every fit with the same
    return trained_downstream(_made(make, backbone, stage.num_classes, given, seed), features, "objective")


def _made(
    make: Callable[..., Downstream], backbone: Backbone, num_classes: int | None, given: LabelledImages, seed: int
) -> Downstream:
    """What a callable makes of the number of features, or, where it takes ``net``, of the network; and of the number of
    classes, where it takes that and has not been given it."""
    taken = parameters_of("objective", make, _MAKES)
    first = backbone if "net" in taken else backbone.num_features
    options = {"seed": seed}
    found: ClassNumbers | ClassSets | None = None
    if "num_classes" in taken and not (isinstance(make, partial) and "num_classes" in make.keywords):
        number = num_classes if num_classes is not None else len(given.names) or None
        if number is None and taken["num_classes"].default is Parameter.empty:
            found = _found_classes(given)
            number = found.num_classes
        options |= {} if number is None else {"num_classes": number}
    require_call("objective", make, _MAKES, (first,), options)
    downstream = make(first, **options)
    if found is not None and isinstance(downstream, Downstream) and type(downstream.targets) is type(found):
        downstream.targets = found
    return downstream


def _found_classes(given: LabelledImages) -> ClassNumbers | ClassSets:
    """The classes that the labels of whole images are of."""
    if given.labels is None or dense_kind_of(given.labels) is not None:
        raise InvalidArgument(
            "num_classes: expected the number of classes, which the objective takes and labels of places in images do not "
            "tell; give num_classes=..."
        )
    return targets_of(given.labels, len(given.images), None, "y", given.names)


def told_targets(known: Targets, downstream: Downstream, names: Sequence[str]) -> Targets:
    """The targets of an objective that is to be trained on images of classes with these names, which it is told unless it
    was trained before. ``known`` : what was known of them before."""
    targets = known.trained_on(names)
    if targets is not downstream.targets:
        with suppress(AttributeError):  # where the user's objective has a property that cannot be set, the stage knows
            downstream.targets = targets
    return targets
