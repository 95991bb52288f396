"""What all published data sets share: where their files are, and how the splits come out of the published parts."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...errors import DataError, InvalidArgument, check_option
from ..dataset import Dataset, Subset
from ..decodingoptions import Decoding
from ..imagefiles import ImageFiles
from ..reading import reading_options
from ..spellings import spelled
from ..splits import SPLITS, stratified_split
from .foundfiles import report_skipped, skipped_text
from .layout import Expected, expected_tree, locate
from .listing import Listing, check_present, joined
from .package import Package, root_or_default


class PublishedDataset(Subset):
    """A data set in the files in which it was published.

    A reader says what its files are (`title`, `homes`, `expected`), which parts the publisher gives (`parts`), and
    opens them (`_open`). The splits have one meaning for all (`bissl.data.SPLITS`): where no validation part is
    published, a stratified ``validation_share`` of the training part is one (paper, section B.1).

    Parameters
    ----------
    root : str or path or None, optional
        The folder in which the archives were unpacked, or the unpacked folder itself; None is where the Debian package of
        the data set puts it, for those that have one (`package`).
    split : str, default "train"
        One of `splits`.
    validation_share : float, default 0.2
        Of a validation part that is not published.
    seed : int, default 0
        Of a validation part that is not published.
    **reading : object
        Options of `bissl.data.Decoding`, ``on_error`` and ``workers``, see `bissl.data.Loader`.

    Attributes
    ----------
    skipped_files
        Files in its folders that are not read as images, by extension, where folders are searched.

    Raises
    ------
    FileMissing (FileNotFoundError)
        Files are missing; the text is the expected tree with what was found.
    DataError (ValueError)
        A file is broken, a class has no images, or there is one class only.

    Examples
    --------
    >>> issubclass(bissl.data.CIFAR10, bissl.data.PublishedDataset)
    True
    >>> bissl.data.CIFAR10.splits_in("data")
    ('train', 'validation', 'train+validation', 'test')
    """

    title: ClassVar[str]
    #: The classes, where they are known without any file.
    published_classes: ClassVar[tuple[str, ...]] = ()
    homes: ClassVar[tuple[str, ...]] = ()
    package: Package | None = None
    parts: tuple[str, ...] = ("train", "test")
    splits: ClassVar[tuple[str, ...]] = SPLITS

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        *,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self._reading = reading
        self.skipped_files: Counter[str] = Counter()
        self.split = check_option("split", spelled(split), self.splits)
        parts = self._parts_of(self.split)
        folder = root_or_default(self.title, root, self.package)
        way_out = "" if self.package is None else self.package.way_out
        self.root = locate(self.title, folder, self.homes, self.expected(parts), way_out)
        base = self._open(parts)
        self._check_populated(base, parts)
        super().__init__(base, self._samples(base, validation_share, seed))
        decoding, self.reading = reading_options(reading)
        if self.image_shape is not None and decoding != Decoding():
            raise InvalidArgument(f"{self.title} lies in arrays that are not decoded; leave options of decoding out")

    @classmethod
    def splits_in(cls, root: str | os.PathLike[str], **options: str) -> tuple[str, ...]:
        """The splits that there can be under ``root`` with these options of the reader."""
        return cls.splits

    def expected(self, parts: Sequence[str]) -> list[Expected]:
        """The files that these published parts need."""
        raise NotImplementedError

    def _open(self, parts: Sequence[str]) -> Dataset:
        """All images of these published parts, in published order."""
        raise NotImplementedError

    def _strata(self, base: Dataset) -> np.ndarray:
        """What a validation part keeps the proportions of: the labels, where there are any."""
        return np.zeros(len(base), np.int64) if base.labels is None else base.labels

    def _parts_of(self, split: str) -> tuple[str, ...]:
        if split == "train+validation":
            return tuple(part for part in ("train", "validation") if part in self.parts)
        return (split,) if split in self.parts else ("train",)

    def _samples(self, base: Dataset, validation_share: float, seed: int) -> np.ndarray:
        cut = self.split in ("train", "validation") and "validation" not in self.parts
        if not cut:
            return np.arange(len(base))
        train, validation = stratified_split(self._strata(base), validation_share, seed)
        return train if self.split == "train" else validation

    def _check_populated(self, base: Dataset, parts: Sequence[str]) -> None:
        """At least one image; in training for classification at least two classes, none of them empty."""
        if len(base) == 0:
            raise self._empty("no images", parts)
        if base.labels is None or self.dense_targets or "train" not in parts:
            return
        if len(base.classes) < 2:
            raise self._empty(f"one class only, {base.classes[0]!r}", parts)
        counts = class_counts(base.labels, len(base.classes))
        if (counts == 0).any():
            raise self._empty(f"no images of the class {base.classes[int(np.argmin(counts))]!r}", parts)

    def _empty(self, what: str, parts: Sequence[str]) -> DataError:
        tree = expected_tree(self.root, self.expected(parts))
        skipped = f" (not read as images: {skipped_text(self.skipped_files)})" if self.skipped_files else ""
        return DataError(f"{self.root}: {what} in the part {'+'.join(parts)!r}{skipped}; {self.title} expects\n{tree}")

    def _note_skipped(self, folder: Path, skipped: Mapping[str, int]) -> None:
        """Counts, and warns of, what is not read as images."""
        skipped = {kind: count for kind, count in skipped.items() if count}
        self.skipped_files.update(skipped)
        report_skipped(folder, skipped)

    def subset(self, samples: Sequence[int] | np.ndarray) -> PublishedDataset:
        """The images of these numbers, in this order, with all that this data set tells of them."""
        numbers = Subset(self, samples).samples
        chosen = copy.copy(self)
        Subset.__init__(chosen, self.base, self.samples[numbers])
        chosen.reading = self.reading
        return chosen


class PublishedImages(PublishedDataset):
    """A published data set of image files: a reader lists each part (`_list`) and names the classes (`_classes`)."""

    def _list(self, part: str) -> Listing:
        raise NotImplementedError

    def _classes(self) -> Sequence[str]:
        raise NotImplementedError

    def _open(self, parts: Sequence[str]) -> ImageFiles:
        listings = [self._list(part) for part in parts]
        for listing in listings:
            check_present(listing)
            self._note_skipped(listing.origin, listing.skipped)
        return ImageFiles(*joined(listings), self._classes(), **self._reading)


def class_counts(labels: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes,): how many images show each class; labels int64 (N,), or bool or int8 (N, classes)."""
    return (labels == 1).sum(axis=0) if labels.ndim == 2 else np.bincount(labels, minlength=classes)
