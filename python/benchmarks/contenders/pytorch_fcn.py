"""The FCN of the benchmarks in PyTorch, of torchvision's layers with the parameters of bissl's modules."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from workloads import Segmentation

from .pytorch_models import Objective, loaded, resnet


def segmentation(pretext: Segmentation, dtype: torch.dtype) -> Objective:
    """ResNet with layer4 read at stride 1 and dilation 2, the paper's head (section B.7), cross-entropy of interpolated
    scores over the pixels that are not 255."""
    backbone = resnet(pretext.backbone, dtype)
    for module in backbone.layer4.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
            if module.kernel_size == (3, 3):
                module.dilation = module.padding = (2, 2)
    fcn = pretext.fcn
    inputs, channels, spread = fcn.head.inputs, fcn.channels, fcn.dilation
    layers: list[nn.Module] = []
    for width in (inputs, channels):
        convolution = nn.Conv2d(width, channels, 3, padding=spread, dilation=spread, bias=False)
        layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
    layers.append(nn.Conv2d(channels, fcn.num_classes, 1))
    state = {name.removeprefix("fcn."): value for name, value in pretext.head.state_dict().items()}
    return backbone, loaded(nn.Sequential(*layers), state, dtype), _loss


def _loss(backbone: nn.Module, head: nn.Module, batch: Any) -> torch.Tensor:
    images, labels = batch
    x = backbone.maxpool(backbone.relu(backbone.bn1(backbone.conv1(images))))
    x = backbone.layer4(backbone.layer3(backbone.layer2(backbone.layer1(x))))
    scores = F.interpolate(head(x), labels.shape[1:], mode="bilinear", align_corners=False)
    return F.cross_entropy(scores, labels.long(), ignore_index=255)
