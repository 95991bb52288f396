"""Caltech-101 (Li, Andreeto, Ranzato and Perona, 2022; first published 2004)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import DataError, checked_integer
from ..dataset import Dataset
from ..imagefiles import ImageFiles
from ..splits import split_per_class
from .folders import list_class_folders
from .foundfiles import visible_folders
from .layout import Expected
from .published import PublishedDataset, class_counts

BACKGROUND = "BACKGROUND_Google"
"""A folder of unrelated pictures, no class."""


class Caltech101(PublishedDataset):
    """Caltech-101: 101 categories of 31 to 800 images. See `PublishedDataset`.

    No parts are published: ``train_per_class`` random images of each class are "train+validation", the others "test"
    (paper, section B.1), drawn by ``seed``, of which ``validation_share`` are the validation part.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    train_per_class : int, default 30
        Random images of each class that are "train+validation"; the others are "test" (paper, section B.1).
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
    >>> training = bissl.data.Caltech101("data", "train+validation", train_per_class=30)
    >>> training.read(0).dtype
    dtype('uint8')
    """

    title = "Caltech-101"
    homes = ("caltech101", "caltech-101")
    images = "101_ObjectCategories"

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        train_per_class: int = 30,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.train_per_class, self.seed = checked_integer("train_per_class", train_per_class, 1), seed
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        return [Expected(f"{self.images}/*/", "a folder per category")]

    def _open(self, parts: Sequence[str]) -> Dataset:
        folder = self.root / self.images
        classes = [name for name in visible_folders(folder) if name != BACKGROUND]
        listing = list_class_folders(folder, classes, skip=BACKGROUND)
        labels = np.asarray(listing.labels)
        self._check_sizes(labels, classes)
        training, test = split_per_class(labels, self.train_per_class, self.seed)
        self._note_skipped(listing.origin, listing.skipped)
        files = ImageFiles(listing.paths, listing.labels, classes, **self._reading)
        return files.subset(training if parts == ("train",) else test)

    def _check_sizes(self, labels: np.ndarray, classes: Sequence[str]) -> None:
        counts = class_counts(labels, len(classes))
        if counts.size and counts.min() <= self.train_per_class:
            name = classes[int(np.argmin(counts))]
            raise DataError(
                f"{self.root / self.images / name}: {counts.min()} images; {self.train_per_class} are for training and "
                "at least one for testing; lower train_per_class or unpack the archive again"
            )
