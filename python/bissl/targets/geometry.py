"""Where a view shows the pixels of its image: what moves boxes and label maps together with the pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import as_real
from ..errors import InvalidArgument, WrongType, checked_flag, checked_integer, checked_number, checked_real

Size = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class ViewGeometry:
    """A rectangle of an image, resized to the view, then mirrored or not. `bissl.data.view_geometry` gives the one that
    the pixels of a view are made by.

    Parameters
    ----------
    top, left, height, width : float
        The rectangle, in pixels of the image, fractions included.
    size : Size
        Height and width of the view, in pixels.
    mirrored : bool, default False
        Left and right are exchanged, after the resize.

    Raises
    ------
    TypeError, ValueError
        Numbers that are none, NaN or infinite; a rectangle or a view without area.

    Examples
    --------
    >>> geometry = bissl.targets.ViewGeometry(top=0, left=10, height=20, width=20, size=(40, 40))
    >>> geometry.boxes(np.array([[10.0, 0.0, 20.0, 10.0]])).tolist()
    [[0.0, 0.0, 20.0, 20.0]]
    """

    top: float
    left: float
    height: float
    width: float
    size: Size
    mirrored: bool = False

    def __post_init__(self) -> None:
        checked_real("top", self.top)
        checked_real("left", self.left)
        checked_number("height", self.height, above=0)
        checked_number("width", self.width, above=0)
        object.__setattr__(self, "size", checked_size("size", self.size))
        checked_flag("mirrored", self.mirrored)

    @classmethod
    def unchanged(cls, height: int, width: int) -> ViewGeometry:
        """Of a view that is the image itself."""
        return cls(0.0, 0.0, float(height), float(width), (height, width))

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes of the image (n, 4), x0, y0, x1, y1, in pixels of the view, float64. Nothing is cut off: they may reach
        beyond the view."""
        # The product first: a box at the rectangle's edge comes to lie exactly at that of the view.
        moved = (_corners(boxes) - self._origin) * self._view / self._rectangle
        return self._mirror(moved) if self.mirrored else moved

    def boxes_back(self, boxes: np.ndarray) -> np.ndarray:
        """The inverse of `boxes`: those of the view, such as what a detector found there, in pixels of the image."""
        moved = _corners(boxes)
        result: np.ndarray = (
            self._mirror(moved) if self.mirrored else moved
        ) * self._rectangle / self._view + self._origin
        return result

    def label_map(self, labels: np.ndarray) -> np.ndarray:
        """The label map (H, W) of the image as the view shows it: each pixel takes the label of the pixel that its centre
        falls on, as Pillow's nearest resampling does."""
        rows = _nearest(self.top, self.height, self.size[0])
        columns = _nearest(self.left, self.width, self.size[1])
        if self.mirrored:
            columns = columns[::-1]
        labels = np.asarray(labels)
        if rows.min() < 0 or columns.min() < 0:
            raise InvalidArgument(
                f"top, left: the view shows rows from {rows.min()} and columns from {columns.min()}, where the image has no "
                "pixels; expected a rectangle within the image"
            )
        if labels.ndim != 2 or rows.max() >= labels.shape[0] or columns.max() >= labels.shape[1]:
            raise InvalidArgument(
                f"labels: expected a label map of the image, at least {rows.max() + 1} x {columns.max() + 1} pixels, "
                f"got shape {labels.shape}"
            )
        result: np.ndarray = labels[np.ix_(rows, columns)]
        return result

    @property
    def _origin(self) -> np.ndarray:
        return np.array([self.left, self.top, self.left, self.top])

    @property
    def _rectangle(self) -> np.ndarray:
        return np.array([self.width, self.height, self.width, self.height])

    @property
    def _view(self) -> np.ndarray:
        return np.array([self.size[1], self.size[0], self.size[1], self.size[0]], np.float64)

    def _mirror(self, boxes: np.ndarray) -> np.ndarray:
        x0, y0, x1, y1 = boxes.T
        return np.stack([self.size[1] - x1, y0, self.size[1] - x0, y1], axis=1)


def _corners(boxes: Any) -> np.ndarray:
    array = as_real(boxes, "boxes")
    if array.ndim != 2 or array.shape[1] != 4:
        raise InvalidArgument(
            f"boxes: expected shape (n, 4), x0, y0, x1, y1 of each box, got {array.shape}; one box is boxes[None]"
        )
    return array.astype(np.float64, copy=False)


def checked_size(name: str, size: Any) -> Size:
    """Height and width, in pixels.

    Raises
    ------
    TypeError, ValueError : no pair; no whole numbers of at least 1.
    """
    if not isinstance(size, (tuple, list, np.ndarray)) or len(size) != 2:
        raise WrongType(f"{name}: expected (height, width) in pixels, got {size!r}")
    return checked_integer(f"{name}[0]", size[0], 1), checked_integer(f"{name}[1]", size[1], 1)


def _nearest(start: float, length: float, count: int) -> np.ndarray:
    """int64 (count,): the pixel that holds the centre of each of ``count`` equal parts of ``length`` pixels."""
    # The division comes last: it is the only rounding where start and length are whole.
    centres = start + (2 * np.arange(count) + 1) * length / (2 * count)
    return np.floor(centres).astype(np.int64)


def padded_size(sizes: Iterable[Size], multiple: int = 1) -> Size:
    """The least height and width that are multiples of ``multiple`` and hold images of all these sizes at their top left:
    what a batch of images of several sizes is padded to, and its label maps with it.

    Parameters
    ----------
    sizes : iterable of Size
        Height and width of each image.
    multiple : int, default 1
        Of which both are to be multiples.

    Returns
    -------
    Size
        Height and width.

    Raises
    ------
    TypeError, ValueError
        No image, or what is no height and width of one.

    Examples
    --------
    >>> bissl.targets.padded_size([(30, 20), (10, 40)], multiple=16)
    (32, 48)
    """
    multiple = checked_integer("multiple", multiple, 1)
    if not isinstance(sizes, Iterable):
        raise WrongType(f"sizes: expected height and width of each image, got {type(sizes).__name__}")
    every = [checked_size(f"sizes[{place}]", size) for place, size in enumerate(sizes)]
    if not every:
        raise InvalidArgument("sizes: expected those of one image at least, got none")
    heights, widths = zip(*every, strict=True)
    return -(-max(heights) // multiple) * multiple, -(-max(widths) // multiple) * multiple
