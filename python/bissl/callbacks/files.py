"""Records as files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evaluation.tables.formats import csv_rows
from .scalars import scalars
from .writers import FileWriter

if TYPE_CHECKING:
    from ..training.base import Stage


class JSONLines(FileWriter):
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

    def on_begin(self, stage: Stage) -> None:
        super().on_begin(stage)
        self._replace("".join(map(_line, stage.history_)))

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        self._add(_line(record))

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        self.on_begin(stage)


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records that `JSONLines` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class CSV(FileWriter):
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

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._columns: list[str] = []
        self._rows: list[dict[str, float]] = []

    def on_begin(self, stage: Stage) -> None:
        super().on_begin(stage)
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
        self._add(csv_rows([self._cells(row)]))

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        self.on_begin(stage)

    def _rewrite(self) -> None:
        rows = [self._columns, *map(self._cells, self._rows)] if self._columns else []
        self._replace(csv_rows(rows))

    def _cells(self, row: Mapping[str, float]) -> list[Any]:
        return [row.get(name, "") for name in self._columns]


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record) + "\n"
