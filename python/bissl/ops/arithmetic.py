"""Sums and products, with NumPy's broadcasting; what the operators of a Variable mean."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType, checked_flag, checked_integer
from .arrangement import broadcast_to, checked_axis, reshape, select_positions, select_rows, transpose
from .catalogue import matmul, power, relu, scale
from .constants import precise_real, read
from .variable import Variable, _no_numpy, apply, as_variable, constant


def add(a: Any, b: Any) -> Variable:
    """a + b

    Parameters
    ----------
    a : Variable or array_like
        The first operand; shapes follow NumPy's broadcasting rules.
    b : Variable or array_like
        The second operand.

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
    >>> bissl.ops.add([1.0, 2.0], 10).numpy().tolist()
    [11.0, 12.0]
    """
    return apply("Add", *_broadcast(a, b))


def subtract(a: Any, b: Any) -> Variable:
    """a - b

    Parameters
    ----------
    a : Variable or array_like
        The first operand; shapes follow NumPy's broadcasting rules.
    b : Variable or array_like
        The second operand.

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
    >>> bissl.ops.subtract([3.0], [1.0]).numpy().tolist()
    [2.0]
    """
    return add(a, scale(b, -1))


def multiply(a: Any, b: Any) -> Variable:
    """a·b, element by element.

    Parameters
    ----------
    a : Variable or array_like
        The first operand; shapes follow NumPy's broadcasting rules.
    b : Variable or array_like
        The second operand.

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
    >>> bissl.ops.multiply([1.0, 2.0], [3.0, 4.0]).numpy().tolist()
    [3.0, 8.0]
    """
    for x, factor in ((a, b), (b, a)):
        if isinstance(factor, numbers.Real):
            return scale(x, precise_real("factor", +factor))  # truth values are numbers with a sign
    return apply("Multiply", *_broadcast(a, b))


def divide(a: Any, b: Any) -> Variable:
    """a/b; for a Variable b, of b > 0 or b < 0.

    Parameters
    ----------
    a : Variable or array_like
        The first operand; shapes follow NumPy's broadcasting rules.
    b : Variable or array_like
        The second operand.

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
    >>> bissl.ops.divide([1.0, 2.0], 4).numpy().tolist()
    [0.25, 0.5]
    """
    if isinstance(b, Variable):
        return multiply(a, power(b, -1))
    return multiply(a, 1 / read("b", b).astype(np.float64))


def sqrt(x: Any) -> Variable:
    """The square root, for x > 0: its derivative at 0 is infinite, so add a small number first.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

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
    >>> bissl.ops.sqrt([4.0, 9.0]).numpy().tolist()
    [2.0, 3.0]
    """
    return power(x, 0.5)


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Variable:
    """The sum over some axes, or over all, as ``numpy.sum``.

    Parameters
    ----------
    x : object
        Of any shape.
    axis : int, sequence of int or None, optional
        Over which axes; None is all.
    keepdims : bool, default False
        Whether they stay, of extent 1.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Axes that there are not.

    Examples
    --------
    >>> bissl.ops.sum([[1.0, 3.0], [5.0, 7.0]], axis=1).numpy().tolist()
    [4.0, 12.0]
    """
    x = as_variable(x)
    axes = _checked_axes(axis, x.ndim)
    shape = [1 if place in axes else extent for place, extent in enumerate(x.shape)]
    for place in sorted(axes, reverse=True):
        x = apply("Sum", x, axis=place)
    return reshape(x, shape) if checked_flag("keepdims", keepdims) else x


def abs(x: Any) -> Variable:
    """``|x|``, with derivative 0 at 0.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.

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
    >>> bissl.ops.abs([-2.0, 3.0]).numpy().tolist()
    [2.0, 3.0]
    """
    return add(relu(x), relu(scale(x, -1)))


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Variable:
    """The mean over some axes, or over all, as ``numpy.mean``.

    Parameters
    ----------
    x : object
        Of any shape.
    axis : int, sequence of int or None, optional
        Over which axes; None is all.
    keepdims : bool, default False
        Whether they stay, of extent 1.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers.
    InvalidArgument (ValueError)
        Axes that there are not.

    Examples
    --------
    >>> bissl.ops.mean([[1.0, 3.0], [5.0, 7.0]], axis=0).numpy().tolist()
    [3.0, 5.0]
    """
    x = as_variable(x)
    if axis is None and not keepdims:
        return apply("Mean", x)
    count = math.prod(x.shape[place] for place in _checked_axes(axis, x.ndim))
    return scale(sum(x, axis, keepdims), 1 / max(1, count))


def var(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False, ddof: int = 0) -> Variable:
    """The variance over some axes, or over all, as ``numpy.var``; PyTorch's has ``ddof=1``.

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    axis : int, sequence of int or None, optional
        Over, or along, which axis or axes; None is all.
    keepdims : bool, default False
        Whether the axes stay, of extent 1.
    ddof : int, default 0
        What the number of values is lessened by in the divisor.

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
    >>> bissl.ops.var([1.0, 3.0]).item(), bissl.ops.var([1.0, 3.0], ddof=1).item()
    (1.0, 2.0)
    """
    x = as_variable(x)
    count = math.prod(x.shape[place] for place in _checked_axes(axis, x.ndim))
    if count <= checked_integer("ddof", ddof):
        raise InvalidArgument(f"ddof: {ddof} needs more than {ddof} values to take the variance of, got {count}")
    deviation = subtract(x, mean(x, axis, keepdims=True))
    return scale(sum(multiply(deviation, deviation), axis, keepdims), 1 / (count - ddof))


def _checked_axes(axis: int | Sequence[int] | None, rank: int) -> set[int]:
    if axis is None:
        return set(range(rank))
    given = axis if isinstance(axis, Sequence) else (axis,)
    axes = {checked_axis(place, rank) for place in given}
    if len(axes) != len(given):
        raise InvalidArgument(f"axis: an axis is named twice in {axis}")
    return axes


def _broadcast(a: Any, b: Any) -> tuple[Variable, Variable]:
    """Both in their common shape. Constants are spread before they enter the engine."""
    a, b = (x if isinstance(x, Variable) else read(name, x) for name, x in (("a", a), ("b", b)))
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise InvalidArgument(f"shapes {a.shape} and {b.shape} do not broadcast to one another") from None
    first, second = (
        broadcast_to(x, shape) if isinstance(x, Variable) else constant(np.broadcast_to(x, shape)) for x in (a, b)
    )
    return first, second


def _reflected(operation: Callable[[Any, Any], Variable]) -> Callable[[Variable, Any], Variable]:
    return lambda self, other: operation(other, self)


#: What may be integers.
_POSITIONS = (numbers.Integral, Sequence, np.ndarray)


def _rows(x: Variable, key: Any) -> Variable:
    """x[key] for an integer, a slice or an array of integers (or booleans) on the first axis, or for arrays of integers on
    the first axes."""
    if isinstance(key, tuple) and key and all(isinstance(each, _POSITIONS) for each in key):
        return select_positions(x, key)
    if isinstance(key, tuple) or key is None or key is Ellipsis:
        raise WrongType(
            "a Variable is indexed along its first axis only, x[rows] or x[2:5], or by integers on its first axes, "
            "x[rows, columns]; use bissl.ops.transpose to bring another axis to the front, bissl.ops.pad to cut axes, and "
            "bissl.ops.reshape for new ones"
        )
    if isinstance(key, slice):
        return select_rows(x, np.arange(len(x))[key])
    key = read("rows", key, "iub", "integers")
    return select_rows(x, np.flatnonzero(key) if key.dtype == bool and key.shape == x.shape[:1] else key)


def _ufunc(self: Variable, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Variable:
    """Arrays leave their arithmetic with a Variable to it; NumPy's other functions are refused."""
    operation = _UFUNCS.get(ufunc)
    if operation is None or method != "__call__" or options:
        raise _no_numpy(ufunc.__name__)
    return operation(*inputs)


