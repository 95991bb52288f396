"""What bissl raises. Every class derives from `BisslError` and from the Python exception that a user expects."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable

__all__ = [
    "BisslError",
    "DataError",
    "DiskFull",
    "FileMissing",
    "InvalidArgument",
    "InvalidState",
    "MissingPackage",
    "NonFinite",
    "NonFiniteArgument",
    "NotWritable",
    "OutOfMemory",
    "WrongType",
    "check_option",
    "checked_number",
    "checked_share",
    "unknown_option",
]


class BisslError(Exception):
    """The base of all errors that bissl raises itself."""


class InvalidArgument(BisslError, ValueError):
    """An argument of the right type whose value, shape or range is not valid."""


class WrongType(BisslError, TypeError):
    """An argument of the wrong type or dtype; the text names the cast to use."""


class OutOfMemory(BisslError, MemoryError):
    """Memory that cannot be had; the text names operation, shape and bytes. Nothing was taken."""


class InvalidState(BisslError, RuntimeError):
    """A call at the wrong time: out of order, after a fork, or from inside a signal handler."""


class NonFinite(BisslError, FloatingPointError):
    """A loss, gradient or solution that is NaN or infinite; the text names level, step and segment."""


class NonFiniteArgument(NonFinite, InvalidArgument):
    """An argument that holds NaN or infinity, or becomes that; the text names the argument and the place."""


class FileMissing(BisslError, FileNotFoundError):
    """A file or folder that does not exist; the text says what was expected there."""


class DataError(BisslError, ValueError):
    """A file whose content is broken, or not what was expected; the text names the file."""


class DiskFull(BisslError, OSError):
    """Space on a disk that cannot be had; the text says what for, how much, and where. Nothing was lost."""


class NotWritable(BisslError, PermissionError):
    """A folder or file that may not be written to; the text says which."""


class MissingPackage(BisslError, ImportError):
    """A package that this part of bissl needs and that is not installed; the text says how to install it."""


def unknown_option(argument: str, given: str, valid: Iterable[str]) -> InvalidArgument:
    """The error for an option that does not exist. Its text lists the valid ones and names the nearest."""
    options = list(valid)
    by_lower = {option.lower(): option for option in options}
    nearest = [by_lower[match] for match in difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=0.4)]
    listed = ", ".join(f'"{option}"' for option in options)
    hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
    return InvalidArgument(f'{argument}: expected one of {listed}, got "{given}"{hint}')


def check_option(argument: str, given: object, valid: Iterable[str]) -> str:
    """Returns `given` if it is one of `valid`.

    Raises
    ------
    WrongType
        If `given` is not a string.
    InvalidArgument
        If it is none of the valid ones; the text names the nearest.
    """
    options = list(valid)
    if not isinstance(given, str):
        listed = ", ".join(f'"{option}"' for option in options)
        raise WrongType(f"{argument}: expected one of {listed}, got {type(given).__name__}")
    if given not in options:
        raise unknown_option(argument, given, options)
    return given


def checked_number(name: str, value: object) -> float:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise WrongType(f"{name}: expected a number, got {type(value).__name__}")
    if not math.isfinite(value) or value < 0:
        raise InvalidArgument(f"{name}: expected a finite number ≥ 0, got {value}")
    return float(value)


def checked_share(name: str, value: object) -> float:
    """A number from 0 to 1."""
    share = checked_number(name, value)
    if share > 1:
        raise InvalidArgument(f"{name}: expected a number from 0 to 1, got {value}")
    return share
