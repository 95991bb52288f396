"""Shapes, axes, rows: the same elements elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType, checked_integer
from .constants import flat_integers, precise_real, read
from .variable import Variable, apply, as_variable


def reshape(x: Any, shape: Sequence[int]) -> Variable:
    """The same elements under another shape; one extent may be -1.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    shape : sequence of int
        Of the result.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.reshape([1.0, 2.0, 3.0, 4.0], (2, -1)).numpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    x = as_variable(x)
    extents = checked_extents(shape)
    if extents.count(-1) == 1:
        known = math.prod(extent for extent in extents if extent != -1)
        if known <= 0 or x.size % known:
            raise InvalidArgument(f"shape: {tuple(shape)} does not divide the {x.size} elements of shape {x.shape}")
        extents[extents.index(-1)] = x.size // known
    return apply("Reshape", x, to=extents)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Variable:
    """The axes in another order, reversed unless given.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    axes : sequence of int or None, optional
        All of them, in their new order.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.transpose([[1.0, 2.0]]).shape
    (2, 1)
    """
    variable = as_variable(x)
    rank = variable.ndim
    order = range(rank)[::-1] if axes is None else [checked_axis(axis, rank) for axis in axes]
    return apply("Transpose", variable, axes=list(order)) if rank else variable


def concatenate(parts: Sequence[Any], axis: int = 0) -> Variable:
    """Arrays one after another along an axis, in which alone their shapes may differ.

    Parameters
    ----------
    parts : sequence of Variable or array_like
        At least one.
    axis : int, default 0
        Over, or along, which axis or axes; None is all.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.concatenate([[[1.0]], [[2.0]]], axis=1).numpy().tolist()
    [[1.0, 2.0]]
    """
    variables = [as_variable(part) for part in parts]
    if not variables:
        raise InvalidArgument("parts: expected at least one array, got none")
    axis = checked_axis(axis, variables[0].ndim)
    if axis == 0:
        return apply("Concatenate", *variables)
    return _swapped(apply("Concatenate", *(_swapped(x, axis) for x in variables)), axis)


def select_rows(x: Any, indices: Any) -> Variable:
    """Entries of the first axis, in the order of ``indices`` (integers, repeats allowed, negative from the end).

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    indices : array_like of int
        (n,).

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.select_rows([1.0, 2.0, 3.0], [2, 0]).numpy().tolist()
    [3.0, 1.0]
    """
    x = as_variable(x)
    numbers = read("indices", indices, "iu", "integers")
    if not x.ndim:
        raise InvalidArgument("a value without axes has no rows to select")
    rows = numbers.ravel()
    outside = (rows < -len(x)) | (rows >= len(x))
    if outside.any():
        raise InvalidArgument(f"indices: expected -{len(x)} to {len(x) - 1}, got {rows[int(np.argmax(outside))]}")
    flat = reshape(x, (len(x), -1)) if x.size else x
    picked = apply("SelectRows", flat, indices=flat_integers("indices", rows % max(1, len(x))))
    return reshape(picked, (*numbers.shape, *x.shape[1:]))


def select_positions(x: Any, indices: Sequence[Any]) -> Variable:
    """Entries of the first axes together, as NumPy's ``x[rows, columns]``: of maps (N, H, W, C) with three arrays of
    indices (K,), the channels (K, C) at these positions.

    Parameters
    ----------
    x : Variable or array_like
        Of at least as many axes as there are arrays of indices.
    indices : sequence of array_like of int
        One for each of the first axes, negative from the end, broadcast to one another.

    Returns
    -------
    Variable
        Of the indices' shape, followed by that of the axes left.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers, indices that are no integers.
    InvalidArgument (ValueError)
        Indices out of range, shapes that do not broadcast.

    Examples
    --------
    >>> bissl.ops.select_positions([[1.0, 2.0], [3.0, 4.0]], ([1, 0], [0, 1])).numpy().tolist()
    [3.0, 2.0]
    """
    x = as_variable(x)
    arrays = [read(f"indices[{axis}]", each, "iu", "integers") for axis, each in enumerate(indices)]
    if not 0 < len(arrays) <= x.ndim:
        raise InvalidArgument(f"indices: expected arrays for 1 to {x.ndim} axes of shape {x.shape}, got {len(arrays)}")
    for axis, (array, extent) in enumerate(zip(arrays, x.shape)):
        if ((array < -extent) | (array >= extent)).any():
            raise InvalidArgument(
                f"indices[{axis}]: expected {-extent} to {extent - 1}, got {array.min()} to {array.max()}"
            )
    try:
        places = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InvalidArgument(f"indices: their shapes {shapes} do not broadcast to one another") from None
    leading = x.shape[: len(arrays)]
    rows = np.zeros(places[0].shape, np.int64)
    for array, extent in zip(places, leading):
        rows = rows * extent + array.astype(np.int64) % max(1, extent)
    return select_rows(reshape(x, (math.prod(leading), *x.shape[len(arrays) :])), rows)


