"""`bissl.VisionTransformer` in ONNX's operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Graph


def transformer_features(graph: Graph, net: Any, images: str) -> str:
    """Features (N, num_features) of images (N, 3, side, side)."""
    x = _embedded(graph, net, images)
    for index in range(net.depth):
        x = _block(graph, net, f"blocks.{index}", x)
    x = graph.layer_norm("norm", x)
    if net.pooling == "class":
        return graph.apply("Gather", x, graph.constant("class_token", np.array(0)), axis=1)
    patches = _rows(graph, x, net.num_prefix_tokens, np.iinfo(np.int64).max)
    return graph.apply("ReduceMean", patches, graph.constant("tokens_axis", np.array([1])), keepdims=0)


def _rows(graph: Graph, x: str, start: int, end: int) -> str:
    """Tokens of x (N, L, C)."""
    bounds = [graph.constant(f"{name}_{value}", np.array([value])) for name, value in (("from", start), ("to", end))]
    return graph.apply("Slice", x, *bounds, graph.constant("tokens_axis", np.array([1])))


def _embedded(graph: Graph, net: Any, images: str) -> str:
    """Class token, registers and patches, with their positions: (N, tokens, width)."""
    maps = graph.convolution("patch_embed.proj", images, stride=net.patch_size)
    patches = graph.apply("Transpose", graph.reshaped(maps, (0, 0, -1)), perm=[0, 2, 1])
    if not net.prefix_positions:
        patches = graph.apply("Add", patches, graph.weight("pos_embed"))
    # Tokens that every image begins with: each image has a copy.
    names = [name for name in ("cls_token", "reg_token") if graph.has(name)]
    prefix = graph.constant(
        "prefix", np.concatenate([graph.weights[name].reshape(1, -1, net.width) for name in names], 1)
    )
    copies = graph.apply("Concat", graph.count(), graph.constant("kept", np.array([1, 1])), axis=0)
    tokens = graph.apply("Concat", graph.apply("Expand", prefix, copies), patches, axis=1)
    return graph.apply("Add", tokens, graph.weight("pos_embed")) if net.prefix_positions else tokens


def _block(graph: Graph, net: Any, name: str, x: str) -> str:
    y = graph.linear(f"{name}.attn.qkv", graph.layer_norm(f"{name}.norm1", x))
    y = graph.linear(f"{name}.attn.proj", graph.attention(y, net.heads, net.width))
    x = graph.apply("Add", x, _scaled(graph, f"{name}.ls1.gamma", y))
    y = graph.apply("Gelu", graph.linear(f"{name}.mlp.fc1", graph.layer_norm(f"{name}.norm2", x)))
    return graph.apply("Add", x, _scaled(graph, f"{name}.ls2.gamma", graph.linear(f"{name}.mlp.fc2", y)))


def _scaled(graph: Graph, factors: str, x: str) -> str:
    return graph.apply("Mul", x, graph.weight(factors)) if graph.has(factors) else x
