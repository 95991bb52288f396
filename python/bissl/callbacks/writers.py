"""What callbacks that write have in common: one of several processes writes, and what cannot be written is told in words
when a fit begins."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..durable import append, require_writable, write_atomically, writing
from ..errors import NotWritable, checked_path
from ..training.callback import Callback
from .scalars import scalars, step_of

if TYPE_CHECKING:
    from ..training.base import Stage

#: What messages call what is written.
_WRITTEN = "record"


class Writer(Callback):
    """Writes records somewhere. Of the processes that train together, the first calls it."""

    everywhere = False


class FolderWriter(Writer):
    """Writes into a folder, which is made, and tried before the first step. NotWritable or DiskFull (OSError) where that
    fails. A subclass states its `_folder`."""

    @property
    def _folder(self) -> Path:
        raise NotImplementedError

    def on_begin(self, stage: Stage) -> None:
        require_writable(self._folder, _WRITTEN)

    def _writing(self) -> AbstractContextManager[None]:
        """Around all that writes."""
        return writing(self._folder, _WRITTEN)


class NumberWriter(Writer):
    """Writes each number of a record once: those that `Stage.stop` adds to the last one come after it. A subclass states
    `_write`."""

    _shown: frozenset[str] = frozenset()

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        self._shown = frozenset()
        self._complete(stage, record)

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        numbers = scalars(record)
        new = {f"{type(stage).__name__}/{name}": value for name, value in numbers.items() if name not in self._shown}
        self._shown = frozenset(numbers)
        if new:
            self._write(new, step_of(record))

    def _write(self, numbers: Mapping[str, float], step: int) -> None:
        """``numbers`` : by name, behind the stage's. ``step`` : of the epoch or alternation."""
        raise NotImplementedError


class FileWriter(FolderWriter):
    """Writes one file.

    Parameters
    ----------
    path : of the file.
    """

    path: Path
    _fixed: Iterable[str] = ("path",)

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._fix(path=Path(checked_path("path", path)))

    @property
    def _folder(self) -> Path:
        return self.path.parent

    def on_begin(self, stage: Stage) -> None:
        super().on_begin(stage)
        if self.path.is_dir():
            raise NotWritable(
                errno.EISDIR, "this is a folder, and a file is to be written; add its name", str(self.path)
            )

    def _replace(self, content: str | bytes) -> None:
        replace(self.path, content)

    def _add(self, text: str) -> None:
        """Adds to the end of the file: all of the text, or nothing."""
        with self._writing():
            append(self.path, text.encode())


def replace(path: Path, content: str | bytes) -> None:
    """Writes the file as a whole or not at all; its folder is made. Text as UTF-8, in which names of files that are none are
    escaped."""
    with writing(path.parent, _WRITTEN):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.encode(errors="backslashreplace") if isinstance(content, str) else content)
