"""Collections of pictures that were not published as data sets: all parts are drawn."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...errors import DataError, InvalidArgument, checked_integer, checked_real
from ..dataset import Dataset, Subset
from ..splits import stratified_split
from .published import PublishedDataset, class_counts


class Collection(NamedTuple):
    """All pictures, with labels; int64 (N,), the domain that each is from, where there are several."""

    pictures: Dataset
    domains: np.ndarray | None = None


class DrawnParts(PublishedDataset):
    """A collection without published parts: a stratified ``test_share`` of its pictures, drawn by ``seed``, is "test"; the
    rest is "train+validation", of which ``validation_share`` is the validation part. A reader says what there is
    (`_collection`). See `PublishedDataset`."""

    parts = ("train",)

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        split: str = "train",
        *,
        test_share: float = 1 / 3,
        least_per_class: int = 1,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        self._test_share = checked_real("test_share", test_share)
        if not 0 <= self._test_share < 1:
            raise InvalidArgument(f"test_share: expected at least 0 and below 1, got {test_share}")
        if self._test_share == 0 and split == "test":
            raise InvalidArgument("test_share: 0 leaves no test part; raise it, or take another split")
        self._least = checked_integer("least_per_class", least_per_class, 1)
        self._domains: np.ndarray | None = None
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    @abstractmethod
    def _collection(self) -> Collection:
        """All pictures, in an order that does not depend on the machine."""

    def _open(self, parts: Sequence[str]) -> Dataset:
        pictures, domains = self._collection()
        labels = np.asarray(pictures.labels)
        counts = class_counts(labels, len(pictures.classes))
        kept = np.flatnonzero(counts >= max(self._least, 1))
        if len(kept) < 2:
            largest = ", ".join(f"{counts[c]} {pictures.classes[c]!r}" for c in np.argsort(-counts, kind="stable")[:4])
            raise DataError(
                f"{self.root}: expected at least two classes of {self._least} pictures or more, got {len(kept)} (the largest: "
                f"{largest or 'there is no picture'}); lower least_per_class"
            )
        samples = np.flatnonzero(np.isin(labels, kept))
        chosen = Subset(pictures, samples)
        chosen.labels = np.searchsorted(kept, labels[samples])
        chosen.classes = tuple(pictures.classes[number] for number in kept)
        self._domains = None if domains is None else domains[samples]
        return chosen

    def _samples(self, base: Dataset, validation_share: float, seed: int) -> np.ndarray:
        strata = self._strata(base)
        if np.bincount(strata).max() < 2 and (self._test_share or self.split != "train+validation"):
            raise DataError(
                f"{self.root}: each of the {len(base)} classes has one picture, so that no part can be cut off; take classes "
                'of more pictures (of icons, label="context"), or test_share=0 and the split "train+validation"'
            )
        rest, test = np.arange(len(base)), np.arange(0)
        if self._test_share:
            rest, test = stratified_split(strata, self._test_share, seed)
        if self.split in ("test", "train+validation"):
            return test if self.split == "test" else rest
        training, validation = stratified_split(strata[rest], validation_share, seed)
        chosen: np.ndarray = rest[training if self.split == "train" else validation]
        return chosen

    @property
    def domains(self) -> np.ndarray | None:
        """int64 (N,), where each picture is from, such as its theme's number; None where that is no question."""
        if self._domains is None:
            return None
        domains: np.ndarray = self._domains[self.samples]
        return domains
