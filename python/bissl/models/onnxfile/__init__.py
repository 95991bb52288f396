"""Networks as ONNX files: `bissl.models.backbone.EngineBackbone.to_onnx`.

Each architecture is written down once more, in ONNX's operators, in evaluation mode; names of the weights are those of the
state dict.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...durable import write_atomically, writing
from ...errors import InvalidArgument, WrongType, check_option
from ..adapters import merge_adapters
from ..backbone import Backbone
from ..heads import LinearHead
from ..networks import ConvNeXt, ResNet, VisionTransformer
from .convnext import convnext_features
from .graph import Graph
from .resnet import resnet_features
from .transformer import transformer_features

_FEATURES: dict[type, Callable[[Graph, Any, str], str]] = {
    ResNet: resnet_features,
    VisionTransformer: transformer_features,
    ConvNeXt: convnext_features,
}


def write_onnx(net: Backbone, path: str | os.PathLike[str], head: LinearHead | None, layout: str) -> None:
    """See `EngineBackbone.to_onnx`."""
    path = Path(path)
    if path.suffix != ".onnx":
        raise InvalidArgument(f'path: expected a name that ends in ".onnx", got "{path.name}"')
    layout = check_option("layout", layout, ("NCHW", "NHWC"))
    # Adapters are added up: what is written has one matrix a layer.
    net = merge_adapters(net) if net.adapters else net
    graph = Graph(net.state_dict())
    images = graph.images(layout, getattr(net, "image_size", None))
    features = next(function for kind, function in _FEATURES.items() if isinstance(net, kind))(graph, net, images)
    if head is None:
        written = graph.finished(features, "features", net.num_features)
    else:
        graph.weights |= {f"classifier.{name}": value for name, value in _checked(head, net).state_dict().items()}
        written = graph.finished(graph.linear("classifier", features), "logits", head.outputs)
    with writing(path.parent, "network"):
        write_atomically(path, written)


def _checked(head: LinearHead, net: Backbone) -> LinearHead:
    if not isinstance(head, LinearHead):
        raise WrongType(f"head: expected a bissl.LinearHead, such as a classifier's head, got {type(head).__name__}")
    if head.inputs != net.num_features:
        raise InvalidArgument(f"head: expected one for {net.num_features} features, got one for {head.inputs}")
    return head
