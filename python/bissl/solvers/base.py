"""What all solvers share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _engine
from .._engine import dtype
from ..configured import Configured
from ..errors import check_option, checked_flag, checked_integer
from ..models.vectors import FlatVector, flatten, norm

if TYPE_CHECKING:
    from .system import ImplicitSystem

#: What becomes of segments of a solution that are not finite: the solve stops; they become 0, as in the authors' code;
#: they become those of v.
POLICIES = ("raise", "zero", "identity")


@dataclass(frozen=True)
class SolveInfo:
    """How a solve went. Lists have one entry per iteration unless told otherwise.

    Parameters
    ----------
    iterations : int
        How many there were.
    residuals : list of float, optional
        ‖r‖ as the method believes, from that of its start on.
    curvature : list of float, optional
        dᵀAd per iteration.
    negative_segments : list of float, optional
        Share of parameter tensors whose part of dᵀAd is negative, per iteration.
    finite : bool, default True
        Whether nothing had to be repaired.
    repaired : list of dict, optional
        Which segments were replaced, and how.
    true_residual : float or None, optional
        ‖v − Ax‖, where it was asked for.
    products : int, default 0
        Hessian products that it took.
    diverged : bool, default False
        Whether the solve ended with a residual above ‖v‖, or broke off before that.
    seconds : float, default 0.0
        Wall time.
    v_norm : float, default nan
        ‖v‖.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> v = np.ones(pretext.backbone.vector.size)
    >>> _, info = linearization.solve(v, bissl.MINRES(3, true_residual=True), lam=0.001, damping=1000.0)
    >>> info.products, info.relative_residual < 0.1
    (4, True)
    """

    iterations: int
    #: ‖r‖ of the recursive residual, from ‖v − Ax₀‖ on: one entry more than iterations. Layer-wise it is not ‖v − Ax‖.
    residuals: list[float] = field(default_factory=list)
    #: dᵀAd of the direction that the iteration multiplied with A; negative where A is indefinite along it.
    curvature: list[float] = field(default_factory=list)
    #: Share of segments whose own part of dᵀAd is negative.
    negative_segments: list[float] = field(default_factory=list)
    #: Whether every segment of the solution was finite.
    finite: bool = True
    #: Segments that the policy replaced: {"segment": name, "iteration": first that was not finite, or None}.
    repaired: list[dict[str, Any]] = field(default_factory=list)
    #: ‖v − Ax‖ of the solution, where it was asked for.
    true_residual: float | None = None
    #: Products A d that were taken, that of a true residual included. Each is one Hessian product.
    products: int = 0
    #: A series was cut off before its residual rose: the system is indefinite, or the scale too small.
    diverged: bool = False
    #: Wall time.
    seconds: float = 0.0
    #: ‖v‖
    v_norm: float = float("nan")

    @property
    def relative_residual(self) -> float | None:
        """‖v − Ax‖/‖v‖, where the true residual was asked for."""
        if self.true_residual is None:
            return None
        return self.true_residual / self.v_norm if self.v_norm > 0 else 0.0

    @property
    def went_wrong(self) -> bool:
        """Whether the solution is worse than 0: a residual ended above ‖v‖, or a series was cut off."""
        last = self.residuals[-1] if self.true_residual is None and self.residuals else self.true_residual
        return self.diverged or (last is not None and last > self.v_norm)


class Solver(Configured):
    """Approximates A⁻¹ v. A subclass writes `solve`. The options of those of bissl stay what they were made with.

    Examples
    --------
    >>> isinstance(bissl.ConjugateGradient(), bissl.solvers.Solver)
    True
    """

    #: Whether `solve` makes use of ``start``.
    takes_start: bool = False

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        """x ≈ A⁻¹ v, and how the solve went.

        Parameters
        ----------
        system : ImplicitSystem
            A.
        v : object
            Flat (n,), or a dict of all parameters by name.
        start : object, optional
            x₀, likewise; None is 0.

        Raises
        ------
        FloatingPointError
            The solution is not finite, and the solver's policy is to stop.
        """
        raise NotImplementedError(f"{type(self).__name__} states no solve")


class EngineSolver(Solver):
    """A solver of the engine."""

    nonfinite: str
    true_residual: bool
    _fixed: Iterable[str] = ("nonfinite", "true_residual")

    def __init__(
        self,
        kind: str,
        iterations: int = 1,
        layerwise: bool = False,
        scale: float = 0.0,
        tolerance: float = 0.0,
        nonfinite: str = "raise",
        true_residual: bool = False,
    ) -> None:
        self._fix(nonfinite=checked_policy(nonfinite), true_residual=checked_flag("true_residual", true_residual))
        self._settings = (kind, iterations, layerwise, scale, tolerance, self.nonfinite, self.true_residual)
        self._handle = _engine.solver_create(*self._settings)

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        v = checked_vector(system, v, "v")
        start = np.empty(0, dtype) if start is None else checked_vector(system, start, "start")
        began = time.perf_counter()
        report = _engine.solve(system._handle, v, start, self._handle)
        seconds = time.perf_counter() - began
        info = SolveInfo(**json.loads(_engine.report_describe(report)), seconds=seconds, v_norm=norm(v))
        return FlatVector(np.asarray(_engine.report_solution(report)), system.layout), info

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_handle"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handle = _engine.solver_create(*self._settings)


def checked_vector(system: ImplicitSystem, values: np.ndarray | Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """A vector of the system, flat, in the engine's precision."""
    return np.asarray(flatten(values, system.layout, name), dtype)


def checked_iterations(value: Any, name: str = "iterations") -> int:
    """A whole number of at least 1."""
    return checked_integer(name, value, 1)


def checked_policy(nonfinite: Any) -> str:
    return check_option("nonfinite", nonfinite, POLICIES)
