"""Finding the networks: by name or options, in fitted stages, as objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgument, WrongType, check_option
from ..networks import Backbone, ResNet, resnet18, resnet34, resnet50, vit_base, vit_small, vit_tiny
from ..objectives import Downstream, Pretext
from .base import Stage

BACKBONES = {
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "vit_tiny": vit_tiny,
    "vit_small": vit_small,
    "vit_base": vit_base,
}

#: How a stage is told which network to train.
BackboneChoice = str | Mapping[str, Any] | Backbone


def new_backbone(backbone: BackboneChoice, seed: int) -> Backbone:
    """A network to train: from a preset's name, from options of `bissl.ResNet`, or a copy of the one given."""
    if isinstance(backbone, str):
        return BACKBONES[check_option("backbone", backbone, BACKBONES)](seed=seed)
    if isinstance(backbone, Mapping):
        return ResNet(**{"seed": seed} | dict(backbone))
    if isinstance(backbone, Backbone):
        return backbone.clone()
    raise WrongType(
        f"backbone: expected one of {', '.join(BACKBONES)}, a dict of options of bissl.ResNet, or a network, "
        f"got {type(backbone).__name__}"
    )


def trained_backbone(source: Stage | Backbone, name: str = "backbone") -> Backbone:
    """The network of a fitted stage (its ``backbone_``) or the network given itself. Not a copy."""
    backbone = _learned(source, "backbone_")
    if not isinstance(backbone, Backbone):
        raise WrongType(f"{name}: expected a fitted stage or a network, got {type(source).__name__}")
    return backbone


def trained_pretext(source: Stage | Pretext, name: str = "pretrained") -> Pretext:
    """A copy of the pretext objective (backbone and head) of a fitted `Pretrain`, or of the objective given, for a new
    stage: BYOL's target begins equal to the online network."""
    pretext = _learned(source, "pretext_")
    if not isinstance(pretext, Pretext):
        raise WrongType(
            f"{name}: expected a fitted Pretrain or a pretext objective such as bissl.SimCLR, "
            f"got {type(source).__name__}"
        )
    twin = pretext.clone()
    twin.begin_training()
    return twin


def trained_downstream(source: Stage | Downstream, classes: int, features: int, name: str = "warm") -> Downstream:
    """A copy of the downstream objective (head) of a fitted `HeadWarmup`, or of the objective given.

    InvalidArgument where it does not fit ``classes`` or the backbone's number of ``features``.
    """
    downstream = _learned(source, "downstream_")
    if not isinstance(downstream, Downstream):
        raise WrongType(
            f"{name}: expected a fitted HeadWarmup or a downstream objective such as bissl.Classifier, "
            f"got {type(source).__name__}"
        )
    if downstream.num_features != features:
        raise InvalidArgument(
            f"{name}: its head takes {downstream.num_features} features, the backbone gives {features}; "
            "warm up a head on this backbone"
        )
    if downstream.num_classes < classes:
        raise InvalidArgument(
            f"{name}: its head knows {downstream.num_classes} classes, the labels go up to {classes - 1}; "
            "warm up a head on these labels"
        )
    return downstream.clone()


def _learned(source: Any, attribute: str) -> Any:
    """What a fitted stage learned under that name, or the object itself. InvalidState for a stage before `fit`."""
    if not isinstance(source, Stage):
        return source
    source._check_fitted()
    return getattr(source, attribute, None)
