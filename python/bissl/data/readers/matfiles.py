"""Annotations in MATLAB files: vectors of whole numbers, lists of texts, and fields of structures."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ..wholefiles import read_file
from .mat5 import Structure, read_variables

_LARGEST = 16 * 2**20
"""Most bytes of a file, and of what it unfolds to; the data sets' files stay under 2 MiB."""

CONVERSION = (
    "in MATLAB load it and save it again with save(file, '-v7'); in Python scipy.io.savemat writes that version"
)


class MatFile:
    """The variables ``names`` of a MATLAB file of version 5 to 7.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : version 7.3 or another format (the text names the conversion), truncated or broken, larger
        than 16 MiB, or without one of the variables.
    """

    def __init__(self, path: str | os.PathLike[str], *names: str) -> None:
        self.path = Path(path)
        try:
            self._variables = read_variables(_checked_content(self.path), names, _LARGEST)
        except DataError:
            raise
        except (ValueError, struct.error, zlib.error) as error:
            raise DataError(f"{path}: truncated or broken .mat file: {error}; unpack the archive again") from error
        for name in names:
            if name not in self._variables:
                found = list(self._variables)[:10]
                raise self._unexpected(f"the variable {name!r}", f"{found}; is it another data set's file?")

    def numbers(self, name: str) -> np.ndarray:
        """A vector of whole numbers, int64 (N,)."""
        return self._as_numbers(self._variables[name], name)

    def texts(self, name: str) -> list[str]:
        """A cell array of texts."""
        return self._as_texts(self._variables[name], name)

    def field_numbers(self, name: str, field: str) -> np.ndarray:
        """A field of a structure array that holds one whole number per entry: int64 (N,)."""
        entries = self._field(name, field)
        if not all(isinstance(entry, np.ndarray) and entry.shape == (1,) for entry in entries):
            raise self._unexpected(f"one number in each {name}.{field}", "something else")
        return self._as_numbers(np.concatenate([np.empty(0), *entries]), f"{name}.{field}")

    def field_texts(self, name: str, field: str) -> list[str]:
        """A field of a structure array that holds a text per entry."""
        return self._as_texts(self._field(name, field), f"{name}.{field}")

    def _field(self, name: str, field: str) -> list[Any]:
        value = self._variables[name]
        if not isinstance(value, Structure) or field not in value.fields:
            raise self._unexpected(f"{name} as a structure with the field {field!r}", _kind(value))
        return value.fields[field]

    def _as_numbers(self, value: Any, name: str) -> np.ndarray:
        if not isinstance(value, np.ndarray):
            raise self._unexpected(f"{name} as a vector of whole numbers", _kind(value))
        # float64 holds every whole number below 2^53 exactly.
        whole = np.isfinite(value) & (np.abs(value.astype(np.float64)) < 2**53) & (value == np.floor(value))
        if not whole.all():
            raise self._unexpected(f"whole numbers in {name}", f"{value[~whole][0]}")
        return value.astype(np.int64)

    def _as_texts(self, value: Any, name: str) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self._unexpected(f"{name} as texts", _kind(value))
        return value

    def _unexpected(self, expected: str, got: str) -> DataError:
        return DataError(f"{self.path}: expected {expected}, got {got}")


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{len(value)} numbers"
    return f"a structure of {list(value.fields)[:10]}" if isinstance(value, Structure) else f"a {type(value).__name__}"


def _checked_content(path: Path) -> bytes:
    content = read_file(path, _LARGEST, "MATLAB file")
    if content.startswith(b"MATLAB 7.3") or b"\x89HDF\r\n\x1a\n" in (content[:8], content[512:520]):
        raise DataError(f"{path}: a MATLAB 7.3 (HDF5) file, expected version 5 to 7; {CONVERSION}")
    if not content.startswith(b"MATLAB 5.0"):
        raise DataError(f"{path}: not a MATLAB file of version 5 to 7; {CONVERSION}")
    return content
