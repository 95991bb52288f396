"""Solvers by name, with or without options, as objects, as callables."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InvalidArgument, WrongType, check_option
from .base import Solver
from .dense import Exact
from .iterative import MINRES, ConjugateGradient, NeumannSeries
from .krylov import Krylov
from .nystrom import Nystrom
from .own import OwnSolver, SolverFunction, check_call, checked_function
from .recycled import RecycledKrylov
from .variants import DiscardedImplicitTerm, Identity

#: Solvers by the names that stages, loops and recipes take.
SOLVERS: Mapping[str, type[Solver]] = {
    "conjugate-gradient": ConjugateGradient,
    "minres": MINRES,
    "krylov": Krylov,
    "recycled-krylov": RecycledKrylov,
    "nystrom": Nystrom,
    "neumann-series": NeumannSeries,
    "exact": Exact,
    "identity": Identity,
    "discarded": DiscardedImplicitTerm,
}

#: How a loop or a stage is told which solver to use: None (layer-wise conjugate gradients), a solver, a name of `SOLVERS`
#: (with its defaults), ``{"kind": name}`` with options, or a callable ``solver(product, v) -> x``.
SolverChoice = Solver | SolverFunction | str | Mapping[str, Any] | None


def as_solver(choice: Any) -> Solver:
    """The solver that was chosen.

    ValueError for an unknown name or option (the nearest is told), TypeError for what is no solver.

    Parameters
    ----------
    choice : object
        A solver, a name of `SOLVERS`, a mapping with ``"kind"``, a callable, or None for the default.

    Returns
    -------
    Solver
        A solver.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No solver; a name or option that does not exist.

    Examples
    --------
    >>> bissl.solvers.as_solver("minres")
    MINRES(...)
    """
    if choice is None:
        return ConjugateGradient()
    if isinstance(choice, Solver):
        check_call("solver", choice.solve, "solve(system, v, start=None)", "system", "v", "start")
        return choice
    if isinstance(choice, str):
        return SOLVERS[check_option("solver", choice, SOLVERS)]()
    if isinstance(choice, Mapping):
        made: Solver = made_of("solver", dict(choice), SOLVERS)
        return made
    if isinstance(choice, type) and issubclass(choice, Solver):
        raise WrongType(f"solver: expected a solver, got its class: write {choice.__name__}()")
    if not callable(choice) or isinstance(choice, type):
        raise WrongType(
            f"solver: expected one of bissl.solvers, its name, a dict, or a callable solver(product, v), "
            f"got {getattr(choice, '__name__', type(choice).__name__)}"
        )
    checked_function("solver", choice)
    return OwnSolver(choice)


def made_of(what: str, options: dict[str, Any], kinds: Mapping[str, Callable[..., Any]]) -> Any:
    """One of ``kinds``, by the name that ``options["kind"]`` is, made with the other options."""
    if "kind" not in options:
        raise InvalidArgument(f'{what}: expected a dict with "kind", such as {{"kind": "{list(kinds)[1]}"}}')
    make = kinds[check_option(f"{what}['kind']", options.pop("kind"), kinds)]
    names = [name for name in inspect.signature(make).parameters if name != "self"]
    for option in options:
        check_option(f"{what} {make.__name__}", option, names)
    return make(**options)
