# Written by `python -m bissl.ops.stub`.
from collections.abc import Sequence
from typing import Any

from .variable import Variable

__all__ = [
    "add_bias",
    "attention",
    "avg_pool2d",
    "conv2d",
    "cos",
    "exp",
    "gather",
    "gelu",
    "global_avg_pool",
    "interpolate",
    "l2_normalize",
    "layer_norm",
    "log",
    "low_rank_linear",
    "matmul",
    "max_pool2d",
    "nt_xent",
    "patchify",
    "power",
    "relu",
    "scale",
    "scale_channels",
    "scale_samples",
    "sigmoid",
    "sin",
    "smooth_l1",
    "softplus",
    "tanh",
]

def add_bias(x: Any, bias: Any) -> Variable:
    """x (…, C) plus a vector (C,) in every row."""

def attention(qkv: Any, heads: int) -> Variable:
    """Multi-head attention from queries, keys and values side by side: (N, L, 3·width) to (N, L, width)."""

def avg_pool2d(
    x: Any,
    window: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
) -> Variable:
    """The mean of each window, padding counted as zeros; the stride is the window unless given."""

def conv2d(
    x: Any,
    weight: Any,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Variable:
    """The convolution of maps (N, H, W, C) with a weight (outputs, C/groups, height, width): output channels of a group
    see the input channels of that group. ``groups=C`` is a depthwise convolution."""

def cos(x: Any) -> Variable:
    """The cosine of x in radians."""

def exp(x: Any) -> Variable:
    """e to the power of x."""

def gather(x: Any, batches: int = 1) -> Variable:
    """The rows (N, C) of all processes that train together, those of one behind those of another, for losses that
    compare samples; the input where there is one process. ``batches`` of one size may stand one behind the other."""

def gelu(x: Any) -> Variable:
    """x·Φ(x), exact (PyTorch's ``approximate="none"``)."""

def global_avg_pool(x: Any) -> Variable:
    """The mean of each map: (N, H, W, C) to (N, C)."""

def interpolate(x: Any, size: int | Sequence[int]) -> Variable:
    """Maps (N, H, W, C) at another size, (height, width), by bilinear interpolation, as PyTorch's interpolate with
    ``mode="bilinear"`` and ``align_corners=False``."""

def l2_normalize(x: Any) -> Variable:
    """Every row (the last axis) divided by its length, which counts as at least 1e-12."""

def layer_norm(x: Any, weight: Any, bias: Any, eps: float = 1e-06) -> Variable:
    """Layer normalisation over the last axis, with weight and bias (C,)."""

def log(x: Any) -> Variable:
    """The natural logarithm, for x > 0."""

def low_rank_linear(x: Any, weight: Any, a: Any, b: Any, bias: Any = None, scale: float = 1.0) -> Variable:
    """x Wᵀ + scale·(x Aᵀ) Bᵀ + bias for x (N, inputs), weight (outputs, inputs), a (rank, inputs), b (outputs, rank),
    bias (outputs,): a linear layer with a low-rank addition (Hu et al. 2021, "LoRA")."""

def matmul(a: Any, b: Any, transpose_right: bool = False) -> Variable:
    """The matrix product of (M, K) and (K, N); with ``transpose_right``, of (M, K) and (N, K)ᵀ."""

def max_pool2d(
    x: Any,
    window: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
) -> Variable:
    """The greatest value of each window; the stride is the window unless given."""

def nt_xent(z: Any, temperature: float = 0.5) -> Variable:
    """NT-Xent (Chen et al. 2020) of rows z (2B, F), ℓ2-normalised: row i and row i + B are views of one image."""

def patchify(images: Any, size: int, channels_first: bool = False) -> Variable:
    """Maps (N, H, W, C) to patches, L of size·size·C numbers each; ``channels_first`` orders a patch's numbers by
    channel, as a convolution's weight is."""

def power(x: Any, exponent: float) -> Variable:
    """x to a constant power; x > 0 unless the exponent is a whole number."""

def relu(x: Any) -> Variable:
    """max(x, 0), with derivative 0 at 0."""

def scale(x: Any, by: float) -> Variable:
    """x times a number."""

def scale_channels(x: Any, factors: Any) -> Variable:
    """Every row of x (…, C) times ``factors`` (C,), element by element: LayerScale (Touvron et al. 2021)."""

def scale_samples(x: Any, factors: Any) -> Variable:
    """The first axis, cut into as many equal pieces as there are ``factors``, each times its own, a constant."""

def sigmoid(x: Any) -> Variable:
    """1/(1 + exp(-x))."""

def sin(x: Any) -> Variable:
    """The sine of x in radians."""

def smooth_l1(x: Any, beta: float = 1.0) -> Variable:
    """x²/(2·beta) where |x| < beta, |x| - beta/2 elsewhere."""

def softplus(x: Any) -> Variable:
    """log(1 + exp(x))."""

def tanh(x: Any) -> Variable:
    """The hyperbolic tangent."""
