"""Which files of several are the same picture under other names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from ...errors import FileMissing
from ..imageformats import LARGEST_FILE
from ..wholefiles import read_file


def first_of_equal(paths: Sequence[str]) -> np.ndarray:
    """bool (N,): whether a file is the first with its content. Only those that share their size with others are read.

    Raises
    ------
    FileMissing (FileNotFoundError), DataError (ValueError) : a file that is not there, or cannot be read.
    """
    sizes = [_size(path) for path in paths]
    several = {size for size, count in zip(*np.unique(sizes, return_counts=True), strict=True) if count > 1}
    seen: set[tuple[int, bytes]] = set()
    first = np.ones(len(paths), bool)
    for place, (path, size) in enumerate(zip(paths, sizes, strict=True)):
        if size in several:
            content = size, blake2b(read_file(path, LARGEST_FILE, "image file"), digest_size=16).digest()
            first[place] = content not in seen
            seen.add(content)
    return first


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError as error:
        raise FileMissing(f"{path}: there is no such image file") from error
