"""Functions of each element."""

from __future__ import annotations

from typing import Any

from ..errors import checked_real
from .variable import Variable, apply


def relu(x: Any) -> Variable:
    """max(x, 0), with derivative 0 at 0."""
    return apply("ReLU", x)


def gelu(x: Any) -> Variable:
    """x·Φ(x), exact (PyTorch's ``approximate="none"``)."""
    return apply("GELU", x)


def softplus(x: Any) -> Variable:
    """log(1 + exp(x))"""
    return apply("Softplus", x)


def sigmoid(x: Any) -> Variable:
    """1/(1 + exp(-x))"""
    return apply("Sigmoid", x)


def tanh(x: Any) -> Variable:
    """The hyperbolic tangent."""
    return apply("Tanh", x)


def exp(x: Any) -> Variable:
    """e to the power of x."""
    return apply("Exp", x)


def log(x: Any) -> Variable:
    """The natural logarithm, for x > 0."""
    return apply("Log", x)


def power(x: Any, exponent: float) -> Variable:
    """x to a constant power; x > 0 unless the exponent is a whole number."""
    return apply("Power", x, exponent=checked_real("exponent", exponent))


def sqrt(x: Any) -> Variable:
    """The square root, for x > 0: its derivative at 0 is infinite, so add a small number first."""
    return power(x, 0.5)


def scale(x: Any, by: float) -> Variable:
    """x times a number."""
    return apply("Scale", x, by=checked_real("by", by))
