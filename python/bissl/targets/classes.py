"""Which class each output of a head stands for, and how the labels of other images are joined with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType, checked_integer

#: So many classes are listed in a message.
_LISTED = 40

#: The engine's bound of the outputs of a linear layer.
MOST_CLASSES = 2**24


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of a head, by output.

    Parameters
    ----------
    labels : ndarray
        (C,), as the user writes them: whole numbers from 0 in rising order, or text in sorted order.
    names : tuple of str
        What they are called; a class that has no name is called by its label.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Labels of another kind or in another order, or as many names as there are not labels.

    Examples
    --------
    >>> classes = bissl.targets.Classes.found(["cat", "dog", "cat"], count=3)
    >>> classes.outputs_of(["dog", "cat"], count=2).tolist()
    [1, 0]
    """

    labels: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_order(self.labels)
        if len(self.names) != len(self.labels):
            raise InvalidArgument(f"names: expected one for each of {len(self.labels)} labels, got {len(self.names)}")
        if len(set(self.names)) < len(self.names):
            twice = next(name for place, name in enumerate(self.names) if name in self.names[:place])
            raise InvalidArgument(f"classes: expected different names, got {twice!r} twice")

    @classmethod
    def numbered(cls, count: int, names: Sequence[str] = ()) -> Classes:
        """The class numbers 0..count-1 with these names; those beyond the names have none."""
        return cls(np.arange(count), (*names[:count], *map(str, range(len(names), count))))

    @classmethod
    def found(cls, labels: Any, count: int, name: str = "y") -> Classes:
        """Those that the labels (count,) of training images have, as `numpy.unique` finds them.

        Raises
        ------
        TypeError, ValueError
            As `checked_values`, and one class only.
        """
        different = np.unique(checked_values(labels, count, name))
        if len(different) < 2:
            given = f"only label {different[0]}" if len(different) else "no label"
            raise InvalidArgument(f"{name}: expected at least two classes, got {given}")
        return cls(different, tuple(map(str, different.tolist())))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def are_numbered(self) -> bool:
        """Whether the labels are the outputs' numbers."""
        return self.labels.dtype.kind in "iu" and np.array_equal(self.labels, np.arange(len(self)))

    def outputs_of(self, labels: Any, count: int, name: str = "y", names: Sequence[str] = ()) -> np.ndarray:
        """The output that stands for the label of each image, int64 (count,).

        Parameters
        ----------
        names : sequence of str, default ()
            Those of a data set's classes, which the labels number. With () the labels are in terms of `labels`; text
            is in terms of `names` in any case.

        Raises
        ------
        TypeError, ValueError
            As `checked_values`; and a class that is none of these, with the lists of both sides.
        """
        if names:
            numbers = _numbers_of_named(labels, count, names, name)
            return self._known(self.named(names)[numbers], lambda place: names[int(numbers[place])], names, name)
        array = checked_values(labels, count, name)
        if self.are_numbered and array.dtype.kind in "iu":
            return self._numbers(array, name)
        terms = self.names if array.dtype.kind == "U" else self.labels.tolist()
        different, places = np.unique(array, return_inverse=True)
        outputs = _places(different.tolist(), terms)[places.reshape(-1)]
        return self._known(outputs, lambda place: array[place].item(), different.tolist(), name)

    def named(self, names: Sequence[str]) -> np.ndarray:
        """The output of each class by its name, int64 (len(names),); -1 where none has it."""
        return _places(names, self.names)

    def described(self) -> dict[str, list[Any]]:
        """What tells these classes from others."""
        return {"labels": self.labels.tolist(), "names": list(self.names)}

    def _numbers(self, array: np.ndarray, name: str) -> np.ndarray:
        beyond = array >= len(self)
        if beyond.any():
            first = int(np.argmax(beyond))
            raise InvalidArgument(
                f"{name}: expected labels in 0 to {len(self) - 1}, got {array[first]} at index {first}. Trained on: "
                f"{listed(self.names)}. Given: {listed(np.unique(array).tolist())}. Where training images do not show "
                "every class, train with num_classes, if the stage has it, or on a data set that names them all "
                "(bissl.data.ArrayDataset takes classes)"
            )
        return array

    def _known(self, outputs: np.ndarray, label: Callable[[int], Any], given: Sequence[Any], name: str) -> np.ndarray:
        if (outputs < 0).any():
            place = int(np.argmax(outputs < 0))
            raise InvalidArgument(self.unknown(name, f"{label(place)!r} at index {place}", given))
        return outputs

    def unknown(self, name: str, what: str, given: Iterable[Any]) -> str:
        """The message on a class of other images that these do not have; ``given`` : all classes of those."""
        own = self.names if self.are_numbered else self.labels.tolist()
        terms = f"numbers 0 to {len(self) - 1}, or these names" if self.are_numbered else "as they are listed here"
        return (
            f"{name}: expected classes that the head knows, got {what}. Trained on: {listed(own)}. "
            f"Given: {listed(given)}. Classes are joined by name, never by number: give both data sets the same names "
            f"(bissl.data.ArrayDataset takes classes), or give labels in the head's terms, {terms} "
            "(numbers beside a data set that names its classes are that data set's)"
        )


