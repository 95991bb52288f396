"""The exact solution of small systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgument, NonFinite
from ..models.vectors import FlatVector
from .base import checked_iterations
from .own import PythonSolver

if TYPE_CHECKING:
    from .system import ImplicitSystem


class Exact(PythonSolver):
    """The exact solution of a small system, from its dense matrix: n products once per linearization, n² numbers of
    memory, n³ operations per solve in double precision. To judge other solvers by.

    Parameters
    ----------
    limit : the largest number of parameters that it accepts.
    nonfinite, true_residual : as of `ConjugateGradient`.

    Its `solve` raises ValueError for a larger network, FloatingPointError for a singular or non-finite matrix.
    """

    name = "Exact"

    _fixed = ("limit",)

    def __init__(self, limit: int = 4096, *, nonfinite: str = "raise", true_residual: bool = False) -> None:
        super().__init__(nonfinite=nonfinite, true_residual=true_residual)
        self._fix(limit=checked_iterations(limit, "limit"))

    def solution(self, system: ImplicitSystem, product: Callable, v: FlatVector, start: FlatVector | None) -> Any:
        if system.size > self.limit:
            raise InvalidArgument(
                f"Exact: {system.size} parameters are more than the limit of {self.limit}: the matrix would take "
                f"{8 * system.size**2 / 2**30:.1f} GiB and {system.size} products. Use MINRES, or raise limit"
            )
        from scipy import linalg  # the slowest import of bissl, for a solver of small problems

        matrix = system.matrix()
        if not np.isfinite(matrix).all():
            raise NonFinite("Exact: the matrix of the implicit system is not finite; nothing was changed")
        try:
            return linalg.solve(matrix, np.asarray(v, np.float64), assume_a="sym")
        except linalg.LinAlgError:
            raise NonFinite("Exact: the implicit system is singular; nothing was changed. Change damping") from None

    def __repr__(self) -> str:
        return f"Exact(limit={self.limit})"
