"""The files that a data set consists of, and the error that shows which of them are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import DataError, FileMissing


@dataclass(frozen=True)
class Expected:
    """A file, or a folder where ``path`` ends in "/", relative to the data set's folder.

    The last component may be a pattern with ``*``: at least one match is expected. ``note`` says where it comes from.
    """

    path: str
    note: str = ""

    def state(self, folder: Path) -> str:
        """ "found", "MISSING", or what stands in its place."""
        name = self.path.rstrip("/")
        if "*" in name:
            folders_only = self.path.endswith("/")
            return "found" if any(not folders_only or match.is_dir() for match in folder.glob(name)) else "MISSING"
        place = folder / name
        if self.path.endswith("/"):
            return "found" if place.is_dir() else "a FILE, not a folder" if place.exists() else "MISSING"
        return "found" if place.is_file() else "a FOLDER, not a file" if place.exists() else "MISSING"


def locate(
    title: str, root: str | os.PathLike[str], homes: Sequence[str], expected: Sequence[Expected], way_out: str = ""
) -> Path:
    """The folder under ``root`` that holds all that is expected.

    ``homes`` are the names under which archives unpack; ``root`` may also be that folder itself. ``way_out`` ends the text of
    errors.

    Raises
    ------
    FileMissing (FileNotFoundError) : something is missing; the text is the expected tree with each entry marked.
    DataError (ValueError) : all folders are there, but one does not hold what it should; the same text.
    """
    base = Path(root)
    candidates = [base / home for home in homes]
    candidates.insert(0 if base.name in homes else len(homes), base)
    folder = min(candidates, key=lambda place: (_missing(place, expected), not _only_empty(place, expected)))
    if _missing(folder, expected) == 0:
        return folder
    error = DataError if _only_empty(folder, expected) else FileMissing
    raise error(_report(title, base, folder, expected) + (f"\n{way_out}" if way_out else ""))


def _missing(folder: Path, expected: Sequence[Expected]) -> int:
    return sum(entry.state(folder) != "found" for entry in expected)


def _only_empty(folder: Path, expected: Sequence[Expected]) -> bool:
    """Whether each entry is found, or is a pattern whose folder is there and holds no match."""
    return all(
        entry.state(folder) == "found" or ("*" in entry.path and (folder / entry.path).parent.is_dir())
        for entry in expected
    )


def expected_tree(folder: Path, expected: Sequence[Expected]) -> str:
    """The tree as text, one line per entry, each marked as found or missing."""
    return "\n".join([f"{folder}/", *_lines(folder, expected)])


def _report(title: str, root: Path, folder: Path, expected: Sequence[Expected]) -> str:
    absent = "" if root.is_dir() else f" ({root} is {'not a folder' if root.exists() else 'not there'})"
    return (
        f"root: {title} expects these files, {_missing(folder, expected)} of {len(expected)} are missing{absent}:\n"
        f"{expected_tree(folder, expected)}"
    )


def _lines(folder: Path, expected: Sequence[Expected]) -> Iterator[str]:
    shown: set[PurePosixPath] = set()
    for entry in expected:
        path = PurePosixPath(entry.path)
        for parent in reversed(path.parents[:-1]):
            if parent not in shown:
                shown.add(parent)
                yield f"{'  ' * len(parent.parts)}{parent.name}/"
        shown.add(path)
        name = f"{'  ' * len(path.parts)}{path.name}{'/' if entry.path.endswith('/') else ''}"
        note = f"  ({entry.note})" if entry.note else ""
        yield f"{name:<40} {entry.state(folder)}{note}"


def inside(folder: Path, name: str, origin: Path) -> str:
    """The path of a file that a list names, as text; DataError for a name that leaves the folder."""
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise DataError(f"{origin}: expected names of files inside {folder}, got {name!r}")
    return os.path.join(folder, name)


_SHOWN = 12
"""Most folders of a folder in the tree that is shown."""


def found_tree(folder: Path, depth: int = 2) -> str:
    """The folders that there are, as text, each with how many folders and files it holds."""
    return "\n".join(_found_lines(folder, f"{folder}/", 0, depth))


def _found_lines(folder: Path, name: str, level: int, depth: int) -> Iterator[str]:
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    folders = [entry for entry in entries if entry.is_dir()]
    yield f"{'  ' * level}{name:<32} {len(folders)} folders, {len(entries) - len(folders)} files"
    if level == depth:
        return
    for entry in folders[:_SHOWN]:
        yield from _found_lines(entry, f"{entry.name}/", level + 1, depth)
    if len(folders) > _SHOWN:
        yield f"{'  ' * (level + 1)}… and {len(folders) - _SHOWN} more folders"
