"""Flat vectors that can be read by parameter name."""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterable, KeysView, Mapping
from typing import Any

import numpy as np

from .._engine import dtype
from ..arrays import as_real
from ..errors import InvalidArgument, nearest_options
from ..finite import check_finite
from ..weights.matching import Match, compared

#: Sums of squares between these lost nothing that counts to underflow, and nothing to overflow.
_SQUARES = 1e-250, 1e300
#: (name, shape) of every segment of a flat vector, in order.
Layout = tuple[tuple[str, tuple[int, ...]], ...]


class FlatVector(np.ndarray):
    """A one-dimensional array over named parameters, in state-dict order, each ravelled in its PyTorch layout.

    An ordinary NumPy array, whose length and iteration are those of its numbers, that also knows its segments:
    ``vector["conv1.weight"]`` is that segment in its own shape (a view: writing to it writes to the vector),
    ``"conv1.weight" in vector`` whether there is one, `keys` and `items` go through them, and ``vector.as_dict()`` is
    all of them, copied. Copies and pickles keep the names.

    Parameters
    ----------
    values : object
        (n,).
    layout : layout or None
        Names and shapes of the segments; None: a plain array.

    Raises
    ------
    ValueError
        As many numbers as the layout does not have.

    Examples
    --------
    >>> vector = bissl.resnet18(widths=(4, 4, 4, 4)).vector
    >>> vector["conv1.weight"].shape, list(vector.keys())[1]
    ((4, 3, 7, 7), 'bn1.weight')
    """

    layout: Layout | None

    def __new__(cls, values: Any, layout: Layout | None) -> FlatVector:
        vector = np.asarray(values).view(cls)
        vector.layout = layout
        return vector

    def __array_finalize__(self, source: Any) -> None:
        # Arithmetic and copies keep the names; slices and reductions, which have another length, lose them.
        layout = getattr(source, "layout", None)
        self.layout = layout if layout is not None and self.shape == getattr(source, "shape", None) else None

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Any:
        return super().__array_wrap__(array, context, return_scalar) if array.shape == self.shape else array[()]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self:
                raise KeyError(f"{key}: no parameter of this vector{_did_you_mean(key, self.keys())}")
            return _segments(np.asarray(self), self._names())[key]
        return np.asarray(self)[key]

    def __setitem__(self, key: Any, values: Any) -> None:
        if isinstance(key, str):
            self[key][...] = values
        else:
            super().__setitem__(key, values)

    def __contains__(self, key: Any) -> bool:
        return key in self.keys() if isinstance(key, str) else key in np.asarray(self)

    def keys(self) -> KeysView[str]:
        """The parameter names, in order."""
        return dict(self._names()).keys()

    def items(self) -> ItemsView[str, np.ndarray]:
        """Names and segments (views), in order."""
        return _segments(np.asarray(self), self._names()).items()

    def __reduce__(self) -> tuple[Any, ...]:
        return FlatVector, (np.array(self), self.layout)

    def as_dict(self) -> dict[str, np.ndarray]:
        """Name to array, copied, in PyTorch's layouts."""
        return {name: segment.copy() for name, segment in _segments(np.asarray(self), self._names()).items()}

    def _names(self) -> Layout:
        if self.layout is None:
            raise InvalidArgument("this array is not a whole parameter vector any more and has no names")
        return self.layout


def _did_you_mean(name: str, valid: Iterable[str]) -> str:
    nearest = nearest_options(name, valid)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def dot(a: Any, b: Any) -> float:
    """⟨a, b⟩ of flat arrays, summed in double precision without copies in it."""
    return float(np.einsum("i,i->", np.asarray(a), np.asarray(b), dtype=np.float64))


def norm(values: Any) -> float:
    """The ℓ2 norm of a flat array, likewise, also where its squares would underflow or overflow."""
    square = dot(values, values)
    if not _SQUARES[0] < square < _SQUARES[1]:
        scale = squarable_scale(values)
        scaled = np.asarray(values) / scale
        return scale * math.sqrt(dot(scaled, scaled))
    return math.sqrt(square)


def squarable_scale(*vectors: Any) -> float:
    """What to divide flat arrays by so that double precision holds their squares: 1 nearly always, else the power of two at
    the largest magnitude, with which nothing is rounded. 1 also where all is 0, or something is not finite."""
    if _SQUARES[0] < sum(dot(vector, vector) for vector in vectors) < _SQUARES[1]:
        return 1.0
    largest = max(float(np.max(np.abs(vector), initial=0.0)) for vector in vectors)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if 0 < largest < math.inf else 1.0


def _segments(vector: np.ndarray, layout: Layout) -> dict[str, np.ndarray]:
    """Views of the segments of ``vector``."""
    segments, start = {}, 0
    for name, shape in layout:
        stop = start + math.prod(shape)
        segments[name] = vector[start:stop].reshape(shape)
        start = stop
    return segments


def flatten(values: Any, layout: Layout, name: str) -> np.ndarray:
    """A flat array or a mapping from parameter names to arrays, as one flat array in the engine's precision.

    Raises
    ------
    InvalidArgument (ValueError) : wrong length, or missing, unexpected or mis-shaped names.
    WrongType (TypeError) : no real numbers.
    NonFiniteArgument (ValueError, FloatingPointError) : NaN or infinity, or what becomes that in the engine's precision.
    """
    with np.errstate(over="ignore"):
        vector = np.asarray(_joined(values, layout, name), dtype)
    if not np.isfinite(vector).all():
        for segment, part in _segments(vector, layout).items():
            check_finite(part, f"{name}['{segment}']")
    return vector


def _joined(values: Any, layout: Layout, name: str) -> np.ndarray:
    if isinstance(values, Mapping):
        shapes = dict(layout)
        compared(Match.by_name(values, shapes), shapes, optional=(), beside=None).require(name)
        parts = [as_real(values[segment], f"{name}['{segment}']").ravel() for segment, _ in layout]
        return np.concatenate([part.astype(dtype) for part in parts] or [np.empty(0, dtype)])
    count = sum(math.prod(shape) for _, shape in layout)
    array = as_real(values, name)
    if array.shape != (count,):
        raise InvalidArgument(
            f"{name}: expected a flat array of shape ({count},) or a dict of parameters, got {array.shape}"
        )
    return array
