"""``index.theme`` of an icon theme, as freedesktop.org's Icon Theme Specification has it."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from ...errors import DataError
from .layout import inside
from .listing import read_text

INDEX = "index.theme"
_HEAD = "Icon Theme"
#: Names of contexts that differ between themes, in lower case.
_CONTEXTS = {"apps": "applications", "mimes": "mimetypes"}
#: Of a folder whose context is not stated, which the specification allows.
OTHER = "other"
_LARGEST_SIZE = 4096


@dataclass(frozen=True)
class IconFolder:
    """A folder of a theme: its path; the side of its icons in pixels; what they are for, in lower case ("places")."""

    path: str
    size: int
    context: str


def read_theme_index(theme: Path) -> list[IconFolder]:
    """The folders of a theme that are there, but for those of icons for screens of several pixels per point, and those that
    are links, which hold another theme's icons.

    Raises
    ------
    FileMissing (FileNotFoundError), DataError (ValueError) : there is no index, or it is broken.
    """
    path = theme / INDEX
    parser = configparser.RawConfigParser(delimiters="=", comment_prefixes="#", strict=False)
    try:
        parser.read_string(read_text(path), os.fspath(path))
    except configparser.Error as error:
        raise DataError(f"{path}: expected the index of an icon theme: {error.message.splitlines()[0]}") from error
    if not parser.has_section(_HEAD):
        raise DataError(f"{path}: expected the index of an icon theme, which has a section [{_HEAD}]")
    names = parser.get(_HEAD, "Directories", fallback="").split(",")
    found = []
    for name in dict.fromkeys(filter(None, map(str.strip, names))):
        place = inside(theme, name, path)
        if not parser.has_section(name) or not os.path.isdir(place) or os.path.islink(place):
            continue
        if _number(parser, path, name, "Scale", "1") == 1:
            context = parser.get(name, "Context", fallback=OTHER).strip().casefold() or OTHER
            size = _number(parser, path, name, "Size")
            found.append(IconFolder(place, size, _CONTEXTS.get(context, context)))
    return found


def _number(parser: configparser.RawConfigParser, path: Path, folder: str, key: str, otherwise: str = "") -> int:
    text = parser.get(folder, key, fallback=otherwise).strip()
    # At most 4 digits, so that no number is too large to be read.
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= _LARGEST_SIZE):
        raise DataError(
            f"{path}: expected {key} of [{folder}] to be a whole number, 1 to {_LARGEST_SIZE}, got {text[:40]!r}"
        )
    return int(text)
