"""Learning rates, and the decay of BYOL's target, as functions of the step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .._engine import LARGEST
from ..errors import InvalidArgument, checked_integer, checked_number, checked_real, checked_share


@dataclass(frozen=True)
class CosineSchedule:
    """Linear warm-up from 0, then half a cosine down to ``0.001 * base``.

    Step ``s`` (counted from 0) runs at rate ``schedule(s)``: set the rate, then take the step. ::

        s < warmup:   base * s / warmup
        s >= warmup:  base * (q + 0.001 * (1 - q)),  q = (1 + cos(pi * (s - warmup) / (total - warmup))) / 2

    Rates are used as given, not scaled by the batch size. The BiSSL authors' scheduler advances after the optimiser, so
    their first step runs at the full base rate; here it runs at 0 as intended.

    Source: the VICReg code, which the paper (section 4.2.1) follows.

    Parameters
    ----------
    base : float
        Rate at the end of the warm-up, finite and not negative.
    total : int
        Number of steps, at least 1. ``schedule(total)`` is the end of the curve, ``0.001 * base``.
    warmup : int, default 0
        Steps of linear warm-up, less than ``total``.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number that is none or out of range.

    Examples
    --------
    >>> schedule = bissl.CosineSchedule(base=1.0, total=100, warmup=10)
    >>> schedule(5), schedule(10), round(schedule(100), 6)
    (0.5, 1.0, 0.001)
    """

    base: float
    total: int
    warmup: int = 0

    final_fraction = 0.001

    def __post_init__(self) -> None:
        checked_number("base", self.base, most=LARGEST)
        object.__setattr__(self, "total", checked_integer("total", self.total, 1))
        object.__setattr__(self, "warmup", checked_integer("warmup", self.warmup))
        if not 0 <= self.warmup < self.total:
            raise InvalidArgument(
                f"warmup: expected 0 to {self.total - 1} steps, fewer than the total of {self.total}, "
                f"got {self.warmup}; shorten the warm-up or train longer"
            )

    def __call__(self, step: int) -> float:
        """The rate of step ``step`` in 0..total."""
        if not 0 <= checked_real("step", step) <= self.total:
            raise InvalidArgument(f"step: expected 0 to {self.total}, got {step}")
        if step < self.warmup:
            return self.base * step / self.warmup
        progress = (step - self.warmup) / (self.total - self.warmup)
        share = (1 + math.cos(math.pi * progress)) / 2
        return self.base * (share + self.final_fraction * (1 - share))


@dataclass(frozen=True)
class CosineDecay:
    """The decay of BYOL's target network, from ``base`` up to 1 on half a cosine (Grill et al. 2020, section 3.2):

    ::

        1 - (1 - base) * (1 + cos(pi * step / total)) / 2

    It stays 1 after ``total`` steps: the target then stands still.

    Parameters
    ----------
    base : float
        Decay of step 0, from 0 to 1.
    total : int
        Number of steps, at least 1.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number that is none or out of range.

    Examples
    --------
    >>> decay = bissl.CosineDecay(base=0.99, total=100)
    >>> decay(0), decay(100)
    (0.99, 1.0)
    """

    base: float
    total: int

    def __post_init__(self) -> None:
        checked_share("base", self.base)
        object.__setattr__(self, "total", checked_integer("total", self.total, 1))

    def __call__(self, step: int) -> float:
        """The decay of step ``step`` ≥ 0."""
        return (
            1
            - (1 - self.base) * (1 + math.cos(math.pi * min(checked_number("step", step), self.total) / self.total)) / 2
        )
