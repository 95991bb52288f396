"""Describable Textures (Cimpoi, Maji, Kokkinos, Mohamed and Vedaldi, 2014)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .layout import Expected, inside
from .listing import Listing, labels_of_names, read_lines
from .partition import checked_partition
from .published import PublishedImages

_LISTS = {"train": "train", "validation": "val", "test": "test"}


class DTD(PublishedImages):
    """Describable Textures: 47 classes of 40 images each for training, validation and testing. See
    `PublishedDataset`.

    ``partition`` (1 to 10) is one of the published partitions; the first is the paper's.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    partition : int, default 1
        One of the published partitions, 1 to 10; the first is the paper's.
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
    >>> textures = bissl.data.DTD("data", "train", partition=1)
    >>> textures.read(0).shape[2]
    3
    """

    title = "Describable Textures (DTD)"
    homes = ("dtd", "dtd/dtd")
    parts = ("train", "validation", "test")

    def __init__(
        self, root: str | os.PathLike[str], split: str = "train", *, partition: int = 1, **reading: Any
    ) -> None:
        self.partition = checked_partition(partition)
        super().__init__(root, split, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        # The class names are those of all lists together.
        return [Expected("images/"), *(Expected(self._list_name(part)) for part in _LISTS)]

    def _list_name(self, part: str) -> str:
        return f"labels/{_LISTS[part]}{self.partition}.txt"

    def _names(self, part: str) -> list[str]:
        return read_lines(self.root / self._list_name(part))

    def _classes(self) -> list[str]:
        return sorted({name.partition("/")[0] for part in _LISTS for name in self._names(part)})

    def _list(self, part: str) -> Listing:
        origin = self.root / self._list_name(part)
        names = self._names(part)
        labels = labels_of_names([name.partition("/")[0] for name in names], self._classes(), origin)
        return Listing([inside(self.root / "images", name, origin) for name in names], labels, origin)
