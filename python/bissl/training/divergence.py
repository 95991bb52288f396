"""Solves of the implicit system that went wrong, told once at the end of a run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

#: A warning is due where more than this share of the solves diverged.
_TOLERATED = 0.1


def warn_of_diverged(history: Sequence[Mapping[str, Any]], damping: float) -> None:
    """Warns where more than a tenth of the solves in the records of `Alternation` diverged."""
    diverged = [went_wrong for record in history for went_wrong in record["diverged"]]
    if not diverged or sum(diverged) <= _TOLERATED * len(diverged):
        return
    worst = max(chain.from_iterable(map(_relative_residuals, history)), default=1.0)
    grew = f", with residuals of up to {worst:.3g} times those of no solve at all" if worst > 1 else ""
    warnings.warn(
        f"BiSSL: {sum(diverged)} of {len(diverged)} solves of the implicit system diverged{grew}"
        f"{_negative_curvature(history)}. Such implicit gradients can point anywhere. Raise damping (it is "
        f"{damping:g}): bissl.analysis.least_damping tells from where on the system is positive definite; or take "
        'product="gauss-newton", with which it always is',
        stacklevel=3,
    )


def _relative_residuals(record: Mapping[str, Any]) -> list[float]:
    """‖r‖/‖v‖ at the end of every solve of which it is known."""
    ends = zip(record["residuals"], record["true_residual"], record["v_norm"], strict=True)
    known = ((r[-1] / v if r and v > 0 else None) if true is None else true for r, true, v in ends)
    return [residual for residual in known if residual is not None]


def _negative_curvature(history: Sequence[Mapping[str, Any]]) -> str:
    shares = [share for record in history for solve in record["negative_segments"] for share in solve]
    return f", and {np.mean(shares):.0%} of the parameter tensors had negative curvature" if shares else ""
