"""ImageNet-1K (ILSVRC 2012; Deng et al., 2009), unpacked into one folder per WordNet id."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError, check_option
from .folders import list_class_folders
from .foundfiles import visible_folders
from .layout import Expected, inside
from .listing import Listing, labels_of_names, read_lines
from .published import PublishedImages

_FOLDERS = {"train": "train", "test": "val"}
SHARES = {"100%": None, "10%": "10percent.txt", "1%": "1percent.txt"}


class ImageNet(PublishedImages):
    """ImageNet-1K: the classes are the WordNet ids in sorted order. See `PublishedDataset`.

    The labels of the published test part are withheld: "test" is the published validation part (50,000 images), and
    "validation" a stratified cut of the training images. ``train_list`` "1%" or "10%" keeps the training images that
    SimCLR's lists name (Chen et al., 2020): ``1percent.txt`` or ``10percent.txt`` beside ``train``, a file name such
    as ``n01440764_10026.JPEG`` per line.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    train_list : str, default "100%"
        "100%", or "1%" or "10%" for the training images that SimCLR's lists name.
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
    >>> bissl.data.ImageNet("data/imagenet", "test").classes[0]
    'n01440764'
    """

    title = "ImageNet"
    homes = ("imagenet", "ILSVRC/Data/CLS-LOC")

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        train_list: str = "100%",
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.train_list = check_option("train_list", train_list, SHARES)
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        folders = [
            Expected(f"{_FOLDERS[part]}/n*/", "a folder per WordNet id") for part in dict.fromkeys(["train", *parts])
        ]
        names = SHARES[self.train_list]
        return folders + ([Expected(names, "from SimCLR's imagenet_subsets")] if names and "train" in parts else [])

    def _classes(self) -> list[str]:
        return visible_folders(self.root / "train")

    def _list(self, part: str) -> Listing:
        if part == "train" and (names := SHARES[self.train_list]):
            return self._named(self.root / names)
        listing = list_class_folders(self.root / _FOLDERS[part], self._classes())
        if part == "test" and len(visible_folders(listing.origin)) < len(self._classes()):
            raise DataError(f"{listing.origin}: expected the class folders of train, some are missing; sort it again")
        return listing

    def _named(self, origin: Path) -> Listing:
        names = read_lines(origin)
        wnids = [name.partition("_")[0] for name in names]
        labels = labels_of_names(wnids, self._classes(), origin)
        folder = self.root / "train"
        return Listing([inside(folder, f"{wnid}/{name}", origin) for wnid, name in zip(wnids, names)], labels, origin)
