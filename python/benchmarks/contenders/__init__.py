"""Programs that compute the same workload, behind one interface.

A contender is made of a `workloads.Workload` and has a ``name``, ``threads``, ``version``. Its tasks are methods without
arguments that return what they computed by name; those it lacks, such as a linearization where it keeps none, it leaves
out or has as None. ``vector`` turns gradients and products, in whatever form the program keeps them, into flat arrays in bissl's order.
One whose ``is_rounded`` is true computes other numbers: it is not held to bissl's, and its error against float64 is told.

``gradient`` : loss and gradient of backbone and head, of which the backbone's is handed out.
``linearization`` : loss and gradient of the backbone, and what `hessian_product` may keep between products.
``hessian_product`` : of the backbone with the workload's direction.
``lower_step``, ``upper_linearization``, ``upper_step`` : of Algorithm 1, with the defaults of `bissl.Bilevel`. An upper step is
the first of its alternation.
``residual_check`` : the product of it that later upper steps of the alternation do without.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

from goals import (
    AUTHORS,
    AUTOCAST,
    AUTOTUNED,
    BEST,
    BISSL,
    COMPILED,
    FORWARD,
    HIGH,
    JAX,
    LINEARIZED,
    ROUNDED,
)
from workloads import Workload

import bissl

#: Name → module here, class in it, packages that it needs.
_WHERE = {
    BISSL: ("engine", "Engine", ()),
    HIGH: ("engine", "High", ()),
    AUTHORS: ("pytorch", "Authors", ("torch", "torchvision")),
    BEST: ("pytorch", "Best", ("torch", "torchvision")),
    COMPILED: ("pytorch", "Compiled", ("torch", "torchvision")),
    AUTOTUNED: ("pytorch", "Autotuned", ("torch", "torchvision")),
    FORWARD: ("pytorch_functional", "ForwardOverReverse", ("torch", "torchvision")),
    LINEARIZED: ("pytorch_functional", "Linearized", ("torch", "torchvision")),
    AUTOCAST: ("pytorch", "Autocast", ("torch", "torchvision")),
    ROUNDED: ("pytorch", "Rounded", ("torch", "torchvision")),
    JAX: ("jax", "Jax", ("jax",)),
}


def available() -> dict[str, Callable[[Workload], Any]]:
    """The contenders whose libraries are installed, by name, bissl first; `HIGH` where it differs from it. A library is
    imported where its contender is made, so that a process holds no other's memory."""
    return {
        name: _maker(module, kind)
        for name, (module, kind, packages) in _WHERE.items()
        if all(importlib.util.find_spec(package) for package in packages)
        and (name != HIGH or bissl.show_config(mode="dict")["matrix_tiles"])
    }


def _maker(module: str, kind: str) -> Callable[[Workload], Any]:
    return lambda work: getattr(importlib.import_module(f".{module}", __package__), kind)(work)
