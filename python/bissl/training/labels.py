"""What stages that train on labels share: what the labels are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..data.given import LabelledImages, require_class_labels, require_dense_labels
from ..data.relabelled import DenseLabels, Relabelled
from ..errors import DataError, FileMissing
from ..targets import Classes, DenseTargets, Targets, targets_of
from ..targets.geometry import Size
from .base import Stage
from .sklearntags import tags_of


class LabelledStage(Stage):
    """A stage that trains on labels. ``targets_`` : what labels are and how predictions of them are measured."""

    targets_: Targets

    def __sklearn_tags__(self) -> Any:
        targets = getattr(self, "targets_", None)
        classifies = getattr(self, "objective", None) is None if targets is None else targets.classes is not None
        return tags_of("classifier" if classifies else None, multilabel=True)

    @property
    def classes_(self) -> np.ndarray:
        """The labels that the outputs of the head stand for, in their order, where labels are classes: the different ones
        of the training images; or the class numbers, where ``num_classes`` or names of a data set gave these."""
        return self._classes().labels

    @property
    def class_names_(self) -> tuple[str, ...]:
        """What the classes are called, in the order of ``classes_``: by the data set, else by their labels."""
        return self._classes().names

    def _classes(self) -> Classes:
        if not hasattr(self, "targets_"):
            raise AttributeError(f"{type(self).__name__} is not fitted yet and has no classes; call fit first")
        if self.targets_.classes is None:
            raise AttributeError(f"the labels of this {type(self).__name__} are no classes")
        return self.targets_.classes


def checked_labels(
    given: LabelledImages, targets: Targets, name: str = "X", labels_name: str = "y"
) -> tuple[Dataset, np.ndarray | DenseLabels]:
    """The images, and their labels as ``targets`` read them: arrays (N, ...); of boxes and label maps what reads them by
    image, as loaders do from the data set that is answered.

    Raises as `Targets.read`, and InvalidArgument where the labels are of another kind.
    """
    images = given.images
    if not isinstance(targets, DenseTargets):
        require_class_labels(given, name, labels_name)
        return images, targets.read(given.labels, len(images), labels_name, given.names)
    require_dense_labels(given, targets, name, labels_name)
    if given.labels is not None:
        sizes = [_size(images, sample) for sample in range(len(images))]
        own = targets.read(given.labels, len(images), labels_name, given.names, sizes)
        images = Relabelled(images, own, targets)
    return images, DenseLabels(images, targets)


def class_targets(given: LabelledImages, name: str = "X", labels_name: str = "y") -> Targets:
    """What labels of whole images are, classes or sets of them. InvalidArgument for boxes and label maps."""
    require_class_labels(given, name, labels_name)
    return targets_of(given.labels, len(given.images), name=labels_name, names=given.names)


def measurable_labels(
    given: LabelledImages, targets: Targets, name: str = "X", labels_name: str = "y"
) -> tuple[Dataset, np.ndarray]:
    """The images and labels (N, ...) as targets of whole images read them, of which something can be measured."""
    images, labels = checked_labels(given, targets, name, labels_name)
    targets.require_measurable(labels, labels_name)
    return images, np.asarray(labels)


def _size(images: Dataset, sample: int) -> Size | None:
    """None of an image that cannot be read and is skipped."""
    try:
        return images.size(sample)
    except (DataError, FileMissing):
        if images.reading.on_error == "raise":
            raise
        return None
