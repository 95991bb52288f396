"""What a file system cannot do."""

from __future__ import annotations

import errno
import os
import warnings
from pathlib import Path

#: What a system says where it has no such service, in contrast to one that failed.
_ABSENT = frozenset({errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENODEV})

_said: set[tuple[str, str]] = set()


class DurabilityWarning(UserWarning):
    """A file system that cannot guarantee what is guaranteed elsewhere; the text says what.

    Examples
    --------
    >>> issubclass(bissl.durable.DurabilityWarning, UserWarning)
    True
    """


def warn_if_absent(error: OSError, folder: Path, consequence: str) -> None:
    """Says, once per folder, what is not guaranteed there. Raises ``error`` where it says something else than that the
    file system has no such service."""
    if error.errno not in _ABSENT:
        raise error
    place = os.path.abspath(folder)
    if (place, consequence) not in _said:
        _said.add((place, consequence))
        message = f"{folder}: its file system {consequence} (it says: {os.strerror(error.errno)})"
        warnings.warn(message, DurabilityWarning, stacklevel=2)
