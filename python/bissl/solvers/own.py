"""Solvers written in Python."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import NonFinite, WrongType, checked_flag
from ..models.vectors import FlatVector, dot, flatten, norm
from .base import SolveInfo, Solver, checked_implicit, checked_policy, checked_solution, nonfinite_segments

if TYPE_CHECKING:
    from .system import ImplicitSystem

#: ``solver(product, v) -> x``, all flat arrays (n,); ``product(d)`` is A d.
SolverFunction = Callable[..., Any]


class PythonSolver(Solver):
    """A solver whose solution Python finds. A subclass writes `solution`; counts, times and checks are made here.

    Parameters
    ----------
    nonfinite, true_residual : as of `bissl.ConjugateGradient`.
    """

    #: How messages call it.
    name: str = "solver"

    nonfinite: str
    true_residual: bool
    _fixed: Iterable[str] = ("nonfinite", "true_residual")

    def __init__(self, *, nonfinite: str = "raise", true_residual: bool = False) -> None:
        self._fix(nonfinite=checked_policy(nonfinite), true_residual=checked_flag("true_residual", true_residual))

    def solution(
        self, system: ImplicitSystem, product: Callable[..., Any], v: FlatVector, start: FlatVector | None
    ) -> Any:
        """x ≈ A⁻¹ v as an array (n,). ``product(d)`` is A d, and counted."""
        raise NotImplementedError(f"{type(self).__name__} states no solution")

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        v = _read_only(flatten(v, checked_implicit(system).layout, "v"), system)
        start = None if start is None else _read_only(flatten(start, system.layout, "start"), system)
        curvature: list[float] = []

        def product(direction: Any) -> FlatVector:
            values = flatten(direction, system.layout, "d")
            image = system.product(values)
            curvature.append(dot(values, image))
            return image

        began, before = time.perf_counter(), system.products
        x = checked_solution(self.solution(system, product, v, start), system, self.name).copy()
        repaired = self._repair(x, v)
        residual = norm(np.asarray(v, np.float64) - product(x)) if self.true_residual else None
        iterations = len(curvature) - self.true_residual
        info = SolveInfo(
            iterations=iterations,
            curvature=curvature[:iterations],
            finite=not repaired,
            repaired=repaired,
            true_residual=residual,
            products=system.products - before,
            seconds=time.perf_counter() - began,
            v_norm=norm(v),
        )
        return x, info

    def _repair(self, x: FlatVector, v: FlatVector) -> list[dict[str, Any]]:
        """Applies the policy to segments that are not finite, in place."""
        broken = nonfinite_segments(x)
        if broken and self.nonfinite == "raise":
            raise NonFinite(
                f"{self.name}: the solution is not finite in segment '{broken[0]}'; nothing was changed. "
                "Raise damping or lam, or choose the policy 'zero' or 'identity'"
            )
        for name in broken:
            x[name] = v[name] if self.nonfinite == "identity" else 0
        return [{"segment": name, "iteration": None} for name in broken]


class OwnSolver(PythonSolver):
    """A callable as a solver: ``function(product, v)`` returns x ≈ A⁻¹ v.

    ``product(d)`` is A d; v, d and x are flat arrays (n,), d may be a dict of all parameters by name; v must not be
    changed. A function that has a parameter ``start`` is given x₀ or None by that name, and can be warm-started. What it
    raises passes as it is, and nothing has changed then.

    Parameters
    ----------
    function : SolverFunction
        ``function(product, v)``, or with a third parameter ``start``.
    nonfinite : str, default "raise"
        "raise", "zero" or "identity", as of `ConjugateGradient`.
    true_residual : bool, default False
        Also report ‖v − Ax‖, for one more product.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No function, or an option out of range.

    Examples
    --------
    >>> solver = bissl.solvers.OwnSolver(lambda product, v: v - (product(v) - v))
    >>> solver.takes_start
    False
    """

    function: SolverFunction
    _fixed = ("function",)

    def __init__(self, function: SolverFunction, *, nonfinite: str = "raise", true_residual: bool = False) -> None:
        takes_start = checked_function("function", function)
        super().__init__(nonfinite=nonfinite, true_residual=true_residual)
        self._fix(function=function)
        self.name = getattr(function, "__name__", type(function).__name__)
        self.takes_start = takes_start

    def solution(
        self, system: ImplicitSystem, product: Callable[..., Any], v: FlatVector, start: FlatVector | None
    ) -> Any:
        return self.function(product, v, start=start) if self.takes_start else self.function(product, v)

    def __repr__(self) -> str:
        return f"OwnSolver({self.name})"


def _read_only(values: np.ndarray, system: ImplicitSystem) -> FlatVector:
    view = FlatVector(values.view(), system.layout)
    view.flags.writeable = False
    return view


def checked_function(argument: str, function: Any) -> bool:
    """Whether a callable ``function(product, v)`` takes a ``start`` too. WrongType for what cannot be called so."""
    if not callable(function) or isinstance(function, type):
        name = getattr(function, "__name__", type(function).__name__)
        raise WrongType(f"{argument}: expected a callable function(product, v), got {name}")
    return "start" in check_call(argument, function, "function(product, v)", "product", "v").parameters


def check_call(argument: str, function: Callable[..., Any], expected: str, *positional: str) -> inspect.Signature:
    """The signature of what is called with so many arguments, and ``start`` by name where it has that.

    WrongType where it takes others, or does not tell what it takes.
    """
    name = getattr(function, "__qualname__", type(function).__name__)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of some builtins
        arguments = ", ".join(positional)
        raise WrongType(
            f"{argument}: expected {expected}, got {name}, which does not tell its parameters; "
            f"write lambda {arguments}: {name}({arguments})"
        ) from None
    named = {"start"} & set(signature.parameters) - set(positional)
    try:
        signature.bind(*positional, **dict.fromkeys(named))
    except TypeError as error:
        raise WrongType(f"{argument}: expected {expected}, got {name}{signature}: {error}") from None
    return signature
