"""STL-10 (Coates, Ng and Lee, 2011), in its binary archive."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import DataError, checked_integer
from ..dataset import ArrayDataset, Dataset
from ..mapping import mapped_or_read
from ..splits import SPLITS
from .layout import Expected
from .listing import labels_from_one, read_lines, whole_numbers
from .published import PublishedDataset

_SIDE = 96
FOLDS = 10


class STL10(PublishedDataset):
    """STL-10: 96 x 96 pixels, 10 classes; 5,000 images for training, 8,000 for testing, and 100,000 without labels
    (``split="unlabeled"``). Memory-mapped. See `PublishedDataset`.

    ``fold`` (0 to 9) keeps only the 1,000 training images of that published fold.

    Parameters
    ----------
    root : str or path
        The folder in which the archives were unpacked, or the unpacked folder itself.
    split : str, default "train"
        One of `bissl.data.SPLITS`, or another that the class names.
    fold : int or None, optional
        A number from 0 to 9 keeps only the 1,000 training images of that published fold; None keeps all.
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
    >>> bissl.data.STL10("data", "unlabeled").labels is None
    True
    """

    title = "STL-10"
    homes = ("stl10_binary",)
    parts = ("train", "test", "unlabeled")
    splits = (*SPLITS, "unlabeled")

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        fold: int | None = None,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self.fold = None if fold is None else checked_integer("fold", fold, 0, FOLDS - 1)
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        if parts == ("unlabeled",):
            return [Expected("unlabeled_X.bin")]
        folds = [Expected("fold_indices.txt")] if self.fold is not None else []
        (part,) = parts
        return [Expected("class_names.txt"), Expected(f"{part}_X.bin"), Expected(f"{part}_y.bin"), *folds]

    def _open(self, parts: Sequence[str]) -> Dataset:
        (part,) = parts
        if part == "unlabeled":
            return ArrayDataset(self._pixels("unlabeled_X.bin"))
        images = self._pixels(f"{part}_X.bin")
        classes = read_lines(self.root / "class_names.txt")
        labels = ArrayDataset(images, self._labels(f"{part}_y.bin", len(images), len(classes)), classes)
        if part != "train" or self.fold is None:
            return labels
        return labels.subset(self._fold_samples(len(images), self.fold))

    def _pixels(self, name: str) -> np.ndarray:
        """uint8 (N, 96, 96, 3), a view of the file, which holds each colour's plane column after column."""
        path = self.root / name
        size = path.stat().st_size
        per_image = 3 * _SIDE * _SIDE
        if size == 0 or size % per_image:
            raise DataError(
                f"{path}: expected a multiple of {per_image} bytes (3 planes of 96 x 96), got {size}; truncated?"
            )
        pixels = mapped_or_read(path, lambda: np.memmap(path, np.uint8, "r"), lambda: np.fromfile(path, np.uint8))
        return pixels.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 3, 2, 1)

    def _labels(self, name: str, count: int, classes: int) -> np.ndarray:
        path = self.root / name
        if path.stat().st_size != count:
            raise DataError(f"{path}: expected one byte for each of {count} images, got {path.stat().st_size}")
        return labels_from_one(np.fromfile(path, np.uint8).astype(np.int64), classes, path)

    def _fold_samples(self, count: int, fold: int) -> np.ndarray:
        path = self.root / "fold_indices.txt"
        lines = read_lines(path)
        if len(lines) != FOLDS:
            raise DataError(f"{path}: expected {FOLDS} lines, one per fold, got {len(lines)}")
        samples = whole_numbers(lines[fold].split(), path)
        if (samples < 0).any() or (samples >= count).any():
            raise DataError(f"{path}: expected image numbers 0 to {count - 1} in line {fold + 1}")
        return samples
