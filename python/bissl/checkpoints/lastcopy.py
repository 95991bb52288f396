"""The state after a step, kept in memory: what is saved where the next step is broken off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .interval import Moment
from .tree import is_finite

#: Of the time that a run takes, so much at most goes into copies.
SHARE = 0.02


class LastCopy:
    """A copy of the state of a run between two steps, renewed as often as costs at most `SHARE` of the time: after every
    step where steps take long. It is finite, as saving asks: where the state no longer is, the copy before stays.

    take : copies the state as it is now, given the moment.
    """

    def __init__(self, take: Callable[[Moment], dict[str, Any]]) -> None:
        self._take = take
        self._due = 0.0
        #: Moment and state in one, so that a signal never finds one without the other.
        self.found: tuple[Moment, dict[str, Any]] | None = None

    def renew(self, moment: Moment) -> None:
        """Takes a copy, unless the last one is too recent for its cost."""
        began = time.monotonic()
        if began >= self._due:
            state = self._take(moment)
            if is_finite(state):
                self.found = moment, state
            ended = time.monotonic()
            self._due = ended + (ended - began) / SHARE
