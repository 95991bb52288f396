"""The fonts installed on this machine, and what they can draw."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import ImageFont

from ..errors import DataError, FileMissing, WrongType, check_option, checked_path
from ..extras import required

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
SUFFIXES = (".ttf", ".otf")
#: Files, of those that matplotlib has shipped since its version 2.0, whose letters and digits are letters and digits: its symbol
#: fonts (cmex10, cmsy10, STIXSiz…) have other signs in their places.
_SHIPPED = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-BoldOblique", "DejaVuSans-Oblique"),
    *("DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-BoldOblique", "DejaVuSansMono-Oblique"),
    *("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-BoldItalic", "DejaVuSerif-Italic"),
    *("STIXGeneral", "STIXGeneralBol", "STIXGeneralBolIta", "STIXGeneralItalic"),
    *("cmb10", "cmmi10", "cmr10", "cmss10", "cmti10", "cmtt10"),
)
#: Where fonts are: files and folders, a name of those that a package ships, or None for those installed.
Fonts = Sequence[str | os.PathLike[str]] | Literal["matplotlib"] | None
#: A noncharacter: every font answers it with its sign for a missing character.
MISSING = "\U0010ffff"
_PROBE_SIZE = 24


class Face(NamedTuple):
    """One style of a font family, such as ("DejaVu Sans", "Bold"), and its file."""

    family: str
    style: str
    path: str


def font_files() -> list[str]:
    """Paths of TrueType and OpenType files: fontconfig's list, else those in the usual folders, else those that
    matplotlib brings."""
    return _from_fontconfig() or _in_folders(FOLDERS) or _from_matplotlib()


def usable_faces(characters: str, fonts: Fonts = None) -> list[Face]:
    """The faces that have all ``characters``, ordered by family and style; of equal ones the first path.

    ``fonts`` : files or folders; "matplotlib" is those that it ships, None is `font_files`.

    Raises
    ------
    FileMissing (FileNotFoundError) : there are no fonts at all. DataError (ValueError) : none has all characters.
    MissingPackage (ImportError) : matplotlib's fonts without matplotlib.
    """
    paths = _paths(fonts)
    if not paths:
        place = "on this machine" if fonts is None else f"in {', '.join(map(str, fonts or ['no place']))}"
        raise FileMissing(
            f"fonts: found no {' or '.join(SUFFIXES)} files {place}; install some, for instance with "
            "apt-get install fonts-dejavu-core fonts-liberation, or pass fonts=[files or folders]"
        )
    faces: dict[tuple[str, str], Face] = {}
    for path in sorted(paths):
        face = _face(path, characters)
        if face is not None:
            faces.setdefault((face.family, face.style), face)
    if not faces:
        raise DataError(f"fonts: none of the {len(paths)} fonts has all of the characters {characters!r}")
    return sorted(faces.values())


def open_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A Pillow font, ``size`` in pixels per em, with the layout that every build of Pillow has."""
    with open(path, "rb") as file:  # given a path that it cannot read, Pillow takes an installed font of the same name
        return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1024)
def _face(path: str, characters: str) -> Face | None:
    """None for a file that cannot be opened or lacks a character."""
    try:
        font = open_font(path, _PROBE_SIZE)
        missing = _drawn(font, MISSING)
        drawn = (_drawn(font, character) for character in characters)
        if any(mask is None or mask == missing for mask in drawn):
            return None
    except OSError:
        return None
    family, style = font.getname()
    return Face(family or Path(path).stem, style or "Regular", path)


def _drawn(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes] | None:
    """Size and ink of a character; None where there is no ink."""
    mask = font.getmask(character)
    return (mask.size, bytes(mask)) if mask.getbbox() else None


def _from_fontconfig() -> list[str]:
    program = shutil.which("fc-list")
    if program is None:
        return []
    try:
        listed = subprocess.run([program, "--format=%{file}\n"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted({path for path in listed.stdout.splitlines() if _is_font(path)})


def _in_folders(places: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Font files among ``places`` and below those that are folders."""
    found: set[str] = set()
    for place in (Path(os.path.expanduser(checked_path("fonts", each, "files or folders"))) for each in places):
        candidates = place.rglob("*") if place.is_dir() else [place]
        found.update(str(path) for path in candidates if _is_font(str(path)) and path.is_file())
    return sorted(found)


def _paths(fonts: Fonts) -> list[str]:
    if fonts is None:
        return font_files()
    if isinstance(fonts, str):
        check_option("fonts", fonts, ("matplotlib",))
        required("matplotlib", "plot", "its fonts")
        return _all_from_matplotlib()
    if not isinstance(fonts, Iterable):
        raise WrongType(f'fonts: expected files or folders in a list, "matplotlib" or None, got {fonts!r}')
    return _in_folders(fonts)


def _all_from_matplotlib() -> list[str]:
    """FileMissing where an installation has fewer, whose images would silently be others."""
    found = _from_matplotlib()
    missing = sorted({*_SHIPPED} - {Path(path).stem for path in found})
    if missing:
        raise FileMissing(
            f"fonts: this matplotlib comes without {', '.join(missing)}; install the one of pip, "
            "or pass fonts=[files or folders]"
        )
    return found


def _from_matplotlib() -> list[str]:
    try:
        from matplotlib import get_data_path
    except ImportError:
        return []
    folder = Path(get_data_path(), "fonts", "ttf")
    return sorted(str(path) for name in _SHIPPED if (path := folder / f"{name}.ttf").is_file())


def _is_font(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)
