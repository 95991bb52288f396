"""Results that outlive a crash: one line of JSON per result."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...distributed import from_first, is_first
from ...durable import append, in_turn, writing
from ...errors import DataError, checked_path


class Journal:
    """Records by key, in a file that only grows. A record counts when its whole line is on the disk: what a crash left of
    a line is passed over, and cut off when the next is added. Records of a file beside it with ``.gz`` behind its name, which gzip
    made of an earlier journal, count as well; where both have one of a key, that of the file itself counts.

    Parameters
    ----------
    path : str, path or None
        Path of the file, which is made with its folder when there is a record; None keeps records in memory only.

    Raises
    ------
    DataError (ValueError)
        A line in the middle of a file is no record; the text names it. Or the compressed file is damaged.

    Examples
    --------
    >>> journal = bissl.experiments.Journal(None)
    >>> journal.add({"seed": 1}, {"accuracy": 0.9})
    {'key': {'seed': 1}, 'accuracy': 0.9}
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(checked_path("path", path))
        self._records: dict[str, dict[str, Any]] = {}
        if (file := self.path) is not None:
            self._records = from_first(lambda: _compressed(file) | _plain(file), "finished results")

    def __contains__(self, key: Mapping[str, Any]) -> bool:
        return _text(key) in self._records

    def __getitem__(self, key: Mapping[str, Any]) -> dict[str, Any]:
        return self._records[_text(key)]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def add(self, key: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
        """Keeps a record, on the disk when this returns; ``key`` becomes part of it."""
        whole = {"key": dict(key), **record}
        if self.path is not None and is_first():  # of processes that train together, the first writes for all
            with writing(self.path.parent, "record"):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _add(self.path, (json.dumps(whole, default=float) + "\n").encode())
        self._records[_text(key)] = whole
        return whole


def _add(path: Path, line: bytes) -> None:
    """Adds a line. What a crash left of the last one is cut off, by one process at a time: another may be writing it."""
    with in_turn(path.with_name(f".{path.name}.lock"), f"{path}: waiting for another process to add its record"):
        if path.exists():
            content = path.read_bytes()
            if (whole := _whole(content)) < len(content):
                os.truncate(path, whole)
        append(path, line)


def _whole(content: bytes) -> int:
    """The bytes of the lines that are whole."""
    return content.rfind(b"\n") + 1


def _plain(path: Path) -> dict[str, dict[str, Any]]:
    """The records of a file by key, but for a last line that is not whole: a crash has cut it, or it is being written."""
    if not path.exists():
        return {}
    content = path.read_bytes()
    return _read(content[: _whole(content)], path)


def _compressed(path: Path) -> dict[str, dict[str, Any]]:
    """Likewise of the compressed file beside it, which is whole."""
    path = path.with_name(path.name + ".gz")
    if not path.exists():
        return {}
    try:
        content = gzip.decompress(path.read_bytes())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: not the whole of what gzip made ({error}); copy it again, or remove it") from None
    return _read(content, path)


def _read(lines: bytes, path: Path) -> dict[str, dict[str, Any]]:
    records: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines.splitlines(), 1):
        try:
            record = json.loads(line)
            records[_text(record["key"])] = record
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{path}: line {number} is no record of a run; remove it to go on without it") from None
    return records


def _text(key: Mapping[str, Any]) -> str:
    return json.dumps(key, sort_keys=True, default=float)
