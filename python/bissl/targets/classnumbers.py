"""One class per image."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import InvalidArgument
from .base import ClassTargets
from .classes import checked_labels
from .metrics import accuracy, decided


class ClassNumbers(ClassTargets):
    """One class per image: integers (N,) in 0..num_classes-1, the numbers of a head's outputs.

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
    >>> kind = bissl.targets.ClassNumbers(3)
    >>> kind.check([0, 2, 1], count=3).tolist(), list(kind.metrics)[0]
    ([0, 2, 1], 'top1')
    """

    metrics = {"top1": accuracy, "top5": partial(accuracy, k=5)}

    def check(self, labels: Any, count: int, name: str = "y") -> np.ndarray:
        """int64 (count,). Raises as `bissl.targets.classes.checked_labels`."""
        return checked_labels(labels, count, self.num_classes, name)

    def read(self, labels: Any, count: int, name: str = "y", names: Sequence[str] = ()) -> np.ndarray:
        """int64 (count,). Raises as `bissl.targets.Classes.outputs_of`."""
        classes = self.classes
        return self.check(labels if classes is None else classes.outputs_of(labels, count, name, names), count, name)

    def strata(self, labels: Any) -> np.ndarray:
        """The classes themselves."""
        return np.asarray(labels)

    def decide(self, outputs: np.ndarray) -> np.ndarray:
        """The likeliest class of each image (N,), as the labels of the training images call it. NonFiniteArgument
        where an output is NaN or +infinity."""
        if np.ndim(outputs) != 2:
            raise InvalidArgument(
                f"outputs: expected a score of each class for each image, (N, classes), got {np.shape(outputs)}"
            )
        numbers = decided(outputs, "outputs")
        result: np.ndarray = numbers if self.classes is None else self.classes.labels[numbers]
        return result
