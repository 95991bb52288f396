"""The workloads' objectives in PyTorch, with the parameters of bissl's modules.

A loss maps (backbone, head, batch) to a scalar tensor; the batch has its images in PyTorch's layout (N, 3, H, W).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from workloads import Detection, Segmentation

import bissl

Loss = Callable[[nn.Module, nn.Module, Any], torch.Tensor]
Objective = tuple[nn.Module, nn.Module, Loss]


def objective(pretext: bissl.Pretext, dtype: torch.dtype, fused_attention: bool = False) -> Objective:
    """Backbone, head and loss of ``pretext``."""
    if isinstance(pretext, bissl.MAE):
        from .pytorch_mae import masked_autoencoder

        return masked_autoencoder(pretext, dtype, fused_attention)
    if isinstance(pretext, Segmentation):
        from .pytorch_fcn import segmentation

        return segmentation(pretext, dtype)
    if isinstance(pretext, Detection):
        from .pytorch_detection import detection

        return detection(pretext, dtype)
    backbone = network(pretext.backbone, dtype)
    if isinstance(pretext, bissl.SimCLR):
        return backbone, projector(pretext.head, dtype), nt_xent(pretext.temperature)
    return backbone, nn.Identity(), lambda backbone, head, batch: backbone(batch[0]).square().mean()


def network(net: bissl.Backbone, dtype: torch.dtype) -> nn.Module:
    """A backbone of the workloads."""
    if isinstance(net, bissl.ResNet):
        return resnet(net, dtype)
    from .pytorch_convnext import ConvNeXt, Depthwise

    if isinstance(net, bissl.ConvNeXt):
        return loaded(ConvNeXt(net._options["depths"], net._options["widths"]), net.state_dict(), dtype)
    return loaded(Depthwise(net.num_features, len(net.layers)), net.state_dict(), dtype)


def resnet(net: bissl.ResNet, dtype: torch.dtype) -> nn.Module:
    """torchvision's ResNet without its classifier, for the stem and the widths of ImageNet."""
    block = {"basic": torchvision.models.resnet.BasicBlock, "bottleneck": torchvision.models.resnet.Bottleneck}
    backbone = torchvision.models.ResNet(block[net._options["block"]], list(net._options["layers"]))
    backbone.fc = nn.Identity()
    return loaded(backbone, net.state_dict(), dtype)


def projector(head: bissl.Projector, dtype: torch.dtype) -> nn.Module:
    """The authors' projection head: Linear, batch norm and ReLU, the last Linear alone and without bias."""
    state = head.state_dict()
    layers: list[nn.Module] = []
    for name, weight in state.items():
        if name.endswith("weight") and weight.ndim == 2:
            bias = name.replace("weight", "bias") in state
            layers.append(nn.Linear(weight.shape[1], weight.shape[0], bias=bias))
            if bias:
                layers += [nn.BatchNorm1d(weight.shape[0]), nn.ReLU()]
    values = {name.removeprefix("projector."): value for name, value in state.items()}
    return loaded(nn.Sequential(*layers), values, dtype)


def nt_xent(temperature: float) -> Loss:
    """SimCLR's loss; the two views pass the network as two batches."""

    def loss(backbone: nn.Module, head: nn.Module, views: Any) -> torch.Tensor:
        z = torch.cat([F.normalize(head(backbone(view))) for view in views])
        logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
        pairs = len(views[0])
        return F.cross_entropy(logits, torch.arange(2 * pairs).roll(pairs))

    return loss


def classification(backbone: nn.Module, head: nn.Module, batch: Any) -> torch.Tensor:
    """Mean cross-entropy of a batch (images, labels)."""
    images, labels = batch
    return F.cross_entropy(head(backbone(images)), labels)


def linear(head: bissl.LinearHead, dtype: torch.dtype) -> nn.Module:
    state = head.state_dict()
    outputs, inputs = state["weight"].shape
    return loaded(nn.Linear(inputs, outputs), state, dtype)


def loaded(module: nn.Module, state: Mapping[str, np.ndarray], dtype: torch.dtype) -> nn.Module:
    """``module`` with these parameters and buffers, in training mode."""
    module.to(dtype).load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in state.items()})
    return module.train()


def nchw(array: np.ndarray) -> torch.Tensor:
    """Images (N, H, W, 3) in PyTorch's layout; other arrays as they are."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(0, 3, 1, 2) if array.ndim == 4 else array))
