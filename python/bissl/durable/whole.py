"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ..errors import FileMissing
from .flushing import flush, flush_names


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file of another name in the same folder, flushes it, and gives it the name ``path``.

    Raises
    ------
    FileMissing (FileNotFoundError) : the folder does not exist.
    OSError : as the writing raises it; the unfinished file is removed.
    """
    if not path.parent.is_dir():
        raise FileMissing(f"{path.parent}: there is no such folder to write {path.name} to")
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
            flush(file, path.parent)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    flush_names(path.parent)


def rename(source: Path, target: Path) -> None:
    """Gives a file that is flushed the name of another in the same folder, which it replaces."""
    os.replace(source, target)
    flush_names(target.parent)


def append(path: Path, content: bytes) -> None:
    """Adds to the end of a file, which is made where it is missing: all of it, or nothing where the writing fails."""
    began = path.stat().st_size if path.exists() else None
    try:
        with open(path, "ab") as file:
            file.write(content)
            flush(file, path.parent)
    except OSError:
        if path.exists():
            os.truncate(path, began or 0)
        raise
    if began is None:
        flush_names(path.parent)
