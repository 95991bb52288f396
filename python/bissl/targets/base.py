"""The protocol of targets: what a kind of label states about itself."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType, checked_integer
from ..finite import check_finite
from .classes import Classes
from .geometry import Size, ViewGeometry
from .metrics import Metric

if TYPE_CHECKING:
    from typing import Self


class Targets:
    """What the labels of images are. As it stands: numbers of any shape per image, which belong to the image as a whole.

    A kind of label states how its labels are checked (`check`) and joined with those of other data sets (`read`); how a
    view moves them (`move`); how those of several images become a batch (`collate`); which labels the outputs of a head
    stand for (`decide`); how these are measured (`metrics`, `require_measurable`); and what a split of the images keeps
    the proportions of (`strata`). A downstream objective that knows more about its labels derives a class of its own
    from this one and holds an instance as ``targets``.

    Attributes
    ----------
    is_dense : bool
        Whether labels belong to places in the image (boxes, label maps), so that views move them: `DenseTargets`.
    metrics : mapping of str to Metric
        By name, functions of a head's outputs (N, ...) and labels (N, ...) that are higher where the predictions are
        better. The first is what `score` gives unasked and what the best epoch is chosen by. Dense kinds take
        predictions, as `decide` gives them, and labels by image, since images may differ in size.
    classes : Classes or None
        What each output of the head stands for; None before training, and where labels are no classes.

    Examples
    --------
    >>> bissl.targets.Targets().check([[0.5], [1.5]], count=2).shape
    (2, 1)
    """

    is_dense: bool = False
    metrics: Mapping[str, Metric] = {}
    classes: Classes | None = None

    def check(self, labels: Any, count: int, name: str = "y") -> Any:
        """The labels of ``count`` images as training batches take them, (count, ...).

        Raises
        ------
        TypeError
            Not numbers.
        ValueError
            Another count, NaN or infinity.
        """
        array = as_array(labels, name)
        if array.dtype.kind not in "biuf":
            raise WrongType(f"{name}: expected numbers, got dtype {array.dtype}")
        if array.ndim == 0 or len(array) != count:
            raise InvalidArgument(f"{name}: expected one label per image, shape ({count}, ...), got {array.shape}")
        check_finite(array, name)
        return array

    def trained_on(self, names: Sequence[str] = (), name: str = "y") -> Targets:
        """These targets for a head that is trained on images whose classes have these names (() : none are known). Targets
        that know their classes already stay as they are."""
        return self

    def read(self, labels: Any, count: int, name: str = "y", names: Sequence[str] = ()) -> Any:
        """The labels of ``count`` images of any data set, as `check` gives them for those of the training images. Every
        data set that meets a trained head passes here.

        names : what the data set calls its classes, by class number; () where labels are in the user's own terms.
        """
        return self.check(labels, count, name)

    def move(self, label: Any, geometry: ViewGeometry) -> Any:
        """The label of an image as it is for a view of it. One that belongs to the image as a whole stays."""
        return label

    def collate(self, labels: Sequence[Any], size: Size | None = None) -> Any:
        """The labels of several images, as `check` and `move` give them, as a training batch takes them, (N, ...).

        size : height and width of the batch's images, padding included, which label maps are padded to.
        """
        if len(labels) == 0:
            raise InvalidArgument("labels: expected those of at least one image, got none")
        return np.stack([np.asarray(label) for label in labels])

    def decide(self, outputs: Any) -> Any:
        """The labels that outputs (N, ...) stand for."""
        return outputs

    def require_measurable(self, labels: Any, name: str) -> None:
        """InvalidArgument where the metrics are not defined on these labels (N, ...), whatever the predictions."""

    def strata(self, labels: Any) -> np.ndarray:
        """What `bissl.data.stratified_split` keeps the proportions of, from checked labels: a stratum per image, int64
        (N,), or any number of them, bool or int8 (N, strata). Here all images are of one stratum."""
        return np.zeros(len(labels), np.int64)


class ClassTargets(Targets):
    """Classes, which the outputs of a head number from 0 to num_classes-1.

    classes : the labels and names that stand for these numbers outside; None before training.
    """

    def __init__(self, num_classes: int, classes: Classes | None = None) -> None:
        self.num_classes, self.classes = checked_integer("num_classes", num_classes, 1), classes

    def trained_on(self, names: Sequence[str] = (), name: str = "y") -> Self:
        if self.classes is not None:
            return self
        if len(names) > self.num_classes:
            raise InvalidArgument(
                f"{name}: the data set has {len(names)} classes, the head {self.num_classes}; "
                f"make it with num_classes={len(names)}"
            )
        told = copy.copy(self)
        told.classes = Classes.numbered(self.num_classes, names)
        return told