def pad(x: Any, widths: Any, value: float = 0.0) -> Variable:
    """``value`` before and after the entries of each axis, as ``numpy.pad``; negative widths cut entries off, as PyTorch's
    ``pad`` does.

    Parameters
    ----------
    x : Variable or array_like
        Of at least one axis.
    widths : array_like of int
        (before, after) for each axis, one such pair for all of them, or one number.
    value : float, optional
        A constant.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers, widths that are no integers.
    InvalidArgument (ValueError)
        Pairs for another number of axes, widths that cut off more than there is.

    Examples
    --------
    >>> bissl.ops.pad([1.0, 2.0, 3.0], (1, -1)).numpy().tolist()
    [0.0, 1.0, 2.0]
    """
    x = as_variable(x)
    pairs = read("widths", widths, "iu", "integers")
    if not x.ndim or pairs.shape not in ((), (2,), (1, 2), (x.ndim, 2)):
        raise InvalidArgument(f"widths: expected a pair for each axis of shape {x.shape}, got shape {pairs.shape}")
    before, after = np.broadcast_to(pairs, (x.ndim, 2)).T.tolist()
    return apply("Pad", x, before=before, after=after, value=precise_real("value", value))


def repeat(x: Any, count: int, axis: int = 0) -> Variable:
    """``count`` copies along a new axis, which becomes axis ``axis`` of the result.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    count : int
        How many copies, at least 1.
    axis : int, default 0
        Over, or along, which axis or axes; None is all.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.repeat([1.0, 2.0], 2).numpy().tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    x = as_variable(x)
    return apply("Repeat", x, axis=checked_axis(axis, x.ndim + 1), count=checked_integer("count", count))


def broadcast_to(x: Any, shape: Sequence[int]) -> Variable:
    """NumPy's broadcasting: axes of extent 1, and missing leading ones, repeated.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    shape : sequence of int
        Of the result.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Shapes that do not fit.

    Examples
    --------
    >>> bissl.ops.broadcast_to([1.0, 2.0], (2, 2)).numpy().tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    variable = as_variable(x)
    shape = tuple(checked_extents(shape))
    if variable.shape == shape:
        return variable
    aligned = (1,) * (len(shape) - variable.ndim) + variable.shape
    if len(aligned) != len(shape) or any(mine not in (1, theirs) for mine, theirs in zip(aligned, shape)):
        raise InvalidArgument(f"shape {variable.shape} does not broadcast to {shape}")
    stretched = [axis for axis, (mine, theirs) in enumerate(zip(aligned, shape)) if mine != theirs]
    spread = reshape(variable, [extent for axis, extent in enumerate(aligned) if axis not in stretched])
    for axis in stretched:
        spread = repeat(spread, shape[axis], axis)
    return spread


def checked_extents(shape: Any) -> list[int]:
    """The integers of a shape."""
    if not np.iterable(shape) or isinstance(shape, (str, Variable)):
        raise WrongType(f"shape: expected several integers, got {type(shape).__name__}")
    return [checked_integer(f"shape[{place}]", extent) for place, extent in enumerate(shape)]


def checked_axis(axis: Any, rank: int) -> int:
    """An axis from 0 up; negative ones count from the end."""
    number = checked_integer("axis", axis)
    if not -rank <= number < rank:
        raise InvalidArgument(f"axis: expected {-rank} to {rank - 1}, got {number}")
    return number % rank


def _swapped(x: Variable, axis: int) -> Variable:
    """Axis 0 and ``axis`` exchanged."""
    axis = checked_axis(axis, x.ndim)
    order = list(range(x.ndim))
    order[0], order[axis] = axis, 0
    return transpose(x, order)
