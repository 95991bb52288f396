"""The idx format (LeCun): arrays of bytes behind a header that tells their extents, plain or compressed by gzip."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from ...errors import DataError

_UNSIGNED_BYTES = 8
#: Bytes that are read at once: a header that promises more than there is costs no memory.
_PIECE = 1 << 24


def read_idx(path: Path, rank: int) -> np.ndarray:
    """The array of unsigned bytes in a file.

    Parameters
    ----------
    path : Path
        Compressed where the name ends in ".gz".
    rank : int
        Number of axes that are expected: 3 for images, 1 for labels.

    Returns
    -------
    ndarray
        uint8, of the extents in the header.

    Raises
    ------
    DataError (ValueError)
        Not an idx file of unsigned bytes, another number of axes, fewer or more bytes than the header tells, a broken
        gzip stream.
    """
    try:
        with _opened(path) as file:
            shape = _shape(file, rank, path)
            return _body(file, shape, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: truncated or broken gzip file ({error}); fetch it again") from error


def _opened(path: Path) -> IO[bytes]:
    file: IO[bytes] = gzip.GzipFile(path) if path.suffix == ".gz" else open(path, "rb")  # type: ignore[assignment]  # reads alike
    return file


def _shape(file: IO[bytes], rank: int, path: Path) -> tuple[int, ...]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError(f"{path}: expected an idx file, which begins with two zero bytes, got {head[:4]!r}")
    if head[2] != _UNSIGNED_BYTES or head[3] != rank:
        raise DataError(
            f"{path}: expected unsigned bytes (type 8) of {rank} axes, got type {head[2]} of {head[3]}; is it another "
            "file of the data set?"
        )
    extents = file.read(4 * rank)
    if len(extents) < 4 * rank:
        raise DataError(f"{path}: the header is truncated; fetch the file again")
    return tuple(int(extent) for extent in np.frombuffer(extents, ">u4"))


def _body(file: IO[bytes], shape: tuple[int, ...], path: Path) -> np.ndarray:
    expected, content = math.prod(shape), bytearray()
    while len(content) <= expected and (piece := file.read(min(_PIECE, expected + 1 - len(content)))):
        content += piece
    if len(content) != expected:
        found = "more" if len(content) > expected else str(len(content))
        raise DataError(f"{path}: the header promises {expected} bytes, the file has {found}; truncated?")
    return np.frombuffer(content, np.uint8).reshape(shape)
