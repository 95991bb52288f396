"""What can go wrong when files are written, in words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import DiskFull, NotWritable

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """DiskFull or NotWritable in place of what the system says, where that is what it says."""
    try:
        yield
    except (DiskFull, NotWritable):
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise _disk_full(folder, f"{os.strerror(error.errno)}, {_free(folder)} are free") from error
        if error.errno in _REFUSED:
            raise NotWritable(
                error.errno,
                f"checkpoints cannot be written here ({os.strerror(error.errno)}); give another folder",
                str(folder),
            ) from error
        raise


def require_space(folder: Path, size: int) -> None:
    """DiskFull before anything is written, where ``size`` bytes do not fit."""
    if size > shutil.disk_usage(folder).free:
        raise _disk_full(folder, f"it needs {_megabytes(size)}, {_free(folder)} are free")


def _disk_full(folder: Path, figures: str) -> DiskFull:
    return DiskFull(
        errno.ENOSPC,
        f"no room for a checkpoint: {figures}; the checkpoints before it are whole: make room, then run it again",
        str(folder),
    )


def _free(folder: Path) -> str:
    return _megabytes(shutil.disk_usage(folder).free)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB"
