"""How often a run is saved."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ..errors import InvalidArgument, WrongType, check_option

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_ROUNDS = ("epoch", "alternation")
_UNITS = ("step", *_ROUNDS, *_SECONDS)
_FORM = 'expected text such as "10 minutes", "100 steps" or "1 epoch"'


@dataclass(frozen=True)
class Moment:
    """How far a run is: steps and rounds (epochs or alternations) done, and a clock in seconds."""

    steps: int
    rounds: int
    seconds: float


@dataclass(frozen=True)
class Interval:
    """A number of steps, of rounds, or of seconds."""

    count: float
    unit: str

    @classmethod
    def parsed(cls, text: str, name: str = "checkpoint_every") -> Interval:
        """From "10 minutes", "100 steps", "1 epoch", "2 alternations".

        Raises
        ------
        TypeError : no text. ValueError : no positive number, or a unit that does not exist (the nearest is named).
        """
        if not isinstance(text, str):
            raise WrongType(f"{name}: {_FORM}, got {type(text).__name__}")
        if not (match := re.fullmatch(r"\s*([0-9.]+)?\s*([A-Za-z]+)\s*", text)):
            raise InvalidArgument(f"{name}: {_FORM}, got {text!r}")
        unit = check_option(name, match[2].lower().removesuffix("s"), _UNITS)
        try:
            count = float(match[1] or 1)
        except ValueError:
            count = math.nan
        if not 0 < count < math.inf or (unit not in _SECONDS and count != int(count)):
            raise InvalidArgument(f"{name}: {_FORM}, got {text!r}")
        if unit in _SECONDS:
            return cls(count * _SECONDS[unit], "second")
        return cls(count, "round" if unit in _ROUNDS else unit)

    def has_passed(self, since: Moment, now: Moment) -> bool:
        name = f"{self.unit}s"
        return bool(getattr(now, name) - getattr(since, name) >= self.count)
