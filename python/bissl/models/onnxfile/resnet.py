"""`bissl.ResNet` in ONNX's operators."""

from __future__ import annotations

from typing import Any

from .graph import Graph


def resnet_features(graph: Graph, net: Any, images: str) -> str:
    """Features (N, num_features) of images (N, 3, H, W)."""

    def activated(x: str) -> str:
        return graph.apply("Relu" if net.activation == "relu" else "Gelu", x)

    def block(name: str, x: str, stride: int) -> str:
        places = (1, 2) if net.block == "basic" else (1, 2, 3)
        strided = 1 if net.block == "basic" else 2
        y = x
        for place in places:
            # The convolutions of a bottleneck are 1×1, 3×3, 1×1.
            padding = 1 if net.block == "basic" or place == 2 else 0
            y = graph.convolution(f"{name}.conv{place}", y, stride if place == strided else 1, padding)
            y = graph.batch_norm(f"{name}.bn{place}", y)
            y = activated(y) if place != places[-1] else y
        if graph.has(f"{name}.downsample.0.weight"):
            x = graph.batch_norm(f"{name}.downsample.1", graph.convolution(f"{name}.downsample.0", x, stride))
        return activated(graph.apply("Add", x, y))

    if net.stem == "imagenet":
        x = activated(graph.batch_norm("bn1", graph.convolution("conv1", images, stride=2, padding=3)))
        x = graph.apply("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    else:
        x = activated(graph.batch_norm("bn1", graph.convolution("conv1", images, padding=1)))
    for stage, depth in enumerate(net.layers):
        for index in range(depth):
            x = block(f"layer{stage + 1}.{index}", x, stride=2 if stage > 0 and index == 0 else 1)
    return graph.apply("Flatten", graph.apply("GlobalAveragePool", x))
