"""Weights into files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import FileMissing, InvalidArgument
from .safetensors_file import checked_arrays, checked_metadata, packed


def save(path: str | os.PathLike, arrays: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Writes arrays by name as a safetensors file, which ``safetensors.torch.load_file`` and `load` read.

    The file is complete or not there: it is written beside ``path``, flushed to the disk and then renamed, so that an
    older file of that name stays whole until it is replaced.

    Parameters
    ----------
    path : ends in ``.safetensors``; its folder exists.
    arrays : real numbers or booleans in any memory layout, such as `Module.state_dict`.
    metadata : text by text, kept in the file's header.

    Raises
    ------
    InvalidArgument (ValueError) : another suffix.
    WrongType (TypeError) : arrays or metadata of other types.
    FileMissing (FileNotFoundError) : the folder does not exist.
    OSError : no permission, disk full; nothing is left behind.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise InvalidArgument(
            f'path: expected a name that ends in ".safetensors", got "{path.name}" '
            "(PyTorch reads it with safetensors.torch.load_file)"
        )
    write_atomically(path, packed(checked_arrays(arrays), checked_metadata(metadata)))


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
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _flush_names(path.parent)


def _flush_names(folder: Path) -> None:
    """A folder's names to the disk: without it, a crash may undo the renaming."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
