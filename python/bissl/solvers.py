"""Solvers of A v_IJ = v with A = I + H/(λ + damping) (paper, section B.3 and Algorithm 2)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from . import _engine
from .errors import InvalidArgument, check_option


@dataclass(frozen=True)
class SolveInfo:
    """How a solve went. Lists have one entry per iteration unless told otherwise."""

    iterations: int
    #: ‖r‖ of the recursive residual, from ‖v‖ on: one entry more than iterations. Layer-wise it is not ‖v − Ax‖.
    residuals: list[float]
    #: dᵀAd; negative where A is indefinite along the direction.
    curvature: list[float]
    #: Share of segments whose own part of dᵀAd is negative.
    negative_segments: list[float]
    #: Whether every segment of the solution was finite.
    finite: bool
    #: Segments that the policy replaced: {"segment": name, "iteration": first that was not finite}.
    repaired: list[dict[str, Any]] = field(default_factory=list)
    #: ‖v − Ax‖ of the solution, where it was asked for.
    true_residual: float | None = None


class Solver:
    """A linear solver of the engine."""

    def __init__(
        self,
        kind: str,
        iterations: int = 1,
        layerwise: bool = True,
        nonfinite: str = "raise",
        true_residual: bool = False,
    ) -> None:
        self._settings = (kind, iterations, layerwise, nonfinite, true_residual)
        self._handle = _engine.solver_create(*self._settings)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_handle"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handle = _engine.solver_create(*self._settings)


class ConjugateGradient(Solver):
    """Conjugate gradients: exactly ``iterations`` from x₀ = 0.

    Parameters
    ----------
    iterations : N_c of the paper, at least 1.
    layerwise : step lengths α and β per parameter tensor, from its own inner products (the paper's default); False: the
        textbook method.
    nonfinite : what becomes of segments that are not finite: "raise", "zero" (as the authors' code, silently) or
        "identity" (that segment of v). Whatever was replaced is reported.
    true_residual : also report ‖v − Ax‖, for one more Hessian product.
    """

    def __init__(
        self, iterations: int = 5, layerwise: bool = True, nonfinite: str = "raise", true_residual: bool = False
    ) -> None:
        if isinstance(iterations, bool) or not isinstance(iterations, int) or iterations < 1:
            raise InvalidArgument(f"iterations: expected an integer ≥ 1, got {iterations!r}")
        check_option("nonfinite", nonfinite, ("raise", "zero", "identity"))
        super().__init__("cg", iterations, layerwise, nonfinite, true_residual)
        self.iterations = iterations
        self.layerwise = layerwise
        self.nonfinite = nonfinite
        self.true_residual = true_residual

    def __repr__(self) -> str:
        return (
            f"ConjugateGradient(iterations={self.iterations}, layerwise={self.layerwise}, nonfinite={self.nonfinite!r})"
        )


class Identity(Solver):
    """v_IJ = v: the implicit Jacobian is taken for the identity."""

    def __init__(self) -> None:
        super().__init__("identity")

    def __repr__(self) -> str:
        return "Identity()"


class DiscardedImplicitTerm(Solver):
    """v_IJ = 0: the upper level does not feel the lower one (paper, section B.9.5)."""

    def __init__(self) -> None:
        super().__init__("none")

    def __repr__(self) -> str:
        return "DiscardedImplicitTerm()"


def solve_info(description: str) -> tuple[SolveInfo, dict[str, Any]]:
    """The engine's report, and what it holds besides the solve."""
    values = json.loads(description)
    names = SolveInfo.__dataclass_fields__
    return SolveInfo(**{name: values[name] for name in names}), {k: v for k, v in values.items() if k not in names}
