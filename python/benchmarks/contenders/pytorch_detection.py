"""Torchvision's Faster R-CNN on a workload's backbone, with the parameters of bissl's modules and the samples that it draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import MultiScaleRoIAlign
from workloads import Detection

from bissl.objectives.downstream.detection.sampling import SamplingKey, sample

from .pytorch_models import Objective, loaded, resnet


def detection(pretext: Detection, dtype: torch.dtype) -> Objective:
    """conv1 to layer3, proposals on its map, and layer4 with the mean over positions as the head of boxes."""
    backbone, detector = resnet(pretext.backbone, dtype), pretext.detector
    trunk, features = detector.trunk.channels, pretext.backbone.num_features
    generator = AnchorGenerator((detector.anchor_sizes,), (detector.anchor_ratios,))
    proposals, each = {"training": detector.proposals, "testing": detector.test_proposals}, detector.rois_per_image
    rpn = RegionProposalNetwork(
        generator, RPNHead(trunk, generator.num_anchors_per_location()[0]), 0.7, 0.3, detector.anchors_per_image, 0.5,
        proposals, proposals, 0.7,
    )  # fmt: skip
    pool = MultiScaleRoIAlign(["0"], detector.pooled_size, detector.sampling_ratio)
    predictor = FastRCNNPredictor(features, 1 + detector.num_classes)
    roi_heads = RoIHeads(pool, _last_stage_of(backbone), predictor, 0.5, 0.5, each, 0.25, None, 0.05, 0.5, 100)
    head = loaded(nn.ModuleDict({"rpn": rpn, "roi_heads": roi_heads}), pretext.head.state_dict(), dtype)
    rpn.fg_bg_sampler = _sampler(detector.seed, 0, detector.anchors_per_image, 0.5)
    roi_heads.fg_bg_sampler = _sampler(detector.seed, 1, each, 0.25)
    rpn.assign_targets_to_anchors = _labels_in(dtype, rpn.assign_targets_to_anchors)
    return backbone, head, _loss


def _last_stage_of(backbone: nn.Module) -> Callable[[torch.Tensor], torch.Tensor]:
    """No module, so that its parameters are the backbone's alone."""
    return lambda crops: backbone.layer4(crops).mean((2, 3))


def _sampler(seed: int, purpose: int, size: int, share: float) -> Callable[[Any], Any]:
    """In place of torchvision's random samples: bissl's at its first step."""

    def draw(matched: list[torch.Tensor]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        chosen: tuple[list[torch.Tensor], list[torch.Tensor]] = [], []
        for image, labels in enumerate(matched):
            words = SamplingKey(seed, 0).words(image, purpose, len(labels))
            kinds = (labels >= 1).numpy(), (labels == 0).numpy()
            for found, numbers in zip(chosen, sample(*kinds, size, share, words), strict=True):
                mask = torch.zeros(len(labels), dtype=torch.uint8)
                mask[torch.from_numpy(numbers)] = 1
                found.append(mask)
        return chosen

    return draw


def _labels_in(dtype: torch.dtype, assign: Callable[..., Any]) -> Callable[..., Any]:
    """Torchvision makes them in single precision, which a loss in double precision refuses."""

    def assigned(anchors: Any, targets: Any) -> Any:
        labels, boxes = assign(anchors, targets)
        return [label.to(dtype) for label in labels], boxes

    return assigned


def _loss(backbone: nn.Module, head: Any, batch: Any) -> torch.Tensor:
    images, boxes, labels = batch
    targets = [{"boxes": own, "labels": kinds.long() + 1} for own, kinds in zip(boxes, labels, strict=True)]
    x = backbone.maxpool(backbone.relu(backbone.bn1(backbone.conv1(images))))
    maps = {"0": backbone.layer3(backbone.layer2(backbone.layer1(x)))}
    listed = ImageList(images, [tuple(images.shape[-2:])] * len(images))
    proposals, of_proposals = head["rpn"](listed, maps, targets)
    _, of_boxes = head["roi_heads"](maps, proposals, listed.image_sizes, targets)
    return sum((of_proposals | of_boxes).values())
