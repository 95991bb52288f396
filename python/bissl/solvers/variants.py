"""Variants of the implicit term that need no solve (paper, section B.9.5)."""

from __future__ import annotations

from .base import EngineSolver


class Identity(EngineSolver):
    """v_IJ = v: the implicit Jacobian is taken for the identity. ``true_residual``: report ‖v − Av‖, for one product."""

    def __init__(self, true_residual: bool = False) -> None:
        super().__init__("identity", true_residual=true_residual)

    def __repr__(self) -> str:
        return "Identity()"


class DiscardedImplicitTerm(EngineSolver):
    """v_IJ = 0: the upper level does not feel the lower one."""

    def __init__(self) -> None:
        super().__init__("none")

    def __repr__(self) -> str:
        return "DiscardedImplicitTerm()"
