"""Layers whose arguments are not those of the catalogue's operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._engine import dtype
from ..errors import InvalidArgument, checked_flag, checked_integer
from ..finite import check_finite
from .catalogue import matmul
from .constants import checked_extent, flat_integers, flat_numbers, precise_real, read
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
    eps: float = 1e-5,
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
    eps : float, default 1e-05
        Added to the variance, positive.
    statistics : tuple of object or None, optional
        Mean and variance (C,), constants: finite, variances at least 0. None takes those of the batch.
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
        Shapes that do not fit, statistics that are none.

    Examples
    --------
    >>> x = np.array([[1.0], [3.0]])
    >>> bissl.ops.batch_norm(x, np.ones(1), np.zeros(1)).numpy().round(2).tolist()
    [[-1.0], [1.0]]
    """
    settings: dict[str, Any] = {
        "epsilon": precise_real("eps", eps),
        "relu": checked_flag("relu", relu),
        "batches": checked_integer("batches", batches),
    }
    if statistics is not None:
        mean, variance = _checked_statistics(statistics)
        settings |= {"mean": mean, "variance": variance}
    inputs = (x, weight, bias) if residual is None else (x, weight, bias, residual)
    return apply("BatchNorm", *inputs, **settings)


def _checked_statistics(statistics: Any) -> tuple[np.ndarray, np.ndarray]:
    """A mean and a variance per channel."""
    if isinstance(statistics, str) or not isinstance(statistics, (Sequence, np.ndarray)) or len(statistics) != 2:
        given = f"{type(statistics).__name__}" + (f" of {len(statistics)}" if hasattr(statistics, "__len__") else "")
        raise InvalidArgument(f"statistics: expected a pair (mean, variance), got {given}")
    mean, variance = (flat_numbers(f"statistics[{place}]", values) for place, values in enumerate(statistics))
    if not mean.size or mean.size != variance.size:
        raise InvalidArgument(
            f"statistics: expected a mean and a variance per channel, got {mean.size} and {variance.size}"
        )
    for place, values in enumerate((mean, variance)):
        with np.errstate(over="ignore"):
            check_finite(values.astype(dtype), f"statistics[{place}]")
    if variance.min() < 0:
        raise InvalidArgument(f"statistics[1]: expected variances of at least 0, got {variance.min()}")
    return mean, variance


def roi_align(
    features: Any,
    boxes: Any,
    image_index: Any,
    output_size: int | Sequence[int],
    scale: float = 1 / 16,
    sampling_ratio: int = 2,
    aligned: bool = False,
) -> Variable:
    """RoIAlign (He et al. 2017), as ``torchvision.ops.roi_align``: what maps show in boxes.

    Each box is divided into ``output_size`` bins, of which the mean of some bilinear samples is taken. No derivative
    passes to the boxes.

    Parameters
    ----------
    features : Variable or array_like
        Maps (N, H, W, C).
    boxes : array_like
        (K, 4), x0, y0, x1, y1 in pixels of the image, K >= 0. A box may reach beyond the maps, which are 0 there from a
        cell's distance on.
    image_index : array_like of int
        (K,), the map that each box lies in.
    output_size : int or sequence of int
        Bins, one number for both axes or one each.
    scale : float, optional
        Cells of the maps per pixel, 1 / stride.
    sampling_ratio : int, optional
        Samples per bin and axis, at most 32; 0 takes as many as a bin has cells, rounded up.
    aligned : bool, optional
        Whether the centre of the first cell is at half a cell, as that of a pixel is, and not at 0. Without, boxes count
        as at least one cell wide and high.

    Returns
    -------
    Variable
        (K, height, width, C).

    Raises
    ------
    WrongType (TypeError)
        Not real numbers, indices that are no integers.
    InvalidArgument (ValueError)
        Boxes that are inverted, not finite or of another shape; an index of no map.

    Examples
    --------
    >>> bissl.ops.roi_align(np.ones((1, 6, 8, 3)), [[0, 0, 64, 64], [16, 8, 90, 90]], [0, 0], (7, 7)).shape
    (2, 7, 7, 3)
    """
    index, corners = flat_integers("image_index", image_index), read("boxes", boxes)
    settings: dict[str, Any] = {
        "boxes": flat_numbers("boxes", corners if corners.size else corners.reshape(0, 4), (len(index), 4)),
        "image_index": index,
        "output_size": checked_extent("output_size", output_size),
        "scale": precise_real("scale", scale),
        "sampling_ratio": checked_integer("sampling_ratio", sampling_ratio),
        "aligned": checked_flag("aligned", aligned),
    }
    return apply("RoIAlign", features, **settings)
