"""Backbones to train: by name, by options, as objects; and whether images fit them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..data.augmentation import View
from ..errors import InvalidArgument, WrongType, check_option
from ..networks import (
    Backbone,
    ResNet,
    VisionTransformer,
    check_no_pretrained,
    resnet18,
    resnet34,
    resnet50,
    vit_base,
    vit_small,
    vit_tiny,
)

#: How a stage is told which network to train.
BackboneChoice = str | Mapping[str, Any] | Backbone


@dataclass(frozen=True)
class Kind:
    """What makes a kind of network; ``settled`` are the options of ``architecture`` that its name has settled."""

    make: Callable[..., Backbone]
    architecture: type[Backbone]
    settled: frozenset[str] = frozenset()

    @property
    def options(self) -> list[str]:
        """The names of the options that are left to choose."""
        names = inspect.signature(self.architecture.__init__).parameters
        return [name for name in names if name != "self" and name not in self.settled]


_RESNET, _VIT = frozenset({"block", "layers"}), frozenset({"width", "depth", "heads"})

#: By the names that "kind" may have.
KINDS: Mapping[str, Kind] = {
    "resnet": Kind(ResNet, ResNet),
    "vit": Kind(VisionTransformer, VisionTransformer),
    "resnet18": Kind(resnet18, ResNet, _RESNET),
    "resnet34": Kind(resnet34, ResNet, _RESNET),
    "resnet50": Kind(resnet50, ResNet, _RESNET),
    "vit_tiny": Kind(vit_tiny, VisionTransformer, _VIT),
    "vit_small": Kind(vit_small, VisionTransformer, _VIT),
    "vit_base": Kind(vit_base, VisionTransformer, _VIT),
}


def new_backbone(backbone: BackboneChoice, seed: int) -> Backbone:
    """A network to train: from a name of `KINDS`; from a dict of options, whose ``"kind"`` is such a name and may be
    left out where the options tell; or a copy of the network given.

    Raises
    ------
    TypeError : none of these. ValueError : a name or an option that does not exist; the nearest is told.
    """
    if isinstance(backbone, Backbone):
        return backbone.clone()
    kind, options = _chosen(backbone, "backbone")
    return kind.make(**{"seed": seed} | options)


def check_backbone_choice(argument: str, backbone: Any) -> None:
    """Raises as `new_backbone`, naming ``argument``, for names and options that do not exist; makes nothing."""
    if not isinstance(backbone, Backbone):
        _chosen(backbone, argument)


def _chosen(backbone: Any, argument: str) -> tuple[Kind, dict[str, Any]]:
    """The kind of network that is described, and its options."""
    if isinstance(backbone, str):
        return KINDS[check_option(argument, backbone, KINDS)], {}
    if not isinstance(backbone, Mapping):
        raise WrongType(
            f"{argument}: expected one of {', '.join(KINDS)}, a dict of options of bissl.ResNet or "
            f"bissl.VisionTransformer, or a network, got {type(backbone).__name__}"
        )
    options = dict(backbone)
    name = options.pop("kind", None) or _inferred(options)
    kind = KINDS[check_option(f'{argument}["kind"]', name, KINDS)]
    for option in options:
        check_no_pretrained(option)
        check_option(f"{argument} ({name})", option, kind.options)
    return kind, options


def _inferred(options: Mapping[str, Any]) -> str:
    """The architecture that knows more of the options; "resnet" where both know as many."""
    return max(("resnet", "vit"), key=lambda name: len(set(options) & set(KINDS[name].options)))


def check_image_size(backbone: Backbone, views: Iterable[View], name: str = "augmentation") -> None:
    """InvalidArgument where views have another size than the images that a vision transformer takes."""
    if not isinstance(backbone, VisionTransformer):
        return
    for view in views:
        if view.size != backbone.image_size:
            raise InvalidArgument(
                f"{name}: makes images of {view.size} pixels, but the vision transformer takes images of "
                f"{backbone.image_size} (its image_size); give views made with size={backbone.image_size}, or make the "
                f"transformer with image_size={view.size}"
            )
