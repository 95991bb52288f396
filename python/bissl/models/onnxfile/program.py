"""What a backbone written in Python does to images, operation by operation, for any number of them.

Its features are traced for two numbers of images. What differs between the two traces grows with that number, or cannot be
told in a graph that takes any.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InvalidArgument
from ...ops.variable import Variable
from ..backbone import Backbone, Parameter

#: The numbers of images that are traced.
FEW, MORE = 2, 3


@dataclass(frozen=True)
class PerImage:
    """An extent or a number of rows: so many for each image."""

    count: int


@dataclass(frozen=True)
class Weight:
    """A parameter tensor of the network."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """Numbers that the network's features are computed with."""

    values: np.ndarray
    #: The axis along which they stand once for each image; None where they stand once.
    per_image: int | None = None

    @property
    def shape(self) -> tuple[int | PerImage, ...]:
        extents = enumerate(self.values.shape)
        return tuple(PerImage(extent) if axis == self.per_image else extent for axis, extent in extents)


@dataclass(frozen=True)
class Made:
    """The images (-1), or the result of a step, by its place in the program."""

    place: int
    shape: tuple[int | PerImage, ...]


Source = Weight | Constant | Made


@dataclass(frozen=True)
class Step:
    """One operation."""

    operation: str
    inputs: tuple[Source, ...]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Program:
    """Steps in order, and which of their results is the features."""

    steps: list[Step]
    features: Source


class _Recording:
    """The operations of one trace, as `bissl.ops.recording.tell` tells them."""

    def __init__(self, net: Backbone, shape: tuple[int, ...]) -> None:
        self.steps: list[tuple[str, tuple[Variable, ...], dict[str, Any]]] = []
        self._places: dict[int, int] = {}
        self._results: list[Variable] = []  # which keep their identities
        images, self.features = net._trace(shape, self._record)
        self._places[id(images)] = -1
        self._results.append(images)

    def _record(self, operation: str, inputs: tuple[Variable, ...], settings: dict[str, Any], result: Variable) -> None:
        self._places[id(result)] = len(self.steps)
        self._results.append(result)
        self.steps.append((operation, inputs, settings))

    def place(self, value: Variable) -> int | None:
        """Of an operation's result among the steps, -1 of the images, None of what came from elsewhere."""
        return self._places.get(id(value))


def program(net: Backbone, size: tuple[int, int], known: Collection[str]) -> Program:
    """What ``net`` does to images of this size. InvalidArgument where it depends on how many there are, and for an
    operation that is not ``known``."""
    net = net.clone()  # to which `features` may assign what it likes
    few, more = (_Recording(net, (count, *size, 3)) for count in (FEW, MORE))
    for operation, *_ in few.steps:
        if operation not in known:
            raise InvalidArgument(
                f"net: {type(net).__name__}.features uses {operation}, which has no counterpart in ONNX"
            )
    if [step[0] for step in few.steps] != [step[0] for step in more.steps]:
        raise InvalidArgument(
            f"net: the operations of {type(net).__name__}.features depend on the number of images, which ONNX leaves open"
        )
    steps = []
    for (operation, inputs, settings), (_, others, changed) in zip(few.steps, more.steps):
        if len(inputs) != len(others) or settings.keys() != changed.keys():
            raise depends(f"what goes into {operation}")
        values = tuple(_value(few, one, more, other, operation) for one, other in zip(inputs, others))
        merged = {name: _merged(operation, name, settings[name], changed[name]) for name in settings}
        steps.append(Step(operation, values, merged))
    return Program(steps, _value(few, few.features, more, more.features, "the features"))


def _value(few: _Recording, one: Variable, more: _Recording, other: Variable, operation: str) -> Source:
    """What is the same value in both traces: the same parameter, the result of the same step, or a constant."""
    place, parameter = few.place(one), _parameter(one)
    if place != more.place(other) or parameter != _parameter(other):
        raise depends(f"what goes into {operation}")
    if parameter is not None:
        return Weight(parameter, one.shape)
    if place is not None:
        if len(one.shape) != len(other.shape):
            raise depends(f"a shape of {operation}")
        return Made(place, tuple(_extent(a, b, operation) for a, b in zip(one.shape, other.shape)))
    return _constant(one.numpy(), other.numpy(), operation)


def _parameter(value: Variable) -> str | None:
    """The name of a parameter, None of what is none."""
    return value.name if isinstance(value, Parameter) else None


def _same(few: np.ndarray, more: np.ndarray) -> bool:
    """Whether numbers, or a name, are the same. NaN is the same as NaN."""
    return np.array_equal(few, more, equal_nan=few.dtype.kind == more.dtype.kind == "f")


def _constant(few: np.ndarray, more: np.ndarray, operation: str) -> Constant:
    """Numbers that stand once, or once for each image along an axis."""
    if _same(few, more):
        return Constant(few)
    axes = [axis for axis, (a, b) in enumerate(zip(few.shape, more.shape)) if a != b]
    if few.ndim == more.ndim and len(axes) == 1:
        (axis,) = axes
        once = np.split(few, FEW, axis)[0] if few.shape[axis] % FEW == 0 else few
        copies = [np.concatenate([once] * count, axis) for count in (FEW, MORE)]
        if _same(copies[0], few) and _same(copies[1], more):
            return Constant(once, axis)
    raise varies(f"a constant of {operation}")


def _extent(few: int, more: int, operation: str) -> int | PerImage:
    if few == more:
        return few
    if few * MORE == more * FEW:
        return PerImage(few // FEW)
    raise depends(f"a shape of {operation}")


def _merged(operation: str, name: str, few: Any, more: Any) -> Any:
    """A setting: a number, a list of such, or rows of each image."""
    a, b = np.asarray(few), np.asarray(more)
    if _same(a, b):
        return few
    if (operation, name) == ("SelectRows", "indices") and a.shape != b.shape:
        return Rows.of(a.astype(np.int64), b.astype(np.int64))
    if (operation, name) in (("Reshape", "to"), ("Repeat", "count")) and a.shape == b.shape:
        extents = [_extent(int(x), int(y), operation) for x, y in zip(a.ravel(), b.ravel())]
        return extents if a.ndim else extents[0]
    what = f"the setting {name} of {operation}"
    raise varies(what) if a.shape == b.shape else depends(what)


@dataclass(frozen=True)
class Rows:
    """The same rows of each image."""

    of_one: np.ndarray
    #: How many rows an image has.
    apart: int

    @staticmethod
    def of(few: np.ndarray, more: np.ndarray) -> Rows:
        count = len(few) // FEW
        if count and len(few) == count * FEW and len(more) == count * MORE:
            apart = int(few[count] - few[0])
            once = few[:count]
            same = [np.array_equal((once + apart * np.arange(n)[:, None]).ravel(), rows)
                    for n, rows in ((FEW, few), (MORE, more))]  # fmt: skip
            if all(same) and apart > 0 and once.min() >= 0 and once.max() < apart:
                return Rows(once, apart)
        raise depends("what SelectRows selects")


def depends(what: str) -> InvalidArgument:
    """Says what depends on the number of images."""
    return InvalidArgument(
        f"net: {what} depends on the number of images in a way that an ONNX file, which takes any number, cannot have"
    )


def varies(what: str) -> InvalidArgument:
    """Says what has other values in one trace than in the other, for whichever reason."""
    return InvalidArgument(
        f"net: {what}: its values differ from one call to the next, or depend on the number of images; an ONNX file has "
        "the same ones for every call"
    )
