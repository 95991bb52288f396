"""Masked autoencoding (He et al. 2022) in PyTorch, with timm's names, for the benchmarks."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

import bissl

from .pytorch_models import Objective, loaded


class Attention(nn.Module):
    """Multi-head self-attention on tokens (N, L, width). PyTorch's fused one has no second derivative on CPUs, so that
    Hessian products need it decomposed."""

    def __init__(self, width: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.heads, self.fused = heads, fused
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, length, width = x.shape
        q, k, v = self.qkv(x).reshape(count, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(count, length, width))


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, fused)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential()
        self.mlp.add_module("fc1", nn.Linear(width, 4 * width))
        self.mlp.add_module("act", nn.GELU())
        self.mlp.add_module("fc2", nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Encoder(nn.Module):
    """Tokens of the patches that are kept, (N, 1 + kept, width)."""

    def __init__(self, patches: int, patch_size: int, width: int, depth: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.register_buffer("pos_embed", torch.zeros(1, 1 + patches, width))
        self.patch_embed = nn.Sequential()
        self.patch_embed.add_module("proj", nn.Conv2d(3, width, patch_size, patch_size))
        self.blocks = nn.Sequential(*(Block(width, heads, fused) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, images: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        x = self.patch_embed(images).flatten(2).transpose(1, 2) + self.pos_embed[:, 1:]
        x = x.gather(1, kept[..., None].expand(-1, -1, x.shape[-1]))
        first = (self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1)
        return self.norm(self.blocks(torch.cat([first, x], dim=1)))


class Decoder(nn.Module):
    """Predicted pixels of all patches, (N, L, 3·size²)."""

    def __init__(
        self, patches: int, patch_size: int, inputs: int, width: int, depth: int, heads: int, fused: bool
    ) -> None:
        super().__init__()
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.register_buffer("decoder_pos_embed", torch.zeros(1, 1 + patches, width))
        self.decoder_embed = nn.Linear(inputs, width)
        self.decoder_blocks = nn.Sequential(*(Block(width, heads, fused) for _ in range(depth)))
        self.decoder_norm = nn.LayerNorm(width, eps=1e-6)
        self.decoder_pred = nn.Linear(width, 3 * patch_size**2)

    def forward(self, tokens: torch.Tensor, restore: torch.Tensor) -> torch.Tensor:
        x = self.decoder_embed(tokens)
        count, seen, width = x.shape
        masked = self.mask_token.expand(count, 1 + restore.shape[1] - seen, -1)
        patches = torch.cat([x[:, 1:], masked], dim=1).gather(1, restore[..., None].expand(-1, -1, width))
        x = torch.cat([x[:, :1], patches], dim=1) + self.decoder_pos_embed
        return self.decoder_pred(self.decoder_norm(self.decoder_blocks(x)))[:, 1:]


def masked_autoencoder(pretext: bissl.MAE, dtype: torch.dtype, fused: bool) -> Objective:
    """Encoder, decoder and loss of ``pretext``; its batch is images and noise (N, L)."""
    net, head = pretext.backbone, pretext.head._arguments()
    grid = net.num_patches, net.patch_size
    options = net._options
    encoder = Encoder(*grid, options["width"], options["depth"], options["heads"], fused)
    decoder = Decoder(*grid, options["width"], head["width"], head["depth"], head["heads"], fused)
    loaded(encoder, net.state_dict(), dtype)
    loaded(decoder, pretext.head.state_dict(), dtype)
    kept = int(net.num_patches * (1 - pretext.mask_ratio))

    def loss(encoder: nn.Module, decoder: nn.Module, batch: Any) -> torch.Tensor:
        images, noise = batch
        order = noise.argsort(dim=1)
        restore = order.argsort(dim=1)
        predicted = decoder(encoder(images, order[:, :kept]), restore)
        errors = (predicted - patches(images, net.patch_size)).square().mean(-1)
        removed = (restore >= kept).to(errors.dtype)
        return (errors * removed).sum() / removed.sum()

    return encoder, decoder, loss


def patches(images: torch.Tensor, size: int) -> torch.Tensor:
    """(N, 3, H, W) to (N, L, size·size·3), flattened by row, column and channel."""
    count, channels, height, width = images.shape
    grid = images.reshape(count, channels, height // size, size, width // size, size)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(count, -1, size * size * channels)
