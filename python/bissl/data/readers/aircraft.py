"""FGVC-Aircraft (Maji, Rahtu, Kannala, Blaschko and Vedaldi, 2013)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ...errors import check_option
from .layout import Expected, inside
from .listing import Listing, labels_of_names, read_columns, read_lines
from .published import PublishedImages

LEVELS = {"variant": "variants", "family": "families", "manufacturer": "manufacturers"}
_LISTS = {"train": "train", "validation": "val", "test": "test"}


class Aircraft(PublishedImages):
    """FGVC-Aircraft: 100 variants of aircraft, 3,334 images for training, 3,333 each for validation and testing. See
    `PublishedDataset`.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    level : str, default "variant"
        "variant" (100 classes, the paper's), "family" (70) or "manufacturer" (30).
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
    >>> variants = bissl.data.Aircraft("data", "test", level="variant")
    >>> variants.classes[:2]
    ('707-320', 'F/A-18')
    """

    title = "FGVC-Aircraft"
    homes = ("fgvc-aircraft-2013b",)
    parts = ("train", "validation", "test")

    def __init__(
        self, root: str | os.PathLike[str], split: str = "train", *, level: str = "variant", **reading: Any
    ) -> None:
        self.level = check_option("level", level, LEVELS)
        super().__init__(root, split, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        lists = [Expected(self._list_name(part)) for part in parts]
        return [Expected("data/images/"), Expected(f"data/{LEVELS[self.level]}.txt"), *lists]

    def _list_name(self, part: str) -> str:
        return f"data/images_{self.level}_{_LISTS[part]}.txt"

    def _classes(self) -> list[str]:
        return read_lines(self.root / f"data/{LEVELS[self.level]}.txt")

    def _list(self, part: str) -> Listing:
        origin = self.root / self._list_name(part)
        rows = read_columns(origin, f"image {self.level}")
        labels = labels_of_names([name for _, name in rows], self._classes(), origin)
        return Listing([inside(self.root / "data/images", f"{image}.jpg", origin) for image, _ in rows], labels, origin)
