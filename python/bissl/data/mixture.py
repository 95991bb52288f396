"""Several data sets as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InvalidArgument
from .dataset import Dataset, as_dataset


class Mixture(Dataset):
    """The images of several data sets, one set after the other, without labels.

    parts : data sets, or uint8 arrays (N, H, W, C); at least one.
    """

    def __init__(self, parts: Sequence[Dataset | np.ndarray]) -> None:
        self.parts = tuple(as_dataset(part, f"parts[{place}]") for place, part in enumerate(parts))
        if not self.parts:
            raise InvalidArgument("parts: expected at least one data set, got none")
        self._ends = np.cumsum([len(part) for part in self.parts])
        shapes = {part.image_shape for part in self.parts}
        self.image_shape = shapes.pop() if len(shapes) == 1 else None

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        part, number = self._place(sample)
        return part.read(number, least_side)

    def source(self, sample: int) -> str:
        part, number = self._place(sample)
        return part.source(number)

    def _place(self, sample: int) -> tuple[Dataset, int]:
        """The part that has image ``sample``, and its number there."""
        which = int(np.searchsorted(self._ends, sample, side="right"))
        return self.parts[which], sample - (int(self._ends[which - 1]) if which else 0)