def _numbers_of_named(labels: Any, count: int, names: Sequence[str], name: str) -> np.ndarray:
    """Labels as class numbers of a data set that calls its classes so, int64 (count,). Raises as `checked_labels`."""
    array = as_array(labels, name)
    numbers = checked_labels(array.astype(np.int64) if array.dtype == bool else array, count, None, name)
    beyond = numbers >= len(names)
    if beyond.any():
        first = int(np.argmax(beyond))
        raise InvalidArgument(
            f"{name}: expected numbers of the data set's {len(names)} classes, got {numbers[first]} at index {first}. Given: "
            f"{listed(np.unique(numbers).tolist())}. The data set's: {listed(names)}. Numbers beside a data set that names "
            "its classes are that data set's: give labels of other classes as text, or images without names"
        )
    return numbers


def _check_order(labels: np.ndarray) -> None:
    """Raises unless they are as `numpy.unique` gives them: so is every label that of one output."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iuUb":
        kind = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise WrongType(f"labels: expected an array of whole numbers or text, got {kind}")
    if labels.ndim != 1:
        raise InvalidArgument(f"labels: expected shape (C,), got {labels.shape}")
    falling = np.flatnonzero(labels[1:] <= labels[:-1])
    if len(falling):
        first, second = labels[falling[0] :][:2].tolist()
        raise InvalidArgument(
            f"labels: expected different ones in rising order, got {second!r} after {first!r}; use numpy.unique(labels)"
        )
    if labels.dtype.kind == "i" and len(labels) and labels[0] < 0:
        raise InvalidArgument(f"labels: expected whole numbers from 0, got {labels[0]}")


def _places(names: Sequence[Any], among: Sequence[Any]) -> np.ndarray:
    """Where each stands among others, int64; -1 where it does not."""
    place = {name: number for number, name in enumerate(among)}
    return np.array([place.get(name, -1) for name in names], np.int64)


def listed(names: Iterable[Any]) -> str:
    """Names for a message, the first of them where there are many."""
    every = list(names)
    rest = f" … ({len(every)} in all)" if len(every) > _LISTED else ""
    return ", ".join(map(repr, every[:_LISTED])) + rest


def checked_num_classes(value: Any, least: int = 1) -> int:
    """Raises unless it is a whole number of classes that a linear head can have."""
    if checked_integer("num_classes", value, least) > MOST_CLASSES:
        raise InvalidArgument(
            f"num_classes: a linear head has at most {MOST_CLASSES} outputs, one per class, got {value}; "
            "number the classes that there are with numpy.unique(y, return_inverse=True)[1]"
        )
    return int(value)


def is_text(array: np.ndarray) -> bool:
    """Whether labels are text, as an array of text or of objects that are."""
    if array.dtype == object:
        return all(isinstance(label, str) for label in array.ravel())
    return array.dtype.kind == "U"


def as_labels(labels: Any, name: str) -> np.ndarray:
    """Labels as an array, in which text held as objects is text. Raises as `as_array`."""
    array = as_array(labels, name)
    return array.astype(str) if is_text(array) else array


def checked_values(labels: Any, count: int, name: str = "y") -> np.ndarray:
    """One label per image: whole numbers from 0, True and False, or text, (count,).

    Raises
    ------
    TypeError : of another kind. ValueError : wrong length, negative, not whole.
    """
    array = as_labels(labels, name)
    if array.shape != (count,):
        raise InvalidArgument(f"{name}: expected one label per image, shape ({count},), got {array.shape}")
    return array if array.dtype.kind in "Ub" else checked_labels(array, count, None, name)


def checked_labels(
    labels: Any, count: int, classes: int | None = None, name: str = "y", *, of: str = "image"
) -> np.ndarray:
    """Class numbers as int64 (count,) in 0..classes-1; without ``classes`` any from 0 up. ``of`` : what each is the class of.

    Raises
    ------
    TypeError : not integers. ValueError : wrong length, negative, not below ``classes``.
    """
    array = as_array(labels, name)
    if array.shape != (count,):
        raise InvalidArgument(f"{name}: expected one label per {of}, shape ({count},), got {array.shape}")
    if array.dtype.kind not in "iu" and count:
        raise _not_integer(array, name)
    limit = classes if classes is not None else np.iinfo(np.int64).max
    outside = (array < 0) | (array >= limit)
    if outside.any():
        first = int(np.argmax(outside))
        allowed = f"0 to {classes - 1}" if classes is not None else "0 and up"
        raise InvalidArgument(f"{name}: expected labels in {allowed}, got {array[first]} at index {first}")
    return array.astype(np.int64)


def _not_integer(array: np.ndarray, name: str) -> Exception:
    if array.dtype.kind != "f":
        return WrongType(
            f"{name}: expected integer labels from 0, got dtype {array.dtype}; "
            f"number the classes with numpy.unique({name}, return_inverse=True)[1]"
        )
    broken = ~np.isfinite(array)
    fractions = array != np.floor(array)
    first = int(np.argmax(broken if broken.any() else fractions))
    if broken.any():
        way_out = "leave out images without a label"
    elif fractions.any():
        way_out = f"number the classes with numpy.unique({name}, return_inverse=True)[1]"
    else:
        way_out = f"use {name}.astype(numpy.int64) if these are class numbers"
    return InvalidArgument(
        f"{name}: expected integer labels from 0, got {array[first]} ({array.dtype}) at index {first}; {way_out}"
    )
