"""Parts of a network that are chosen by patterns of their names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from ...errors import InvalidArgument, WrongType

#: A regular expression that is looked for in names (``re.search``), or several, of which one is to be found.
Pattern = str | Sequence[str]


def matching(argument: str, pattern: Pattern, names: Iterable[str], kind: str) -> list[str]:
    """The names in which a pattern is found, in order. ``kind``: what they are names of, for messages.

    Raises
    ------
    WrongType : no text. InvalidArgument : no regular expression, or one that is found nowhere; the nearest names are told.
    """
    names = list(names)
    found: set[str] = set()
    for each in _several(argument, pattern):
        matched = {name for name in names if _compiled(argument, each).search(name)}
        if not matched:
            nearest = sorted(names, key=lambda name: -_likeness(each, name))[:3]
            hint = f"the nearest are {', '.join(nearest)}" if nearest else "there are none"
            raise InvalidArgument(f'{argument}: "{each}" is found in the name of no {kind}; {hint}')
        found |= matched
    return [name for name in names if name in found]


def _likeness(pattern: str, name: str) -> float:
    """From 0 to 1: of a pattern and a name, or the part of the name that is nearest."""
    return max(difflib.SequenceMatcher(None, pattern, part).ratio() for part in (name, *name.split(".")))


def _several(argument: str, pattern: Pattern) -> Sequence[str]:
    patterns = [pattern] if isinstance(pattern, str) else pattern
    if (
        not isinstance(patterns, Sequence)
        or not patterns
        or not all(isinstance(each, str) and each for each in patterns)
    ):
        raise WrongType(f'{argument}: expected a pattern such as "qkv|proj" or a list of them, got {pattern!r}')
    return patterns


def _compiled(argument: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InvalidArgument(
            f'{argument}: "{pattern}" is no regular expression ({error}); one that begins with anything is ".*", '
            r'and a dot is "\."'
        ) from None
