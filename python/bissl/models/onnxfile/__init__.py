"""Networks as ONNX files: `bissl.models.backbone.Backbone.to_onnx`.

Each architecture of the engine is written down once more, in ONNX's operators, in evaluation mode; names of the weights are
those of the state dict. A network written in Python is written operation by operation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...durable import write_atomically, writing
from ...errors import InvalidArgument, WrongType, check_option, checked_integer, checked_path
from ..adapters import merge_adapters
from ..backbone import Backbone, EngineBackbone
from ..heads import LinearHead
from ..networks import ConvNeXt, ResNet, VisionTransformer
from .convnext import convnext_features
from .graph import Graph
from .resnet import resnet_features
from .traced import traced_features
from .transformer import transformer_features

#: Of images, in pixels: larger ones fit no memory.
_LARGEST_SIDE = 2**16
_FEATURES: dict[type, Callable[[Graph, Any, str], str]] = {
    ResNet: resnet_features,
    VisionTransformer: transformer_features,
    ConvNeXt: convnext_features,
}


def write_onnx(
    net: Backbone,
    path: str | os.PathLike[str],
    head: LinearHead | None,
    layout: str,
    image_size: int | Sequence[int] | np.ndarray | None,
) -> None:
    """See `Backbone.to_onnx`."""
    path = Path(checked_path("path", path))
    if path.suffix != ".onnx":
        raise InvalidArgument(f'path: expected a name that ends in ".onnx", got "{path.name}"')
    layout = check_option("layout", layout, ("NCHW", "NHWC"))
    size = _checked_size(net, image_size)
    if size is not None and isinstance(net, EngineBackbone):
        # Raises the network's own error where images are too small for it.
        net(np.zeros((1, *size, 3), np.float32))
    # Adapters are added up: what is written has one matrix a layer.
    net = merge_adapters(net) if net.adapters else net
    graph = Graph(net.state_dict())
    features = _features(graph, net, graph.images(layout, size), layout, size)
    if head is None:
        written = graph.finished(features, "features", net.num_features)
    else:
        graph.weights |= {f"classifier.{name}": value for name, value in _checked(head, net).state_dict().items()}
        written = graph.finished(graph.linear("classifier", features), "logits", head.outputs)
    with writing(path.parent, "network"):
        write_atomically(path, written)


def _features(graph: Graph, net: Backbone, images: str, layout: str, size: tuple[int, int] | None) -> str:
    for kind, features in _FEATURES.items():
        if isinstance(net, kind):
            return features(graph, net, images if layout == "NCHW" else graph.channels_first(images))
    if size is None:
        raise InvalidArgument(
            f"image_size: expected the size of the images, as {type(net).__name__} is written in Python and traced for one: "
            f"to_onnx(path, image_size=(height, width))"
        )
    return traced_features(graph, net, images if layout == "NHWC" else graph.channels_last(images), size)


def _checked_size(net: Backbone, image_size: int | Sequence[int] | np.ndarray | None) -> tuple[int, int] | None:
    """Height and width of the images, None for any."""
    own = getattr(net, "image_size", None) if isinstance(net, VisionTransformer) else None
    if image_size is None:
        return None if own is None else (own, own)
    given: Any = image_size.tolist() if isinstance(image_size, np.ndarray) else image_size
    several = isinstance(given, Sequence) and not isinstance(given, str)
    extents = tuple(given) if several else (given, given)
    if len(extents) != 2:
        raise InvalidArgument(f"image_size: expected one number or (height, width), got {len(extents)} numbers")
    height, width = (checked_integer("image_size", extent, 1, _LARGEST_SIDE) for extent in extents)
    if own is not None and (height, width) != (own, own):
        raise InvalidArgument(f"image_size: expected {own}, that of the network, got {image_size}")
    return height, width


def _checked(head: LinearHead, net: Backbone) -> LinearHead:
    if not isinstance(head, LinearHead):
        raise WrongType(f"head: expected a bissl.LinearHead, such as a classifier's head, got {type(head).__name__}")
    if head.inputs != net.num_features:
        raise InvalidArgument(f"head: expected one for {net.num_features} features, got one for {head.inputs}")
    return head
