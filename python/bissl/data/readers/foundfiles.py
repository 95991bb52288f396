"""Image files in folders, and what else lies there: counted, so that nothing is stepped over without a word."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ..imageformats import EXTENSIONS, extension_of

logger = logging.getLogger("bissl")

LOOSE = "images outside of class folders"
UNREADABLE = "folders that cannot be read"


@dataclass
class FoundFiles:
    """images : paths, sorted. skipped : how many other files there are, by extension in lower case ("" without one), and
    under `LOOSE` and `UNREADABLE` what these say."""

    images: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def find_images(folder: str | os.PathLike[str]) -> FoundFiles:
    """All image files under a folder, by their extension; links are followed, each folder once. What begins with a dot
    is not looked at."""
    found = FoundFiles()
    seen: set[tuple[int, int]] = set()

    def unreadable(_: OSError) -> None:
        found.skipped[UNREADABLE] += 1

    for place, folders, files in os.walk(folder, onerror=unreadable, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = [name for name in folders if not name.startswith(".")]
        _sort(place, files, found)
    found.images.sort()
    return found


def files_in(folder: str | os.PathLike[str]) -> FoundFiles:
    """The files that lie in a folder itself."""
    found = FoundFiles()
    with os.scandir(folder) as entries:
        _sort(folder, (entry.name for entry in entries if not entry.is_dir()), found)
    found.images.sort()
    return found


def _sort(place: str | os.PathLike[str], names: Iterable[str], found: FoundFiles) -> None:
    for name in names:
        if name.startswith("."):
            continue
        if (extension := extension_of(name)) in EXTENSIONS:
            found.images.append(os.path.join(place, name))
        else:
            found.skipped[extension] += 1


def visible_folders(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted by code point; none where there is no such folder."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())


def holds_images(folder: Path) -> bool:
    """At any depth; ends with the first."""
    waiting, seen = [folder], set()
    while waiting:
        place = waiting.pop().resolve()
        if place in seen:
            continue
        seen.add(place)
        if files_in(place).images:
            return True
        waiting += [place / name for name in visible_folders(place)]
    return False


def holds_class_folders(folder: Path) -> bool:
    """Whether there are images in folders of this folder."""
    return any(holds_images(folder / name) for name in visible_folders(folder))


def skipped_text(skipped: Mapping[str, int]) -> str:
    """In words, the most frequent first: "3 .txt, 2 without an extension"."""
    ordered = sorted(skipped.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{count} {extension or 'without an extension'}" for extension, count in ordered)


def report_skipped(folder: str | os.PathLike[str], skipped: Mapping[str, int]) -> None:
    """Warns of files that are not taken as images, once in a process for the same files."""
    if skipped:
        _warn(f"{os.fspath(folder)}: not read as images: {skipped_text(skipped)}")


@lru_cache(maxsize=1024)
def _warn(message: str) -> None:
    logger.warning("%s", message)
