"""A graph of ONNX's operators while it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._version import __version__
from ...extras import required

#: Of the operator set; runtimes read it from 2025 on (onnxruntime 1.22).
OPSET = 23
_IR_VERSION = 11
#: Of the networks' layers.
BATCH_NORM_EPSILON, LAYER_NORM_EPSILON = 1e-5, 1e-6


class Graph:
    """Nodes in order. Values are known by their names; a layer's weights by its name in the state dict.

    weights : by name, in PyTorch's layouts.
    """

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.onnx: Any = required("onnx", "onnx", "to_onnx")
        self.weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, np.ndarray] = {}
        self._inputs: list[Any] = []
        self._count: str | None = None

    def images(self, layout: str, size: tuple[int, int] | None) -> str:
        """The graph's input. layout : of the images. size : of the images, None for any."""
        height, width = size if size is not None else ("height", "width")
        shape = ["batch", 3, height, width] if layout == "NCHW" else ["batch", height, width, 3]
        self._inputs.append(self.onnx.helper.make_tensor_value_info("images", self.onnx.TensorProto.FLOAT, shape))
        return "images"

    def count(self) -> str:
        """How many images there are, (1,)."""
        if self._count is None:
            self._count = self.apply("Shape", "images", start=0, end=1)
        return self._count

    def channels_first(self, x: str) -> str:
        """Of maps (N, H, W, C)."""
        return self.apply("Transpose", x, perm=[0, 3, 1, 2])

    def channels_last(self, x: str) -> str:
        """Of maps (N, C, H, W)."""
        return self.apply("Transpose", x, perm=[0, 2, 3, 1])

    def apply(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, which is answered."""
        output = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(self.onnx.helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, values: Any) -> str:
        """A constant of the graph. Numbers that are no integers become float32."""
        array = np.asarray(values)
        self._constants[name] = array if array.dtype == np.int64 else np.asarray(array, np.float32)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def has(self, name: str) -> bool:
        return name in self.weights

    def reshaped(self, x: str, shape: Sequence[int]) -> str:
        """x with this shape: 0 keeps an extent, -1 is what is left over."""
        return self.apply(
            "Reshape", x, self.constant("extents_" + "_".join(map(str, shape)), np.array(shape, np.int64))
        )

    def convolution(self, name: str, x: str, stride: int = 1, padding: int = 0, groups: int = 1) -> str:
        """Of x (N, C, H, W)."""
        inputs = [x, *(self.weight(f"{name}.{part}") for part in ("weight", "bias") if self.has(f"{name}.{part}"))]
        return self.apply("Conv", *inputs, strides=[stride] * 2, pads=[padding] * 4, group=groups)

    def batch_norm(self, name: str, x: str) -> str:
        parts = [self.weight(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return self.apply("BatchNormalization", x, *parts, epsilon=BATCH_NORM_EPSILON)

    def layer_norm(self, name: str, x: str) -> str:
        """Over the last axis."""
        parts = [self.weight(f"{name}.{part}") for part in ("weight", "bias")]
        return self.apply("LayerNormalization", x, *parts, axis=-1, epsilon=LAYER_NORM_EPSILON)

    def linear(self, name: str, x: str) -> str:
        """Of x (…, inputs); a weight (outputs, inputs), or that of a 1×1 convolution."""
        weight = self.weights[f"{name}.weight"]
        columns = self.constant(f"{name}.weight", np.ascontiguousarray(weight.reshape(len(weight), -1).T))
        return self.apply("Add", self.apply("MatMul", x, columns), self.weight(f"{name}.bias"))

    def attention(self, qkv: str, heads: int, width: int) -> str:
        """Softmax(QKᵀ/√d)·V for each head; Q, K and V are thirds of qkv (N, L, 3·width). Answers (N, L, width)."""
        side = width // heads
        thirds = self.reshaped(qkv, (0, 0, 3, heads, side))
        q, k, v = (
            self.apply("Gather", thirds, self.constant(f"third_{place}", np.array(place)), axis=2) for place in range(3)
        )
        queries = self.apply("Transpose", q, perm=[0, 2, 1, 3])
        keys = self.apply("Transpose", k, perm=[0, 2, 3, 1])
        values = self.apply("Transpose", v, perm=[0, 2, 1, 3])
        scale = self.constant(f"scale_{side}", side**-0.5)
        products = self.apply("Mul", self.apply("MatMul", queries, keys), scale)
        mixed = self.apply("MatMul", self.apply("Softmax", products, axis=-1), values)
        return self.reshaped(self.apply("Transpose", mixed, perm=[0, 2, 1, 3]), (0, 0, width))

    def finished(self, outputs: str, name: str, count: int) -> bytes:
        """The file, whose output (N, count) has this name."""
        helper, float32 = self.onnx.helper, self.onnx.TensorProto.FLOAT
        self._nodes.append(helper.make_node("Identity", [outputs], [name]))
        graph = helper.make_graph(
            self._nodes,
            "bissl",
            self._inputs,
            [helper.make_tensor_value_info(name, float32, ["batch", count])],
            [self.onnx.numpy_helper.from_array(values, name) for name, values in self._constants.items()],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="bissl",
            producer_version=__version__,
            ir_version=_IR_VERSION,
        )
        self.onnx.checker.check_model(model, full_check=True)
        written: bytes = model.SerializeToString()
        return written
