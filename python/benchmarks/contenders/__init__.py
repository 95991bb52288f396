"""Programs that compute the same workload, behind one interface.

A contender is made of a `workloads.Workload` and has a ``name``, ``threads``, ``version``. Its tasks are methods without
arguments that return what they computed by name; those it lacks, such as a linearization where it keeps none, it leaves
out. ``vector`` turns gradients and products, in whatever form the program keeps them, into flat arrays in bissl's order.

``gradient`` : loss and gradient of the backbone.
``linearization`` : what `hessian_product` may keep between products.
``hessian_product`` : of the backbone with the workload's direction.
``lower_step``, ``upper_linearization``, ``upper_step`` : of Algorithm 1, with the defaults of `bissl.Bilevel`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from .engine import Engine


def available() -> dict[str, Callable[[Any], Any]]:
    """The contenders whose libraries are installed, by name, bissl first."""
    found: dict[str, Callable[[Any], Any]] = {Engine.name: Engine}
    if importlib.util.find_spec("torch") and importlib.util.find_spec("torchvision"):
        from .pytorch import Authors, Best

        found |= {Authors.name: Authors, Best.name: Best}
    if importlib.util.find_spec("jax"):
        from .jax import Jax

        found |= {Jax.name: Jax}
    return found
