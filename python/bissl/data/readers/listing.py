"""Images as a data set lists them, and the text files that do."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import DataError, FileMissing
from ..wholefiles import read_file

LARGEST_LIST = 2**28


@dataclass(frozen=True)
class Listing:
    """The images of one published part: paths; labels (int64 (N,), bool or int8 (N, C), or None); where both are from;
    how many files beside them are no images, by extension."""

    paths: list[str]
    labels: np.ndarray | None
    origin: Path
    skipped: Mapping[str, int] = field(default_factory=dict)


def joined(listings: Sequence[Listing]) -> tuple[list[str], np.ndarray | None]:
    """Paths and labels of several listings, one after the other."""
    paths = [path for listing in listings for path in listing.paths]
    labels = [listing.labels for listing in listings if listing.labels is not None]
    return paths, np.concatenate(labels) if labels else None


def read_text(path: Path) -> str:
    """A text file in UTF-8."""
    try:
        return read_file(path, LARGEST_LIST, "list").decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected a text file in UTF-8: {error}") from error


def read_lines(path: Path) -> list[str]:
    """The lines that hold something, without the blanks around them."""
    return [line for line in map(str.strip, read_text(path).splitlines()) if line]


def read_columns(path: Path, columns: str) -> list[list[str]]:
    """The columns of each line, separated by blanks; the last takes the rest of the line.

    ``columns`` names them, for counting and for the message: "image-id class-number".
    """
    count = len(columns.split())
    rows: list[list[str]] = []
    for line in read_lines(path):
        row = line.split(None, count - 1)
        if len(row) != count:
            raise DataError(f'{path}: expected lines of "{columns}", got {line[:80]!r} (entry {len(rows) + 1})')
        rows.append(row)
    return rows


def whole_numbers(texts: Iterable[str], origin: Path) -> np.ndarray:
    """Texts as int64 (N,)."""
    numbers: list[int] = []
    for text in texts:
        # At most 9 digits: no class number has more, and int64 cannot overflow.
        if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit() or len(text) > 10:
            raise DataError(f"{origin}: expected whole numbers, got {text[:40]!r} (entry {len(numbers) + 1})")
        numbers.append(int(text))
    return np.array(numbers, np.int64)


def labels_from_one(numbers: np.ndarray, classes: int, origin: Path) -> np.ndarray:
    """Class numbers that a file counts from 1, counted from 0: int64 (N,)."""
    outside = (numbers < 1) | (numbers > classes)
    if outside.any():
        first = int(np.argmax(outside))
        raise DataError(f"{origin}: expected class numbers 1 to {classes}, got {numbers[first]} (entry {first + 1})")
    return numbers.astype(np.int64) - 1


def labels_of_names(names: Sequence[str], classes: Sequence[str], origin: Path) -> np.ndarray:
    """Class names as numbers, int64 (N,)."""
    numbers = {name: number for number, name in enumerate(classes)}
    for name in names:
        if name not in numbers:
            raise DataError(f"{origin}: the class {name!r} is none of the {len(classes)} known, such as {classes[:3]}")
    return np.array([numbers[name] for name in names], np.int64)


def check_present(listing: Listing) -> None:
    """FileMissing unless every image that is listed exists; each folder is read once."""
    present: dict[str, set[str]] = {}
    absent = []
    for path in listing.paths:
        folder, name = os.path.split(path)
        if folder not in present:
            present[folder] = set(os.listdir(folder)) if os.path.isdir(folder) else set()
        if name not in present[folder]:
            absent.append(path)
    if absent:
        raise FileMissing(
            f"{listing.origin}: {len(absent)} of the {len(listing.paths)} images that it lists are missing, "
            f"the first is {absent[0]}; unpack the archive of the images again"
        )
