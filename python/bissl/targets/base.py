"""What all kinds of labels have in common."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from ..finite import check_finite
from .classes import Classes
from .metrics import Metric


class Targets:
    """Numbers of any shape per image. A downstream objective that knows more about its labels derives a class of its
    own from this one and holds an instance as ``targets``.

    Attributes
    ----------
    metrics : by name, functions of a head's outputs (N, ...) and labels (N, ...) that are higher where the predictions
        are better. The first is what `score` gives unasked and what the best epoch is chosen by.
    classes : what each output of the head stands for; None before training, and where labels are no classes.
    """

    metrics: Mapping[str, Metric] = {}
    classes: Classes | None = None

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """The labels of ``count`` images as training batches take them, (count, ...).

        Raises
        ------
        TypeError : not numbers. ValueError : another count, NaN or infinity.
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

    def read(self, labels: Any, count: int, name: str = "y", names: Sequence[str] = ()) -> np.ndarray:
        """The labels of ``count`` images of any data set, as `check` gives them for those of the training images. Every
        data set that meets a trained head passes here.

        names : what the data set calls its classes, by class number; () where labels are in the user's own terms.
        """
        return self.check(labels, count, name)

    def require_measurable(self, labels: np.ndarray, name: str) -> None:
        """InvalidArgument where the metrics are not defined on these labels (N, ...), whatever the predictions."""

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """The labels that outputs (N, ...) stand for."""
        return outputs


class ClassTargets(Targets):
    """Classes, which the outputs of a head number from 0 to num_classes-1.

    classes : the labels and names that stand for these numbers outside; None before training.
    """

    def __init__(self, num_classes: int, classes: Classes | None = None) -> None:
        self.num_classes, self.classes = num_classes, classes

    def trained_on(self, names: Sequence[str] = (), name: str = "y") -> ClassTargets:
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
