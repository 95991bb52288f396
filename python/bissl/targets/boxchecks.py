"""What users get wrong with boxes, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, NonFiniteArgument, WrongType, unknown_option
from ..finite import first_place
from .classes import checked_labels
from .geometry import Size

#: Coordinates beyond this are no pixels.
_MOST = 2.0**24


class ImageBoxes(TypedDict):
    """The objects in one image, as `BoxTargets.check` gives them. None of them is an image without objects.

    Attributes
    ----------
    boxes : ndarray
        float64 (n, 4), x0, y0, x1, y1 in pixels from the image's top left corner, x1 - x0 the width: a box of the first
        pixel alone is 0, 0, 1, 1.
    labels : ndarray
        int64 (n,), the class of each, from 0; background is not counted.
    difficult : ndarray
        bool (n,), objects that are trained on, but that metrics leave out.

    Examples
    --------
    >>> kind = bissl.targets.BoxTargets(num_classes=2)
    >>> sorted(kind.check_image({"boxes": np.zeros((0, 4)), "labels": []}))
    ['boxes', 'difficult', 'labels']
    """

    boxes: np.ndarray
    labels: np.ndarray
    difficult: np.ndarray


def checked_boxes(label: Any, num_classes: int, name: str, *, without_area: bool = False) -> ImageBoxes:
    """The objects of one image.

    without_area : whether boxes of no width or height pass.

    Raises
    ------
    TypeError : no mapping; boxes or labels that are no numbers. ValueError : keys that are missing or unknown; shapes; boxes
        that are NaN, infinite, beyond 2²⁴, inverted or without area; class numbers out of range. The box is named.
    """
    if not isinstance(label, Mapping):
        raise WrongType(
            f"{name}: expected a mapping with boxes (n, 4) and labels (n,), got {type(label).__name__}; for an image without "
            "objects give boxes and labels of length 0"
        )
    for key in label:
        if key not in ImageBoxes.__annotations__:
            raise unknown_option(name, str(key), ImageBoxes.__annotations__)
    if missing := {"boxes", "labels"} - label.keys():
        raise InvalidArgument(f"{name}: expected boxes and labels, {min(missing)} is missing")
    boxes = _checked_corners(label["boxes"], f"{name}['boxes']", without_area)
    numbers = as_array(label["labels"], f"{name}['labels']")
    if len(boxes) == 0 and numbers.shape == (0,):
        numbers = numbers.astype(np.int64)
    return {
        "boxes": boxes,
        "labels": checked_labels(numbers, len(boxes), num_classes, f"{name}['labels']", of="box"),
        "difficult": _checked_flags(label.get("difficult"), len(boxes), f"{name}['difficult']"),
    }


def _checked_corners(boxes: Any, name: str, without_area: bool) -> np.ndarray:
    array = as_array(boxes, name)
    if array.size == 0 and array.shape in ((0,), (0, 4)):
        return np.zeros((0, 4))
    if array.dtype.kind not in "iuf":
        raise WrongType(f"{name}: expected numbers, got dtype {array.dtype}")
    if array.ndim != 2 or array.shape[1] != 4:
        raise InvalidArgument(f"{name}: expected shape (n, 4), x0, y0, x1, y1 of each box, got {array.shape}")
    array = array.astype(np.float64)

    def refuse(wrong: np.ndarray, kind: type[InvalidArgument], what: str) -> None:
        if wrong.any():
            box = first_place(wrong)[0]
            raise kind(f"{name}: {what}, got {tuple(array[box].tolist())} as box {box}")

    refuse(~np.isfinite(array), NonFiniteArgument, "expected finite numbers")
    refuse(abs(array) > _MOST, InvalidArgument, "expected pixels, at most 2²⁴")
    sides = array[:, 2:] - array[:, :2]
    refuse(
        sides < 0, InvalidArgument,
        "expected x0, y0, x1, y1 with x0 < x1 and y0 < y1 (of x, y, width, height make x, y, x + width, y + height)",
    )  # fmt: skip
    if not without_area:
        refuse(
            sides == 0, InvalidArgument,
            "expected boxes of an area (x1 and y1 are exclusive: one pixel is 1 wide; BoxTargets(outside=\"clip\") drops "
            "others)",
        )  # fmt: skip
    return array


def require_inside(boxes: np.ndarray, name: str, size: Size) -> None:
    height, width = size
    beyond = (boxes < 0) | (boxes > (width, height, width, height))
    if beyond.any():
        box = first_place(beyond)[0]
        raise InvalidArgument(
            f"{name}['boxes']: expected boxes inside the image of height {height} and width {width}, got "
            f'{tuple(boxes[box].tolist())} as box {box}; BoxTargets(outside="clip") cuts such boxes'
        )


def _checked_flags(flags: Any, count: int, name: str) -> np.ndarray:
    if flags is None:
        return np.zeros(count, bool)
    array = as_array(flags, name)
    if array.shape != (count,):
        raise InvalidArgument(f"{name}: expected one flag per box, shape ({count},), got {array.shape}")
    wrong = (array != 0) & (array != 1)
    if array.dtype.kind not in "biuf" and count or wrong.any():
        got = (
            f"{array[int(np.argmax(wrong))]} of box {int(np.argmax(wrong))}"
            if np.any(wrong)
            else f"dtype {array.dtype}"
        )
        raise InvalidArgument(f"{name}: expected True or False, got {got}")
    return array.astype(bool)
