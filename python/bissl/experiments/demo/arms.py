"""The arms that the demo compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...solvers import ConjugateGradient, DiscardedImplicitTerm, Solver


@dataclass(frozen=True)
class Arm:
    """A way from the pretrained backbone to a fine-tuned one. ``solver`` makes BiSSL's solver; None is no BiSSL."""

    name: str
    solver: Callable[[], Solver] | None = None


PLAIN = Arm("FT")
DISCARDED = Arm("BiSSL, implicit term discarded, + FT", DiscardedImplicitTerm)
BILEVEL = Arm("BiSSL + FT", ConjugateGradient)

ARMS = (PLAIN, DISCARDED, BILEVEL)
