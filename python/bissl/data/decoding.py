"""From pictures of any kind to 8-bit RGB: the one way that all images in files take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import TiffImageFile

from ..errors import DataError
from ..targets.geometry import Size
from .decodingoptions import Decoding
from .imageformats import BROKEN, opened


@dataclass(frozen=True)
class Kind:
    """What a file holds, before it is decoded. mode : Pillow's, such as "RGB", "P" or "I;16". traits : what else
    matters to `Decoding`: "transparent", "turned by EXIF", "several frames"; "16 bits" where it has several channels of so
    many, which the mode does not tell."""

    mode: str
    traits: tuple[str, ...] = ()


def decode(path: str | os.PathLike[str], least_side: int | None = None, decoding: Decoding = Decoding()) -> np.ndarray:
    """The picture in a file as uint8 (H, W, 3); see `bissl.data.Dataset.read` for ``least_side``.

    Raises as `bissl.data.imageformats.opened`; DataError (ValueError) also for a picture that `Decoding` refuses, with
    its path and mode.
    """
    with opened(path) as picture:
        if least_side is not None:
            picture.draft("RGB", (least_side, least_side))
        return pixels_of(picture, decoding, os.fspath(path))


def decode_indices(path: str | os.PathLike[str]) -> np.ndarray:
    """The numbers in a picture with one number per pixel (a palette's indices, or grey, of 1 to 8 bits), as they stand in the
    file: uint8 (H, W).

    Raises
    ------
    DataError (ValueError), FileMissing (FileNotFoundError) : as `decode`; a picture of several channels, or of a format whose
        compression changes numbers.
    """
    with opened(path) as picture:
        if picture.mode not in ("1", "P", "L") or _lost_maximum(picture) is not None:
            raise DataError(f"{path}: expected one number of 8 bits per pixel, got a picture of mode {picture.mode}")
        if picture.format in _LOSSY or picture.info.get("compression") in ("jpeg", "webp"):
            raise DataError(
                f"{path}: expected class numbers as they were written, got a {picture.format} picture, whose compression "
                "changes them; save label maps as PNG, from the numbers themselves"
            )
        greatest, is_inverted = _scale(picture)
        shown = 1 if picture.mode == "1" else 255
        values = np.array(picture).astype(np.uint8, copy=False)
    if greatest == shown and not is_inverted:
        return values
    numbers = (np.arange(shown + 1) * greatest + shown // 2) // shown  # of every value
    return (greatest - numbers if is_inverted else numbers).astype(np.uint8)[values]


_LOSSY = ("JPEG", "MPO", "JPEG2000", "WEBP", "AVIF", "HEIF")


def _scale(picture: Image.Image) -> tuple[int, bool]:
    """Of a picture with one number per pixel that is not decoded yet: the greatest number that its file can hold, which Pillow
    makes 255 (1 in mode "1") where it is grey; and whether Pillow inverts it."""
    if picture.mode == "P":
        return 255, False
    raw, *more = _stored_as(picture) or (picture.mode,)
    if more and picture.format == "PPM":
        return more[0], False
    marks = raw.partition(";")[2]
    bits = marks.rstrip("IR") or ("1" if picture.mode == "1" else "8")
    return 2 ** int(bits) - 1, "I" in marks


def _stored_as(picture: Image.Image) -> tuple[Any, ...]:
    """How the numbers of a picture that is not decoded yet lie in its file, by Pillow's name, such as "L;2" or "RGB;16B", and
    what else its decoder is told. () for pictures in memory, and in formats that do not say."""
    tiles = getattr(picture, "tile", None)
    given = tiles[0][3] if tiles else ()
    told = (given,) if isinstance(given, str) else tuple(given or ())
    return told if told and isinstance(told[0], str) else ()


def _lost_maximum(picture: Image.Image) -> int | None:
    """The greatest integer that a picture's file can hold, where it is one of more than 8 bits of which Pillow keeps 8, as of
    those with several channels; None otherwise."""
    raw, *more = _stored_as(picture) or ("",)
    if picture.mode.startswith(("I", "F")):
        return None
    if more and picture.format == "PPM":
        return more[0] if more[0] > 255 else None
    return 2**16 - 1 if ";16" in raw else None


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """What kind of picture a file holds. Raises as `bissl.data.imageformats.opened`."""
    with opened(path) as picture:
        is_deep = _lost_maximum(picture) is not None
        found = {
            "transparent": picture.has_transparency_data,
            "turned by EXIF": _orientation(picture) != 1,
            "several frames": _has_several_frames(picture),
            "16 bits": is_deep,
        }
        return Kind(picture.mode, tuple(name for name, there in found.items() if there))


def _has_several_frames(picture: Image.Image) -> bool:
    """Broken frames behind the first one are no matter."""
    try:
        return getattr(picture, "is_animated", False)
    except BROKEN:
        return False


def size_of(path: str | os.PathLike[str], decoding: Decoding) -> Size:
    """Height and width of the picture as `decode` gives it, in pixels; by the beginning of the file alone, where that tells.
    Raises as `bissl.data.imageformats.opened`, and for a TIFF file on its side as `decode`."""
    with opened(path) as picture:
        width, height = picture.size
        if _orientation(picture) < 5:
            return height, width
        if picture.format != "TIFF":  # which Pillow turns itself as it decodes
            return (width, height) if decoding.exif_orientation else (height, width)
    return decode(path, decoding=decoding).shape[:2]


def pixels_of(picture: Image.Image, decoding: Decoding, source: str) -> np.ndarray:
    """A picture that is open as uint8 (H, W, 3); ``source`` is what messages call it."""
    _check_maximum(picture, decoding, source)  # first: to ask a PNG file for its orientation decodes it
    stated = _orientation(picture)
    picture.load()
    left = _orientation(picture)  # Pillow turns TIFF files itself, and forgets that there was something to turn
    pixels = _eight_bits(picture, decoding, source)
    if decoding.exif_orientation:
        return turned(pixels, left)
    return pixels if left == stated else turned(pixels, _INVERSE.get(stated, stated))


_INVERSE = {6: 8, 8: 6}


def _orientation(picture: Image.Image) -> int:
    """As EXIF counts, 1 to 8. Broken EXIF data turn nothing."""
    try:
        value = picture.getexif().get(Base.Orientation, 1)
    except BROKEN:
        return 1
    return value if value in range(1, 9) else 1


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """An image (H, W, 3) upright, which was stored with this EXIF orientation."""
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    return np.ascontiguousarray(pixels)


def _eight_bits(picture: Image.Image, decoding: Decoding, source: str) -> np.ndarray:
    if picture.mode == "F":
        return _grey(_of_floats(picture, decoding, source))
    if picture.mode == "I" or picture.mode.startswith("I;"):
        return _of_integers(picture, decoding, source)
    _check_unsigned(picture, source)
    if picture.has_transparency_data and not _has_unused_alpha(picture):
        if picture.mode == "La":
            picture = picture.convert("LA")
        above = picture.convert("RGBA")
        ground = Image.new("RGBA", above.size, (*decoding.background, 255))
        picture = Image.alpha_composite(ground, above)
    return np.asarray(picture.convert("RGB"))


def _check_maximum(picture: Image.Image, decoding: Decoding, source: str) -> None:
    """DataError where the integer that is white is asked for, and Pillow keeps too few bits to heed it."""
    kept, maximum = _lost_maximum(picture), decoding.integer_maximum
    if kept is not None and maximum not in (None, kept):
        raise DataError(
            f"{source}: a picture (mode {picture.mode}) of integers up to {kept}, of which 8 bits are read, so that "
            f"integer_maximum={maximum} cannot be heeded; save it with 8 bits, or as grey with 16, or leave "
            "integer_maximum out"
        )


def _has_unused_alpha(picture: Image.Image) -> bool:
    """Formats whose fourth byte often means nothing: it is zero everywhere then."""
    unused = picture.format in ("TGA", "BMP", "DIB") and picture.mode == "RGBA"
    return unused and picture.getchannel("A").getextrema() == (0, 0)


def _check_unsigned(picture: Image.Image, source: str) -> None:
    """Pillow reads the bytes of 8-bit numbers with a sign as if they had none."""
    if 2 in _tiff_tag(picture, _SAMPLE_FORMAT, ()):
        raise DataError(f"{source}: a picture (mode {picture.mode}) of numbers with a sign; save it without one")


_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # of TIFF


def _tiff_tag(picture: Image.Image, tag: int, otherwise: Any) -> Any:
    """What a TIFF file says; ``otherwise`` where it says nothing, and of files in other formats."""
    return picture.tag_v2.get(tag, otherwise) if isinstance(picture, TiffImageFile) else otherwise


def _of_integers(picture: Image.Image, decoding: Decoding, source: str) -> np.ndarray:
    """uint8 (H, W, 3) of one integer per pixel."""
    values = np.asarray(picture)
    bits = _tiff_tag(picture, _BITS, (16,))[0]
    maximum = decoding.integer_maximum or 2 ** min(bits, 16) - 1
    if values.min() < 0 or values.max() > maximum:
        raise DataError(
            f"{source}: a picture (mode {picture.mode}) of integers {values.min()} to {values.max()}, expected 0 to "
            f"{maximum}; state which integer is white: integer_maximum={max(int(values.max()), 1)}"
        )
    wide = values.astype(np.uint32 if maximum < 2**16 else np.int64)  # holds 256 times the maximum
    pixels = _grey((_white_is_zero(picture, wide, maximum) * 256 // (maximum + 1)).astype(np.uint8))
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        pixels[values == transparent] = decoding.background
    return pixels


def _of_floats(picture: Image.Image, decoding: Decoding, source: str) -> np.ndarray:
    """uint8 (H, W) of one floating-point number per pixel."""
    values = np.asarray(picture).astype(np.float64)
    if not np.isfinite(values).all():
        raise DataError(f"{source}: a floating-point picture (mode F) with NaN or infinity in it")
    if decoding.float_range is None:
        raise DataError(
            f"{source}: a floating-point picture (mode F) of numbers {values.min():.4g} to {values.max():.4g}; state "
            f"which are black and white, for instance float_range=(0, 1)"
        )
    black, white = decoding.float_range
    share = np.clip((values - black) / (white - black), 0, 1)
    result: np.ndarray = np.rint(255 * _white_is_zero(picture, share, 1)).astype(np.uint8)
    return result


def _white_is_zero(picture: Image.Image, values: np.ndarray, maximum: float) -> np.ndarray:
    """Values that grow with brightness: Pillow leaves TIFF files whose zero is white as they are."""
    reversed_ = _tiff_tag(picture, _PHOTOMETRIC, None) == 0
    return maximum - values if reversed_ else values


def _grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[..., None], 3, axis=2)
