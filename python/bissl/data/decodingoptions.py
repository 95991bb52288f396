"""The options of decoding: how pictures of all kinds become 8-bit RGB."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import ImageColor

from ..errors import InvalidArgument, WrongType

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Decoding:
    """How pictures that are not plain 8-bit RGB become it.

    - Transparent pixels (alpha, or a transparent colour of a palette or of grey) are laid over ``background``.
    - Integers of more than 8 bits: v becomes ⌊256 v / (maximum + 1)⌋, v >> 8 for 16 bits and v >> 4 for 12. The maximum is
      that of the file's bits. Those of 32 bits are read as 16-bit values, the range in which Pillow keeps them; a value
      beyond is an error.
    - Floating-point numbers are refused unless ``float_range`` states what black and white are.
    - Photographs are turned upright as their EXIF data say (those in HEIF files always are).
    - Palettes, 1-bit, grey, CMYK, YCbCr and LAB pictures are converted by Pillow; colour profiles are not applied. Of
      animations and of several pages the first is taken.

    Parameters
    ----------
    background : str or sequence of int, default (255, 255, 255)
        Three numbers 0..255, or a colour by name ("black", "#808080").
    exif_orientation : bool, default True
        Whether photographs are turned upright.
    integer_maximum : int or None, optional
        The integer that is white in pictures of more than 8 bits, such as 4095 for 12-bit values that are kept in 16
        bits; None is the maximum of the file's bits. Those of several channels are refused with another than that: 8 bits of
        them are read.
    float_range : tuple of float or None, optional
        (black, white) of floating-point pictures; values beyond are cut off.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A colour, number or range that is none.

    Examples
    --------
    >>> bissl.data.Decoding(background="black", integer_maximum=4095).background
    (0, 0, 0)
    """

    background: Colour | str | Sequence[int] = (255, 255, 255)
    exif_orientation: bool = True
    integer_maximum: int | None = None
    float_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "background", _checked_colour(self.background))
        if not isinstance(self.exif_orientation, (bool, np.bool_)):
            raise WrongType(f"exif_orientation: expected True or False, got {self.exif_orientation!r}")
        if self.integer_maximum is not None:
            object.__setattr__(self, "integer_maximum", _checked_maximum(self.integer_maximum))
        if self.float_range is not None:
            object.__setattr__(self, "float_range", _checked_range(self.float_range))


def _checked_colour(colour: Any) -> Colour:
    if isinstance(colour, str):
        try:
            red, green, blue = ImageColor.getrgb(colour)[:3]
            return red, green, blue
        except ValueError:
            raise InvalidArgument(
                f'background: expected a colour such as "white", "#808080" or (255, 255, 255), got {colour!r}'
            ) from None
    values = tuple(colour) if isinstance(colour, (Sequence, np.ndarray)) else ()
    if len(values) != 3 or not all(_is_integer(value) and 0 <= value <= 255 for value in values):
        raise InvalidArgument(f"background: expected three numbers 0 to 255, or a colour by name, got {colour!r}")
    red, green, blue = map(int, values)
    return red, green, blue


def _checked_maximum(maximum: Any) -> int:
    if not _is_integer(maximum):
        raise WrongType(f"integer_maximum: expected a whole number or None, got {maximum!r}")
    if not 1 <= maximum < 2**32:
        raise InvalidArgument(f"integer_maximum: expected 1 to 2**32 - 1, got {maximum}")
    return int(maximum)


def _checked_range(interval: Any) -> tuple[float, float]:
    ends = tuple(interval) if isinstance(interval, (Sequence, np.ndarray)) and not isinstance(interval, str) else ()
    numeric = len(ends) == 2 and all(isinstance(end, numbers.Real) and math.isfinite(end) for end in ends)
    if not numeric or not ends[0] < ends[1]:
        raise InvalidArgument(f"float_range: expected (black, white), two numbers with black < white, got {interval!r}")
    return float(ends[0]), float(ends[1])


def _is_integer(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
