"""`bissl.ConvNeXt` in ONNX's operators."""

from __future__ import annotations

from typing import Any

from .graph import Graph


def convnext_features(graph: Graph, net: Any, images: str) -> str:
    """Features (N, num_features) of images (N, 3, H, W)."""

    def normed(name: str, x: str) -> str:
        """Channels of x (N, C, H, W); answers (N, H, W, C)."""
        return graph.layer_norm(name, graph.channels_last(x))

    def block(name: str, x: str, width: int) -> str:
        y = normed(f"{name}.norm", graph.convolution(f"{name}.conv_dw", x, padding=3, groups=width))
        y = graph.linear(f"{name}.mlp.fc2", graph.apply("Gelu", graph.linear(f"{name}.mlp.fc1", y)))
        return graph.apply("Add", x, graph.channels_first(graph.apply("Mul", y, graph.weight(f"{name}.gamma"))))

    x = graph.channels_first(normed("stem.1", graph.convolution("stem.0", images, stride=4)))
    for stage, (depth, width) in enumerate(zip(net.depths, net.widths, strict=True)):
        name = f"stages.{stage}"
        if stage > 0:
            x = graph.convolution(
                f"{name}.downsample.1", graph.channels_first(normed(f"{name}.downsample.0", x)), stride=2
            )
        for index in range(depth):
            x = block(f"{name}.blocks.{index}", x, width)
    return graph.layer_norm("head.norm", graph.apply("Flatten", graph.apply("GlobalAveragePool", x)))
