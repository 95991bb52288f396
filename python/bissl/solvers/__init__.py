"""Solvers of the implicit system A v_IJ = v (paper, section B.3 and Algorithm 2).

With H the Hessian of the pretext loss in the backbone, or its Gauss-Newton approximation, the paper solves
A = I + H/(λ + λ_damp) by a few layer-wise conjugate gradients. With batch norm H is indefinite, and these need not converge:
`MINRES` is right for such systems, a Gauss-Newton product makes A positive definite, and with ``damping="auto"`` a `Krylov`
space finds the damping at which it can be trusted. Every solve reports how it went and ends in a verdict (`SolveInfo`).
`ImplicitSystem` says what A is; a solver of one's own is a callable or a subclass of `Solver`.
"""

from .base import SolveInfo, Solver
from .choice import SOLVERS, SolverChoice, as_solver
from .dense import Exact
from .iterative import MINRES, ConjugateGradient, NeumannSeries
from .krylov import Krylov
from .nystrom import Nystrom
from .own import OwnSolver
from .recycled import RecycledKrylov
from .solving import solved
from .system import DAMPING_RULES, PRODUCTS, Damping, ImplicitSystem
from .variants import DiscardedImplicitTerm, Identity

__all__ = [
    "DAMPING_RULES",
    "MINRES",
    "PRODUCTS",
    "SOLVERS",
    "ConjugateGradient",
    "Damping",
    "DiscardedImplicitTerm",
    "Exact",
    "Identity",
    "ImplicitSystem",
    "Krylov",
    "NeumannSeries",
    "Nystrom",
    "OwnSolver",
    "RecycledKrylov",
    "SolveInfo",
    "Solver",
    "SolverChoice",
    "as_solver",
    "solved",
]
