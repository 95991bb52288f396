"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..errors import InvalidState
from .refusals import GivenPath, as_path
from .warned import warn_if_absent

logger = logging.getLogger("bissl")

#: Seconds between two looks at a lock that another one holds, and after which it is said what is waited for.
_BETWEEN, _SILENT = 0.05, 3.0
_LOCKS = "has no locks: that no other process writes here is not guaranteed; start no second run in this folder"


@contextlib.contextmanager
def exclusive(path: GivenPath, busy: str) -> Iterator[None]:
    """Keeps others who do the same from what follows, by a lock on the file ``path``.

    InvalidState (RuntimeError) with the text ``busy`` where another one is at it.

    Parameters
    ----------
    path : str or path
        The file whose lock is taken; it is made where it is missing.
    busy : str
        What the error says where another one holds it.

    Yields
    ------
    None
        Nothing; the lock is held until the block ends.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    InvalidState (RuntimeError)
        Another one is at it.

    Examples
    --------
    >>> from pathlib import Path
    >>> with bissl.durable.exclusive(Path("lock"), "somebody else works here"):
    ...     pass
    """
    path = as_path("path", path)
    with open(path, "w") as file:
        if not _is_taken(file, path):
            raise InvalidState(busy)
        yield


@contextlib.contextmanager
def in_turn(path: GivenPath, busy: str) -> Iterator[None]:
    """Like `exclusive`, but waits until the others are done, or have died. Ctrl-C ends it.

    Parameters
    ----------
    path : str or path
        The file whose lock is taken; it is made where it is missing.
    busy : str
        What is logged where that takes more than a few seconds.

    Yields
    ------
    None
        Nothing; the lock is held until the block ends.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> with bissl.durable.in_turn(Path("lock"), "waiting for somebody else"):
    ...     pass
    """
    path = as_path("path", path)
    with open(path, "w") as file:
        told_at: float | None = time.monotonic() + _SILENT
        while not _is_taken(file, path):
            if told_at is not None and time.monotonic() >= told_at:
                logger.warning("%s", busy)
                told_at = None
            time.sleep(_BETWEEN)
        yield


def _is_taken(file: IO[str], path: Path) -> bool:
    """Whether the file's lock is this one's now. Where the file system has none, it is, with a warning."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        warn_if_absent(error, path.parent, _LOCKS)
    return True