_UFUNCS = {
    np.add: add,
    np.subtract: subtract,
    np.multiply: multiply,
    np.true_divide: divide,
    np.matmul: matmul,
}


def _refused(operator: str, instead: str = "apply it to x.numpy(), a constant copy") -> Callable[..., Any]:
    def refuse(self: Variable, other: Any) -> Any:
        raise WrongType(f"{operator}: a recorded value has no such operation; use bissl.ops, or {instead}")

    return refuse


_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_WITHOUT_DERIVATIVE = {"%": "mod", "//": "floordiv", "&": "and", "|": "or", "^": "xor"}


def _reshaped(self: Variable, *shape: Any) -> Variable:
    """The same elements under another shape, given as numbers or as a sequence of them; see `bissl.ops.reshape`."""
    extents: Any = shape[0] if len(shape) == 1 and np.iterable(shape[0]) else shape
    return reshape(self, extents)


#: What a Variable can do, as the class states it for type checkers.
OPERATORS: dict[str, Any] = {
    "__add__": add,
    "__radd__": _reflected(add),
    "__sub__": subtract,
    "__rsub__": _reflected(subtract),
    "__mul__": multiply,
    "__rmul__": _reflected(multiply),
    "__truediv__": divide,
    "__rtruediv__": _reflected(divide),
    "__matmul__": matmul,
    "__rmatmul__": _reflected(matmul),
    "__pow__": power,
    "__neg__": lambda self: scale(self, -1),
    "__abs__": abs,
    "__getitem__": _rows,
    "__iter__": lambda self: (self[row] for row in range(len(self))),
    "T": property(transpose),
    "sum": sum,
    "mean": mean,
    "reshape": _reshaped,
}
_REFUSED = (
    {f"__{name}__": _refused(operator) for operator, name in (_COMPARISONS | _WITHOUT_DERIVATIVE).items()}
    | {f"__r{name}__": _refused(operator) for operator, name in _WITHOUT_DERIVATIVE.items()}
    | {"__rpow__": _refused("number ** x", "write bissl.ops.exp(x * math.log(number))")}
)
_PROTOCOLS = {"__array_ufunc__": _ufunc, "__hash__": object.__hash__}
for _name, _operation in (OPERATORS | _REFUSED | _PROTOCOLS).items():
    setattr(Variable, _name, _operation)
