"""Masked autoencoding (He et al. 2022) in JAX, for the benchmarks."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

import bissl

from .jax_models import Loss, Parameters, linear


def masked_autoencoder(pretext: bissl.MAE) -> Loss:
    """The loss of ``pretext``; its batch is images and noise (N, L)."""
    net, decoder = pretext.backbone, pretext.head._arguments()
    size, depth, heads = net.patch_size, net._options["depth"], net._options["heads"]
    kept = int(net.num_patches * (1 - pretext.mask_ratio))
    positions = jnp.asarray(net.state_dict()["pos_embed"])
    decoder_positions = jnp.asarray(pretext.head.state_dict()["decoder_pos_embed"])

    def encode(p: Parameters, images: jax.Array, keep: jax.Array) -> jax.Array:
        kernel = p["patch_embed.proj.weight"]
        x = patches(images, size) @ kernel.reshape(-1, kernel.shape[-1]) + p["patch_embed.proj.bias"]
        x = jnp.take_along_axis(x + positions[:, 1:], keep[..., None], axis=1)
        x = with_first(p["cls_token"] + positions[:, :1], x)
        for number in range(depth):
            x = block(p, f"blocks.{number}", x, heads)
        return layer_norm(p, "norm", x)

    def decode(p: Parameters, tokens: jax.Array, restore: jax.Array) -> jax.Array:
        x = linear(p, "decoder_embed", tokens)
        count, seen, width = x.shape
        masked = jnp.broadcast_to(p["mask_token"], (count, 1 + restore.shape[1] - seen, width))
        seen_and_masked = jnp.concatenate([x[:, 1:], masked], axis=1)
        x = with_first(x[:, :1], jnp.take_along_axis(seen_and_masked, restore[..., None], axis=1)) + decoder_positions
        for number in range(decoder["depth"]):
            x = block(p, f"decoder_blocks.{number}", x, decoder["heads"])
        return linear(p, "decoder_pred", layer_norm(p, "decoder_norm", x))[:, 1:]

    def loss(backbone: Parameters, head: Parameters, batch: Any) -> jax.Array:
        images, noise = batch
        order = jnp.argsort(noise, axis=1)
        restore = jnp.argsort(order, axis=1)
        predicted = decode(head, encode(backbone, images, order[:, :kept]), restore)
        errors = ((predicted - patches(images, size)) ** 2).mean(-1)
        removed = (restore >= kept).astype(errors.dtype)
        return (errors * removed).sum() / removed.sum()

    return loss


def patches(images: jax.Array, size: int) -> jax.Array:
    """(N, H, W, 3) to (N, L, size·size·3), flattened by row, column and channel."""
    count, height, width, channels = images.shape
    grid = images.reshape(count, height // size, size, width // size, size, channels).transpose(0, 1, 3, 2, 4, 5)
    return grid.reshape(count, -1, size * size * channels)


def with_first(token: jax.Array, tokens: jax.Array) -> jax.Array:
    return jnp.concatenate([jnp.broadcast_to(token, (len(tokens), 1, tokens.shape[-1])), tokens], axis=1)


def block(p: Parameters, name: str, x: jax.Array, heads: int) -> jax.Array:
    """A pre-norm transformer block."""
    x = x + attention(p, f"{name}.attn", layer_norm(p, f"{name}.norm1", x), heads)
    hidden = jax.nn.gelu(linear(p, f"{name}.mlp.fc1", layer_norm(p, f"{name}.norm2", x)), approximate=False)
    return x + linear(p, f"{name}.mlp.fc2", hidden)


def attention(p: Parameters, name: str, x: jax.Array, heads: int) -> jax.Array:
    count, length, width = x.shape
    q, k, v = linear(p, f"{name}.qkv", x).reshape(count, length, 3, heads, -1).transpose(2, 0, 3, 1, 4)
    weights = jax.nn.softmax(q * q.shape[-1] ** -0.5 @ k.swapaxes(-2, -1))
    return linear(p, f"{name}.proj", (weights @ v).transpose(0, 2, 1, 3).reshape(count, length, width))


def layer_norm(p: Parameters, name: str, x: jax.Array) -> jax.Array:
    centred = x - x.mean(-1, keepdims=True)
    scale = lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-6)
    return centred * scale * p[f"{name}.weight"] + p[f"{name}.bias"]
