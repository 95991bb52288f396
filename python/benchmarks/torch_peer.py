"""The same SimCLR in PyTorch, with the same parameters: what the benchmarks compare with (the `bench` extra)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torchvision

import bissl


class SimCLRPeer:
    """A torchvision ResNet and the authors' projection head, with the parameters of ``pretext``."""

    def __init__(self, pretext: bissl.SimCLR, threads: int, dtype: torch.dtype = torch.float32) -> None:
        torch.set_num_threads(threads)
        self.dtype = dtype
        self.temperature = pretext.temperature
        self.backbone = torchvision.models.resnet18()
        self.backbone.fc = torch.nn.Identity()
        self.backbone.load_state_dict(_tensors(pretext.backbone.state_dict()))
        self.projector = _projector(pretext.head.state_dict())
        self.backbone.to(dtype).train()
        self.projector.to(dtype).train()

    def loss(self, views: Any) -> torch.Tensor:
        """NT-Xent, the views as two batches."""
        images = [torch.from_numpy(np.ascontiguousarray(view.transpose(0, 3, 1, 2))).to(self.dtype) for view in views]
        z = torch.cat([torch.nn.functional.normalize(self.projector(self.backbone(view))) for view in images])
        logits = (z @ z.T / self.temperature).fill_diagonal_(-torch.inf)
        pairs = len(images[0])
        return torch.nn.functional.cross_entropy(logits, torch.arange(2 * pairs).roll(pairs))

    def gradient(self, views: Any) -> torch.Tensor:
        """∇θ of the backbone, flat."""
        return _flat(torch.autograd.grad(self.loss(views), list(self.backbone.parameters())))

    def hessian_product(self, views: Any, direction: np.ndarray) -> torch.Tensor:
        """As the authors: loss, gradient and the gradient of ⟨gradient, direction⟩, all anew (paper, Algorithm 2)."""
        parameters = list(self.backbone.parameters())
        gradient = _flat(torch.autograd.grad(self.loss(views), parameters, create_graph=True))
        return _flat(torch.autograd.grad(gradient @ torch.from_numpy(np.asarray(direction)).to(self.dtype), parameters))


def _projector(state: dict[str, np.ndarray]) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for name, weight in state.items():
        if name.endswith("weight") and weight.ndim == 2:
            bias = name.replace("weight", "bias") in state
            layers.append(torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias))
            if bias:
                layers += [torch.nn.BatchNorm1d(weight.shape[0]), torch.nn.ReLU()]
    projector = torch.nn.Sequential(*layers)
    projector.load_state_dict(_tensors({name.removeprefix("projector."): value for name, value in state.items()}))
    return projector


def _tensors(state: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.asarray(value)) for name, value in state.items()}


def _flat(parts: Any) -> torch.Tensor:
    return torch.cat([part.reshape(-1) for part in parts])
