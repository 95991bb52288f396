"""Layers whose arguments are not those of the catalogue's operation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidArgument, checked_flag, checked_integer, checked_real
from .catalogue import matmul
from .variable import Variable, apply


def linear(x: Any, weight: Any, bias: Any = None) -> Variable:
    """x Wᵀ + b for x (N, inputs), weight (outputs, inputs), bias (outputs,).

    Parameters
    ----------
    x : Variable or array_like
        Of any shape, unless the first line says otherwise.
    weight : Variable or array_like
        As the first line gives its shape.
    bias : Variable, array_like or None, optional
        As the first line gives its shape.

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
    >>> bissl.ops.linear([[1.0, 2.0]], np.array([[1.0, 1.0], [0.0, 1.0]]), [0.5, 0.0]).numpy().tolist()
    [[3.5, 2.0]]
    """
    if bias is None:
        return matmul(x, weight, transpose_right=True)
    return apply("Linear", x, weight, bias)


def batch_norm(
    x: Any,
    weight: Any,
    bias: Any,
    residual: Any = None,
    relu: bool = False,
    epsilon: float = 1e-5,
    statistics: tuple[Any, Any] | None = None,
    batches: int = 1,
) -> Variable:
    """Batch normalisation of x (…, C) with weight and bias (C,): by the batch's own mean and variance, or by
    ``statistics`` (mean, variance), constants. Adds ``residual``, shaped as x, and takes ReLU, where asked. Where the
    first axis holds several ``batches`` of one size, each is normalised by its own statistics.

    Parameters
    ----------
    x : Variable or array_like
        (…, C).
    weight : Variable or array_like
        (C,).
    bias : Variable or array_like
        (C,).
    residual : Variable, array_like or None, optional
        Shaped as x.
    relu : bool, default False
        Whether ReLU follows.
    epsilon : float, default 1e-05
        Added to the variance, positive.
    statistics : tuple of object or None, optional
        Mean and variance (C,), constants; None takes those of the batch.
    batches : int, default 1
        How many batches of one size the first axis holds.

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
    >>> x = np.array([[1.0], [3.0]])
    >>> bissl.ops.batch_norm(x, np.ones(1), np.zeros(1)).numpy().round(2).tolist()
    [[-1.0], [1.0]]
    """
    settings: dict[str, Any] = {
        "epsilon": checked_real("epsilon", epsilon),
        "relu": checked_flag("relu", relu),
        "batches": checked_integer("batches", batches),
    }
    if statistics is not None:
        mean, variance = (np.asarray(values, np.float64).ravel().tolist() for values in statistics)
        if not mean or len(mean) != len(variance):
            raise InvalidArgument(
                f"statistics: expected a mean and a variance per channel, got {len(mean)} and {len(variance)}"
            )
        settings |= {"mean": mean, "variance": variance}
    inputs = (x, weight, bias) if residual is None else (x, weight, bias, residual)
    return apply("BatchNorm", *inputs, **settings)
