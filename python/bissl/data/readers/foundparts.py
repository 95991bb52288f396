"""Folders of one's own, whose parts are what their files and folders are called."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import FileMissing, checked_path
from ..splits import SPLITS
from .published import PublishedDataset


class FoundParts(PublishedDataset):
    """A data set that has the parts that are found in it, in place of published ones. A reader says where (`find_parts`).
    See `PublishedDataset`."""

    #: What `find_parts` found.
    _found: Mapping[str, Any]

    def __init__(
        self,
        root: str | os.PathLike[str],
        split: str = "train",
        *,
        validation_share: float = 0.2,
        seed: int = 0,
        **reading: Any,
    ) -> None:
        folder = Path(checked_path("root", root))
        self._found = self.find_parts(folder)
        self.parts = tuple(self._found)
        if split == "test" and "test" not in self._found:
            raise FileMissing(f"root: {root} holds no test part{self._told_without_test(folder)}")
        super().__init__(root, split, validation_share=validation_share, seed=seed, **reading)

    @classmethod
    def find_parts(cls, root: Path) -> Mapping[str, Any]:
        """What there is of each part, "train" among them, in the order of training, validation and test."""
        raise NotImplementedError

    @classmethod
    def splits_in(cls, root: str | os.PathLike[str], **options: str) -> tuple[str, ...]:
        return SPLITS if "test" in cls.find_parts(Path(checked_path("root", root))) else SPLITS[:-1]

    def _told_without_test(self, root: Path) -> str:
        """What the message that there is no test part goes on with."""
        return ""
