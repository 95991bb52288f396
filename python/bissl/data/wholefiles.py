"""Files read at once, up to a size."""

from __future__ import annotations

import os

from ..errors import DataError, FileMissing


def read_file(path: str | os.PathLike[str], limit: int, kind: str) -> bytes:
    """The content of a file of at most ``limit`` bytes; ``kind`` says what it is, for messages.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : larger than the limit, a folder, or not readable.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limit:
                raise DataError(f"{path}: {size} bytes, expected {kind} of at most {limit >> 20} MiB")
            return file.read()
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such {kind}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
