"""Backbones written in Python in ONNX's operators: a node or a few for each operation of `bissl.ops`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import InvalidArgument
from ..backbone import NAMED_BATCH_NORM
from .graph import BATCH_NORM_EPSILON, Graph
from .program import Made, PerImage, Program, Rows, Source, Step, Weight, depends, program

#: Parameters' names stand behind it, so that none is another value's.
_OWN = "net."


def traced_features(graph: Graph, net: Any, images: str, size: tuple[int, int]) -> str:
    """Features (N, num_features) of images (N, H, W, 3) of a size. InvalidArgument, naming it, for an operation that ONNX
    has not."""
    return _Writer(graph, net, images).written(program(net, size, {*_OPERATORS, *_NODES}))


class _Writer:
    """Writes a program down as nodes."""

    def __init__(self, graph: Graph, net: Any, images: str) -> None:
        self.graph = graph
        self._state = net.state_dict()
        self._made = {-1: images}
        self._constants = 0

    def written(self, steps: Program) -> str:
        for place, step in enumerate(steps.steps):
            inputs = [self._value(value) for value in step.inputs]
            self._made[place] = self._node(step, inputs)
        return self._value(steps.features)

    def numbers(self, values: Any) -> str:
        """A constant: float32, or int64 where it holds integers."""
        self._constants += 1
        array = np.asarray(values)
        return self.graph.constant(f"constant_{self._constants}", array.astype(np.int64) if _whole(array) else array)

    def normalised(self, name: str, x: str) -> str:
        """A batch norm of the network by its running statistics: a factor and a term for each channel of the last axis."""
        weight, bias, mean, variance = (
            self._state[f"{name}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = weight / np.sqrt(variance + BATCH_NORM_EPSILON)
        return self.affine(x, factor, bias - mean * factor)

    def affine(self, x: str, factor: Any, term: Any) -> str:
        return self.graph.apply("Add", self.graph.apply("Mul", x, self.numbers(factor)), self.numbers(term))

    def times_images(self, count: int) -> str:
        """``count`` for each image, (1,)."""
        images = self.graph.count()
        return images if count == 1 else self.graph.apply("Mul", images, self.numbers([count]))

    def shape(self, extents: list[int | PerImage]) -> str:
        """A shape as a value of the graph."""
        if not any(isinstance(extent, PerImage) for extent in extents):
            return self.numbers(extents)
        parts = [
            self.times_images(each.count) if isinstance(each, PerImage) else self.numbers([each]) for each in extents
        ]
        return self.graph.apply("Concat", *parts, axis=0)

    def _value(self, value: Source) -> str:
        if isinstance(value, Made):
            return self._made[value.place]
        if isinstance(value, Weight):
            return self.graph.constant(_OWN + value.name, self._state[value.name])
        constant = self.numbers(value.values.astype(np.float32))
        if value.per_image is None:
            return constant
        repeats: list[int | PerImage] = [1] * value.values.ndim
        repeats[value.per_image] = PerImage(1)
        return self.graph.apply("Tile", constant, self.shape(repeats))

    def _node(self, step: Step, inputs: list[str]) -> str:
        if step.operation in _OPERATORS:
            return self.graph.apply(_OPERATORS[step.operation], *inputs)
        return _NODES[step.operation](self, step, *inputs)


def _whole(array: np.ndarray) -> bool:
    return array.dtype.kind in "iu"


def _integers(value: Any) -> list[int]:
    return [int(number) for number in np.ravel(value)]


def _both(extent: Any) -> list[int]:
    """One number for both axes of maps, or one each."""
    numbers = _integers(extent)
    return numbers * 2 if len(numbers) == 1 else numbers


def _fixed(step: Step, place: int = 0) -> list[int]:
    """The extents of an input behind its first axis, which must not depend on the number of images."""
    _, *extents = step.inputs[place].shape
    fixed = [extent for extent in extents if not isinstance(extent, PerImage)]
    if len(fixed) < len(extents):
        raise depends(f"a shape of {step.operation}")
    return fixed


#: Operations that ONNX has under another name or the same, inputs in the same order.
_OPERATORS = {
    "ReLU": "Relu",
    "GELU": "Gelu",
    "Softplus": "Softplus",
    "Exp": "Exp",
    "Log": "Log",
    "Sine": "Sin",
    "Cosine": "Cos",
    "Tanh": "Tanh",
    "Sigmoid": "Sigmoid",
    "Add": "Add",
    "AddBias": "Add",
    "Multiply": "Mul",
    "ScaleChannels": "Mul",
}


def _smooth_l1(writer: _Writer, step: Step, x: str) -> str:
    graph, beta = writer.graph, step.settings.get("beta", 1.0)
    size = graph.apply("Abs", x)
    if beta == 0:
        return size
    square = graph.apply("Mul", graph.apply("Mul", x, x), writer.numbers(0.5 / beta))
    beyond = graph.apply("Sub", size, writer.numbers(beta / 2))
    return graph.apply("Where", graph.apply("Less", size, writer.numbers(float(beta))), square, beyond)


def _power(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("Pow", x, writer.numbers(float(step.settings["exponent"])))


def _scale(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("Mul", x, writer.numbers(float(step.settings["by"])))


def _mean(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("ReduceMean", x, keepdims=0)


def _sum(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("ReduceSum", x, writer.numbers([int(step.settings["axis"])]), keepdims=0)


def _repeat(writer: _Writer, step: Step, x: str) -> str:
    axis = int(step.settings["axis"])
    extents: list[int | PerImage] = [1] * (len(step.inputs[0].shape) + 1)
    extents[axis] = step.settings["count"]
    return writer.graph.apply(
        "Expand", writer.graph.apply("Unsqueeze", x, writer.numbers([axis])), writer.shape(extents)
    )


def _transpose(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("Transpose", x, perm=_integers(step.settings["axes"]))


def _reshape(writer: _Writer, step: Step, x: str) -> str:
    extents: list[int | PerImage] = [
        extent if isinstance(extent, PerImage) else int(extent) for extent in step.settings["to"]
    ]
    if sum(isinstance(extent, PerImage) for extent in extents) > 1:
        return writer.graph.apply("Reshape", x, writer.shape(extents))
    return writer.graph.reshaped(x, [-1 if isinstance(extent, PerImage) else extent for extent in extents])


def _concatenate(writer: _Writer, step: Step, *parts: str) -> str:
    return writer.graph.apply("Concat", *parts, axis=0)


def _pad(writer: _Writer, step: Step, x: str) -> str:
    widths = _integers(step.settings["before"]) + _integers(step.settings["after"])
    return writer.graph.apply("Pad", x, writer.numbers(widths), writer.numbers(float(step.settings.get("value", 0))))


def _select_rows(writer: _Writer, step: Step, x: str) -> str:
    """Of a matrix; rows of each image are taken from a view with an axis for images."""
    graph, indices = writer.graph, step.settings["indices"]
    if not isinstance(indices, Rows):
        return graph.apply("Gather", x, writer.numbers(_integers(indices)), axis=0)
    count, columns = step.inputs[0].shape
    if count != PerImage(indices.apart) or isinstance(columns, PerImage):
        raise depends("what SelectRows selects")
    images = graph.reshaped(x, (-1, indices.apart, columns))
    return graph.reshaped(graph.apply("Gather", images, writer.numbers(indices.of_one), axis=1), (-1, columns))


def _patchify(writer: _Writer, step: Step, x: str) -> str:
    graph, size = writer.graph, int(step.settings["size"])
    height, width, channels = _fixed(step)
    down, across = height // size, width // size
    pixels = graph.reshaped(x, (-1, down, size, across, size, channels))
    first = bool(step.settings.get("channels_first", False))
    order = [0, 1, 3, 5, 2, 4] if first else [0, 1, 3, 2, 4, 5]
    return graph.reshaped(graph.apply("Transpose", pixels, perm=order), (-1, down * across, size * size * channels))


def _matrix_product(writer: _Writer, step: Step, a: str, b: str) -> str:
    return writer.graph.apply("Gemm", a, b, transB=int(step.settings.get("transpose_right", False)))


def _linear(writer: _Writer, step: Step, x: str, weight: str, bias: str) -> str:
    return writer.graph.apply("Gemm", x, weight, bias, transB=1)


def _low_rank_linear(writer: _Writer, step: Step, x: str, weight: str, a: str, b: str, *bias: str) -> str:
    graph, scale = writer.graph, float(step.settings.get("scale", 1.0))
    addition = graph.apply("Gemm", graph.apply("Gemm", x, a, transB=1), b, transB=1, alpha=scale)
    return graph.apply("Add", graph.apply("Gemm", x, weight, *bias, transB=1), addition)


def _window(settings: dict[str, Any], extent: Any) -> dict[str, Any]:
    """The attributes that convolutions and pooling share."""
    stride = settings.get("stride")
    return {
        "kernel_shape": _both(extent),
        "strides": _both(extent if stride is None else stride),
        "pads": _both(settings.get("padding", 0)) * 2,
    }


def _convolution(writer: _Writer, step: Step, x: str, weight: str) -> str:
    graph, settings = writer.graph, {"stride": 1} | step.settings
    attributes = _window(settings, _fixed(step, 1)[1:]) | {
        "dilations": _both(settings.get("dilation", 1)),
        "group": int(settings.get("groups", 1)),
    }
    return graph.channels_last(graph.apply("Conv", graph.channels_first(x), weight, **attributes))


def _max_pool(writer: _Writer, step: Step, x: str) -> str:
    graph, attributes = writer.graph, _window(step.settings, step.settings["window"])
    return graph.channels_last(graph.apply("MaxPool", graph.channels_first(x), **attributes))


def _average_pool(writer: _Writer, step: Step, x: str) -> str:
    graph, attributes = writer.graph, _window(step.settings, step.settings["window"])
    pooled = graph.apply("AveragePool", graph.channels_first(x), count_include_pad=1, **attributes)
    return graph.channels_last(pooled)


def _global_average_pool(writer: _Writer, step: Step, x: str) -> str:
    return writer.graph.apply("ReduceMean", x, writer.numbers([1, 2]), keepdims=0)


def _interpolate(writer: _Writer, step: Step, x: str) -> str:
    graph = writer.graph
    count, channels = step.inputs[0].shape[0], step.inputs[0].shape[3]
    size = writer.shape([count, channels, *_both(step.settings["size"])])
    resized = graph.apply("Resize", graph.channels_first(x), "", "", size, mode="linear")
    return graph.channels_last(resized)


def _named_batch_norm(writer: _Writer, step: Step, x: str) -> str:
    return writer.normalised(step.settings["name"], x)


def _batch_norm(writer: _Writer, step: Step, x: str, weight: str, bias: str, *residual: str) -> str:
    graph, settings = writer.graph, step.settings
    if "mean" not in settings:
        raise InvalidArgument(
            "net: BatchNorm by the batch's own statistics has no counterpart in ONNX: give it statistics, or declare it "
            "with add_batch_norm"
        )
    deviation = np.sqrt(np.asarray(settings["variance"], np.float64) + settings.get("epsilon", 1e-5))
    standard = writer.affine(x, 1 / deviation, -np.asarray(settings["mean"], np.float64) / deviation)
    y = graph.apply("Add", graph.apply("Mul", standard, weight), bias)
    y = graph.apply("Add", y, *residual) if residual else y
    return graph.apply("Relu", y) if settings.get("relu", False) else y


def _layer_norm(writer: _Writer, step: Step, x: str, weight: str, bias: str) -> str:
    epsilon = float(step.settings.get("epsilon", 1e-6))
    return writer.graph.apply("LayerNormalization", x, weight, bias, axis=-1, epsilon=epsilon)


def _l2_normalize(writer: _Writer, step: Step, x: str) -> str:
    graph = writer.graph
    length = graph.apply("ReduceL2", x, writer.numbers([-1]), keepdims=1)
    return graph.apply("Div", x, graph.apply("Max", length, writer.numbers(1e-12)))


def _attention(writer: _Writer, step: Step, qkv: str) -> str:
    _, width = _fixed(step)
    return writer.graph.attention(qkv, int(step.settings["heads"]), width // 3)


#: Operations that become several nodes, or nodes with settings.
_NODES: dict[str, Callable[..., str]] = {
    "SmoothL1": _smooth_l1,
    "Power": _power,
    "Scale": _scale,
    "Mean": _mean,
    "Sum": _sum,
    "Repeat": _repeat,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Concatenate": _concatenate,
    "Pad": _pad,
    "SelectRows": _select_rows,
    "Patchify": _patchify,
    "MatrixProduct": _matrix_product,
    "Linear": _linear,
    "LowRankLinear": _low_rank_linear,
    "Convolution": _convolution,
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _global_average_pool,
    "Interpolate": _interpolate,
    NAMED_BATCH_NORM: _named_batch_norm,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "L2Normalize": _l2_normalize,
    "Attention": _attention,
}
