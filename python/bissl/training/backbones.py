"""Backbones to train: by name, by options, as objects; and whether images fit them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from ..data.imageviews import ImageView
from ..errors import InvalidArgument, WrongType, check_option, checked_integer
from ..models.adapters import LoRA, freeze
from ..models.backbone import Backbone, check_no_pretrained
from ..models.networks import VisionTransformer
from ..models.registry import RegisteredModel, model, models

#: How a stage is told which network to train.
BackboneChoice = str | Mapping[str, Any] | Backbone

#: What a dict of a network's options may have besides, to train a part of it.
_PARTIAL = ("lora", "freeze")


def new_backbone(backbone: BackboneChoice, seed: int) -> Backbone:
    """A network to train: from a name of `bissl.list_models`; from a dict of options, whose ``"kind"`` is such a name and
    may be left out where the options tell; or a copy of the network given. Beside the network's options the dict may have
    ``"lora"``, options of `bissl.LoRA` by name, and ``"freeze"``, a pattern of `bissl.freeze`.

    Raises
    ------
    TypeError : none of these. ValueError : a name or an option that does not exist; the nearest is told.
    """
    if isinstance(backbone, Backbone):
        return backbone.clone()
    chosen, options, partial = _chosen(backbone, "backbone")
    return _partial(chosen(**{"seed": seed} | options), partial, seed)


def check_backbone_choice(argument: str, backbone: Any) -> None:
    """Raises as `new_backbone`, naming ``argument``, for names and options that do not exist; makes nothing."""
    if not isinstance(backbone, Backbone):
        _chosen(backbone, argument)


def _partial(net: Backbone, options: Mapping[str, Any], seed: int) -> Backbone:
    """The network with the adapters and frozen parameters that were asked for."""
    if options["lora"] is not None:
        chosen: dict[str, Any] = {"seed": seed} | dict(options["lora"])
        net = LoRA(net, **chosen)
    return net if options["freeze"] is None else freeze(net, options["freeze"])


def _chosen(backbone: Any, argument: str) -> tuple[RegisteredModel, dict[str, Any], dict[str, Any]]:
    """The model that is described, its options, and what of it is trained."""
    partial = dict.fromkeys(_PARTIAL)
    if isinstance(backbone, str):
        return model(backbone, argument), {}, partial
    if not isinstance(backbone, Mapping):
        raise WrongType(
            f"{argument}: expected one of {', '.join(models())}, a dict of options of bissl.ResNet or "
            f"bissl.VisionTransformer, or a network, got {type(backbone).__name__}"
        )
    options = dict(backbone)
    partial = {name: options.pop(name, None) for name in _PARTIAL}
    _check_lora(f"{argument}.lora", partial["lora"])
    name = options.pop("kind", None) or _inferred(options)
    chosen = model(name, f'{argument}["kind"]')
    for option in options:
        check_no_pretrained(option)
        check_option(f"{argument} ({name})", option, (*chosen.options, *_PARTIAL))
    return chosen, options, partial


def _check_lora(argument: str, options: Any) -> None:
    """Raises for what are no options of `bissl.LoRA` by name; makes nothing."""
    if not isinstance(options, Mapping | None):
        raise WrongType(
            f"{argument}: expected options of bissl.LoRA such as {{'rank': 8}}, got {type(options).__name__}"
        )
    for name in options or {}:
        check_option(argument, name, [each for each in inspect.signature(LoRA).parameters if each != "net"])
    checked_integer(f"{argument}.rank", (options or {}).get("rank", 1), 1)


def _inferred(options: Mapping[str, Any]) -> str:
    """The architecture that knows more of the options; "resnet" where both know as many."""
    return max(("resnet", "vit"), key=lambda name: len(set(options) & set(model(name).options)))


def check_image_size(backbone: Backbone, views: Iterable[ImageView], name: str = "augmentation") -> None:
    """InvalidArgument where views have another size than the images that a vision transformer takes."""
    if not isinstance(backbone, VisionTransformer):
        return
    wanted = backbone.image_size, backbone.image_size
    for view in views:
        if view.fixed_size is None:
            raise InvalidArgument(
                f"{name}: makes images of several sizes, but the vision transformer takes images of {wanted[0]} pixels (its "
                "image_size); take a ResNet or a ConvNeXt"
            )
        if view.fixed_size != wanted:
            raise InvalidArgument(
                f"{name}: makes images of {view.fixed_size[0]} pixels, but the vision transformer takes images of "
                f"{backbone.image_size} (its image_size); give views made with size={backbone.image_size}, or make the "
                f"transformer with image_size={view.fixed_size[0]}"
            )
