"""Pickles of arrays and plain containers, as the authors of data sets publish them; nothing in a file is executed."""

from __future__ import annotations

import mmap
import os
import struct
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import DataError, FileMissing
from ...pickles import Refused, run
from ..mapping import mapped_or_read
from .pickled_arrays import ArrayVocabulary, PickledArray


def read_dataset_pickle(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The dictionary in a pickle of any protocol; values are plain containers, numbers, texts and integer arrays.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : truncated or broken, not a dictionary, or it names a class or function that is not
        NumPy's array; that is refused before anything is called.
    """
    try:
        with Path(path).open("rb") as file:
            return _dictionary(file)
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file") from error
    except Refused as refusal:
        raise DataError(f"{path}: {refusal}; refused, nothing in the file was executed") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise DataError(f"{path}: truncated or broken pickle: {error}; unpack the archive again") from error


def _content(file: BinaryIO) -> mmap.mmap | BytesIO:
    def mapped() -> mmap.mmap | BytesIO:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    return mapped_or_read(file.name, mapped, lambda: BytesIO(file.read()))


def _dictionary(file: BinaryIO) -> dict[str, Any]:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise ValueError("the file is empty")
    with _content(file) as content:
        result = run(content, ArrayVocabulary(budget=size))
    if not isinstance(result, dict):
        raise Refused(f"it holds a {type(result).__name__}, expected a dictionary")
    return {key: value.array if isinstance(value, PickledArray) else value for key, value in result.items()}
