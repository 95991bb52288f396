"""What is public: every name in the `__all__` of the packages that users import, and the methods of public classes."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

PACKAGES = (
    "bissl",
    "bissl.data",
    "bissl.targets",
    "bissl.metrics",
    "bissl.weights",
    "bissl.ops",
    "bissl.training",
    "bissl.solvers",
    "bissl.bilevel.hypergradients",
    "bissl.callbacks",
    "bissl.checkpoints",
    "bissl.distributed",
    "bissl.statistics",
    "bissl.tables",
    "bissl.analysis",
    "bissl.plot",
    "bissl.scaling",
    "bissl.experiments",
    "bissl.experiments.recipe",
    "bissl.experiments.report",
    "bissl.experiments.demo",
    "bissl.data.readers",
    "bissl.errors",
    "bissl.durable",
    "bissl.pickles",
)


def names() -> Iterator[tuple[str, Any]]:
    """Full name and object, each object once, under the first of its names. Packages and modules are left out."""
    seen: dict[int, str] = {}
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in sorted(module.__all__):
            value = getattr(module, name)
            if not inspect.ismodule(value) and id(value) not in seen:
                seen[id(value)] = name
                yield f"{package}.{name}", value


def is_documented_by_docstring(value: Any) -> bool:
    """Whether it is a class or function; constants and unions of types have comments."""
    return inspect.isclass(value) or inspect.isroutine(value)


def methods(value: Any) -> Iterator[tuple[str, Any]]:
    """Public methods that a public class states itself or takes from a private base."""
    for name in dir(value):
        if name.startswith("_"):
            continue
        owner = next(base for base in value.__mro__ if name in vars(base))
        method = inspect.unwrap(getattr(value, name)) if callable(getattr(value, name, None)) else None
        if owner.__module__.startswith("bissl") and inspect.isroutine(method):
            yield name, method
