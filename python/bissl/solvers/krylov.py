"""Galerkin's solution on a Krylov space, for a damping that is given or that the space chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import _engine
from ..errors import checked_number
from ..models.vectors import FlatVector
from .base import EngineSolver, SolveInfo, checked_implicit, checked_iterations

if TYPE_CHECKING:
    from .system import ImplicitSystem


class Krylov(EngineSolver):
    """The solution x of A on the Krylov space of H and v that leaves a residual orthogonal to it, by Lanczos' method with
    full reorthogonalisation; ‖v − Ax‖ is known without a further product. One space serves every damping.

    With ``damping="auto"`` the damping is the least at which ‖v − Ax‖ ≤ tolerance·‖v‖ and A has no Ritz value below ½, and
    not less than in earlier solves of the alternation. That bounds A on this space only: A may have smaller eigenvalues
    beyond it.

    Parameters
    ----------
    iterations : int, default 5
        The most iterations, one product and one vector of memory each.
    tolerance : float, default 0.1
        It stops once ‖r‖ ≤ tolerance·‖v‖.
    nonfinite : str, default "raise"
        As of `ConjugateGradient`.
    true_residual : bool, default False
        Measure ‖v − Ax‖, which is known anyway, by one more product.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> v = np.ones(pretext.backbone.vector.size)
    >>> x, info = linearization.solve(v, bissl.Krylov(5), lam=0.001, damping="auto")
    >>> info.relative_residual <= 0.1 and info.verdict.startswith("converged")
    True
    """

    iterations: int
    tolerance: float
    _fixed = ("iterations", "tolerance")

    def __init__(
        self, iterations: int = 5, *, tolerance: float = 0.1, nonfinite: str = "raise", true_residual: bool = False
    ) -> None:
        self._fix(iterations=checked_iterations(iterations), tolerance=checked_number("tolerance", tolerance, above=0))
        settings = {"iterations": self.iterations, "tolerance": self.tolerance, "adapts": 0}
        super().__init__("krylov", nonfinite=nonfinite, true_residual=true_residual, **settings)

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        """As of `Solver`; it settles the damping of a system whose damping is "auto"."""
        if not checked_implicit(system).automatic:
            return super().solve(system, v, start)
        kind, settings = self._settings
        adapting = _engine.solver_create(kind, settings | {"adapts": 1})
        # The engine weakens the paper's A = I + H/ρ to I + H/ρ′.
        x, info, shrinkage = self._solve(system, system.engine_system("paper"), adapting, v, start)
        if info.iterations:  # a space of no dimension, as that of v = 0, tells nothing
            system.raise_damping(system.damping if shrinkage == 1 else system.rho / shrinkage - system.lam)
        damping = system.damping if system.is_damped else None
        return (x if system.scale == 1 else x * x.dtype.type(system.scale)), replace(info, damping=damping)

    def __repr__(self) -> str:
        return f"Krylov(iterations={self.iterations}, tolerance={self.tolerance}, nonfinite={self.nonfinite!r})"


def settle_damping(system: ImplicitSystem, v: Any) -> int:
    """Finds the damping of a system whose damping is "auto", unless it is known. Returns the products that it took."""
    if system.is_damped:
        return 0
    return Krylov().solve(system, v)[1].products
