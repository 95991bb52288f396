"""Krylov solves that begin with what the last alternation learnt of the Hessian."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from .._engine import dtype
from ..errors import NonFinite, checked_integer, checked_number
from ..models.vectors import FlatVector, flatten, norm
from .base import SolveInfo, Solver, checked_implicit, checked_iterations
from .subspace import Subspace, combination

if TYPE_CHECKING:
    from .system import ImplicitSystem


class RecycledKrylov(Solver):
    """Galerkin's solution on the Krylov space of H and v, augmented by Ritz vectors of the alternation before, on which the
    system is solved exactly before the iterations begin (deflation). H u of these is taken once per linearization. Saves
    products where H changes slowly; without an alternation before, it is `bissl.Krylov`.

    Parameters
    ----------
    iterations : int, default 5
        The most iterations, one product and two vectors of memory each.
    recycle : int, default 3
        How many Ritz vectors are handed on, those of the largest ``|Ritz value|``; a product each per alternation.
    tolerance : float, default 0.1
        It stops once ‖r‖ ≤ tolerance·‖v‖.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> loop = bissl.Bilevel(
    ...     bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,)), bissl.Classifier(2, 3),
    ...     solver=bissl.solvers.RecycledKrylov(8), damping=100.0,
    ... )
    >>> loop.solver
    RecycledKrylov(iterations=8, recycle=3, tolerance=0.1)
    """

    iterations: int
    recycle: int
    tolerance: float
    _fixed = ("iterations", "recycle", "tolerance")

    def __init__(self, iterations: int = 5, *, recycle: int = 3, tolerance: float = 0.1) -> None:
        self._fix(iterations=checked_iterations(iterations), recycle=checked_integer("recycle", recycle, 1))
        self._fix(tolerance=checked_number("tolerance", tolerance))

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        v = flatten(v, checked_implicit(system).layout, "v").astype(np.float64)
        began, before = time.perf_counter(), system.products
        space = self._recycled(system)
        deflated, length = len(space), norm(v)
        x, residual = _galerkin(space, system.rho, v)
        residuals = [norm(residual)]
        while residuals[-1] > self.tolerance * length and len(space) < deflated + self.iterations:
            if not space.extend(residual):
                break
            x, residual = _galerkin(space, system.rho, v)
            residuals.append(norm(residual))
        if not np.isfinite(x).all():
            raise NonFinite(f"{self!r}: the solution is not finite; nothing was changed. Raise damping or lam")
        values, vectors = np.linalg.eigh(space.projection())
        self._hand_on(system, space, values, vectors)
        info = SolveInfo(
            iterations=len(residuals) - 1,
            residuals=residuals,
            curvature=list(1 + np.diag(space.projection())[deflated:] / system.rho),
            true_residual=residuals[-1],
            smallest_ritz=float(1 + values[0] / system.rho) if len(values) else None,
            products=system.products - before,
            seconds=time.perf_counter() - began,
            v_norm=length,
        )
        return FlatVector((system.scale * x).astype(dtype), system.layout), info

    def _recycled(self, system: ImplicitSystem) -> Subspace:
        """The space that a solve begins with, its own to extend; the images are made once per linearization."""
        handed_on = system.memory.handed_on.get("ritz vectors")

        def make() -> Subspace:
            made = Subspace(system.hessian_product)
            for vector in () if handed_on is None else handed_on:
                made.extend(vector)
            return made

        kept, space = system.kept(type(self), (handed_on,), make), Subspace(system.hessian_product)
        space.vectors, space.images = list(kept.vectors), list(kept.images)
        return space

    def _hand_on(self, system: ImplicitSystem, space: Subspace, values: np.ndarray, vectors: np.ndarray) -> None:
        """Keeps the Ritz vectors of the first solve of the alternation for the next one."""
        if "ritz vectors" in system.memory.alternation or not len(values):
            return
        chosen = np.argsort(-np.abs(values))[: self.recycle]
        ritz = [combination(space.vectors, vectors[:, place], system.size) for place in chosen]
        system.memory.alternation["ritz vectors"] = np.array(ritz, dtype)

    def __repr__(self) -> str:
        return f"RecycledKrylov(iterations={self.iterations}, recycle={self.recycle}, tolerance={self.tolerance})"


def _galerkin(space: Subspace, rho: float, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x = ρU(UᵀHU + ρI)⁻¹Uᵀv, and v − x − Hx/ρ, which is orthogonal to U."""
    if not len(space):
        return np.zeros_like(v), v
    matrix = space.projection() + rho * np.eye(len(space))
    factors = np.linalg.lstsq(matrix, rho * space.coordinates(v), rcond=None)[0]
    x = combination(space.vectors, factors, v.size)
    return x, v - x - combination(space.images, factors / rho, v.size)
