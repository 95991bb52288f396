"""Images in memory that differ in size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgument
from .checks import checked_images
from .dataset import Dataset, named_labels
from .normalization import as_rgb


class ImageList(Dataset):
    """Images in memory, each of its own size. Not copied, never written to.

    Parameters
    ----------
    images : uint8 arrays (H, W, 3), (H, W, 1) or (H, W).
    labels : one per image: a class number or name, or any number of classes, as `ArrayDataset` takes them; or, for
        detection, mappings of boxes and classes (`bissl.targets.BoxTargets`); or, for segmentation, label maps (H, W)
        (`bissl.targets.LabelMaps`).
    classes : names, by class number.

    Raises
    ------
    TypeError, ValueError : an image of another dtype or layout, named by its number; other numbers of labels.
    """

    def __init__(self, images: Sequence[Any], labels: Sequence[Any] | None = None, classes: Sequence[str] = ()) -> None:
        self.images = [
            checked_images(np.asarray(image)[None], f"images[{number}]")[0] for number, image in enumerate(images)
        ]
        self.dense_targets = _dense(labels)
        self._targets = labels if self.dense_targets else None
        if labels is not None and len(labels) != len(self.images):
            raise InvalidArgument(f"labels: expected one per image, {len(self.images)}, got {len(labels)}")
        plain = None if self.dense_targets else labels
        self.labels, self.classes = named_labels(plain, len(self.images), tuple(classes))

    def __len__(self) -> int:
        return len(self.images)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        return as_rgb(self.images[sample][None])[0]

    def target(self, sample: int) -> Any:
        return super().target(sample) if self._targets is None else self._targets[sample]


def _dense(labels: Sequence[Any] | None) -> str:
    """What `Dataset.dense_targets` says of them."""
    if labels is None or len(labels) == 0:
        return ""
    if isinstance(labels[0], Mapping):
        return "boxes"
    return "a class per pixel" if np.ndim(labels[0]) == 2 else ""
