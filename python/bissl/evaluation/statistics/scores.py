"""What runs score: counts of correct predictions or fractions, never bare numbers of a unit that must be guessed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np

from ...arrays import as_array
from ...errors import InvalidArgument, WrongType, checked_real

#: The pretrained backbone that each run began from, by any name. None: every run began from one of its own.
Backbones = Sequence[Hashable] | None


@dataclass(frozen=True)
class Counts:
    """Correct predictions of the runs of an arm. Ties between counts are exact.

    Parameters
    ----------
    correct : tuple of int
        Correct of each run, 0 to ``images``.
    images : int
        On how many test images, the same for all runs.
    backbones : tuple of Hashable or None, optional
        The pretrained backbone that each run began from, by any name; None: every run has one of its own.

    Raises
    ------
    WrongType (TypeError)
        A count that is no integer.
    InvalidArgument (ValueError)
        No run, a count that cannot be, another number of backbones than of runs.

    Examples
    --------
    >>> scores = bissl.statistics.Counts((93, 95), images=100, backbones=(0, 1))
    >>> scores.fractions.tolist()
    [0.93, 0.95]
    """

    correct: tuple[int, ...]
    images: int
    backbones: tuple[Hashable, ...] | None = None

    def __post_init__(self) -> None:
        images = _integer(self.images, "images")
        if images < 1:
            raise InvalidArgument(f"images: expected at least 1 test image, got {images}")
        correct = checked_counts(self.correct, "correct")
        if min(correct) < 0 or max(correct) > images:
            raise InvalidArgument(f"correct: expected counts of 0 to {images} correct predictions, got {correct[:5]}")
        object.__setattr__(self, "correct", tuple(correct))
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "backbones", checked_backbones(self.backbones, len(correct)))

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.correct)

    @property
    def fractions(self) -> np.ndarray:
        """The accuracy of each run in 0..1, float64 (runs,)."""
        return np.array(self.correct, np.float64) / self.images


@dataclass(frozen=True)
class Fractions:
    """Scores of the runs of an arm as ``score()`` gives them: accuracy or mean average precision in 0..1, a coefficient
    of determination of at most 1.

    Parameters
    ----------
    values : tuple of float
        The score of each run; 0.939 where a table says 93.9.
    backbones : tuple of Hashable or None, optional
        As of `Counts`.

    Raises
    ------
    WrongType (TypeError)
        Integers, which are counts.
    InvalidArgument (ValueError)
        No run, a score that is not finite or above 1, another number of backbones than of runs.

    Examples
    --------
    >>> bissl.statistics.Fractions((0.939, 0.951)).fractions.tolist()
    [0.939, 0.951]
    """

    values: tuple[float, ...]
    backbones: tuple[Hashable, ...] | None = None

    def __post_init__(self) -> None:
        given = _listed(self.values, "values")
        values = checked_numbers(given, "values")
        if np.asarray(given).dtype.kind in "biu":
            raise WrongType(
                f"values: expected scores in 0..1, got the integers {given[:5]}; say of how many images they "
                "are counts: Counts(correct, images)"
            )
        if max(values) > 1:
            raise InvalidArgument(
                f"values: expected scores in 0..1 as score() gives them, got {max(values):g}; divide per cent by 100, or "
                "give counts as Counts(correct, images)"
            )
        object.__setattr__(self, "values", tuple(values.tolist()))
        object.__setattr__(self, "backbones", checked_backbones(self.backbones, len(values)))

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.values)

    @property
    def fractions(self) -> np.ndarray:
        """The values, float64 (runs,)."""
        return np.array(self.values)


#: The scores of the runs of one arm.
Scores = Counts | Fractions


def as_scores(values: Scores | Sequence[float] | np.ndarray, name: str = "values", images: int | None = None) -> Scores:
    """Scores as they are; plain numbers as fractions, or as counts where the number of ``images`` is given. Messages
    call them ``name``.

    Parameters
    ----------
    values : Counts or Fractions, sequence of float or ndarray
        Scores, or plain numbers.
    name : str, default "values"
        What messages call them.
    images : int or None, optional
        On how many test images, where the numbers are counts.

    Returns
    -------
    Counts or Fractions
        Counts, or fractions.

    Raises
    ------
    TypeError, ValueError
        As `Counts` and `Fractions`.

    Examples
    --------
    >>> bissl.statistics.as_scores([93, 95], images=100).fractions.tolist()
    [0.93, 0.95]
    """
    if isinstance(values, Counts | Fractions):
        if images is not None and not (isinstance(values, Counts) and values.images == images):
            given = (
                f"some of {values.images}" if isinstance(values, Counts) else "fractions, for which images says nothing"
            )
            raise InvalidArgument(f"{name}: expected counts of {images} test images, got {given}")
        return values
    try:
        if images is None:
            return Fractions(tuple(_listed(values, "values")))
        return Counts(tuple(checked_counts(values, "correct")), images)
    except (InvalidArgument, WrongType) as error:
        text = str(error)
        for field in ("values", "correct"):
            text = text.removeprefix(f"{field}: ")
        raise type(error)(f"{name}: {text}") from None


def percent(fraction: float) -> str:
    """A score of at most 1 as per cent with one decimal, without the sign: 0.939 is "93.9".

    Parameters
    ----------
    fraction : float
        At most 1.

    Returns
    -------
    str
        Text.

    Raises
    ------
    TypeError, ValueError
        No number, NaN, infinite or above 1.

    Examples
    --------
    >>> bissl.statistics.percent(0.939)
    '93.9'
    """
    if checked_real("fraction", fraction) > 1:
        raise InvalidArgument(f"fraction: expected a score in 0..1, got {fraction:g}; divide per cent by 100")
    return f"{100 * fraction:.1f}"


def checked_counts(values: Any, name: str) -> list[int]:
    """At least one integer, as Python's (of any size)."""
    counts = [_integer(value, name) for value in _listed(values, name)]
    if not counts:
        raise InvalidArgument(f"{name}: expected at least one run, got none")
    return counts


