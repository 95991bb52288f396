"""The size that all images of a data set have of their own, for views that keep it."""

from __future__ import annotations

from ..errors import BisslError, InvalidArgument
from .dataset import Dataset


def own_side(dataset: Dataset, way_out: str, name: str = "augmentation") -> int:
    """The shorter side of all images, in pixels. ``name`` is what messages call the option that asks for it.

    Raises
    ------
    InvalidArgument (ValueError) : it differs between them; the text ends with ``way_out``, how to state a size.
    DataError, FileMissing : a file that cannot be read, unless the data set skips those.
    """
    if dataset.image_shape is not None:
        return min(dataset.image_shape[:2])
    first: tuple[int, str] | None = None
    for sample in range(len(dataset)):
        side = _side(dataset, sample)
        if side is None:
            continue
        if first is None:
            first = side, dataset.source(sample)
        elif side != first[0]:
            raise InvalidArgument(
                f'{name}: "small" keeps the size that all images have, but the shorter side of {first[1]} has '
                f"{first[0]} pixels and that of {dataset.source(sample)} has {side}; state a size: {way_out}"
            )
    if first is None:
        raise InvalidArgument(f'{name}: "small" needs an image that can be read; state a size: {way_out}')
    return first[0]


def _side(dataset: Dataset, sample: int) -> int | None:
    try:
        return min(dataset.size(sample))
    except BisslError:
        if dataset.reading.on_error == "raise":
            raise
        return None
