"""Boxes and label maps as sequences by image, and as labels of images that had others, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from ..targets import DenseTargets
from .dataset import Dataset, Subset, own_copy
from .substitution import read_label

#: So many labels are looked at for a digest.
_LOOK = 128


class Relabelled(Subset):
    """The images of a data set with boxes or label maps of a user's own, one per image, checked already."""

    def __init__(self, base: Dataset, labels: Sequence[Any], targets: DenseTargets) -> None:
        super().__init__(base, np.arange(len(base)))
        self._own = labels
        self.dense_targets = targets.what
        self.labels, self.classes = None, ()

    def target(self, sample: int) -> Any:
        return own_copy(self._own[self._in_base(sample)])


class DenseLabels:
    """The boxes or label maps of a data set's images as ``targets`` check and join them, each read anew where it is asked
    for, so that those of any number of images take no memory.

    Raises, by ``[]``, as `bissl.data.substitution.read_label`.
    """

    def __init__(self, dataset: Dataset, targets: DenseTargets) -> None:
        self._dataset, self._targets = dataset, targets

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, sample: int) -> Any:
        return read_label(self._dataset, self._targets, sample, self._dataset.size(sample))[0]

    def __iter__(self) -> Iterator[Any]:
        return map(self.__getitem__, range(len(self)))

    def digest(self) -> str:
        """Of all labels, or of 128 evenly spaced ones where there are more."""
        samples = np.linspace(0, len(self) - 1, min(len(self), _LOOK)).round().astype(np.int64)
        digest = blake2b(f"{len(self)}".encode(), digest_size=16)
        for sample in samples:
            label = self[int(sample)]
            arrays = label.values() if isinstance(label, dict) else (label,)
            for array in arrays:
                digest.update(repr((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
