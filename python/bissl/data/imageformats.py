"""Which image files are read, and opening them with Pillow."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from ..errors import BisslError, DataError
from .wholefiles import read_file

FORMATS = {
    "AVIF": ".avif .avifs",
    "BMP": ".bmp",
    "DIB": ".dib",
    "GIF": ".gif",
    "HEIF": ".heic .heif .hif",
    "ICO": ".ico",
    "JPEG": ".jpg .jpeg .jpe .jfif .mpo",
    "JPEG2000": ".jp2 .j2k .j2c .jpc .jpf .jpx",
    "PNG": ".png .apng",
    "PPM": ".ppm .pgm .pbm .pnm .pfm",
    "PSD": ".psd",
    "QOI": ".qoi",
    "SGI": ".sgi .rgb .rgba .bw",
    "TIFF": ".tif .tiff",
    "WEBP": ".webp",
    "TGA": ".tga .icb .vda .vst",
}
"""What is decoded, by Pillow's name, and the extensions that such files have, in lower case. Others of Pillow's start
programs (EPS runs Ghostscript), are films, are no pictures (FITS, HDF5), or need decoders that no data set does (PCX)."""

EXTENSIONS = frozenset(extension for listed in FORMATS.values() for extension in listed.split())

_WITHOUT_SIGNATURE = "TGA"
"""Nothing in such a file tells what it is, so that its name has to."""

LARGEST_FILE = 2**29
"""Most bytes of an image file; as many pixels as Pillow's limit allows fit in without compression."""

BROKEN = (
    *(
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        TypeError,
        LookupError,
        ArithmeticError,
        RuntimeError,
        AssertionError,
    ),
    *(struct.error, zlib.error),
)
"""What Pillow raises on broken files."""


def extension_of(name: str) -> str:
    """With its dot, in lower case; "" for a name without one."""
    return os.path.splitext(name)[1].lower()


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """The picture in a file, not decoded yet.

    Raises
    ------
    DataError (ValueError) : not an image of one of `FORMATS`, empty, truncated, or larger than Pillow's limit against
        decompression bombs; it names the path. Also what Pillow raises while the picture is used.
    FileMissing (FileNotFoundError) : there is no such file.
    """
    # From memory: a broken length in the file cannot ask for more than the file has.
    content = read_file(path, LARGEST_FILE, "image file")
    if not content:
        raise DataError(f"{path}: cannot be read as an image: the file is empty (0 bytes); copy or unpack it again")
    try:
        with Image.open(BytesIO(content), formats=_formats_of(path)) as picture:
            _check_size(picture, path)
            yield picture
    except BisslError:
        raise
    except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: cannot be read as an image: {_reason(path, error)}") from error


def _formats_of(path: str | os.PathLike[str]) -> list[str]:
    """Those that the file may have."""
    named = extension_of(os.fspath(path)) in FORMATS[_WITHOUT_SIGNATURE].split()
    return [name for name in _available() if named or name != _WITHOUT_SIGNATURE]


@lru_cache(maxsize=1)
def _available() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow decodes, with pillow-heif where it is installed."""
    Image.init()
    with contextlib.suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _reason(path: str | os.PathLike[str], error: BaseException) -> str:
    extension = extension_of(os.fspath(path))
    if not isinstance(error, UnidentifiedImageError):
        return str(error)
    for name, extensions in FORMATS.items():
        if extension in extensions.split() and name not in _available():
            way_out = "pip install 'bissl[heif]'" if name == "HEIF" else "pip install --upgrade Pillow"
            return f"Pillow does not decode {extension} files here; {way_out}"
    return "it is of no image format that is read: another kind of file, damaged, or a TIFF that Pillow does not decode"


def _check_size(picture: Image.Image, path: str | os.PathLike[str]) -> None:
    """Pillow warns above its limit and refuses above twice the limit; a data set takes the limit as it is."""
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and picture.width * picture.height > limit:
        raise DataError(f"{path}: {picture.width} x {picture.height} pixels are more than Pillow's limit of {limit}")
