"""Oxford Flowers 102 (Nilsback and Zisserman, 2008)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import DataError
from .layout import Expected
from .listing import Listing, labels_from_one
from .matfiles import MatFile
from .published import PublishedImages

_LISTS = {"train": "trnid", "validation": "valid", "test": "tstid"}


class Flowers102(PublishedImages):
    """Oxford Flowers 102: 102 species, 10 images each for training and validation, 6,149 for testing. The files hold
    no names: ``classes`` are the published numbers, "1" to "102". See `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    validation_share : float, default 0.2
        Share of the training images that are the validation part where none is published.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken.

    Examples
    --------
    >>> flowers = bissl.data.Flowers102("data", "train")
    >>> flowers.classes[0], flowers.read(0).shape[2]
    ('1', 3)
    """

    title = "Oxford Flowers 102"
    homes = ("flowers-102",)
    parts = ("train", "validation", "test")

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected("jpg/"), Expected("imagelabels.mat"), Expected("setid.mat")]

    def _class_numbers(self) -> np.ndarray:
        """Of all images, counted from 1."""
        return MatFile(self.root / "imagelabels.mat", "labels").numbers("labels")

    def _classes(self) -> list[str]:
        return [str(number) for number in range(1, _most(self._class_numbers(), self.root / "imagelabels.mat") + 1)]

    def _list(self, part: str) -> Listing:
        numbers = self._class_numbers()
        origin = self.root / "setid.mat"
        images = MatFile(origin, _LISTS[part]).numbers(_LISTS[part])
        outside = (images < 1) | (images > len(numbers))
        if outside.any():
            raise DataError(f"{origin}: expected image numbers 1 to {len(numbers)}, got {images[outside][0]}")
        labels = labels_from_one(numbers[images - 1], len(self._classes()), self.root / "imagelabels.mat")
        return Listing([str(self.root / f"jpg/image_{image:05d}.jpg") for image in images], labels, origin)


def _most(numbers: np.ndarray, origin: Path) -> int:
    """The highest class number; no more classes than images."""
    most = int(numbers.max(initial=0))
    if not 1 <= most <= len(numbers):
        raise DataError(f"{origin}: expected class numbers 1 to at most {len(numbers)}, got {most}")
    return most
