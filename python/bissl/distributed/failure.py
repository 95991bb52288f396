"""The end of all processes where one of them cannot go on: the others would wait for it."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from .group import world


def abort(reason: str, status: int = 1) -> None:
    """Says on standard error which process ends all of them and why, and does so. Nothing where this one is alone.

    Parameters
    ----------
    reason : str
        In words.
    status : int, default 1
        Of the processes.

    Raises
    ------
    WrongType (TypeError)
        A reason that is no text.

    Examples
    --------
    >>> bissl.distributed.abort("nobody else is here")  # alone, it does nothing
    """
    group = world()
    if group.size == 1:
        return
    print(f"bissl: rank {group.rank} of {group.size}: {reason}", file=sys.stderr, flush=True)
    group.abort(status)


def abort_on_exceptions() -> None:
    """From now on, an exception that nobody catches ends all processes, not this one alone."""
    before = sys.excepthook

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if world().size == 1:
            before(kind, error, trace)
            return
        traceback.print_exception(kind, error, trace)
        abort(f"{kind.__name__}: {error}", 130 if kind is KeyboardInterrupt else 1)

    sys.excepthook = ended
