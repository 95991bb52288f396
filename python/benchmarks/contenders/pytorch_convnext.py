"""ConvNeXt and its depthwise convolutions in PyTorch, under timm's names: as torchvision has it, whose permutations between
channels first and channels last cost nothing where tensors lie channels last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of maps (N, C, H, W)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Block(nn.Module):
    """x + γ∘MLP(norm(depthwise 7×7(x)))"""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.conv_dw = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        layers = [("fc1", nn.Linear(width, 4 * width)), ("act", nn.GELU()), ("fc2", nn.Linear(4 * width, width))]
        self.mlp = nn.Sequential(OrderedDict(layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = self.conv_dw(x).permute(0, 2, 3, 1)
        return x + (self.gamma * self.mlp(self.norm(rows))).permute(0, 3, 1, 2)


class Stage(nn.Module):
    def __init__(self, inputs: int | None, width: int, depth: int) -> None:
        super().__init__()
        if inputs is None:
            self.downsample = nn.Sequential()
        else:
            self.downsample = nn.Sequential(ChannelNorm(inputs, eps=1e-6), nn.Conv2d(inputs, width, 2, 2))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.downsample(x))


class ConvNeXt(nn.Module):
    """Images (N, 3, H, W) to features (N, C)."""

    def __init__(self, depths: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, 4), ChannelNorm(widths[0], eps=1e-6))
        inputs = [None, *widths[:-1]]
        self.stages = nn.Sequential(*(Stage(*each) for each in zip(inputs, widths, depths)))
        self.head = nn.ModuleDict({"norm": nn.LayerNorm(widths[-1], eps=1e-6)})

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head["norm"](self.stages(self.stem(images)).mean((2, 3)))


class Depthwise(nn.Module):
    """The network of `workloads.Depthwise`."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 4, 4, bias=False)
        self.layers = nn.Sequential(
            *(nn.Conv2d(width, width, 7, padding=3, groups=width, bias=False) for _ in range(depth))
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.stem(images)
        for layer in self.layers:
            x = F.gelu(layer(x))
        return x.mean((2, 3))
