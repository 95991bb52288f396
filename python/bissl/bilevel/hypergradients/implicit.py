"""v_IJ as the solution of A v_IJ = v."""

from __future__ import annotations

from ...models.vectors import FlatVector
from ...solvers import SolveInfo, Solver, SolverChoice, as_solver, solved
from .base import Hypergradient, UpperPoint


class Implicit(Hypergradient):
    """v_IJ = A⁻¹v by a solver (paper, Algorithm 2).

    Parameters
    ----------
    solver : Solver, str, mapping or callable, optional
        One of `bissl.solvers`, by name or as an object; None is `bissl.ConjugateGradient`, and `bissl.Krylov` where the
        damping is "auto".

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No solver; a name or option that does not exist.

    Examples
    --------
    >>> bissl.hypergradients.Implicit("minres").solver
    MINRES(...)
    """

    solver: Solver | None
    _fixed = ("solver",)

    def __init__(self, solver: SolverChoice = None) -> None:
        self._fix(solver=None if solver is None else as_solver(solver))

    @property
    def takes_start(self) -> bool:
        return self.solver is not None and self.solver.takes_start

    @property
    def needs_definite(self) -> bool:
        return self.solver is not None and self.solver.needs_definite

    def find(self, point: UpperPoint) -> tuple[FlatVector, SolveInfo]:
        return solved(point.system, point.v, self.solver, point.start)

    def __repr__(self) -> str:
        return "Implicit()" if self.solver is None else repr(self.solver)
