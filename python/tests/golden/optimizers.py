"""Writes optimizers.npz: trajectories of a tiny ResNet that PyTorch trains. Needs torch and torchvision; to be run anew
only where a case is added::

    python python/tests/golden/optimizers.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock

STEPS = 4


class Network(nn.Module):
    """bissl.ResNet("basic", (1, 1), (3, 4), stem="small") with a linear head, in float64."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1, self.relu = nn.Conv2d(3, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU()
        self.layer1 = nn.Sequential(BasicBlock(3, 3))
        shortcut = nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4))
        self.layer2 = nn.Sequential(BasicBlock(3, 4, stride=2, downsample=shortcut))
        self.head = nn.Linear(4, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.layer2(self.layer1(self.relu(self.bn1(self.conv1(images)))))
        return self.head(features.mean(dim=(2, 3)))


def grouped(network: Network, decay: float, layer_decay: float, lr: float) -> list[dict]:
    """One group per parameter: rates that decay from layer to layer, no weight decay of vectors."""
    layers = {"conv1": 0, "bn1": 0, "layer1": 1, "layer2": 2, "head": 3}
    return [
        {
            "params": [parameter],
            "lr": lr * layer_decay ** (3 - layers[name.split(".")[0]]),
            "weight_decay": 0.0 if parameter.ndim == 1 else decay,
        }
        for name, parameter in network.named_parameters()
    ]


#: By name, what makes the optimiser of a network. The tests make the same ones of bissl.
CASES = {
    "adamw": lambda net: torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.05, betas=(0.9, 0.95)),
    "adamw_layers": lambda net: torch.optim.AdamW(grouped(net, 0.1, 0.75, 0.01), lr=0.01, betas=(0.8, 0.99), eps=1e-6),
    "sgd_nesterov": lambda net: torch.optim.SGD(
        net.parameters(), lr=0.1, weight_decay=0.01, momentum=0.9, nesterov=True
    ),
    "sgd_layers": lambda net: torch.optim.SGD(grouped(net, 0.1, 0.75, 0.1), lr=0.1, momentum=0.9),
}


def main() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    start = Network()
    images, labels = torch.randn(5, 3, 6, 6), torch.tensor([0, 1, 2, 0, 1])
    arrays = {"images": images.permute(0, 2, 3, 1).numpy(), "labels": labels.numpy()}
    arrays |= {f"start/{name}": value.detach().numpy().copy() for name, value in start.named_parameters()}
    for case, make in CASES.items():
        network = Network()
        network.load_state_dict(start.state_dict())
        optimizer = make(network)
        for step in range(STEPS):
            # The rates move from step to step, as a schedule moves them.
            for group in optimizer.param_groups:
                group.setdefault("base", group["lr"])
                group["lr"] = group["base"] * (step + 1) / STEPS
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images), labels).backward()
            optimizer.step()
        arrays |= {f"{case}/{name}": value.detach().numpy() for name, value in network.named_parameters()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)


if __name__ == "__main__":
    main()
