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
