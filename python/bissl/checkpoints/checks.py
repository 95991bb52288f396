"""Whether a state that was saved fits; what does not is named."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ..errors import InvalidArgument, WrongType
from .tree import differences

#: So many differences are listed.
_LISTED = 10


def require_same(what: str, saved: Any, present: Any) -> None:
    """InvalidArgument naming the first differences between settings that were saved and the present ones."""
    if listed := list(islice(differences(saved, present), _LISTED)):
        raise InvalidArgument(f"{what}: {'; '.join(listed)}")


def require_dict(what: str, state: Any) -> Mapping[str, Any]:
    """WrongType unless it is a dict."""
    if not isinstance(state, Mapping):
        raise WrongType(f"{what}: expected a dict as state_dict gives it, got {type(state).__name__}")
    return state


def require_keys(what: str, state: Any, expected: Mapping[str, Any] | set[str]) -> None:
    """The state is a dict with exactly these keys. WrongType or InvalidArgument naming those missing and unexpected."""
    given = set(require_dict(what, state))
    missing, unexpected = sorted(set(expected) - given), sorted(given - set(expected), key=str)
    if missing or unexpected:
        raise InvalidArgument(
            f"{what}: the state is of something else: missing {missing[:_LISTED]}, unexpected {unexpected[:_LISTED]}"
        )
