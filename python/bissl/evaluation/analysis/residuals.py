"""What conjugate gradients do, iteration by iteration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InvalidArgument, checked_integer
from ...models.vectors import flatten, norm
from ...objectives.linearization import Linearization, checked_linearization
from ...solvers import ConjugateGradient, SolveInfo


@dataclass(frozen=True)
class ResidualCurve:
    """Residuals of A x = v over ‖v‖, at 0 to K iterations.

    Parameters
    ----------
    lam : float
        λ of the system.
    damping : float
        λ_damp of the system.
    layerwise : bool
        Whether step lengths are per parameter tensor.
    recursive : ndarray
        (K + 1,), what the method itself believes.
    true : ndarray
        (K + 1,), ‖v − Ax‖/‖v‖ of each iterate; layer-wise the two differ.
    curvature : ndarray
        (K,), dᵀAd per iteration, negative where A is indefinite along the direction.

    Examples
    --------
    >>> curve = bissl.analysis.ResidualCurve(0.001, 10.0, True, np.array([1, 0.1]), np.array([1, 0.2]), np.array([3.0]))
    >>> curve.true[-1].item(), curve.recursive[-1].item()  # layer-wise, the method believes too much
    (0.2, 0.1)
    """

    lam: float
    damping: float
    layerwise: bool
    recursive: np.ndarray
    true: np.ndarray
    curvature: np.ndarray


def residual_curve(
    linearization: Linearization,
    v: np.ndarray | Mapping[str, np.ndarray],
    *,
    lam: float = 1e-3,
    damping: float = 10.0,
    iterations: int = 10,
    layerwise: bool = True,
) -> ResidualCurve:
    """Solves A x = v with 1, 2, ... ``iterations`` iterations and measures each result: about K²/2 Hessian products.

    Parameters
    ----------
    linearization : Linearization
        ``pretext.linearize(batch)``.
    v : ndarray or mapping of str to ndarray
        Flat or by parameter, such as ``info.v`` of an upper step, not zero.
    lam : float, default 0.001
        As in `bissl.Bilevel` and `bissl.ConjugateGradient`.
    damping : float, default 10.0
        As in `bissl.Bilevel` and `bissl.ConjugateGradient`.
    iterations : int, default 10
        The most iterations.
    layerwise : bool, default True
        As in `bissl.Bilevel` and `bissl.ConjugateGradient`.

    Returns
    -------
    ResidualCurve
        Residuals that the method believes, true ones, and curvature.

    Raises
    ------
    TypeError, ValueError
        No linearization. No direction: v = 0, of another length, no numbers. Options out of range.
    FloatingPointError
        A v or an iterate that is not finite.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> v = np.ones(pretext.backbone.vector.size)
    >>> bissl.analysis.residual_curve(pretext.linearize(tuple(views)), v, damping=100.0, iterations=3).true.shape
    (4,)
    """
    v = flatten(v, checked_linearization(linearization).gradient.backbone.layout or (), "v")
    length = norm(v)
    if length == 0:
        raise InvalidArgument("v: expected a direction, got zeros")
    iterations = checked_integer("iterations", iterations, 1)
    solves = [_solved(linearization, v, lam, damping, count + 1, layerwise) for count in range(iterations)]
    recursive, curvature = np.array(solves[-1].residuals) / length, np.array(solves[-1].curvature)
    true = np.array([length] + [solve.true_residual for solve in solves]) / length
    return ResidualCurve(lam, damping, layerwise, recursive, true, curvature)


def _solved(
    linearization: Linearization, v: Any, lam: float, damping: float, iterations: int, layerwise: bool
) -> SolveInfo:
    solver = ConjugateGradient(iterations=iterations, layerwise=layerwise, true_residual=True)
    return linearization.solve(v, solver, lam, damping)[1]
