"""Images in memory that differ in size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from ..targets.choice import dense_kind_of
from ..targets.geometry import Size
from .checks import checked_images
from .dataset import Dataset, is_listed, named_labels, own_copy
from .decoding import pixels_of
from .decodingoptions import Decoding
from .indexing import sample_number
from .normalization import as_rgb


class ImageList(Dataset):
    """Images in memory, each of its own size. Not copied, never written to.

    Parameters
    ----------
    images : sequence of object
        uint8 arrays (H, W, 3), (H, W, 1) or (H, W), or Pillow's images, which are decoded as files are.
    labels : sequence of object or None, optional
        One per image: a class number or name, or any number of classes, as `ArrayDataset` takes them; or, for
        detection, mappings of boxes and classes (`bissl.targets.BoxTargets`); or, for segmentation, label maps (H, W)
        (`bissl.targets.LabelMaps`).
    classes : sequence of str, default ()
        Names, by class number.
    name : str, default "images"
        What messages call the images.

    Raises
    ------
    TypeError, ValueError
        An image of another dtype or layout, named by its number; labels that are not one per image; names that are no text, or
        the same.

    Examples
    --------
    >>> images = [np.zeros((20, 30, 3), np.uint8), np.zeros((25, 20, 3), np.uint8)]
    >>> data = bissl.data.ImageList(images, ["cat", "dog"])
    >>> data.read(1).shape, data.classes
    ((25, 20, 3), ('cat', 'dog'))
    """

    def __init__(
        self,
        images: Sequence[Any],
        labels: Sequence[Any] | None = None,
        classes: Sequence[str] = (),
        name: str = "images",
    ) -> None:
        for argument, value in ((name, images), ("labels", [] if labels is None else labels)):
            if not is_listed(value):
                raise WrongType(f"{argument}: expected a list, one per image, got {type(value).__name__}")
        self.images = [_pixels(image, f"{name}[{number}]") for number, image in enumerate(images)]
        kind = None if labels is None else dense_kind_of(labels)
        self.dense_targets = "" if kind is None else kind.what
        self._targets = labels if self.dense_targets else None
        if labels is not None and len(labels) != len(self.images):
            raise InvalidArgument(f"labels: expected one per image, {len(self.images)}, got {len(labels)}")
        plain = None if self.dense_targets else labels
        self.labels, self.classes = named_labels(plain, len(self.images), classes)

    def __len__(self) -> int:
        return len(self.images)

    def read(self, sample: int, least_side: int | None = None) -> np.ndarray:
        return np.array(as_rgb(self.images[sample_number(sample, len(self))][None])[0], order="C")

    def size(self, sample: int) -> Size:
        return self.images[sample_number(sample, len(self))].shape[:2]

    def target(self, sample: int) -> Any:
        if self._targets is None:
            return super().target(sample)
        return own_copy(self._targets[sample_number(sample, len(self))])


def _pixels(image: Any, name: str) -> np.ndarray:
    """uint8 (H, W, C)."""
    decoded = pixels_of(image, Decoding(), name) if isinstance(image, Image.Image) else as_array(image, name)
    result: np.ndarray = checked_images((decoded[..., None] if decoded.ndim == 2 else decoded)[None], name)[0]
    return result
