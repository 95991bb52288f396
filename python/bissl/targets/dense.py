"""What the kinds of labels that belong to places in an image have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType
from .base import ClassTargets
from .geometry import Size, ViewGeometry, checked_size


class DenseTargets(ClassTargets):
    """Classes of places in an image. Images may differ in size, so labels are lists, one entry per image.

    A kind states `_checked_image`, `joined`, `move`, `collate` and `classes_shown`.

    what : the images are labelled with, in words.

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
    >>> issubclass(bissl.targets.LabelMaps, bissl.targets.DenseTargets), bissl.targets.LabelMaps.is_dense
    (True, True)
    """

    is_dense = True
    what: str

    def check(self, labels: Any, count: int, name: str = "y", sizes: Sequence[Size | None] | None = None) -> list[Any]:
        """The labels of ``count`` images, each as `check_image` gives it; messages say ``name[image]``.

        sizes : height and width of each image, where they are known.
        """
        return self._checked(labels, count, name, sizes, self.num_classes)

    def read(
        self,
        labels: Any,
        count: int,
        name: str = "y",
        names: Sequence[str] = (),
        sizes: Sequence[Size | None] | None = None,
    ) -> list[Any]:
        """As `check`. A class that the head does not know is an error where an image shows it."""
        if not self._joins(names):
            return self.check(labels, count, name, sizes)
        given = self._checked(labels, count, name, sizes, len(names))
        return [self._join(label, name, names, f" of image {image}") for image, label in enumerate(given)]

    def check_image(self, label: Any, name: str = "y", size: Size | None = None) -> Any:
        """The label of one image. Every fault is an error that says ``name``, the number or the path of the image.

        size : height and width of the image; None where they are not known.
        """
        return self.fit_image(label, name, size)[0]

    def fit_image(
        self, label: Any, name: str = "y", size: Size | None = None, names: Sequence[str] = ()
    ) -> tuple[Any, str]:
        """As `check_image`, with the classes joined by ``names`` as in `read`; and what of the label was cut off as it did
        not fit the image, in words, "" where nothing."""
        if not self._joins(names):
            return self._fit(label, name, size, self.num_classes)
        fitted, cut = self._fit(label, name, size, len(names))
        return self._join(fitted, name, names), cut

    def _fit(self, label: Any, name: str, size: Size | None, num_classes: int) -> tuple[Any, str]:
        """A checked label with class numbers below ``num_classes``, and what was cut off."""
        return self._checked_image(label, name, size, num_classes), ""

    def _joins(self, names: Sequence[str]) -> bool:
        """Whether class numbers of a data set with these names mean other classes here."""
        return self.classes is not None and bool(names) and tuple(names) != self.classes.names

    def _join(self, label: Any, name: str, names: Sequence[str], where: str = "") -> Any:
        """A checked label by the head's class numbers. InvalidArgument where it shows a class that the head does not know."""
        assert self.classes is not None
        outputs = self.classes.named(names)
        for number in np.unique(self.classes_shown(label)):
            if outputs[number] < 0:
                raise InvalidArgument(self.classes.unknown(name, f"{names[number]!r}{where}", names))
        return self.joined(label, outputs)

    def _checked_image(self, label: Any, name: str, size: Size | None, num_classes: int) -> Any:
        raise NotImplementedError

    def joined(self, label: Any, outputs: np.ndarray) -> Any:
        """A checked label whose class numbers are replaced by ``outputs[number]``."""
        raise NotImplementedError

    def move(self, label: Any, geometry: ViewGeometry) -> Any:
        raise NotImplementedError

    def classes_shown(self, label: Any) -> np.ndarray:
        """The class numbers that a checked label has, in any order, repeated or not."""
        raise NotImplementedError

    def strata(self, labels: Sequence[Any]) -> np.ndarray:
        """The classes that each image shows, bool (N, num_classes)."""
        return self._shown(labels, self.num_classes)

    def _shown(self, labels: Sequence[Any], num_classes: int) -> np.ndarray:
        shown = np.zeros((len(labels), num_classes), bool)
        for row, label in zip(shown, labels, strict=True):
            row[self.classes_shown(label)] = True
        return shown

    def _checked(
        self, labels: Any, count: int, name: str, sizes: Sequence[Size | None] | None, num_classes: int
    ) -> list[Any]:
        if isinstance(labels, (str, bytes, dict)) or not hasattr(labels, "__len__"):
            raise WrongType(f"{name}: expected a list with one label per image, got {type(labels).__name__}")
        if len(labels) != count:
            raise InvalidArgument(f"{name}: expected one label per image, {count}, got {len(labels)}")
        known = checked_sizes([None] * count if sizes is None else sizes, count)
        return [
            self._checked_image(label, f"{name}[{image}]", size, num_classes)
            for image, (label, size) in enumerate(zip(labels, known, strict=True))
        ]


def checked_sizes(sizes: Sequence[Size | None], count: int) -> list[Size | None]:
    """InvalidArgument unless there is one height and width per image, or None where they are not known."""
    if len(sizes) != count:
        raise InvalidArgument(f"sizes: expected one (height, width) per image, {count}, got {len(sizes)}")
    return [None if size is None else checked_size(f"sizes[{place}]", size) for place, size in enumerate(sizes)]
