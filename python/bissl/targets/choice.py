"""The kind of labels, by their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument
from .boxes import BoxTargets
from .classes import Classes, checked_num_classes
from .classnumbers import ClassNumbers
from .classsets import ClassSets, are_class_sets
from .dense import DenseTargets
from .labelmaps import LabelMaps


def targets_of(
    labels: Any, count: int, num_classes: int | None = None, name: str = "y", names: Sequence[str] = ()
) -> ClassNumbers | ClassSets:
    """What the labels of training images are: sets of classes where they have two axes, else one class each.

    The classes are, of the first that is given: ``num_classes`` numbers; those that the data set names, by number; the
    labels that there are, in sorted order. Raises as the ``check`` of either, and for boxes and label maps, which no
    classifier is trained on.

    Parameters
    ----------
    labels : object
        Of the training images: classes (N,) or sets of them (N, C).
    count : int
        How many images there are.
    num_classes : int or None, optional
        Of a classifier whose labels are the numbers below it; None takes the names, else the labels that there are.
    name : str, default "y"
        What messages call the labels.
    names : sequence of str, default ()
        Of the data set's classes, by number.

    Returns
    -------
    ClassNumbers or ClassSets
        Class numbers, or sets of classes, with the classes that they stand for.

    Raises
    ------
    TypeError, ValueError
        Labels of another kind, or as many as there are not images.

    Examples
    --------
    >>> kind = bissl.targets.targets_of(["cat", "dog", "cat"], count=3)
    >>> type(kind).__name__, kind.classes.names
    ('ClassNumbers', ('cat', 'dog'))
    """
    if (dense := dense_kind_of(labels)) is not None:
        raise InvalidArgument(
            f"{name}: expected classes of images, got {dense.what}; give a downstream objective whose targets are a "
            f"bissl.targets.{dense.__name__}"
        )
    array = as_array(labels, name)
    if num_classes is not None:
        num_classes = checked_num_classes(num_classes)
    if are_class_sets(array):
        sets = ClassSets(array.shape[1] if num_classes is None else num_classes).trained_on(names, name)
        sets.read(labels, count, name, names)
        return sets
    if num_classes is None and not names:
        classes = Classes.found(labels, count, name)
        return ClassNumbers(len(classes), classes)
    size = len(names) if num_classes is None else num_classes
    targets = ClassNumbers(size, Classes.numbered(size, names))
    different = np.unique(targets.read(labels, count, name, names))
    if num_classes is None and len(different) < 2:
        raise InvalidArgument(f"{name}: expected at least two classes, got only {names[different[0]]!r}")
    return targets


def dense_kind_of(labels: Any) -> type[DenseTargets] | None:
    """The kind of labels that belong to places in the images, by the first of them: mappings are boxes, whole numbers on two
    axes label maps. None for labels of whole images."""
    if not isinstance(labels, (list, tuple, np.ndarray)) or len(labels) == 0:
        return None
    if isinstance(labels[0], Mapping):
        return BoxTargets
    first = labels[0] if isinstance(labels[0], np.ndarray) else None
    return LabelMaps if first is not None and first.ndim == 2 and first.dtype.kind in "iu" else None
