"""Image files with boxes that lie in memory."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from ...errors import BisslError, DataError
from ...targets import BoxTargets, ImageBoxes
from ..dataset import own_copy
from ..imagefiles import ImageFiles
from ..indexing import sample_number


class BoxFiles(ImageFiles):
    """Image files, and the objects in each.

    objects : one mapping per path, see `bissl.targets.ImageBoxes`. sizes : int64 (N, 2), height and width of each image as
    the boxes' file states them, 0 where it does not.
    """

    dense_targets = "boxes"

    def __init__(
        self,
        paths: Sequence[str],
        objects: Sequence[ImageBoxes],
        sizes: np.ndarray,
        classes: Sequence[str],
        **reading: Any,
    ) -> None:
        super().__init__(paths, None, classes, **reading)
        self.objects, self.sizes = objects, sizes

    def target(self, sample: int) -> ImageBoxes:
        copied: ImageBoxes = own_copy(self.objects[sample_number(sample, len(self))])
        return copied

    def checked_by(self, sample: int) -> str:
        digest = blake2b(repr(self.sizes[sample].tolist()).encode(), digest_size=16)
        for name, values in sorted(self.objects[sample].items()):
            array = np.ascontiguousarray(values)
            digest.update(f"{name} {array.shape} {array.dtype.str}\0".encode() + array.tobytes())
        return digest.hexdigest()

    def check_target(self, sample: int, height: int, width: int) -> None:
        stated = tuple(self.sizes[sample].tolist())
        if all(stated) and stated != (height, width):
            raise DataError(
                f"{self.source(sample)}: its boxes are for height, width {stated}, it has {(height, width)}"
            )
        try:
            BoxTargets(len(self.classes)).check_image(self.objects[sample], self.source(sample), (height, width))
        except BisslError as error:
            raise DataError(str(error)) from error
