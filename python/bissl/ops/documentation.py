"""Docstrings of the functions that are made of the engine's catalogue: what its entries state, what names mean, examples."""

from __future__ import annotations

import re
from inspect import Parameter, Signature
from textwrap import indent
from typing import Any

#: What an input or setting is, by its name, unless the entry's documentation says more.
_MEANINGS = {
    "x": "Real numbers.",
    "a": "(M, K).",
    "beta": "At least 0; 0 gives the absolute value.",
    "b": "(K, N), or (N, K) with ``transpose_right``.",
    "bias": "(C,).",
    "by": "The number.",
    "channels_first": "Whether a patch's numbers are ordered by channel.",
    "dilation": "Distance of neighbouring taps, one for both axes or one each.",
    "eps": "Added to the variance, positive.",
    "exponent": "The power.",
    "factors": "As many as there are channels, or pieces of the first axis.",
    "groups": "Groups that the channels are cut into.",
    "heads": "A divisor of the width.",
    "images": "(N, H, W, C).",
    "padding": "Zeros around the maps, one number for both axes or one each.",
    "qkv": "(N, L, 3·width).",
    "size": "Pixels along a side of a patch, a divisor of H and W; of resized maps height and width, or both.",
    "stride": "One for both axes or one each.",
    "temperature": "τ > 0.",
    "transpose_right": "Whether the second factor is given transposed.",
    "weight": "Real numbers.",
    "window": "Height and width, one for both or one each.",
    "z": "(2B, F).",
}

_TYPES = {
    "Any": "Variable or array_like",
    "Sequence[Any]": "sequence of Variable or array_like",
    "int | Sequence[int]": "int or sequence of int",
    "int | Sequence[int] | None": "int, sequence of int or None",
}

_EXAMPLES = {
    "add_bias": ("[[1.0, 2.0]], [10.0, 20.0]", "[[11.0, 22.0]]"),
    "attention": ("np.ones((1, 2, 12)), heads=2", "(1, 2, 4)"),
    "avg_pool2d": ("np.ones((1, 4, 4, 3)), 2", "(1, 2, 2, 3)"),
    "conv2d": ("np.ones((1, 8, 8, 3)), np.ones((16, 3, 3, 3)), padding=1", "(1, 8, 8, 16)"),
    "cos": ("[0.0, 1.0]", "[1.0, 0.5403]"),
    "exp": ("[0.0, 1.0]", "[1.0, 2.7183]"),
    "gather": ("[[1.0, 2.0]]", "[[1.0, 2.0]]"),
    "gelu": ("[-1.0, 1.0]", "[-0.1587, 0.8413]"),
    "global_avg_pool": ("np.ones((2, 4, 4, 3))", "(2, 3)"),
    "interpolate": ("np.ones((1, 4, 4, 3)), (8, 6)", "(1, 8, 6, 3)"),
    "l2_normalize": ("[[3.0, 4.0]]", "[[0.6, 0.8]]"),
    "layer_norm": ("[[1.0, 3.0]], [1.0, 1.0], [0.0, 0.0]", "[[-1.0, 1.0]]"),
    "log": ("[1.0, 10.0]", "[0.0, 2.3026]"),
    "low_rank_linear": ("[[1.0, 2.0]], [[1.0, 0.0]], [[0.0, 1.0]], [[3.0]], scale=0.5", "[[4.0]]"),
    "matmul": ("[[1.0, 2.0]], [[3.0], [4.0]]", "[[11.0]]"),
    "max_pool2d": ("np.ones((1, 4, 4, 3)), 2", "(1, 2, 2, 3)"),
    "nt_xent": ("np.ones((4, 2)) / 2**0.5, temperature=0.5", "1.0986"),
    "patchify": ("np.ones((1, 8, 8, 3)), 4", "(1, 4, 48)"),
    "power": ("[1.0, 3.0], 2", "[1.0, 9.0]"),
    "relu": ("[-1.0, 2.0]", "[0.0, 2.0]"),
    "scale": ("[1.0, 2.0], 3", "[3.0, 6.0]"),
    "scale_channels": ("[[1.0, 2.0]], [10.0, 0.0]", "[[10.0, 0.0]]"),
    "scale_samples": ("[[1.0], [2.0]], [0.0, 2.0]", "[[0.0], [4.0]]"),
    "sigmoid": ("[0.0]", "[0.5]"),
    "sin": ("[0.0, 1.0]", "[0.0, 0.8415]"),
    "smooth_l1": ("[0.5, -3.0]", "[0.125, 2.5]"),
    "softplus": ("[0.0]", "[0.6931]"),
    "tanh": ("[0.0, 1.0]", "[0.0, 0.7616]"),
}
"""A call's arguments, and what it gives: numbers rounded to four digits, or the shape."""


def docstring(entry: dict[str, Any], signature: Signature) -> str:
    """The documentation of an entry's function, in numpydoc's sections."""
    stated = "\n".join(_stated(parameter) for parameter in signature.parameters.values())
    returned = "Variable\n    Of the engine's precision."
    raised = (
        "WrongType (TypeError)\n    Not real numbers, or a setting of another type.\n"
        "InvalidArgument (ValueError)\n    Shapes that do not fit, or a setting out of range."
    )
    sections = {"Parameters": stated, "Returns": returned, "Raises": raised}
    if entry["function"] in _EXAMPLES:
        sections["Examples"] = _example(entry["function"], *_EXAMPLES[entry["function"]])
    written = (f"{title}\n{'-' * len(title)}\n{text}" for title, text in sections.items())
    return "\n\n".join([_literal(entry["documentation"]), *written]) + "\n"


def _literal(text: str) -> str:
    """Absolute values as literals, which reStructuredText would take for names of substitutions."""
    return re.sub(r"\|\w+\|", r"``\g<0>``", text)


def _stated(parameter: Parameter) -> str:
    kind = _TYPES.get(parameter.annotation, parameter.annotation)
    default = "" if parameter.default is Parameter.empty else f", default {parameter.default}"
    meaning = _MEANINGS.get(parameter.name, "As stated above.")
    return f"{parameter.name} : {kind}{default}\n{indent(meaning, '    ')}"


def _example(function: str, arguments: str, result: str) -> str:
    if result.startswith("("):
        asked = ".shape"
    elif result.startswith("["):
        asked = ".numpy().astype(float).round(4).tolist()"
    else:
        return f">>> round(bissl.ops.{function}({arguments}).item(), 4)\n{result}"
    return f">>> bissl.ops.{function}({arguments}){asked}\n{result}"
