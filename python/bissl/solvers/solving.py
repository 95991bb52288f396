"""A solve and its verdict: what the upper level and `bissl.Linearization.solve` do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .._engine import dtype
from ..models.vectors import FlatVector, flatten
from .base import SolveInfo, Solver, checked_answer, checked_implicit
from .choice import SolverChoice, as_solver
from .krylov import Krylov, settle_damping
from .system import ImplicitSystem
from .variants import Unsolved
from .verdict import judged


def default_solver(damping: Any) -> Solver:
    """What solves where no solver was chosen: the paper's conjugate gradients, and `Krylov` where it is to find the damping."""
    return Krylov() if damping == "auto" else as_solver(None)


def solved_for_nothing(system: ImplicitSystem) -> tuple[FlatVector, SolveInfo]:
    """v_IJ = 0 where v = 0, as with a batch whose labels are all left out or a head of zeros. No method is asked, and nothing
    is kept for later solves: from v = 0 neither a damping nor a Krylov space follows."""
    info = SolveInfo(
        iterations=0,
        solved=False,
        v_norm=0.0,
        damping=system.damping if system.is_damped else None,
        cosine=0.0,
        relative_length=0.0,
        distance=0.0,
    )
    return FlatVector(np.zeros(system.size, dtype), system.layout), info


def solved(
    system: ImplicitSystem, v: Any, solver: SolverChoice = None, start: Any = None
) -> tuple[FlatVector, SolveInfo]:
    """x ≈ A⁻¹ v and how the solve went. A system whose damping is "auto" gets it from `Krylov`: from this solve where that
    is the solver, else from a Krylov space of its own before the first solve. Where v is 0 so is x, whatever the solver, and
    no damping is found.

    Parameters
    ----------
    system : ImplicitSystem
        A.
    v : object
        (n,), flat.
    solver : Solver, str, callable or None, optional
        As of `as_solver`; None is `ConjugateGradient`, or `Krylov` where the damping is "auto".
    start : object, optional
        x₀, for solvers that take one.

    Returns
    -------
    tuple (FlatVector, SolveInfo)
        The solution, and how the solve went.

    Raises
    ------
    NonFinite (FloatingPointError)
        A solution that is not finite.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> system = bissl.solvers.ImplicitSystem(linearization, lam=0.001, damping=1000.0)
    >>> x, info = bissl.solvers.solved(system, np.ones(pretext.backbone.vector.size), "minres")
    >>> info.products >= 1
    True
    """
    solver = (
        default_solver("auto" if checked_implicit(system).automatic else None) if solver is None else as_solver(solver)
    )
    v = FlatVector(flatten(v, system.layout, "v"), system.layout)
    if not np.any(v):
        return solved_for_nothing(system)
    spent = 0 if isinstance(solver, (Krylov, Unsolved)) else settle_damping(system, v)
    x, info = checked_answer(solver.solve(system, v, start), system, f"{type(solver).__name__}.solve")
    return x, judged(system, v, x, replace(info, products=info.products + spent))
