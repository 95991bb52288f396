"""A loss at one point: its gradient, and its expansion to second order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _engine
from .modules import Module
from .solvers import SolveInfo, Solver, solve_info
from .vectors import FlatVector, flatten


@dataclass(frozen=True)
class Gradient:
    """A gradient: flat over the backbone's and over the head's parameters."""

    backbone: FlatVector
    head: FlatVector

    def as_dict(self) -> dict[str, np.ndarray]:
        """All parameters of backbone and head by name, in PyTorch's layouts."""
        return self.backbone.as_dict() | self.head.as_dict()


class Linearization:
    """A pretext loss expanded to second order at one point. A snapshot: later changes of parameters do not touch it."""

    def __init__(self, handle: Any, backbone: Module, head: Module) -> None:
        self._handle = handle
        self._backbone = backbone
        self.loss: float = _engine.linearization_loss(handle)
        self.gradient = Gradient(
            FlatVector(np.asarray(_engine.linearization_gradient(handle, 0)), backbone._layout),
            FlatVector(np.asarray(_engine.linearization_gradient(handle, 1)), head._layout),
        )

    def hvp(self, u: np.ndarray | Mapping[str, np.ndarray]) -> FlatVector:
        """∂²L/∂θ² · u, flat: the Hessian product of the backbone, the head fixed. Costs about two gradients.

        Parameters
        ----------
        u : a direction of the backbone's parameters, flat or as a dict of all of them by name.
        """
        direction = flatten(u, self._backbone._layout, "u")
        product = _engine.linearization_product(self._handle, direction)
        return FlatVector(np.asarray(product), self._backbone._layout)

    def solve(
        self, v: np.ndarray | Mapping[str, np.ndarray], solver: Solver, lam: float, damping: float
    ) -> tuple[FlatVector, SolveInfo]:
        """x ≈ (I + H/(lam + damping))⁻¹ v, and how the solve went."""
        direction = flatten(v, self._backbone._layout, "v")
        report = _engine.solve(self._handle, direction, self._backbone._handle, solver._handle, lam, damping)
        solution = FlatVector(np.asarray(_engine.report_v_ij(report)), self._backbone._layout)
        return solution, solve_info(_engine.report_describe(report))[0]
