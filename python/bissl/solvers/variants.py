"""Variants of the implicit term that need no solve (paper, section B.9.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..models.vectors import FlatVector
from .base import EngineSolver, SolveInfo, checked_implicit

if TYPE_CHECKING:
    from .system import ImplicitSystem


class Unsolved(EngineSolver):
    """An implicit term by choice: no system is solved."""

    def solve(self, system: ImplicitSystem, v: Any, start: Any = None) -> tuple[FlatVector, SolveInfo]:
        known = (
            None if checked_implicit(system).is_damped else "paper"
        )  # of a damping that is not found yet nothing is asked
        x, info, _ = self._solve(system, system.engine_system(known), self._handle, v, start)
        return x, replace(info, solved=False)


class Identity(Unsolved):
    """v_IJ = v: the implicit Jacobian is taken for the identity. ``true_residual``: report ‖v − Av‖, for one product.

    Parameters
    ----------
    true_residual : bool, default False
        Also report ‖v − Ax‖, for one more product.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> bissl.Identity()
    Identity(...)
    """

    def __init__(self, true_residual: bool = False) -> None:
        super().__init__("identity", true_residual=true_residual)

    def __repr__(self) -> str:
        return "Identity()"


class DiscardedImplicitTerm(Unsolved):
    """v_IJ = 0: the upper level does not feel the lower one.

    Examples
    --------
    >>> bissl.DiscardedImplicitTerm()
    DiscardedImplicitTerm(...)
    """

    def __init__(self) -> None:
        super().__init__("none")

    def __repr__(self) -> str:
        return "DiscardedImplicitTerm()"
