"""Solvers of the implicit system A v_IJ = v (paper, section B.3 and Algorithm 2).

With H the Hessian of the pretext loss in the backbone, or its Gauss-Newton approximation, the paper solves
A = I + H/(λ + λ_damp) by a few layer-wise conjugate gradients. With batch norm H is indefinite, and these need not converge:
`MINRES` is right for such systems, a Gauss-Newton product makes A positive definite. Every solve reports how it went
(`SolveInfo`). `ImplicitSystem` says what A is; a solver of one's own is a callable or a subclass of `Solver`.
"""

from .base import SolveInfo, Solver
from .choice import SOLVERS, SolverChoice, as_solver
from .dense import Exact
from .iterative import MINRES, ConjugateGradient, NeumannSeries
from .own import OwnSolver
from .system import DAMPING_RULES, PRODUCTS, ImplicitSystem
from .variants import DiscardedImplicitTerm, Identity

__all__ = [
    "DAMPING_RULES",
    "MINRES",
    "PRODUCTS",
    "SOLVERS",
    "ConjugateGradient",
    "DiscardedImplicitTerm",
    "Exact",
    "Identity",
    "ImplicitSystem",
    "NeumannSeries",
    "OwnSolver",
    "SolveInfo",
    "Solver",
    "SolverChoice",
    "as_solver",
]
