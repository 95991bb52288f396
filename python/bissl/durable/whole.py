"""Files that are whole or not there."""

from __future__ import annotations

import os
import secrets

from ..distributed import is_first
from ..errors import FileMissing
from .flushing import flush, flush_names
from .refusals import GivenPath, as_path


def write_atomically(path: GivenPath, content: bytes) -> None:
    """Writes a file of another name in the same folder, flushes it, and gives it the name ``path``.

    Parameters
    ----------
    path : str or path
        The file; its folder exists.
    content : bytes
        The whole of it.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    FileMissing (FileNotFoundError)
        The folder does not exist.
    OSError
        As the writing raises it; the unfinished file is removed.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.durable.write_atomically(Path("whole"), b"all or nothing")
    >>> Path("whole").read_text()
    'all or nothing'
    """
    path = as_path("path", path)
    if not path.parent.is_dir():
        raise FileMissing(f"{path.parent}: there is no such folder to write {path.name} to")
    if not is_first():  # of processes that train together, the first writes for all
        return
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


def rename(source: GivenPath, target: GivenPath) -> None:
    """Gives a file that is flushed the name of another in the same folder, which it replaces.

    Parameters
    ----------
    source : str or path
        The file as it is called.
    target : str or path
        Its new name, in the same folder.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        As the system raises it.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("unfinished").write_text("content")
    >>> bissl.durable.rename(Path("unfinished"), Path("finished"))
    >>> Path("finished").read_text()
    'content'
    """
    source, target = as_path("source", source), as_path("target", target)
    os.replace(source, target)
    flush_names(target.parent)


def append(path: GivenPath, content: bytes) -> None:
    r"""Adds to the end of a file, which is made where it is missing: all of it, or nothing where the writing fails.

    Parameters
    ----------
    path : str or path
        The file; its folder exists.
    content : bytes
        What is added.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No path.
    OSError
        As the writing raises it; the file is as it was then.

    Examples
    --------
    >>> from pathlib import Path
    >>> bissl.durable.append(Path("log"), b"one\n")
    >>> bissl.durable.append(Path("log"), b"two\n")
    >>> Path("log").read_text().split()
    ['one', 'two']
    """
    path = as_path("path", path)
    if not is_first():  # of processes that train together, the first writes for all
        return
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
