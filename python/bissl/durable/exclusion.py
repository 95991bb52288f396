"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from ..errors import InvalidState
from .warned import warn_if_absent

_LOCKS = "has no locks: that no other process writes here is not guaranteed; start no second run in this folder"


@contextlib.contextmanager
def exclusive(path: Path, busy: str) -> Iterator[None]:
    """Keeps others who do the same from what follows, by a lock on the file ``path``.

    InvalidState (RuntimeError) with the text ``busy`` where another one is at it.

    Parameters
    ----------
    path : Path
        The file whose lock is taken; it is made where it is missing.
    busy : str
        What the error says where another one holds it.

    Yields
    ------
    None
        Nothing; the lock is held until the block ends.

    Raises
    ------
    InvalidState (RuntimeError)
        Another one is at it.

    Examples
    --------
    >>> from pathlib import Path
    >>> with bissl.durable.exclusive(Path("lock"), "somebody else works here"):
    ...     pass
    """
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InvalidState(busy) from error
        except OSError as error:
            warn_if_absent(error, path.parent, _LOCKS)
        yield
