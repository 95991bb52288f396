"""Arrays in `.npy` files, memory-mapped."""

from __future__ import annotations

import os
import tokenize

import numpy as np

from ..errors import DataError, FileMissing
from .mapping import mapped_or_read


def open_npy(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in a `.npy` file as a read-only memory map: pages are read when they are touched (all of it where its file
    system cannot map).

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : not a `.npy` file, truncated, or one that holds Python objects (a pickle, never opened).
    """
    try:
        return mapped_or_read(
            path,
            lambda: np.lib.format.open_memmap(os.fspath(path), mode="r"),
            lambda: np.load(path, allow_pickle=False),
        )
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such .npy file") from error
    except (OSError, ValueError, TypeError, EOFError, SyntaxError, OverflowError, tokenize.TokenError) as error:
        raise DataError(
            f"{path}: cannot be read as a .npy file of plain numbers: {error}; write it with numpy.save"
        ) from error
