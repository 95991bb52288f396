"""Room on a disk before it is needed."""

from __future__ import annotations

import errno
import os
from typing import IO, Any

from .refusals import GivenPath, as_path, disk_full, free_bytes, free_space, megabytes
from .warned import warn_if_absent

_RESERVING = "cannot reserve space: that the disk does not fill up meanwhile is not guaranteed"


def require_space(folder: GivenPath, size: int, what: str) -> None:
    """DiskFull before anything is written, where ``size`` bytes do not fit.

    Parameters
    ----------
    folder : str or path
        Where it is going to be written.
    size : int
        Bytes.
    what : str
        What is going to be written, for the message.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    DiskFull (OSError)
        It does not fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.durable.require_space(Path("."), 1000, "the example")
    """
    folder = as_path("folder", folder)
    if size > free_bytes(folder):
        raise disk_full(folder, what, f"it needs {megabytes(size)}, {free_space(folder)} are free")


def reserve(file: IO[Any], size: int, folder: GivenPath) -> None:
    """Takes the bytes of a file of the folder from the disk and makes it that long. OSError (ENOSPC) where there are not
    as many; where the file system cannot reserve, they are only counted.

    Parameters
    ----------
    file : file
        Open for writing.
    size : int
        Bytes.
    folder : str or path
        That the file lies in, for messages.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        There are not as many bytes (ENOSPC).

    Examples
    --------
    >>> from pathlib import Path
    >>> with open("reserved", "wb") as file:
    ...     bissl.durable.reserve(file, 100, Path("."))
    >>> Path("reserved").stat().st_size
    100
    """
    folder = as_path("folder", folder)
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        warn_if_absent(error, folder, _RESERVING)
        if size - os.fstat(file.fileno()).st_blocks * 512 > free_bytes(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(folder)) from error
    file.truncate(size)
