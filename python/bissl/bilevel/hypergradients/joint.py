"""v_IJ where the lower level moves φ_P with θ_P."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import _engine
from ..._engine import dtype
from ...errors import checked_number
from ...solvers.base import SolveInfo, checked_iterations, solved_by_engine
from .base import Hypergradient, UpperPoint


class Joint(Hypergradient):
    """w of [H_θθ + ρI, H_θφ; H_φθ, H_φφ + δI] [w; z] = [ρv; 0], by MINRES: the implicit Jacobian of a lower level that
    minimises in θ and φ_P, where the paper holds φ_P fixed (its appendix A.1 leaves this open).

    Parameters
    ----------
    iterations : int, default 5
        Of MINRES, at most; a product in both each.
    tolerance : float, default 0.0
        It stops once ‖r‖ ≤ tolerance·‖v‖.
    head_damping : float, optional
        δ ≥ 0. None is ρ = λ + λ_damp.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> bissl.hypergradients.Joint(iterations=8, head_damping=1.0).head_damping
    1.0
    """

    needs_losses = True
    iterations: int
    tolerance: float
    head_damping: float | None
    _fixed = ("iterations", "tolerance", "head_damping")

    def __init__(self, iterations: int = 5, *, tolerance: float = 0.0, head_damping: float | None = None) -> None:
        head_damping = None if head_damping is None else checked_number("head_damping", head_damping)
        self._fix(iterations=checked_iterations(iterations), tolerance=checked_number("tolerance", tolerance))
        self._fix(head_damping=head_damping)

    def term(self, point: UpperPoint) -> tuple[np.ndarray, SolveInfo]:
        solver = _engine.solver_create(
            "minres", {"iterations": self.iterations, "tolerance": self.tolerance, "nonfinite": "raise"}
        )
        system, head = self._system(point), point.pretext.head
        right = np.concatenate([np.asarray(point.v), np.zeros(head.vector.size)]).astype(dtype)
        solution, info, _ = solved_by_engine(system, right, np.empty(0, dtype), solver)
        return solution[: point.v.size], info

    def _system(self, point: UpperPoint) -> Any:
        """The engine's joint system, once per linearization and damping."""
        ours, pretext = point.system, point.pretext

        def make() -> Any:
            joint = pretext._linearize(pretext.backbone, point.pretext_batch, jointly=True)
            return _engine.joint_system_create(
                joint, pretext.backbone._handle, pretext.head._handle, ours.lam, ours.damping,
                ours.rho if self.head_damping is None else self.head_damping, ours.kind,
            )  # fmt: skip

        return ours.kept(type(self), (ours.rho, self.head_damping), make)

    def __repr__(self) -> str:
        return f"Joint(iterations={self.iterations}, tolerance={self.tolerance}, head_damping={self.head_damping})"
