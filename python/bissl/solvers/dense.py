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

    Its `solve` raises ValueError for a larger network, FloatingPointError for a singular or non-finite matrix.

    Parameters
    ----------
    limit : int, default 4096
        The largest number of parameters that it accepts.
    nonfinite : str, default "raise"
        As of `ConjugateGradient`.
    true_residual : bool, default False
        As of `ConjugateGradient`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> x, info = linearization.solve(np.ones(pretext.backbone.vector.size), bissl.Exact(), lam=0.001, damping=100.0)
    >>> x.shape == pretext.backbone.vector.shape
    True
    """

    name = "Exact"

    limit: int
    _fixed = ("limit",)

    def __init__(self, limit: int = 4096, *, nonfinite: str = "raise", true_residual: bool = False) -> None:
        super().__init__(nonfinite=nonfinite, true_residual=true_residual)
        self._fix(limit=checked_iterations(limit, "limit"))

    def solution(
        self, system: ImplicitSystem, product: Callable[..., Any], v: FlatVector, start: FlatVector | None
    ) -> Any:
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
