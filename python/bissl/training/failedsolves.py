"""Solves of the implicit system that failed or did nothing, told once at the end of a run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..bilevel.hypergradients.base import Hypergradient
from ..bilevel.hypergradients.implicit import Implicit
from ..solvers.verdict import DISGUISED

#: A warning is due where more than this share of the solves failed, or all but this share did nothing.
_TOLERATED = 0.1


def warn_of_failed_solves(
    history: Sequence[Mapping[str, Any]],
    damping: float | str,
    product: str = "exact",
    term: Hypergradient | None = None,
) -> None:
    """Warns, in one sentence on what happened and one on what to change, where more than a tenth of the solves in the
    records of `Alternation` that were measured did not converge, or the implicit term of nearly all was v itself.

    ``damping``, ``product`` and ``term`` are those of the loop (None: the default one), so that nothing is advised that is set.
    """
    told = _failed(history, damping, product, term) or _did_nothing(history, damping, product, term)
    if told:
        warnings.warn(f"BiSSL: {told}", stacklevel=3)


def _failed(
    history: Sequence[Mapping[str, Any]], damping: float | str, product: str, term: Hypergradient | None
) -> str:
    """Counted are the solves whose true residual is known, or whose own recursion said that they diverged."""
    solves = [
        (converged is False or diverged, diverged)
        for record in history
        for converged, diverged in zip(record["converged"], record["diverged"], strict=True)
        if converged is not None or diverged
    ]
    failed = sum(wrong for wrong, _ in solves)
    if failed <= _TOLERATED * len(solves):
        return ""
    worst = max(chain.from_iterable(map(_relative_residuals, history)), default=1.0)
    grew = f", with residuals of up to {worst:.3g} times those of no solve at all" if worst > 1 else ""
    what = "diverged" if sum(diverged for _, diverged in solves) > failed / 2 else "did not converge"
    return (
        f"{failed} of {len(solves)} measured solves of the implicit system {what}{grew}{_negative_curvature(history)}. "
        f"Such implicit gradients can point anywhere. {_way_out(damping, product, term)}"
    )


def _way_out(damping: float | str, product: str, term: Hypergradient | None) -> str:
    if _is_other(term):
        way = f'take hypergradient="implicit" in place of {term!r}'
    elif damping == "auto":
        way = "take the solver out, so that bissl.Krylov solves at the damping it finds"
    else:
        way = (
            f'take damping="auto", or raise damping (it is {damping:g}): bissl.analysis.least_damping tells from where on the '
            "system is positive definite"
        )
    ways = [way] + [f"{each}, with which it always is" for each in _definite(product, term)]
    return "; or ".join(ways).replace("take", "Take", 1)


def _did_nothing(
    history: Sequence[Mapping[str, Any]], damping: float | str, product: str, term: Hypergradient | None
) -> str:
    distances = [
        distance
        for record in history
        for distance, converged in zip(record["distance"], record["converged"], strict=True)
        if converged is not None
    ]
    nothing = sum(distance <= DISGUISED for distance in distances)
    if not distances or nothing < (1 - _TOLERATED) * len(distances):
        return ""
    if _is_other(term):
        less = 'take hypergradient="implicit"'
    elif damping == "auto":
        less = ", or ".join([*_definite(product, term), "take more iterations of bissl.Krylov"])
    else:
        less = f'take damping="auto", or lower damping (it is {damping:g})'
    return (
        f"the implicit term did nothing: in {nothing} of {len(distances)} measured solves v_IJ was within "
        f'{DISGUISED:g} ‖v‖ of v, which hypergradient="identity" gives without a product. To let the lower level speak, '
        f"{less}"
    )


def _is_other(term: Hypergradient | None) -> bool:
    """Whether v_IJ comes about otherwise than by a solve of the implicit system."""
    return term is not None and not isinstance(term, Implicit)


def _definite(product: str, term: Hypergradient | None) -> list[str]:
    """The advice to take products with which the system is positive definite, where that is not taken and can be."""
    return (
        [] if product == "gauss-newton" or (term is not None and term.needs_exact) else ['take product="gauss-newton"']
    )


def _relative_residuals(record: Mapping[str, Any]) -> list[float]:
    """‖r‖/‖v‖ at the end of every solve of which it is known."""
    ends = zip(record["residuals"], record["true_residual"], record["v_norm"], strict=True)
    known = ((r[-1] / v if r and v > 0 else None) if true is None else true for r, true, v in ends)
    return [residual for residual in known if residual is not None]


def _negative_curvature(history: Sequence[Mapping[str, Any]]) -> str:
    shares = [share for record in history for solve in record["negative_segments"] for share in solve]
    return f", and {np.mean(shares):.0%} of the parameter tensors had negative curvature" if shares else ""
