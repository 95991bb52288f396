"""Real images without a download: characters drawn with the fonts that are installed."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from ..errors import InvalidArgument, WrongType, check_option, checked_integer, checked_seed
from .dataset import ArrayDataset
from .fonts import Face, Fonts, open_font, usable_faces

LABELS: dict[str, Callable[[str, Face], str]] = {
    "character": lambda character, face: character,
    "family": lambda character, face: face.family,
    "style": lambda character, face: face.style,
}
#: Of em per side of the image.
_SIZES = (0.5, 0.9)
#: Least difference between ink and ground, in grey levels.
_CONTRAST = 96


def glyphs(
    label: str = "character",
    *,
    side: int = 32,
    characters: str = string.digits + string.ascii_uppercase,
    fonts: Fonts = None,
    count: int = 10_000,
    seed: int = 0,
) -> ArrayDataset:
    """Grey images of single characters: real shapes for experiments, drawn with Pillow from installed fonts.

    Face, character, size (0.5 to 0.9 em per side), place (wholly inside) and the grey levels of ink and ground (at
    least 96 apart) are drawn per image; the classes of ``label`` are as frequent as each other, to within one image.
    The same fonts, arguments and version of Pillow's FreeType give the same images.

    Parameters
    ----------
    label : str, default "character"
        What an image's class is: "character", "family" (of the font) or "style" (such as "Bold Oblique").
    side : int, default 32
        Side of the images, in pixels, at least 8.
    characters : str, optional
        Those to draw, each once. Fonts that lack one of them are left out.
    fonts : sequence of str or path, "matplotlib" or None, optional
        Files or folders of .ttf and .otf; "matplotlib" takes the 22 text faces that it ships, the same on every machine;
        None takes those installed (fontconfig's list, else the usual folders, else those that matplotlib ships).
    count : int, default 10000
        Number of images, at least one per class.
    seed : int, default 0
        Seed of all draws.

    Returns
    -------
    ArrayDataset
        uint8 (count, side, side, 1), labels, classes (their names).

    Raises
    ------
    FileMissing (FileNotFoundError)
        No fonts; the text names a package.
    MissingPackage (ImportError)
        Matplotlib's fonts without matplotlib.
    DataError (ValueError)
        No font has all characters.
    WrongType (TypeError), InvalidArgument (ValueError)
        An argument of another kind or out of range, or one class only.

    Examples
    --------
    >>> letters = bissl.data.glyphs("character", side=16, characters="AB", count=10)
    >>> letters.classes, letters.read(0).shape
    (('A', 'B'), (16, 16, 3))
    """
    check_option("label", label, LABELS)
    side, count = checked_integer("side", side), checked_integer("count", count)
    _check(side, characters)
    faces = usable_faces(characters, fonts)
    pairs = [(character, face) for character in characters for face in faces]
    names = [LABELS[label](character, face) for character, face in pairs]
    classes = sorted(set(names))
    if len(classes) < 2:
        raise InvalidArgument(f'label: all fonts and characters have one "{label}", {classes[0]!r}; add fonts')
    if count < len(classes):
        raise InvalidArgument(f"count: expected at least one image for each of the {len(classes)} classes, got {count}")

    labels = np.arange(count) % len(classes)
    draws = _uniform(checked_seed("seed", seed), count)
    members = [np.flatnonzero(np.array(names) == name) for name in classes]
    images = np.empty((count, side, side, 1), np.uint8)
    for image, number, draw in zip(images, labels, draws, strict=True):
        character, face = pairs[members[number][int(draw[0] * len(members[number]))]]
        image[..., 0] = _drawn(character, face, side, draw[1:])
    return ArrayDataset(images, labels, classes)


def _check(side: int, characters: str) -> None:
    if not isinstance(characters, str):
        raise WrongType(
            f'characters: expected text, such as "AB", got {type(characters).__name__}; use "".join(characters)'
        )
    if side < 8:
        raise InvalidArgument(f"side: expected at least 8 pixels, got {side}")
    repeated = {character for character in characters if characters.count(character) > 1}
    blank = {character for character in characters if not character.isprintable() or character.isspace()}
    if not characters or repeated or blank:
        given = f"{sorted(repeated)} more than once" if repeated else f"{sorted(blank)}" if blank else "none"
        raise InvalidArgument(f"characters: expected different characters that can be seen, got {given}")


def _uniform(seed: int, count: int) -> np.ndarray:
    """Numbers in [0, 1), (count, 7), from raw Philox words, which NumPy keeps fixed between versions."""
    words = np.random.Philox(key=np.array([seed, 0], np.uint64)).random_raw(count * 7)
    return (words >> np.uint64(11)).reshape(count, 7) * 2.0**-53


def _drawn(character: str, face: Face, side: int, draw: np.ndarray) -> np.ndarray:
    """uint8 (side, side). ``draw`` : six numbers in [0, 1) for size, column, row and grey levels."""
    ink = _ink(character, face, side, round(side * (_SIZES[0] + draw[0] * (_SIZES[1] - _SIZES[0]))))
    height, width = ink.shape
    left, top = int(draw[1] * (side - width + 1)), int(draw[2] * (side - height + 1))
    cover = np.zeros((side, side))
    cover[top : top + height, left : left + width] = ink / 255
    ground, contrast = _levels(*draw[3:])
    return np.rint(ground + contrast * cover).astype(np.uint8)


@lru_cache(maxsize=65_536)
def _ink(character: str, face: Face, side: int, size: int) -> np.ndarray:
    """The character's cover, uint8, cut to its ink; at the largest size up to ``size`` that fits ``side``."""
    for smaller in range(size, 0, -1):
        mask = open_font(face.path, smaller).getmask(character)
        box = mask.getbbox()
        if box is not None and box[2] - box[0] <= side and box[3] - box[1] <= side:
            ink = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
            return ink[box[1] : box[3], box[0] : box[2]]
    raise InvalidArgument(f"side: {character!r} in {face.family} does not fit {side} pixels")


def _levels(contrast: float, place: float, sign: float) -> tuple[int, int]:
    """Ground in 0..255, and what full ink adds to it (negative: dark ink). Takes three numbers in [0, 1)."""
    difference = _CONTRAST + int(contrast * (256 - _CONTRAST))
    darker = int(place * (256 - difference))
    return (darker, difference) if sign < 0.5 else (darker + difference, -difference)
