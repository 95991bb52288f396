"""What networks are made of. Maps are (N, H, W, C); weights have PyTorch's layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument, checked_flag, checked_integer, checked_real
from .variable import Variable, apply

Extent = int | Sequence[int]


def conv2d(
    x: Any, weight: Any, stride: Extent = 1, padding: Extent = 0, dilation: Extent = 1, groups: int = 1
) -> Variable:
    """The convolution of maps (N, H, W, C) with a weight (outputs, C/groups, height, width): output channels of a group
    see the input channels of that group. ``groups=C`` is a depthwise convolution."""
    return apply(
        "Convolution",
        x,
        weight,
        stride=_checked_extent("stride", stride),
        padding=_checked_extent("padding", padding),
        dilation=_checked_extent("dilation", dilation),
        groups=checked_integer("groups", groups),
    )


def max_pool2d(x: Any, window: Extent, stride: Extent | None = None, padding: Extent = 0) -> Variable:
    """The greatest value of each window; the stride is the window unless given."""
    return _pool("MaxPool", x, window, stride, padding)


def avg_pool2d(x: Any, window: Extent, stride: Extent | None = None, padding: Extent = 0) -> Variable:
    """The mean of each window, padding counted as zeros; the stride is the window unless given."""
    return _pool("AveragePool", x, window, stride, padding)


def global_avg_pool(x: Any) -> Variable:
    """The mean of each map: (N, H, W, C) to (N, C)."""
    return apply("GlobalAveragePool", x)


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
    first axis holds several ``batches`` of one size, each is normalised by its own statistics."""
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


def layer_norm(x: Any, weight: Any, bias: Any, epsilon: float = 1e-6) -> Variable:
    """Layer normalisation over the last axis, with weight and bias (C,)."""
    return apply("LayerNorm", x, weight, bias, epsilon=checked_real("epsilon", epsilon))


def scale_channels(x: Any, factors: Any) -> Variable:
    """Every row of x (…, C) times ``factors`` (C,), element by element: LayerScale (Touvron et al. 2021)."""
    return apply("ScaleChannels", x, factors)


def l2_normalize(x: Any) -> Variable:
    """Every row (the last axis) divided by its length, which counts as at least 1e-12."""
    return apply("L2Normalize", x)


def attention(qkv: Any, heads: int) -> Variable:
    """Multi-head attention from queries, keys and values side by side: (N, L, 3·width) to (N, L, width)."""
    return apply("Attention", qkv, heads=checked_integer("heads", heads))


def _pool(operation: str, x: Any, window: Extent, stride: Extent | None, padding: Extent) -> Variable:
    window = _checked_extent("window", window)
    stride = window if stride is None else _checked_extent("stride", stride)
    return apply(operation, x, window=window, stride=stride, padding=_checked_extent("padding", padding))


def _checked_extent(name: str, extent: Extent) -> Extent:
    """An integer, or one per axis."""
    if np.ndim(extent) == 0:
        return checked_integer(name, extent)
    return [checked_integer(f"{name}[{axis}]", number) for axis, number in enumerate(extent)]
