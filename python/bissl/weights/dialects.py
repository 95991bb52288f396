"""Other spellings of the names that this package shares with torchvision's ResNet and timm's ViT."""

from __future__ import annotations

import re
from collections.abc import Callable

#: From a name in a file to this package's name, the same where there is nothing to translate.
Dialect = Callable[[str], str]

# A ResNet without its classifier as nn.Sequential(*list(resnet.children())[:-1]), as lightly's examples build it.
_CHILDREN = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}

# torchvision/models/vision_transformer.py; the MLP's layers were called linear_1 and linear_2 until 0.12.
_TORCHVISION_VIT = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"class_token$", "cls_token"),
        (r"conv_proj\.", "patch_embed.proj."),
        (r"encoder\.pos_embedding$", "pos_embed"),
        (r"encoder\.ln\.", "norm."),
        (r"encoder\.layers\.encoder_layer_(\d+)\.ln_([12])\.", r"blocks.\1.norm\2."),
        (r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_", r"blocks.\1.attn.qkv."),
        (r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.", r"blocks.\1.attn.proj."),
        (r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:0|linear_1)\.", r"blocks.\1.mlp.fc1."),
        (r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:3|linear_2)\.", r"blocks.\1.mlp.fc2."),
    )
)


def as_it_is(name: str) -> str:
    return name


def from_children(name: str) -> str:
    """The name in a ResNet of what stands at a place in a sequence of its children."""
    place, dot, rest = name.partition(".")
    return _CHILDREN.get(place, place) + dot + rest


def from_torchvision_vit(name: str) -> str:
    """timm's name of a weight of torchvision's vision transformers; layouts are the same."""
    for pattern, replacement in _TORCHVISION_VIT:
        if pattern.match(name):
            return pattern.sub(replacement, name, count=1)
    return name


#: In the order in which they are tried.
DIALECTS: tuple[Dialect, ...] = (as_it_is, from_children, from_torchvision_vit)
