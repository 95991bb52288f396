"""What can go wrong when files are written, in words."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import BisslError, DiskFull, NotWritable, checked_path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT, errno.EISDIR, errno.ENAMETOOLONG,
)  # fmt: skip


#: A file or folder, as users give it.
GivenPath = str | os.PathLike[str]


def as_path(name: str, given: GivenPath) -> Path:
    """WrongType or InvalidArgument for what is neither text nor a path, and for empty text."""
    return Path(checked_path(name, given))


@contextlib.contextmanager
def writing(folder: GivenPath, what: str) -> Iterator[None]:
    """DiskFull or NotWritable in place of what the system says, where that is what it says. ``what`` is written, in the
    singular: "checkpoint".

    Parameters
    ----------
    folder : str or path
        Where it is written.
    what : str
        What is written, in the singular: "checkpoint".

    Yields
    ------
    None
        Nothing; what the block raises is translated.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    DiskFull, NotWritable (OSError)
        In place of what the system says.

    Examples
    --------
    >>> from pathlib import Path
    >>> with bissl.durable.writing(Path("."), "example"):
    ...     _ = Path("example").write_text("content")
    """
    folder = as_path("folder", folder)
    try:
        yield
    except BisslError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full(folder, what, f"{error.strerror}, {free_space(folder)} are free") from error
        if error.errno in _REFUSED:
            raise NotWritable(
                error.errno,
                f"{what}s cannot be written here ({error.strerror}); give another folder",
                str(folder),
            ) from error
        raise


def require_writable(folder: GivenPath, what: str) -> None:
    """Makes the folder and tries it, before work is spent on what cannot be kept.

    Parameters
    ----------
    folder : str or path
        Where something is going to be written.
    what : str
        What is written, in the singular: "checkpoint".

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    DiskFull, NotWritable (OSError)
        It cannot be made, or nothing can be written into it.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.durable.require_writable(Path("runs"), "report")
    """
    folder = as_path("folder", folder)
    with writing(folder, what):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def disk_full(folder: Path, what: str, figures: str) -> DiskFull:
    return DiskFull(
        errno.ENOSPC,
        f"no room for a {what}: {figures}; the {what}s before it are whole: make room, then run it again",
        str(folder),
    )


def free_bytes(folder: Path) -> float:
    """Infinite where the file system does not say: some have no total either."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return math.inf
    return usage.free if usage.total else math.inf


def free_space(folder: Path) -> str:
    free = free_bytes(folder)
    return "an unknown number of bytes" if free == math.inf else megabytes(int(free))


def megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB"
