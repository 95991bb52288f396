"""Calls that are disturbed at a moment that a test names, and what is then asked of them: the state is as before, and
from there on everything is as with a twin that was left alone, bit for bit."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bissl import _engine

#: The moments that are tried of each call, the first and the last among them; all of them in the long run of the tests.
MOMENTS = 10**9 if os.environ.get("BISSL_TEST_HARD") == "1" else 12
_NEVER = 2**32


@dataclass(frozen=True)
class Disturbance:
    """What may come at the n-th occasion of a call. ``set_countdown(n)`` orders it and answers what was left of the order
    before, 0: none; ``error`` is how the call ends then."""

    set_countdown: Callable[[int], int]
    error: type[BaseException]

    def occasions(self, call: Callable[[], Any]) -> tuple[Any, int]:
        """What the call answers when it is left alone, and how many occasions it gives."""
        self.set_countdown(_NEVER)
        try:
            return call(), _NEVER - self.set_countdown(0)
        finally:
            self.set_countdown(0)

    def hits(self, call: Callable[[], Any], moment: int) -> bool:
        """Makes the call, disturbed at a moment; False where it gave fewer occasions. One that was met is never lost."""
        self.set_countdown(moment)
        try:
            call()
        except self.error:
            assert self.set_countdown(0) == 0
            return True
        assert self.set_countdown(0) > 0, f"what came at moment {moment} was forgotten"
        return False


#: The user asks to stop.
INTERRUPTION = Disturbance(_engine.engine_interrupt_after, KeyboardInterrupt)
#: The system has no memory for a tensor.
SHORTAGE = Disturbance(_engine.engine_refuse_memory_after, MemoryError)


def check_every_moment(
    disturbance: Disturbance, make: Callable[[], Any], call: Callable[[Any], Any], state: Callable[[Any], Any]
) -> None:
    """``call`` on what ``make`` makes, disturbed at its moments: its ``state`` is then as before, and the next call and
    the state after it as on a twin."""
    twin = make()
    before = state(twin)
    answer, count = disturbance.occasions(lambda: call(twin))
    after = state(twin)
    hits = 0
    for moment in moments(count):
        subject = make()
        if not disturbance.hits(lambda subject=subject: call(subject), moment):
            continue
        hits += 1
        assert same(state(subject), before), f"moment {moment} of {count}: the state has changed"
        assert same(call(subject), answer), f"moment {moment} of {count}: the call repeated answers otherwise"
        assert same(state(subject), after), f"moment {moment} of {count}: the state after the repetition differs"
    assert hits > 0


def moments(count: int) -> list[int]:
    """Some of 1 to ``count``, the same for the same count."""
    inner = range(2, count)
    return sorted({1, *random.Random(count).sample(inner, min(MOMENTS, len(inner))), count} - {0})


def same(first: Any, second: Any) -> bool:
    """Whether two trees of arrays and numbers are equal to the bit."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, (np.ndarray, np.generic, float)):
        return np.asarray(first).tobytes() == np.asarray(second).tobytes()
    return first == second
