"""The workloads' losses in JAX, as functions of parameters by bissl's names.

Images are (N, H, W, 3); convolution weights are (height, width, in, out), those of linear layers (in, out), the layouts
that XLA prefers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import bissl

Parameters = dict[str, jax.Array]
Loss = Callable[[Parameters, Parameters, Any], jax.Array]


def loss_of(pretext: bissl.Pretext) -> Loss:
    """Maps (parameters of the backbone, of the head, batch) to the loss of ``pretext``."""
    if isinstance(pretext, bissl.MAE):
        from .jax_mae import masked_autoencoder

        return masked_autoencoder(pretext)
    features = resnet(pretext.backbone)
    if isinstance(pretext, bissl.SimCLR):
        return nt_xent(features, pretext.temperature)
    return lambda backbone, head, batch: jnp.mean(features(backbone, batch[0]) ** 2)


def parameters(module: Any) -> Parameters:
    """The trainable parameters of a bissl module, in the order of its vector."""
    return {name: jnp.asarray(to_jax(value)) for name, value in module.vector.as_dict().items()}


def to_jax(weight: np.ndarray) -> np.ndarray:
    """From PyTorch's layout."""
    if weight.ndim == 4:
        return weight.transpose(2, 3, 1, 0)
    return weight.T if weight.ndim == 2 else weight


def from_jax(weight: Any) -> np.ndarray:
    """To PyTorch's layout."""
    array = np.asarray(weight)
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    return array.T if array.ndim == 2 else array


def resnet(net: bissl.ResNet) -> Callable[[Parameters, jax.Array], jax.Array]:
    """Features (N, F) of images in training mode, for the stem of ImageNet."""
    layers, bottleneck = net._options["layers"], net._options["block"] == "bottleneck"

    def features(p: Parameters, x: jax.Array) -> jax.Array:
        x = jax.nn.relu(batch_norm(p, "bn1", conv(p, "conv1", x, stride=2)))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), ((0, 0), (1, 1), (1, 1), (0, 0)))
        for stage, blocks in enumerate(layers, start=1):
            for block in range(blocks):
                x = residual(p, f"layer{stage}.{block}", x, 2 if stage > 1 and block == 0 else 1, bottleneck)
        return x.mean((1, 2))

    return features


def residual(p: Parameters, name: str, x: jax.Array, stride: int, bottleneck: bool) -> jax.Array:
    strides = (1, stride, 1) if bottleneck else (stride, 1)
    y = x
    for number, step in enumerate(strides, start=1):
        y = batch_norm(p, f"{name}.bn{number}", conv(p, f"{name}.conv{number}", y, step))
        y = jax.nn.relu(y) if number < len(strides) else y
    if f"{name}.downsample.0.weight" in p:
        x = batch_norm(p, f"{name}.downsample.1", conv(p, f"{name}.downsample.0", x, stride))
    return jax.nn.relu(x + y)


def conv(p: Parameters, name: str, x: jax.Array, stride: int) -> jax.Array:
    weight = p[f"{name}.weight"]
    padding = [(side // 2, side // 2) for side in weight.shape[:2]]
    return lax.conv_general_dilated(x, weight, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def batch_norm(p: Parameters, name: str, x: jax.Array) -> jax.Array:
    axes = tuple(range(x.ndim - 1))
    centred = x - x.mean(axes)
    scale = p[f"{name}.weight"] * lax.rsqrt((centred**2).mean(axes) + 1e-5)
    return centred * scale + p[f"{name}.bias"]


def linear(p: Parameters, name: str, x: jax.Array) -> jax.Array:
    y = x @ p[f"{name}.weight"]
    return y + p[f"{name}.bias"] if f"{name}.bias" in p else y


def projector(p: Parameters, x: jax.Array) -> jax.Array:
    """The authors' projection head: layers 0, 3, 6, … are linear, a batch norm and a ReLU follow all but the last."""
    names = [name.removesuffix(".weight") for name, weight in p.items() if weight.ndim == 2]
    for name in names[:-1]:
        stem, number = name.rsplit(".", 1)
        x = jax.nn.relu(batch_norm(p, f"{stem}.{int(number) + 1}", linear(p, name, x)))
    return linear(p, names[-1], x)


def nt_xent(features: Callable[[Parameters, jax.Array], jax.Array], temperature: float) -> Loss:
    """SimCLR's loss; the two views pass the network as two batches."""

    def loss(backbone: Parameters, head: Parameters, views: Any) -> jax.Array:
        z = jnp.concatenate([projector(head, features(backbone, view)) for view in views])
        z = z / jnp.linalg.norm(z, axis=1, keepdims=True)
        rows = len(z)
        logits = jnp.where(jnp.eye(rows, dtype=bool), -jnp.inf, z @ z.T / temperature)
        return cross_entropy(logits, jnp.roll(jnp.arange(rows), rows // 2))

    return loss


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Mean over the rows of ``logits`` (N, classes)."""
    picked = jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return (jax.nn.logsumexp(logits, axis=1) - picked).mean()
