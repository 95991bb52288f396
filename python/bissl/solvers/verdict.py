"""What became of a solve, in words, and the checks that the words rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..models.vectors import FlatVector, dot, norm, squarable_scale

if TYPE_CHECKING:
    from .base import SolveInfo
    from .system import ImplicitSystem

#: ‖v − Ax‖/‖v‖ up to which a solve counts as converged.
CONVERGED = 0.1
#: ‖x − v‖/‖v‖ up to which a solution is the identity in disguise.
DISGUISED = 0.1


def judged(system: ImplicitSystem, v: FlatVector, x: FlatVector, info: SolveInfo) -> SolveInfo:
    """What a solver reports of its x for v ≠ 0, with what is the same for all: the damping, how x lies to v, and a true residual.

    Where the solver does not know that without a product, it is measured in the first solve of an alternation.
    """
    measured = "measured" in system.memory.alternation
    if info.solved and info.true_residual is None and not measured:
        residual = norm(np.asarray(v, np.float64) - np.asarray(system.product(x)))
        info = replace(info, true_residual=residual, products=info.products + 1)
        system.memory.alternation["measured"] = np.array(1.0)
    lengths = norm(v), norm(x)
    return replace(
        info,
        v_norm=lengths[0],
        damping=system.damping if system.is_damped else None,
        cosine=_cosine(v, x),
        relative_length=lengths[1] / lengths[0],
        distance=norm(np.asarray(x, np.float64) - np.asarray(v)) / lengths[0],
    )


def _cosine(v: np.ndarray, x: np.ndarray) -> float:
    """0 where x is."""
    scales = squarable_scale(v), squarable_scale(x)
    v, x = (each if scale == 1 else np.asarray(each) / scale for each, scale in zip((v, x), scales, strict=True))
    lengths = norm(v) * norm(x)
    return dot(v, x) / lengths if lengths > 0 else 0.0


def sentence(info: SolveInfo) -> str:
    """The verdict: it begins with "converged" only where ‖v − Ax‖ ≤ 0.1 ‖v‖ is known and no negative curvature was met."""
    if info.v_norm == 0:
        return "nothing to solve: v is 0, as where every label of the batch is left out, and so is v_IJ"
    return "; ".join(filter(None, (_solution(info), _disguise(info))))


def _solution(info: SolveInfo) -> str:
    residual = info.relative_residual
    if not info.solved:
        return "not converged: no system was solved"
    if residual is None and info.true_residual is not None:
        return f"not converged as far as is known: ‖v‖, by which the true residual {info.true_residual:.2g} counts, is not known"
    if residual is None:
        return "not converged as far as is known: the true residual was not measured in this solve"
    met = " and negative curvature was met" if info.indefinite else ""
    if not residual <= CONVERGED:
        return f"not converged: the true residual is {residual:.2g} ‖v‖{met}"
    if info.indefinite:
        return f"indefinite: negative curvature was met, though the true residual is {residual:.2g} ‖v‖"
    where = "on this Krylov space" if info.smallest_ritz is not None else "along its directions"
    return f"converged: the true residual is {residual:.2g} ‖v‖, with no negative curvature {where}"


def _disguise(info: SolveInfo) -> str:
    if info.distance <= DISGUISED:
        return f"identity in disguise: ‖v_IJ − v‖ is {info.distance:.2g} ‖v‖"
    return ""
