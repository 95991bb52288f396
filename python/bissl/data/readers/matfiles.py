"""MATLAB files, read by SciPy behind checks of their size and structure."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np

from ...errors import DataError, FileMissing

LIMIT = 64 * 2**20
"""Most bytes of a file and of what it unfolds to; the data sets' files stay under 2 MiB."""

HEADER = 128
COMPRESSED = 15
CONVERSION = (
    "in MATLAB load it and save it again with save(file, '-v7'); in Python scipy.io.savemat writes that version"
)


class MatFile:
    """The variables ``names`` of a MATLAB file of version 5 to 7.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : version 7.3 or another format (the text names the conversion), truncated, larger than
        64 MiB, or without one of the variables.
    """

    def __init__(self, path: str | os.PathLike, *names: str) -> None:
        self.path = Path(path)
        content = _checked_content(self.path)
        _check_unfolded_size(content, self.path)
        self._variables = _load(self.path)
        for name in names:
            if name not in self._variables:
                found = [key for key in self._variables if not key.startswith("__")]
                raise self._unexpected(f"the variable {name!r}", f"{found}; is it another data set's file?")

    def numbers(self, name: str) -> np.ndarray:
        """A vector of whole numbers, int64 (N,)."""
        return self._as_numbers(self._variables[name], name)

    def texts(self, name: str) -> list[str]:
        """A cell array of texts."""
        return self._as_texts(self._variables[name], name)

    def field_numbers(self, name: str, field: str) -> np.ndarray:
        """A field of a structure array that holds one whole number per entry: int64 (N,)."""
        entries = [np.asarray(entry) for entry in self._field(name, field)]
        if any(entry.size != 1 or entry.dtype.kind not in "iuf" for entry in entries):
            raise self._unexpected(f"one number in each {name}.{field}", "something else")
        return self._as_numbers(np.array([entry.item() for entry in entries]), f"{name}.{field}")

    def field_texts(self, name: str, field: str) -> list[str]:
        """A field of a structure array that holds a text per entry."""
        return self._as_texts(self._field(name, field), f"{name}.{field}")

    def _field(self, name: str, field: str) -> np.ndarray:
        value = self._variables[name]
        if not isinstance(value, np.ndarray) or field not in (value.dtype.names or ()):
            raise self._unexpected(f"{name} as a structure with the field {field!r}", _kind(value))
        return value[field].ravel()

    def _as_numbers(self, value: object, name: str) -> np.ndarray:
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
            raise self._unexpected(f"{name} as a vector of whole numbers", _kind(value))
        numbers = value.ravel()
        # float64 holds every whole number below 2^53 exactly.
        if not (
            np.isfinite(numbers).all() and (np.abs(numbers) < 2**53).all() and (numbers == np.floor(numbers)).all()
        ):
            raise self._unexpected(f"whole numbers in {name}", "others")
        return numbers.astype(np.int64)

    def _as_texts(self, value: object, name: str) -> list[str]:
        entries = value.ravel() if isinstance(value, np.ndarray) and value.dtype == object else ()
        texts = [entry.item() if isinstance(entry, np.ndarray) and entry.size == 1 else entry for entry in entries]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise self._unexpected(f"{name} as texts", _kind(value))
        return [str(text) for text in texts]

    def _unexpected(self, expected: str, got: str) -> DataError:
        return DataError(f"{self.path}: expected {expected}, got {got}")


def _kind(value: object) -> str:
    return f"{value.dtype} {value.shape}"[:80] if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _checked_content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if len(content) > LIMIT:
        raise DataError(f"{path}: larger than the {LIMIT >> 20} MiB that any annotation file needs")
    if content.startswith(b"MATLAB 7.3") or b"\x89HDF\r\n\x1a\n" in (content[:8], content[512:520]):
        raise DataError(f"{path}: a MATLAB 7.3 (HDF5) file, expected version 5 to 7; {CONVERSION}")
    if not content.startswith(b"MATLAB 5.0"):
        raise DataError(f"{path}: not a MATLAB file of version 5 to 7; {CONVERSION}")
    return content


def _check_unfolded_size(content: bytes, path: Path) -> None:
    """DataError where compressed variables would unfold beyond the limit."""
    order = ">" if content[126:128] == b"MI" else "<"
    position, room = HEADER, LIMIT
    while position + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, position)
        if kind == COMPRESSED:
            room -= _unfolded_size(content[position + 8 : position + 8 + size], room, path)
        position += 8 + size
    if position != len(content):
        raise DataError(f"{path}: truncated .mat file: it ends inside a variable; unpack the archive again")


def _unfolded_size(compressed: bytes, room: int, path: Path) -> int:
    try:
        unfolded = zlib.decompressobj().decompress(compressed, room + 1)
    except zlib.error as error:
        raise DataError(f"{path}: broken .mat file: {error}; unpack the archive again") from error
    if len(unfolded) > room:
        raise DataError(f"{path}: unfolds to more than {LIMIT >> 20} MiB, which no annotation file does")
    return len(unfolded)


def _load(path: Path) -> dict[str, object]:
    from scipy.io import loadmat

    try:
        return loadmat(path, squeeze_me=False, struct_as_record=True)
    except Exception as error:  # SciPy's reader raises whatever a broken file makes of its parser
        raise DataError(
            f"{path}: broken .mat file: {type(error).__name__}: {error}; unpack the archive again"
        ) from error
