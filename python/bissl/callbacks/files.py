"""Records as files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..durable import append, write_atomically, writing
from ..evaluation.tables.formats import csv_rows
from ..training.callback import Callback
from .scalars import scalars

if TYPE_CHECKING:
    from ..training.base import Stage


class JSONLines(Callback):
    """Writes every record as a line of JSON, whole: lists stay lists.

    Parameters
    ----------
    path : str or path
        Path of the file. It is written anew when a fit begins, with the records that a resumed run has already.

    Raises
    ------
    NotWritable, DiskFull (OSError)
        The file cannot be written, when a fit begins or a record comes.

    Examples
    --------
    >>> watcher = bissl.callbacks.JSONLines("records.jsonl")
    >>> watcher.path.name
    'records.jsonl'
    """

    path: Path
    _fixed = ("path",)
    everywhere = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._fix(path=Path(path))

    def on_begin(self, stage: Stage) -> None:
        replace(self.path, "".join(map(_line, stage.history_)))

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        add(self.path, _line(record))

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        self.on_begin(stage)


class CSV(Callback):
    """Writes the numbers of every record (`bissl.callbacks.scalars`) as a row of a table.

    Parameters
    ----------
    path : str or path
        Path of the file, as in `JSONLines`. Where a later record has a new name, the table is written anew with one
        more column; cells without a number are empty.

    Raises
    ------
    NotWritable, DiskFull (OSError)
        The file cannot be written, when a fit begins or a record comes.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), np.uint8)
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> stage = bissl.Pretrain(backbone=net, epochs=2, batch_size=8, augmentation="small", progress=False,
    ...                        method_options={"projector": (8, 8)}, callbacks=[bissl.callbacks.CSV("records.csv")])
    >>> _ = stage.fit(images)
    >>> open("records.csv").readline().split(",")[:2]
    ['epoch', 'loss']
    """

    path: Path
    _fixed = ("path",)
    everywhere = False

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._fix(path=Path(path))
        self._columns: list[str] = []
        self._rows: list[dict[str, float]] = []

    def on_begin(self, stage: Stage) -> None:
        self._rows = [scalars(record) for record in stage.history_]
        self._columns = list(dict.fromkeys(name for row in self._rows for name in row))
        self._rewrite()

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        row = scalars(record)
        self._rows.append(row)
        new = [name for name in row if name not in self._columns]
        self._columns += new
        if new:
            self._rewrite()
            return
        add(self.path, csv_rows([self._cells(row)]))

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        self.on_begin(stage)

    def _rewrite(self) -> None:
        rows = [self._columns, *map(self._cells, self._rows)] if self._columns else []
        replace(self.path, csv_rows(rows))

    def _cells(self, row: Mapping[str, float]) -> list[Any]:
        return [row.get(name, "") for name in self._columns]


def replace(path: Path, text: str) -> None:
    """Writes the file as a whole or not at all; its folder is made."""
    with writing(path.parent, "record"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())


def add(path: Path, text: str) -> None:
    """Adds to the end of the file: all of the text, or nothing."""
    with writing(path.parent, "record"):
        append(path, text.encode())


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, default=float) + "\n"
