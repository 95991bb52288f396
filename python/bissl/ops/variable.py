"""Values of a loss that is being recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _engine
from ..errors import InvalidArgument, InvalidState, WrongType, nearest_options
from .constants import read
from .recording import is_tracing, tell


class Variable:
    """An array of the engine, float of its precision. Operations on it are recorded for derivatives.

    Arithmetic (``+ - * / @ **`` with a number) follows NumPy's broadcasting rules; arrays and numbers take part as
    constants. ``x[rows]`` selects along the first axis. Features of images are (N, F), maps (N, H, W, C).

    Parameters
    ----------
    handle : object
        Of the engine; not made by users.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By its operations: not real numbers, or shapes that do not fit.

    Examples
    --------
    >>> x = bissl.ops.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> (x * x).sum(axis=1).numpy().tolist(), (x @ x.T).shape
    ([5.0, 25.0], (2, 2))
    """

    __slots__ = ("_handle", "_constant", "shape")

    shape: tuple[int, ...]

    def __init__(self, handle: Any) -> None:
        description = json.loads(_engine.variable_describe(handle))
        self._handle = handle
        self._constant: bool = description["constant"]
        self.shape = tuple(description["shape"])

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def is_constant(self) -> bool:
        """Whether no derivative passes through it."""
        return self._constant

    def numpy(self) -> np.ndarray:
        """The values, copied. InvalidState inside a backbone's features, which must not depend on them."""
        if is_tracing() and not self._constant:
            raise InvalidState(
                "the features of a backbone are traced once for all images of a shape and must not depend on values: "
                "compute them with bissl.ops"
            )
        return _engine.array(_engine.variable_value(self._handle)).reshape(self.shape)

    def item(self) -> float:
        """The only value, as a number."""
        if self.size != 1:
            raise InvalidArgument(f"item: expected one value, got shape {self.shape}")
        return float(self.numpy().ravel()[0])

    __float__ = item

    if TYPE_CHECKING:  # What `bissl.ops.arithmetic` gives the class, under the same names.

        def __add__(self, other: Any) -> Variable: ...
        def __radd__(self, other: Any) -> Variable: ...
        def __sub__(self, other: Any) -> Variable: ...
        def __rsub__(self, other: Any) -> Variable: ...
        def __mul__(self, other: Any) -> Variable: ...
        def __rmul__(self, other: Any) -> Variable: ...
        def __truediv__(self, other: Any) -> Variable: ...
        def __rtruediv__(self, other: Any) -> Variable: ...
        def __matmul__(self, other: Any) -> Variable: ...
        def __rmatmul__(self, other: Any) -> Variable: ...
        def __pow__(self, exponent: float) -> Variable: ...
        def __neg__(self) -> Variable: ...
        def __abs__(self) -> Variable: ...
        def __getitem__(self, rows: Any) -> Variable: ...
        def __iter__(self) -> Iterator[Variable]: ...
        @property
        def T(self) -> Variable: ...
        def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Variable: ...
        def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Variable: ...
        def reshape(self, *shape: int | Sequence[int]) -> Variable: ...

    else:  # What type checkers must not see: by these a Variable would pass for an array, and have any attribute.

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            raise WrongType(
                "a recorded value is no NumPy array, and NumPy's functions would lose its derivative: use bissl.ops, or "
                "x.numpy() for a constant copy"
            )

        def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
            raise _no_numpy(function.__name__)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            raise AttributeError(f"a Variable has no attribute {name!r}: {_operations_like(name)}")

    def __reduce__(self) -> tuple[Any, ...]:
        if self._constant:
            return constant, (self.numpy(),)
        raise InvalidState(
            "a Variable is part of a recording in the engine's memory and can be neither copied nor pickled: keep "
            "x.numpy()"
        )

    def __setitem__(self, key: Any, values: Any) -> None:
        raise WrongType("a recorded value cannot be written to: make another one by bissl.ops, such as ops.concatenate")

    def __bool__(self) -> bool:
        return bool(self.item())

    def __len__(self) -> int:
        if not self.shape:
            raise WrongType("a value without axes has no length")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"Variable(shape={self.shape}{', constant' if self._constant else ''})"


#: Where bissl.ops calls an operation otherwise than NumPy.
_OTHERWISE = {
    "true_divide": "divide", "negative": "scale", "dot": "matmul", "einsum": "matmul", "vstack": "concatenate",
    "hstack": "concatenate", "stack": "concatenate", "absolute": "abs", "expand_dims": "reshape", "squeeze": "reshape",
    "ravel": "reshape", "std": "var", "square": "power", "max": "relu", "maximum": "relu", "clip": "relu",
    "sign": "stop_gradient", "norm": "l2_normalize", "where": "multiply", "take": "select_rows", "detach": "stop_gradient",
}  # fmt: skip


def _operations_like(name: str) -> str:
    """Which operation to use for what NumPy calls so."""
    from .. import ops

    name = _OTHERWISE.get(name, name)
    near = [name] if name in ops.__all__ else nearest_options(name, [op for op in ops.__all__ if op.islower()])
    used = f"bissl.ops.{near[0]}" if near else "the operations of bissl.ops"
    return f"use {used}, or x.numpy() for a constant copy"


def _no_numpy(name: str) -> WrongType:
    return WrongType(
        f"numpy.{name}: NumPy's functions would lose the derivative of a recorded value; {_operations_like(name)}"
    )


def constant(values: Any) -> Variable:
    """A constant: an array or number of the engine's precision (copied), or the value of a Variable without its
    derivative.

    Parameters
    ----------
    values : array_like or Variable
        Real numbers.

    Returns
    -------
    Variable
        Of the engine's precision.

    Raises
    ------
    WrongType (TypeError)
        Not real numbers; masked entries.
    InvalidArgument (ValueError)
        Entries of different shapes.

    Examples
    --------
    >>> bissl.ops.constant([1.0, 2.0]).is_constant
    True
    """
    if isinstance(values, Variable):
        return values if values.is_constant else constant(values.numpy())
    array = read("values", values)
    return Variable(
        _engine.variable_create(np.ascontiguousarray(array, np.dtype(_engine.precision)).reshape(array.shape))
    )


def as_variable(value: Any) -> Variable:
    """The Variable itself, or a constant of an array or number."""
    return value if isinstance(value, Variable) else constant(value)


def apply(operation: str, *inputs: Any, **settings: float | Sequence[float] | np.ndarray) -> Variable:
    """Runs an operation of the engine's catalogue by its name there; `bissl.ops` has a function for each."""
    variables = tuple(as_variable(value) for value in inputs)
    result = Variable(_engine.operation_apply(operation, settings, tuple(each._handle for each in variables)))
    tell(operation, variables, settings, result)
    return result
