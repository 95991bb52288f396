"""Files that are mapped into memory, where their file system can."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..durable.warned import warn_if_absent

Content = TypeVar("Content")

_MAPPING = "cannot map files into memory: they are read whole, and take as much memory as they have bytes"


def mapped_or_read(path: str | os.PathLike[str], mapped: Callable[[], Content], read: Callable[[], Content]) -> Content:
    """What ``mapped`` makes of the file; on a file system that cannot map, with one warning, what ``read`` does."""
    try:
        return mapped()
    except OSError as error:
        warn_if_absent(error, Path(path).parent, _MAPPING)
    return read()
