"""The kind of labels, by their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument
from .classes import Classes, checked_num_classes
from .classnumbers import ClassNumbers
from .classsets import ClassSets


def targets_of(
    labels: Any, count: int, num_classes: int | None = None, name: str = "y", names: Sequence[str] = ()
) -> ClassNumbers | ClassSets:
    """What the labels of training images are: sets of classes where they have two axes, else one class each.

    The classes are, of the first that is given: ``num_classes`` numbers; those that the data set names, by number; the
    labels that there are, in sorted order. Raises as the ``check`` of either.
    """
    array = as_array(labels, name)
    if num_classes is not None:
        num_classes = checked_num_classes(num_classes)
    # A single column is taken for class numbers, and refused as such.
    if array.ndim == 2 and array.shape[1] > 1:
        targets = ClassSets(array.shape[1] if num_classes is None else num_classes).trained_on(names, name)
        targets.read(labels, count, name, names)
    elif num_classes is None and not names:
        classes = Classes.found(labels, count, name)
        targets = ClassNumbers(len(classes), classes)
    else:
        size = len(names) if num_classes is None else num_classes
        targets = ClassNumbers(size, Classes.numbered(size, names))
        different = np.unique(targets.read(labels, count, name, names))
        if num_classes is None and len(different) < 2:
            raise InvalidArgument(f"{name}: expected at least two classes, got only {names[different[0]]!r}")
    return targets
