"""What the first process hands the others, as bytes: what it made, or what it raised."""

from __future__ import annotations

import contextlib
import pickle
from typing import Any

from ..errors import InvalidState


def of_value(value: Any) -> bytes:
    """Raises what pickling raises."""
    return pickle.dumps((True, value))


def of_error(error: Exception) -> bytes:
    """Of the same class with the same text, else one in words. Its own pickle calls the class with ``args`` alone, which a
    constructor with parameters of its own need not take."""
    for form in (error, _Remade(error)):
        with contextlib.suppress(Exception):
            message = pickle.dumps((False, form))
            _, copy = pickle.loads(message)
            if type(copy) is type(error) and str(copy) == str(error):
                return message
    return pickle.dumps((False, InvalidState(f"rank 0 raised {type(error).__name__}: {error}")))


def read(message: bytes) -> Any:
    """Returns what was made, raises what was raised."""
    is_value, found = pickle.loads(message)
    if not is_value:
        raise found
    return found


class _Remade:
    """Is unpickled as the exception, made without its constructor."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self._error), self._error.args, vars(self._error))


def _remade(kind: type[Exception], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    vars(error).update(attributes)
    return error
