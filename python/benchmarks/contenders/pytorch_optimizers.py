"""The optimisers of both levels in PyTorch, as the authors' code has them."""

from __future__ import annotations

import torch

import bissl


class SGD:
    """With momentum, as ``torch.optim.SGD``."""

    def __init__(self, like: bissl.SGD | bissl.LARS) -> None:
        self.lr, self.weight_decay = like.lr, like.weight_decay
        self.momentum: float = like.settings["momentum"]
        self.moving: list[torch.Tensor] = []

    @torch.no_grad()
    def step(self, parameters: list[torch.Tensor], gradients: list[torch.Tensor]) -> None:
        self.moving = self.moving or [torch.zeros_like(p) for p in parameters]
        for p, g, moving in zip(parameters, gradients, self.moving):
            moving.mul_(self.momentum).add_(self.scaled(g.add(p, alpha=self.weight_decay), p))
            p.sub_(moving, alpha=self.lr)

    def scaled(self, d: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        return d


class LARS(SGD):
    """The direction of each tensor at a thousandth of that tensor's norm, where both norms are positive."""

    def scaled(self, d: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        norm, length = p.norm(), d.norm()
        return d * torch.where((norm > 0) & (length > 0), 0.001 * norm / length, torch.ones_like(norm))


@torch.no_grad()
def clip(gradients: list[torch.Tensor], limit: float) -> torch.Tensor:
    """Scales the gradients in place to a joint ℓ2 norm of at most ``limit``; the norm before."""
    norm = torch.stack([g.norm() for g in gradients]).norm()
    for g in gradients:
        g.mul_(torch.clamp(limit / (norm + 1e-6), max=1.0))
    return norm
