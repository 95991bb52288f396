"""Solvers that improve an iterate by one product at a time; they run in the engine."""

from __future__ import annotations

import math

from ..errors import InvalidArgument, check_option, checked_flag, checked_number
from .base import EngineSolver, checked_iterations

#: What keeps the denominators of conjugate gradients from 0.
GUARDS = ("relative", "authors")


class ConjugateGradient(EngineSolver):
    """Conjugate gradients: exactly ``iterations``, one product each.

    Parameters
    ----------
    iterations : int, default 5
        N_c of the paper, at least 1.
    layerwise : bool, default True
        Step lengths α and β per parameter tensor, from its own inner products (the paper's default); False: the
        textbook method.
    guard : str, default "relative"
        What is added to the denominators of α and β: "relative", 1e-30 of the tensor's own ‖v‖² (of the whole ‖v‖² in
        the textbook method), so that solutions scale with v; or "authors", 1e-12 as their code does, with which the
        answer is off where ‖v‖ is small (at ‖v‖ = 1e-6 by a third).
    nonfinite : str, default "raise"
        What becomes of segments that are not finite: "raise", "zero" (as the authors' code, silently) or "identity"
        (that segment of v). Whatever was replaced is reported.
    true_residual : bool, default False
        Measure ‖v − Ax‖ in every solve, for one more product. False: in the first of an alternation where the
        recursion does not tell it, as it does not layer-wise.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> bissl.ConjugateGradient(iterations=10, layerwise=False).iterations
    10
    """

    takes_start = True
    iterations: int
    layerwise: bool
    guard: str
    _fixed = ("iterations", "layerwise", "guard")

    def __init__(
        self,
        iterations: int = 5,
        *,
        layerwise: bool = True,
        guard: str = "relative",
        nonfinite: str = "raise",
        true_residual: bool = False,
    ) -> None:
        self._fix(iterations=checked_iterations(iterations), layerwise=checked_flag("layerwise", layerwise))
        self._fix(guard=check_option("guard", guard, GUARDS))
        settings = {"iterations": self.iterations, "layerwise": self.layerwise, "guard": self.guard}
        super().__init__("cg", nonfinite=nonfinite, true_residual=true_residual, **settings)

    def __repr__(self) -> str:
        authors = ', guard="authors"' if self.guard == "authors" else ""
        return (
            f"ConjugateGradient(iterations={self.iterations}, layerwise={self.layerwise}, "
            f"nonfinite={self.nonfinite!r}{authors})"
        )


class MINRES(EngineSolver):
    """The minimal residual method (Paige and Saunders 1975), for symmetric systems, definite or not: after k products x
    is the vector of the Krylov space of A and v with the least ‖v − Ax‖, which never rises. It stops where the condition
    number that it estimates on the way is more than the engine's precision bears, and reports ‖v − Ax‖ itself.

    Parameters
    ----------
    iterations : int, default 5
        The most iterations, one product each.
    tolerance : float, default 0.0
        Stop once ‖r‖ ≤ tolerance·‖v‖.
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
    >>> bissl.MINRES(10, tolerance=1e-3, true_residual=True).tolerance
    0.001
    """

    takes_start = True
    iterations: int
    tolerance: float
    _fixed = ("iterations", "tolerance")

    def __init__(
        self, iterations: int = 5, *, tolerance: float = 0.0, nonfinite: str = "raise", true_residual: bool = False
    ) -> None:
        self._fix(iterations=checked_iterations(iterations), tolerance=checked_number("tolerance", tolerance))
        settings = {"iterations": self.iterations, "tolerance": self.tolerance}
        super().__init__("minres", nonfinite=nonfinite, true_residual=true_residual, **settings)

    def __repr__(self) -> str:
        return f"MINRES(iterations={self.iterations}, tolerance={self.tolerance}, nonfinite={self.nonfinite!r})"


class NeumannSeries(EngineSolver):
    """The Neumann series A⁻¹ = ω Σₖ (I − ωA)ᵏ, cut off (Lorraine, Vicol and Duvenaud 2020).

    It converges where A is positive definite and ω < 2/‖A‖. Where the next term would make the residual rise, which with
    a fixed ω it would do from there on, the sum is cut off and ``diverged`` of the report is True; if that was the first
    term, v_IJ is 0.

    Parameters
    ----------
    terms : int, default 5
        The most terms, one product each.
    scale : float or None, optional
        1/ω. None: the largest ‖Ar‖²/(rᵀAr) met so far, at most ‖A‖, which needs no further product and makes every
        term lower the residual of a positive definite system.
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
    >>> bissl.NeumannSeries(terms=8).terms
    8
    """

    takes_start = True
    terms: int
    scale: float | None
    _fixed = ("terms", "scale")

    def __init__(
        self, terms: int = 5, *, scale: float | None = None, nonfinite: str = "raise", true_residual: bool = False
    ) -> None:
        self._fix(terms=checked_iterations(terms, "terms"), scale=None if scale is None else _checked_scale(scale))
        settings = {"iterations": self.terms} | ({} if scale is None else {"scale": self.scale})
        super().__init__("neumann", nonfinite=nonfinite, true_residual=true_residual, **settings)

    def __repr__(self) -> str:
        return f"NeumannSeries(terms={self.terms}, scale={self.scale}, nonfinite={self.nonfinite!r})"


def _checked_scale(value: float) -> float:
    scale = checked_number("scale", value)
    if scale == 0 or not math.isfinite(1 / scale):
        raise InvalidArgument(f"scale: expected a positive number or None, got {value}")
    return scale
