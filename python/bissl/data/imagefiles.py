"""Images in files, decoded by Pillow."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from ..errors import BisslError, DataError
from .dataset import Dataset
from .wholefiles import read_file

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP")
"""What is decoded. Others of Pillow's start programs (EPS runs Ghostscript) or are no photographs."""

LARGEST_FILE = 2**29
"""Most bytes of an image file; as many pixels as Pillow's limit allows fit in without compression."""

BROKEN = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, OverflowError, struct.error)
"""What Pillow raises on broken files."""


class ImageFiles(Dataset):
    """Image files of one of `FORMATS`, whatever their names end in, in the order given.

    Parameters
    ----------
    paths : one per image.
    labels, classes : as in `Dataset`.
    """

    def __init__(
        self, paths: Sequence[str | os.PathLike], labels: np.ndarray | None = None, classes: Sequence[str] = ()
    ) -> None:
        self.paths = [os.fspath(path) for path in paths]
        self.labels = labels
        self.classes = tuple(classes)

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        return decode(self.paths[sample], least_side)

    def source(self, sample: int) -> str:
        return self.paths[sample]


def decode(path: str | os.PathLike, least_side: int | None = None) -> np.ndarray:
    """The picture in a file as uint8 (H, W, 3); see `Dataset.read` for ``least_side``.

    Raises
    ------
    DataError (ValueError) : not an image of one of `FORMATS`, truncated, or larger than Pillow's limit against
        decompression bombs; it names the path.
    FileMissing (FileNotFoundError) : there is no such file.
    """
    with _opened(path) as picture:
        if least_side is not None:
            picture.draft("RGB", (least_side, least_side))
        return np.asarray(picture.convert("RGB"))


def decode_indices(path: str | os.PathLike) -> np.ndarray:
    """The numbers in a picture with one number per pixel (a palette's indices, or grey): uint8 (H, W).

    Raises
    ------
    DataError (ValueError), FileMissing (FileNotFoundError) : as `decode`; and a picture of several channels.
    """
    with _opened(path) as picture:
        if picture.mode not in ("P", "L"):
            raise DataError(f"{path}: expected one number of 8 bits per pixel, got a picture of mode {picture.mode}")
        return np.array(picture)


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[Image]:
    from PIL import Image

    # From memory: a broken length in the file cannot ask for more than the file has.
    content = BytesIO(read_file(path, LARGEST_FILE, "image file"))
    try:
        with Image.open(content, formats=FORMATS) as picture:
            _check_size(picture, path)
            yield picture
    except BisslError:
        raise
    except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error


def _check_size(picture: Image, path: str | os.PathLike) -> None:
    """Pillow warns above its limit and refuses above twice the limit; a data set takes the limit as it is."""
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and picture.width * picture.height > limit:
        raise DataError(f"{path}: {picture.width} x {picture.height} pixels are more than Pillow's limit of {limit}")
