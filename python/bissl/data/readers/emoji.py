"""Emoji: the same code points, drawn by different vendors."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...errors import DataError, InvalidArgument, WrongType, check_option
from ...targets.geometry import Size
from ..dataset import Dataset
from ..decoding import Kind, decode, kind_of
from ..decodingoptions import Colour, Decoding
from ..fonts import MISSING, open_font
from ..imageformats import BROKEN
from ..indexing import sample_number
from ..reading import reading_options
from .drawnparts import Collection, DrawnParts
from .layout import Expected
from .package import Package, installed_by

BLOCKS: Mapping[str, range] = {
    "Miscellaneous Symbols": range(0x2600, 0x2700),
    "Dingbats": range(0x2700, 0x27C0),
    "Miscellaneous Symbols and Pictographs": range(0x1F300, 0x1F600),
    "Emoticons": range(0x1F600, 0x1F650),
    "Transport and Map Symbols": range(0x1F680, 0x1F700),
    "Supplemental Symbols and Pictographs": range(0x1F900, 0x1FA00),
    "Symbols and Pictographs Extended-A": range(0x1FA70, 0x1FB00),
}
"""The blocks of Unicode that consist of pictures; other emoji are letters, digits and arrows, or sequences."""


@dataclass(frozen=True)
class Vendor:
    """Where a vendor's pictures are, below the root: a font with the size in pixels at which it is drawn (fonts of bitmaps have
    one only), or PNG files that are named by code point in hexadecimal; and the Debian package of them."""

    package: str
    path: str
    font_size: int | None = None


VENDORS: Mapping[str, Vendor] = {
    "noto": Vendor("fonts-noto-color-emoji", "fonts/truetype/noto/NotoColorEmoji.ttf", 109),
    "gemojione": Vendor("ruby-gemojione", "rubygems-integration/all/gems/gemojione-3.3.0/assets/png/*.png"),
    "symbola": Vendor("fonts-symbola", "fonts/truetype/ancient-scripts/Symbola_hint.ttf", 109),
}

EMOJI_LABELS = ("character", "block", "vendor")


class Emoji(DrawnParts):
    """Emoji of one code point as vendors draw them: Google's in colour bitmaps ("noto"), EmojiOne's in PNG files
    ("gemojione"), and Symbola's in black outlines ("symbola"). Debian packages install them below ``/usr/share``, such as
    ``apt-get install fonts-noto-color-emoji``. See `PublishedDataset`; parts are drawn, as none are published.

    Parameters
    ----------
    root : str or path or None, optional
        The folder below which the packages put them; None is ``/usr/share``.
    split : str, default "train"
        One of `bissl.data.SPLITS`.
    vendors : sequence of str, default ("noto",)
        Those whose pictures are taken.
    label : str, default "block"
        What a picture's class is: its Unicode "block" ("Emoticons"), its "character" ("U+1F600"), or its "vendor".
    test_share : float, default 1/3
        Share of all pictures that are the test part; 0 leaves none.
    least_per_class : int, default 1
        Classes of fewer pictures are left out.
    validation_share : float, default 0.2
        Share of the other pictures that are the validation part.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Attributes
    ----------
    vendors : tuple of str
        Those that pictures are of.
    domains : ndarray
        int64 (N,), of each picture the number of its vendor in ``vendors``.

    Raises
    ------
    FileMissing (FileNotFoundError)
        A vendor's pictures are not installed; the text names the package.
    DataError (ValueError)
        A font or picture is broken.
    InvalidArgument (ValueError)
        An unknown vendor; the nearest is named.

    Examples
    --------
    >>> faces = bissl.data.Emoji("data", vendors=["gemojione"])
    >>> faces.classes
    ('Emoticons', 'Transport and Map Symbols')
    """

    title = "a collection of emoji"
    package: Package = Package(("fonts-noto-color-emoji", "ruby-gemojione", "fonts-symbola"), "/usr/share")

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        *,
        vendors: Sequence[str] = ("noto",),
        label: str = "block",
        test_share: float = 1 / 3,
        least_per_class: int = 1,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.vendors = _checked_vendors(vendors)
        self.package = Package(tuple(VENDORS[vendor].package for vendor in self.vendors), self.package.folder)
        self._label = check_option("label", label, EMOJI_LABELS)
        super().__init__(
            root,
            split,
            test_share=test_share,
            least_per_class=least_per_class,
            validation_share=validation_share,
            seed=seed,
            **reading,
        )

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        chosen = [VENDORS[vendor] for vendor in self.vendors]
        return [Expected(vendor.path, installed_by(vendor.package)) for vendor in chosen]

    def _collection(self) -> Collection:
        found: list[tuple[int, int, str]] = []
        for number, name in enumerate(self.vendors):
            vendor = VENDORS[name]
            path = os.path.join(self.root, vendor.path)
            drawn = _in_files(path) if vendor.font_size is None else _in_font(path, vendor.font_size)
            found += [(number, character, picture) for character, picture in drawn.items()]
        domains, characters = (np.array([entry[i] for entry in found], np.int64) for i in (0, 1))
        names = [self._class_of(*entry[:2]) for entry in found]
        classes, labels = np.unique(np.array(names, str), return_inverse=True)
        sizes = [VENDORS[name].font_size for name in self.vendors]
        places = [(path, sizes[number]) for number, _, path in found]
        pictures = EmojiPictures(places, characters, labels.astype(np.int64), classes.tolist(), **self._reading)
        return Collection(pictures, domains)

    def _class_of(self, vendor: int, character: int) -> str:
        if self._label == "vendor":
            return self.vendors[vendor]
        return _code(character) if self._label == "character" else _block(character)


class EmojiPictures(Dataset):
    """Pictures of characters, each of a font or a file, drawn as they are read.

    places : of each picture the path, and of fonts the size. characters : int64 (N,), their code points.
    """

    def __init__(
        self,
        places: Sequence[tuple[str, int | None]],
        characters: np.ndarray,
        labels: np.ndarray,
        classes: Sequence[str],
        **reading: Any,
    ) -> None:
        self.places, self.characters = list(places), characters
        self.labels, self.classes = labels, tuple(classes)
        self.decoding, self.reading = reading_options(reading)
        self._ground = cast(Colour, self.decoding.background)  # checked, and three numbers by then

    def __len__(self) -> int:
        return len(self.places)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        number = sample_number(sample, len(self))
        path, font_size = self.places[number]
        if font_size is None:
            return decode(path, least_side, self.decoding)
        picture = _picture(path, font_size, int(self.characters[number]), self._ground)
        if picture is None:
            raise DataError(f"{self.source(sample)}: the font has no picture of it any more; install it again")
        return np.asarray(picture)

    def source(self, sample: int) -> str:
        path, font_size = self.places[sample]
        return path if font_size is None else f"{path}: {_code(int(self.characters[sample]))}"

    def size(self, sample: int) -> Size:
        return self.read(sample).shape[:2]

    def decodings(self) -> tuple[Decoding, ...]:
        return (self.decoding,)

    def kind(self, sample: int) -> Kind:
        path, font_size = self.places[sample]
        return kind_of(path) if font_size is None else Kind("RGBA", ("transparent",))


def _in_font(path: str, size: int) -> dict[int, str]:
    """By code point, the font, where it has a picture."""
    return dict.fromkeys(_drawn_by(path, size, os.stat(path).st_mtime_ns), path)


@lru_cache(maxsize=8)
def _drawn_by(path: str, size: int, changed: int) -> tuple[int, ...]:
    """The characters of which a font has a picture. ``changed`` : when the file was changed, which makes the key."""
    without = _picture(path, size, ord(MISSING))
    missing = None if without is None else without.tobytes()

    def has(character: int) -> bool:
        picture = _picture(path, size, character)
        return picture is not None and picture.tobytes() != missing

    return tuple(character for block in BLOCKS.values() for character in block if has(character))


#: FreeType's faces are not to be used by several threads at once.
_DRAWING = threading.Lock()


def _picture(path: str, size: int, character: int, ground: Colour = (255, 255, 255)) -> Image.Image | None:
    """The character in the font's colours, else in black, in the middle of a square of one colour; None where there is no
    ink."""
    text = chr(character)
    try:
        with _DRAWING:
            font = _font(path, size, os.stat(path).st_mtime_ns)
            left, top, right, bottom = map(int, font.getbbox(text))
            side = max(right - left, bottom - top)
            if right <= left or bottom <= top or side > _LARGEST_SIDE:
                return None
            square = Image.new("RGB", (side, side), ground)
            corner = (side - right - left) // 2, (side - bottom - top) // 2
            ImageDraw.Draw(square).text(corner, text, (0, 0, 0), font, embedded_color=True)
    except BROKEN as error:
        raise DataError(f"{path}: {_code(character)} cannot be drawn with this font: {error}") from error
    return square


#: In pixels; a broken font may ask for more.
_LARGEST_SIDE = 4096


@lru_cache(maxsize=8)
def _font(path: str, size: int, changed: int) -> ImageFont.FreeTypeFont:
    return open_font(path, size)


def _in_files(pattern: str) -> dict[int, str]:
    """By code point, the PNG file that is named by it. Sequences of code points (flags, families) are left out."""
    folder, known = Path(pattern).parent, {character for block in BLOCKS.values() for character in block}
    found: dict[int, str] = {}
    for name in sorted(os.listdir(folder)):
        match = re.fullmatch(r"([0-9A-Fa-f]{4,5})\.png", name)
        if match and int(match[1], 16) in known:
            found.setdefault(int(match[1], 16), os.path.join(folder, name))
    return dict(sorted(found.items()))


def _block(character: int) -> str:
    return next(name for name, block in BLOCKS.items() if character in block)


def _code(character: int) -> str:
    return f"U+{character:04X}"


def _checked_vendors(vendors: Sequence[str]) -> tuple[str, ...]:
    if isinstance(vendors, str) or not isinstance(vendors, Sequence):
        raise WrongType(f'vendors: expected a list of names, such as ["noto"], got {vendors!r}')
    for place, vendor in enumerate(vendors):
        check_option(f"vendors[{place}]", vendor, VENDORS)
    if not vendors or len(set(vendors)) < len(vendors):
        raise InvalidArgument(f"vendors: expected different names, at least one, got {list(vendors)}")
    return tuple(vendors)
