"""Several data sets as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidArgument
from ..targets.geometry import Size
from .dataset import Dataset
from .given import as_dataset
from .indexing import sample_number
from .reading import Reading

if TYPE_CHECKING:
    from .decoding import Kind
    from .decodingoptions import Decoding


class Mixture(Dataset):
    """The images of several data sets, one set after the other, without labels. Each part is decoded as it says itself;
    broken images are skipped where one of the parts says so.

    Parameters
    ----------
    parts : sequence of Dataset or ndarray
        Data sets, or uint8 arrays (N, H, W, C); at least one.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No part, or one that is no data set.

    Examples
    --------
    >>> both = bissl.data.Mixture([np.zeros((3, 32, 32, 3), np.uint8), bissl.data.CIFAR10("data", "test")])
    >>> both.read(0).shape, both.labels is None
    ((32, 32, 3), True)
    """

    def __init__(self, parts: Sequence[Dataset | np.ndarray]) -> None:
        self.parts = tuple(as_dataset(part, f"parts[{place}]") for place, part in enumerate(parts))
        if not self.parts:
            raise InvalidArgument("parts: expected at least one data set, got none")
        self._ends = np.cumsum([len(part) for part in self.parts])
        shapes = {part.image_shape for part in self.parts}
        self.image_shape = shapes.pop() if len(shapes) == 1 else None
        self.reading = _common_reading(self.parts)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        part, number = self._place(sample)
        return part.read(number, least_side)

    def replaced(self, samples: np.ndarray) -> np.ndarray:
        places = map(self._place, map(int, samples))
        return np.array([part.replaced(np.array([number]))[0] for part, number in places], bool)

    def source(self, sample: int) -> str:
        part, number = self._place(sample)
        return part.source(number)

    def size(self, sample: int) -> Size:
        part, number = self._place(sample)
        return part.size(number)

    def decodings(self) -> tuple[Decoding, ...]:
        return tuple(decoding for part in self.parts for decoding in part.decodings())

    def kind(self, sample: int) -> Kind | None:
        part, number = self._place(sample)
        return part.kind(number)

    def _place(self, sample: int) -> tuple[Dataset, int]:
        """The part that has image ``sample``, and its number there."""
        number = sample_number(sample, len(self))
        which = int(np.searchsorted(self._ends, number, side="right"))
        return self.parts[which], number - (int(self._ends[which - 1]) if which else 0)


def _common_reading(parts: Sequence[Dataset]) -> Reading:
    """For the loaders of all parts together."""
    skips = any(part.reading.on_error == "skip" for part in parts)
    workers = [part.reading.workers for part in parts if part.reading.workers is not None]
    return Reading(on_error="skip" if skips else "raise", workers=max(workers, default=None))
