"""What conjugate gradients do, iteration by iteration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InvalidArgument
from ...models.vectors import norm
from ...objectives.linearization import Linearization
from ...solvers import ConjugateGradient, SolveInfo
from ...training.base import checked_counts


@dataclass(frozen=True)
class ResidualCurve:
    """Residuals of A x = v over ‖v‖, at 0 to K iterations.

    recursive : (K + 1,), what the method itself believes. true : (K + 1,), ‖v − Ax‖/‖v‖ of each iterate; layer-wise the
    two differ. curvature : (K,), dᵀAd per iteration, negative where A is indefinite along the direction.
    """

    lam: float
    damping: float
    layerwise: bool
    recursive: np.ndarray
    true: np.ndarray
    curvature: np.ndarray


def residual_curve(
    linearization: Linearization,
    v: np.ndarray,
    *,
    lam: float = 1e-3,
    damping: float = 10.0,
    iterations: int = 10,
    layerwise: bool = True,
) -> ResidualCurve:
    """Solves A x = v with 1, 2, ... ``iterations`` iterations and measures each result: about K²/2 Hessian products.

    Parameters
    ----------
    linearization : ``pretext.linearize(batch)``. v : flat, such as ``info.v`` of an upper step, not zero.
    lam, damping, layerwise : as in `bissl.Bilevel` and `bissl.ConjugateGradient`.

    Raises
    ------
    ValueError : v = 0, options out of range. FloatingPointError : an iterate is not finite.
    """
    length = norm(v)
    if length == 0:
        raise InvalidArgument("v: expected a direction, got zeros")
    checked_counts(iterations=iterations)
    solves = [_solved(linearization, v, lam, damping, count + 1, layerwise) for count in range(iterations)]
    recursive, curvature = np.array(solves[-1].residuals) / length, np.array(solves[-1].curvature)
    true = np.array([length] + [solve.true_residual for solve in solves]) / length
    return ResidualCurve(lam, damping, layerwise, recursive, true, curvature)


def _solved(
    linearization: Linearization, v: Any, lam: float, damping: float, iterations: int, layerwise: bool
) -> SolveInfo:
    solver = ConjugateGradient(iterations=iterations, layerwise=layerwise, true_residual=True)
    return linearization.solve(v, solver, lam, damping)[1]
