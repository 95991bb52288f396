"""Files and their names to the disk."""

from __future__ import annotations

import errno
import os
from typing import IO, Any

from .refusals import GivenPath, as_path
from .warned import warn_if_absent

_CONTENT = "cannot flush files to the disk: what was written last may be lost where the machine, not only the run, dies"
_NAMES = "cannot flush the names of files: the last file may be missing where the machine, not only the run, dies"


def flush(file: IO[Any], folder: GivenPath) -> None:
    """What was written to a file of the folder is on the disk when this returns, where the file system can say so.

    Parameters
    ----------
    file : file
        Open for writing.
    folder : str or path
        That the file lies in, for messages.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        As the system raises it.

    Examples
    --------
    >>> from pathlib import Path
    >>> with open("flushed", "wb") as file:
    ...     _ = file.write(b"content")
    ...     bissl.durable.flush(file, Path("."))
    """
    folder = as_path("folder", folder)
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        warn_if_absent(error, folder, _CONTENT)


def flush_names(folder: GivenPath) -> None:
    """A folder's names to the disk: without it, a crash of the machine may undo a renaming.

    Parameters
    ----------
    folder : str or path
        Whose names are to last.

    Returns
    -------
    None
        Nothing.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        As the system raises it.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.durable.flush_names(Path("."))
    """
    folder = as_path("folder", folder)
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # written to, but not listed
        return warn_if_absent(OSError(errno.ENOTSUP, ""), folder, _NAMES)
    try:
        os.fsync(descriptor)
    except OSError as error:
        warn_if_absent(error, folder, _NAMES)
    finally:
        os.close(descriptor)
