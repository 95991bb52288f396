"""What all solvers share."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import _engine
from .._engine import dtype
from ..configured import Configured, wrong_object
from ..errors import InvalidArgument, NonFinite, WrongType, check_option, checked_flag, checked_integer
from ..models.vectors import FlatVector, flatten, norm, squarable_scale
from . import verdict
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
    smallest_ritz : float or None, optional
        The least Ritz value of A on the Krylov space of the solve, where it is known: at least A's least eigenvalue.
    solved : bool, default True
        Whether the solver solved a system: False where v_IJ = v or 0 by choice.
    products : int, default 0
        Hessian products that it took.
    diverged : bool, default False
        Whether the solve ended with a residual above ‖v‖, or broke off before that.
    seconds : float, default 0.0
        Wall time.
    v_norm : float, default nan
        ‖v‖.
    damping : float or None, optional
        λ_damp that it was solved with; None where none was needed to be found.
    cosine : float, default nan
        Cos(v_IJ, v), 0 where either is 0.
    relative_length : float, default nan
        ‖v_IJ‖/‖v‖.
    distance : float, default nan
        ‖v_IJ − v‖/‖v‖.

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
    #: ‖v − Ax‖ of the solution: where it was asked for or is known without a product, and in the first solve of an alternation.
    true_residual: float | None = None
    #: The least Ritz value of A on the Krylov space of the solve, where it is known: at least A's least eigenvalue.
    smallest_ritz: float | None = None
    #: Whether the solver solved a system: False where v_IJ = v or 0 by choice.
    solved: bool = True
    #: Products A d that were taken, that of a true residual included. Each is one Hessian product.
    products: int = 0
    #: A series was cut off before its residual rose: the system is indefinite, or the scale too small.
    diverged: bool = False
    #: Wall time.
    seconds: float = 0.0
    #: ‖v‖
    v_norm: float = float("nan")
    #: λ_damp that it was solved with; None where none was needed to be found.
    damping: float | None = None
    #: cos(v_IJ, v), 0 where either is 0; ‖v_IJ‖/‖v‖; ‖v_IJ − v‖/‖v‖.
    cosine: float = float("nan")
    relative_length: float = float("nan")
    distance: float = float("nan")

    @property
    def verdict(self) -> str:
        """A sentence that begins with what became of the solve:

        - "converged": ‖v − Ax‖ ≤ 0.1 ‖v‖, measured or known, and no negative curvature met;
        - "not converged": it is above, or was not measured;
        - "indefinite": it is not, but negative curvature or a negative Ritz value was met;
        - "nothing to solve": v is 0, and so is v_IJ;

        and adds "identity in disguise" where ‖v_IJ − v‖ ≤ 0.1 ‖v‖.
        """
        return verdict.sentence(self)

    @property
    def converged(self) -> bool | None:
        """Whether the verdict begins with "converged"; None where the true residual is not known."""
        if not self.solved or self.relative_residual is None:
            return None
        return self.relative_residual <= verdict.CONVERGED and not self.indefinite

    @property
    def indefinite(self) -> bool:
        """Whether a direction or a Ritz value of negative curvature was met, beyond rounding."""
        least = min(self.curvature, default=0.0)
        along = least < -1e-12 * max(map(abs, self.curvature), default=0.0)
        return along or (self.smallest_ritz is not None and self.smallest_ritz < -1e-6)

    @property
    def relative_residual(self) -> float | None:
        """‖v − Ax‖/‖v‖, where the true residual is known and ‖v‖ is a positive number."""
        if self.true_residual is None:
            return None
        return self.true_residual / self.v_norm if 0 < self.v_norm < math.inf else None

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
    #: Whether H has to be positive semi-definite, as a Gauss-Newton product is.
    needs_definite: bool = False

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
    """A solver of the engine, by its kind and the settings of that kind."""

    nonfinite: str
    true_residual: bool
    _fixed: Iterable[str] = ("nonfinite", "true_residual")

    def __init__(self, kind: str, *, nonfinite: str = "raise", true_residual: bool = False, **settings: Any) -> None:
        self._fix(nonfinite=checked_policy(nonfinite), true_residual=checked_flag("true_residual", true_residual))
        common = {"nonfinite": self.nonfinite, "true_residual": self.true_residual}
        self._settings = kind, settings | common
        self._handle = _engine.solver_create(*self._settings)

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        x, info, _ = self._solve(system, checked_implicit(system).engine_system(), self._handle, v, start)
        return x, info

    def _solve(
        self, system: ImplicitSystem, engine_system: Any, solver: Any, v: Any, start: Any
    ) -> tuple[FlatVector, SolveInfo, float]:
        """x, how the solve went, and the factor that A − I was shrunk by."""
        v = flatten(v, system.layout, "v")
        start = np.empty(0, dtype) if start is None else flatten(start, system.layout, "start")
        x, info, shrinkage = solved_by_engine(engine_system, v, start, solver)
        return FlatVector(x, system.layout), info, shrinkage

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_handle"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handle = _engine.solver_create(*self._settings)


def solved_by_engine(
    engine_system: Any, v: np.ndarray, start: np.ndarray, solver: Any
) -> tuple[np.ndarray, SolveInfo, float]:
    """x, how the solve went, and the factor that A − I was shrunk by.

    The engine takes squares as they are. v whose squares double precision does not hold is solved for at another scale, which x
    and the residuals are brought back from; dᵀAd, itself a square, is that of the scaled directions.
    """
    scale = squarable_scale(v, start)
    began = time.perf_counter()
    scaled, scaled_start = (v, start) if scale == 1 else (v / scale, start / scale)
    report = _engine.solve(engine_system, scaled, scaled_start, solver)
    seconds = time.perf_counter() - began
    told = json.loads(_engine.report_describe(report))
    shrinkage = told.pop("shrinkage")
    info = replace(SolveInfo(**told), seconds=seconds, v_norm=norm(v))
    x = _engine.array(_engine.report_solution(report))
    if scale == 1:
        return x, info, shrinkage
    residual = None if info.true_residual is None else scale * info.true_residual
    residuals = [scale * each for each in info.residuals]
    return x * scale, replace(info, residuals=residuals, true_residual=residual), shrinkage


def checked_implicit(system: Any) -> ImplicitSystem:
    """WrongType unless it is an implicit system."""
    if not isinstance(system, ImplicitSystem):
        raise wrong_object("system", "a bissl.solvers.ImplicitSystem of a linearization", system)
    return system


def checked_answer(answer: Any, system: ImplicitSystem, whose: str, scale: float = 1.0) -> tuple[FlatVector, SolveInfo]:
    """What a `Solver.solve` or a hypergradient's ``term`` returned, (x, info), with ``scale`` times x in the engine's precision.

    Raises
    ------
    WrongType (TypeError) : no such pair, or an x of no real numbers.
    InvalidArgument (ValueError) : an x of another shape.
    NonFinite (FloatingPointError) : an x that is not finite.
    """
    parts = answer if isinstance(answer, tuple | list) else ()
    if len(parts) != 2 or not isinstance(parts[1], SolveInfo):
        got = f"({', '.join(type(part).__name__ for part in parts)})" if parts else type(answer).__name__
        raise WrongType(
            f"{whose}: expected it to return (x, info), an array of shape ({system.size},) and a bissl.SolveInfo, got {got}; "
            "write return x, bissl.SolveInfo(iterations=0)"
        )
    x = checked_solution(parts[0], system, whose, scale)
    if broken := nonfinite_segments(x):
        raise NonFinite(
            f"{whose}: v_IJ is not finite in segment '{broken[0]}'; nothing was changed. Raise damping or lam"
        )
    return x, parts[1]


def checked_solution(x: Any, system: ImplicitSystem, whose: str, scale: float = 1.0) -> FlatVector:
    """``scale`` times x in the engine's precision. WrongType for what is no array of real numbers, InvalidArgument for
    another shape."""
    try:
        array = np.asarray(x)
    except (TypeError, ValueError):  # of lists that are no array
        array = np.empty(0, object)
    if array.dtype.kind not in "fiu":
        got = f"dtype {array.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise WrongType(f"{whose}: expected it to return an array of real numbers, got {got}")
    if array.shape != (system.size,):
        raise InvalidArgument(f"{whose}: expected it to return shape ({system.size},), got {array.shape}")
    with np.errstate(over="ignore"):
        array = np.asarray(array if scale == 1 else scale * np.asarray(array, np.float64), dtype)
    return FlatVector(array, system.layout)


def nonfinite_segments(x: FlatVector) -> list[str]:
    """The names of those in which something is NaN or infinite."""
    # Of a plain array: NumPy crashes where it is refused the memory to wrap a subclass's.
    if np.isfinite(np.asarray(x)).all():
        return []
    return [name for name, segment in x.items() if not np.isfinite(segment).all()]


def checked_iterations(value: Any, name: str = "iterations") -> int:
    """A whole number of at least 1."""
    return checked_integer(name, value, 1)


def checked_policy(nonfinite: Any) -> str:
    return check_option("nonfinite", nonfinite, POLICIES)
