"""Hypergradients by name, with or without options, as objects, as callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...configured import Configured
from ...errors import InvalidArgument, WrongType
from ...solvers import DiscardedImplicitTerm, Identity, NeumannSeries, Nystrom, OwnSolver, Solver, SolverChoice
from ...solvers.choice import made_of
from ...solvers.own import SolverFunction, check_call, checked_function
from ...solvers.solving import default_solver
from .base import Hypergradient
from .implicit import Implicit
from .joint import Joint
from .penalty import Penalty
from .unrolled import Unrolled

#: What makes each: a hypergradient, or the solver of `Implicit`. "implicit" takes the loop's solver.
HYPERGRADIENTS: Mapping[str, Callable[..., Any]] = {
    "implicit": Implicit,
    "identity": Identity,
    "discarded": DiscardedImplicitTerm,
    "neumann": NeumannSeries,
    "nystrom": Nystrom,
    "joint": Joint,
    "unrolled": Unrolled,
    "penalty": Penalty,
}

#: How a loop or a stage is told: None ("implicit"), a hypergradient, a solver (which is implicit's), a name of `HYPERGRADIENTS` (with its defaults),
#: ``{"kind": name}`` with options, or a callable ``function(product, v) -> v_IJ`` with ``product(d)`` = A d.
HypergradientChoice = Hypergradient | Solver | SolverFunction | str | Mapping[str, Any] | None


def as_hypergradient(choice: Any, solver: SolverChoice = None, damping: Any = None) -> Hypergradient:
    """The hypergradient that was chosen; ``solver`` refines "implicit", and no other may come with one.

    ValueError for an unknown name or option (the nearest is told), TypeError for what is none.

    Parameters
    ----------
    choice : object
        As `HypergradientChoice` says.
    solver : Solver, str, callable or None, optional
        That refines "implicit".
    damping : object, optional
        Of the system; "auto" may need a solver that finds it.

    Returns
    -------
    Hypergradient
        The hypergradient.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No hypergradient; a name or option that does not exist.

    Examples
    --------
    >>> bissl.hypergradients.as_hypergradient("unrolled").steps
    5
    """
    if isinstance(solver, Hypergradient) or (isinstance(solver, type) and issubclass(solver, Hypergradient)):
        given = f"{solver.__name__}()" if isinstance(solver, type) else repr(solver)
        raise WrongType(f"solver: expected one of bissl.solvers, got a hypergradient; write hypergradient={given}")
    made = Implicit() if choice is None else _made(choice)
    if isinstance(made, Implicit) and made.solver is None:
        return Implicit(default_solver(damping) if solver is None else solver)
    if solver is not None:
        raise InvalidArgument(
            f'solver: it refines hypergradient="implicit", and hypergradient is {made!r}: leave one of the two out'
        )
    return made


def _made(choice: Any) -> Hypergradient:
    if isinstance(choice, Hypergradient):
        check_call("hypergradient", choice.term, "term(point)", "point")
        return choice
    if isinstance(choice, Solver):
        return Implicit(choice)
    if isinstance(choice, str):
        choice = {"kind": choice}
    if isinstance(choice, Mapping):
        made = made_of("hypergradient", dict(choice), HYPERGRADIENTS)
        return made if isinstance(made, Hypergradient) else Implicit(made)
    if not callable(choice) or isinstance(choice, type):
        hint = f"; write {choice.__name__}()" if isinstance(choice, type) and issubclass(choice, Configured) else ""
        raise WrongType(
            f"hypergradient: expected one of {', '.join(HYPERGRADIENTS)}, a dict with its kind, or a callable "
            f"function(product, v), got {getattr(choice, '__name__', type(choice).__name__)}{hint}"
        )
    checked_function("hypergradient", choice)
    return Implicit(OwnSolver(choice))
