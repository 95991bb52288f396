"""Any number of classes per image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._engine import dtype
from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from ..finite import first_place
from .base import ClassTargets
from .metrics import mean_average_precision, require_positives

#: Marks a pair of an image and a class that neither losses nor metrics count, such as VOC's difficult ones. It is a number
#: that fits beside 0 and 1 in an array of integers or floats, so that labels and what is left out of them cannot be parted.
LEFT_OUT = -1


class ClassSets(ClassTargets):
    """Any number of classes per image: (N, num_classes), each 0 or 1, as booleans, integers or floats; -1 leaves the pair
    of this image and class out of losses and metrics.

    Parameters
    ----------
    num_classes : int
        How many classes there are; the class numbers are below it.
    classes : Classes or None, optional
        What each output of the head stands for; None before training.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number of classes that is none, or an option out of range.

    Examples
    --------
    >>> kind = bissl.targets.ClassSets(2)
    >>> kind.check(np.array([[1, 0], [0, -1]]), count=2).tolist()
    [[1.0, 0.0], [0.0, -1.0]]
    """

    metrics = {"map": mean_average_precision}

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """(count, num_classes) in the engine's precision. Raises as `checked_class_sets`."""
        return checked_class_sets(labels, count, self.num_classes, name)

    def read(self, labels: Any, count: int, name: str = "y", names: Sequence[str] = ()) -> np.ndarray:
        """(count, num_classes). A class that the data set does not have is left out for all of its images.

        Raises
        ------
        TypeError, ValueError
            As `check`; a class of an image that is none of training's, with the lists of both sides.
        """
        if self.classes is None or not names or tuple(names) == self.classes.names:
            return self.check(labels, count, name)
        given = checked_class_sets(labels, count, len(names), name)
        outputs = self.classes.named(names)
        if (shown := (given == 1).any(axis=0) & (outputs < 0)).any():
            first = int(np.argmax(shown))
            image = int(np.argmax(given[:, first] == 1))
            raise InvalidArgument(self.classes.unknown(name, f"{names[first]!r} of image {image}", names))
        joined = np.full((count, self.num_classes), LEFT_OUT, given.dtype)
        joined[:, outputs[outputs >= 0]] = given[:, outputs >= 0]
        return self.check(joined, count, name)

    def require_measurable(self, labels: np.ndarray, name: str) -> None:
        require_positives(labels, name)

    def strata(self, labels: Any) -> np.ndarray:
        """The sets themselves, bool (N, num_classes); what is left out is not in them."""
        result: np.ndarray = np.asarray(labels) == 1
        return result

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """Which classes each image rather has than not, bool (N, num_classes)."""
        return outputs > 0


def checked_class_sets(targets: Any, count: int, classes: int, name: str) -> np.ndarray:
    """Targets (count, classes) of 0, 1 and `LEFT_OUT` in the engine's precision.

    Raises
    ------
    TypeError : not booleans, integers or floats.
    ValueError : another shape, or another value (its place is named).
    """
    array = as_array(targets, name)
    if array.dtype.kind not in "biuf":
        raise WrongType(f"{name}: expected 0 and 1 as booleans, integers or floats, got {array.dtype}")
    if array.shape != (count, classes):
        hint = f"; for one class number per image use numpy.eye({classes})[{name}]" if array.ndim == 1 else ""
        raise InvalidArgument(f"{name}: expected shape ({count}, {classes}), got {array.shape}{hint}")
    wrong = (array != 0) & (array != 1) & (array != LEFT_OUT)
    if wrong.any():
        row, column = first_place(wrong)
        raise InvalidArgument(
            f"{name}: expected 0 or 1, got {array[row, column]} for image {row}, class {column} "
            f"({LEFT_OUT} leaves a pair out)"
        )
    return array.astype(dtype)


def are_class_sets(labels: np.ndarray) -> bool:
    """Whether labels of a data set are sets of classes (N, C). A single column of numbers is taken for class numbers."""
    return labels.ndim == 2 and (labels.dtype == bool or labels.shape[1] > 1)


def checked_class_labels(labels: Any, count: int, classes: int = 0, name: str = "labels") -> np.ndarray:
    """The labels (count, classes) of a data set with sets of classes, as data sets hold them: bool, or int8 where pairs
    are left out. ``classes`` 0 : however many there are. Raises as `checked_class_sets`."""
    array = as_array(labels, name)
    if array.shape != (count, classes or array.shape[1]):
        expected = f"({count}, {classes or 'classes'})"
        raise InvalidArgument(f"{name}: expected one row per image, shape {expected}, got {array.shape}")
    checked_class_sets(array, *array.shape, name)
    return array if array.dtype == bool else array.astype(np.int8)