def checked_numbers(values: Any, name: str) -> np.ndarray:
    """At least one finite number, float64."""
    numbers = as_numbers(values, name)
    if not numbers.size:
        raise InvalidArgument(f"{name}: expected one number per run of at least one run, got none")
    if not np.isfinite(numbers).all():
        place = int(np.argmin(np.isfinite(numbers)))
        raise InvalidArgument(f"{name}: expected finite scores, got {numbers[place]} at index {place}")
    return numbers


def as_numbers(values: Any, name: str, of: str = "run") -> np.ndarray:
    """float64 (n,), NaN and infinity included; no text, no booleans."""
    given = _listed(values, name)
    try:
        if any(isinstance(value, str | bytes | bool | np.bool_) or np.iscomplexobj(value) for value in given):
            raise TypeError
        numbers = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise WrongType(f"{name}: expected one number per {of}, got {values!r:.80}") from None
    if numbers.ndim != 1:
        raise InvalidArgument(f"{name}: expected one number per {of}, got shape {numbers.shape}")
    return numbers


def of_one_size(*arms: np.ndarray) -> tuple[int, list[np.ndarray]]:
    """The arms over a power of two, so that sums and squares neither overflow nor vanish; and its exponent."""
    exponent = int(np.frexp(max(np.abs(arm).max() for arm in arms))[1])
    return exponent, [np.ldexp(arm, -exponent) for arm in arms]


def in_size(exponent: int, value: float) -> float:
    """What was found of arms `of_one_size`, in their unit; infinite where that is beyond all floats. What is not known is one
    object, so that records that are the same are equal."""
    with np.errstate(over="ignore"):
        return math.nan if math.isnan(value) else float(np.ldexp(value, exponent))


def checked_backbones(backbones: Any, runs: int, name: str = "backbones") -> tuple[Hashable, ...] | None:
    """One per run, where there are any."""
    if backbones is None:
        return None
    if isinstance(backbones, str):
        raise WrongType(f'{name}: expected one backbone per run, got the text "{backbones}"')
    if not isinstance(backbones, Iterable):
        raise WrongType(f"{name}: expected one backbone per run, got {backbones!r:.80}")
    named = tuple(value.item() if isinstance(value, np.generic) else value for value in backbones)
    if len(named) != runs:
        raise InvalidArgument(f"{name}: expected one for each of {runs} runs, got {len(named)}")
    for one in named:
        if not isinstance(one, Hashable):
            raise WrongType(f"{name}: expected names such as numbers or texts, got {one!r:.80}")
    return named


def _listed(values: Any, name: str) -> list[Any]:
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise WrongType(f"{name}: expected one number per run, got {values!r:.80}")
    if isinstance(values, np.ma.MaskedArray):
        as_array(values, name)
    return list(values)


def _integer(value: Any, name: str) -> int:
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return index(value)
    except TypeError:
        raise WrongType(
            f"{name}: expected integer counts of correct predictions, got {value!r}; multiply accuracies by the number "
            "of test images and round, or give scores that are no counts a tolerance"
        ) from None
