"""What a downstream objective is told about each image: how labels are checked, read back from a head's outputs, and
measured."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from .data.checks import check_finite, checked_labels
from .errors import InvalidArgument, WrongType
from .inputs import checked_class_sets
from .metrics import Metric, accuracy, determination, mean_average_precision


class Targets:
    """Numbers of any shape per image. A downstream objective that knows more about its labels derives a class of its
    own from this one and holds an instance as ``targets``.

    Attributes
    ----------
    metrics : by name, functions of a head's outputs (N, ...) and labels (N, ...) that are higher where the predictions
        are better. The first is what `score` gives unasked and what the best epoch is chosen by.
    """

    metrics: Mapping[str, Metric] = {}

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """The labels of ``count`` images as training batches take them, (count, ...).

        Raises
        ------
        TypeError : not numbers. ValueError : another count, NaN or infinity.
        """
        array = np.asarray(labels)
        if array.dtype.kind not in "biuf":
            raise WrongType(f"{name}: expected numbers, got dtype {array.dtype}")
        if array.ndim == 0 or len(array) != count:
            raise InvalidArgument(f"{name}: expected one label per image, shape ({count}, ...), got {array.shape}")
        check_finite(array, name)
        return array

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """The labels that outputs (N, ...) stand for."""
        return outputs


class RealNumbers(Targets):
    """Numbers of any shape per image that a regression predicts, measured by the coefficient of determination."""

    metrics = {"r2": determination}


class ClassNumbers(Targets):
    """One class per image: integers (N,) in 0..num_classes-1."""

    metrics = {"top1": accuracy, "top5": partial(accuracy, k=5)}

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """int64 (count,). Raises as `bissl.data.checks.checked_labels`."""
        return checked_labels(labels, count, self.num_classes, name)

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """The likeliest class of each image, int64 (N,)."""
        return outputs.argmax(axis=1)


class ClassSets(Targets):
    """Any number of classes per image: (N, num_classes), each 0 or 1, as booleans, integers or floats."""

    metrics = {"map": mean_average_precision}

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """(count, num_classes) in the engine's precision. Raises as `bissl.inputs.checked_class_sets`."""
        return checked_class_sets(labels, count, self.num_classes, name)

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """Which classes each image rather has than not, bool (N, num_classes)."""
        return outputs > 0


def targets_of(labels: Any, count: int, num_classes: int | None = None, name: str = "y") -> ClassNumbers | ClassSets:
    """What labels of classes are: sets of classes where they have two axes, else numbers of classes.

    ``num_classes`` None counts the classes. Raises as the ``check`` of either.
    """
    array = np.asarray(labels)
    targets = _counted(array, count, name) if num_classes is None else _KINDS[_are_sets(array)](num_classes)
    targets.check(array, count, name)
    return targets


_KINDS = {False: ClassNumbers, True: ClassSets}


def _are_sets(array: np.ndarray) -> bool:
    # A single column is taken for class numbers, and refused as such.
    return array.ndim == 2 and array.shape[1] > 1


def _counted(array: np.ndarray, count: int, name: str) -> ClassNumbers | ClassSets:
    if _are_sets(array):
        return ClassSets(array.shape[1])
    return ClassNumbers(int(checked_labels(array, count, None, name).max()) + 1)
