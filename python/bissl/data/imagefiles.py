"""Images in files, decoded by Pillow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import DataError, FileMissing
from .dataset import Dataset


class ImageFiles(Dataset):
    """Image files of any format that Pillow reads, in the order given.

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
    DataError (ValueError) : not an image, truncated, or larger than Pillow's limit against decompression bombs; it
        names the path.
    FileMissing (FileNotFoundError) : there is no such file.
    """
    from PIL import Image

    try:
        with Image.open(Path(path)) as picture:
            _check_size(picture, path)
            if least_side is not None:
                picture.draft("RGB", (least_side, least_side))
            return np.asarray(picture.convert("RGB"))
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such image file") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as an image: {error}") from error


def _check_size(picture, path) -> None:
    """Pillow warns above its limit and refuses above twice the limit; a data set takes the limit as it is."""
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and picture.width * picture.height > limit:
        raise DataError(f"{path}: {picture.width} x {picture.height} pixels are more than Pillow's limit of {limit}")
