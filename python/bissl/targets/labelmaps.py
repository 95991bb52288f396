"""A class per pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..arrays import as_array
from ..errors import InvalidArgument, WrongType
from ..finite import first_place
from .classes import Classes
from .dense import DenseTargets
from .geometry import Size, ViewGeometry, padded_size
from .metrics import Metric, decided
from .segmentationmetrics import IGNORED, mean_iou_of, pixel_accuracy_of


class LabelMaps(DenseTargets):
    """A class per pixel: integers (H, W) of each image's size, in 0..num_classes-1, or 255 for what is left out.

    Views take the label of the nearest pixel. A batch is uint8 (N, H, W), smaller maps padded with 255 at their bottom and
    right. Metrics take predicted label maps (H, W), or scores (H, W, num_classes), and labels by image.

    Parameters
    ----------
    num_classes : int
        How many classes there are; the class numbers are below it.
    classes : Classes or None, optional
        What each output of the head stands for; None before training.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number of classes that is none, or an option out of range.

    Examples
    --------
    >>> kind = bissl.targets.LabelMaps(num_classes=2)
    >>> label = kind.check_image(np.array([[0, 1], [255, 1]]))
    >>> kind.collate([label], size=(2, 4)).tolist()
    [[[0, 1, 255, 255], [255, 1, 255, 255]]]
    """

    what = "a class per pixel"

    def __init__(self, num_classes: int, classes: Classes | None = None) -> None:
        super().__init__(num_classes, classes)
        if self.num_classes > IGNORED:
            raise InvalidArgument(
                f"num_classes: label maps number at most {IGNORED} classes, since {IGNORED} marks pixels that are left out, "
                f"got {num_classes}"
            )

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:  # type: ignore[override]  # an attribute that is made when it is read
        """ "miou", the mean over classes of intersection over union; "pixel_accuracy"."""
        measured = {"miou": mean_iou_of, "pixel_accuracy": pixel_accuracy_of}
        return {
            name: partial(_measured, measure=measure, num_classes=self.num_classes)
            for name, measure in measured.items()
        }

    def _checked_image(self, label: Any, name: str, size: Size | None, num_classes: int) -> np.ndarray:
        return checked_label_map(label, num_classes, name, size)

    def joined(self, label: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        table = np.full(IGNORED + 1, IGNORED, np.uint8)
        known = outputs >= 0
        table[np.flatnonzero(known)] = outputs[known]
        result: np.ndarray = table[label]
        return result

    def move(self, label: np.ndarray, geometry: ViewGeometry) -> np.ndarray:
        return geometry.label_map(label)

    def collate(self, labels: Sequence[np.ndarray], size: Size | None = None) -> np.ndarray:
        """uint8 (N, H, W), padded with 255 at bottom and right to ``size``, or to the greatest height and width."""
        if len(labels) == 0:
            raise InvalidArgument("labels: expected those of at least one image, got none")
        height, width = padded_size([label.shape for label in labels]) if size is None else size
        batch = np.full((len(labels), height, width), IGNORED, np.uint8)
        for padded, label in zip(batch, labels):
            if label.shape[0] > height or label.shape[1] > width:
                raise InvalidArgument(f"size: expected at least that of every label map, {label.shape}, got {size}")
            padded[: label.shape[0], : label.shape[1]] = label
        return batch

    def decide(self, outputs: Any) -> list[np.ndarray]:
        """The likeliest class of each pixel, int64 (H, W), from scores (H, W, num_classes) of each image.
        NonFiniteArgument where one is NaN or +infinity."""
        return _decided(outputs, self.num_classes)

    def require_measurable(self, labels: Sequence[np.ndarray], name: str) -> None:
        if not any((np.asarray(label) != IGNORED).any() for label in labels):
            raise InvalidArgument(f"{name}: expected pixels that are not left out, got {IGNORED} everywhere")

    def classes_shown(self, label: np.ndarray) -> np.ndarray:
        return np.flatnonzero(np.bincount(label.ravel(), minlength=IGNORED + 1)[:IGNORED])


def checked_label_map(label: Any, num_classes: int, name: str, size: Size | None = None) -> np.ndarray:
    """uint8 (H, W): 0..num_classes-1 and `IGNORED`.

    Raises
    ------
    TypeError : not whole numbers. ValueError : no two axes, or no pixels; another size than the image's; other numbers, the
        first of which is named with its place.
    """
    array = as_array(label, name)
    if array.dtype.kind not in "iu":
        raise WrongType(f"{name}: expected a label map of integers, got dtype {array.dtype}; use astype(numpy.uint8)")
    if array.ndim != 2 or array.size == 0:
        hint = "; a map in colours must be turned into class numbers first" if array.ndim == 3 else ""
        raise InvalidArgument(f"{name}: expected a label map (H, W), got shape {array.shape}{hint}")
    if size is not None and array.shape != tuple(size):
        raise InvalidArgument(
            f"{name}: expected a label map of its image's height and width {tuple(size)}, got {array.shape}"
        )
    wrong = ((array < 0) | (array >= num_classes)) & (array != IGNORED)
    if wrong.any():
        y, x = first_place(wrong)
        raise InvalidArgument(
            f"{name}: expected class numbers 0 to {num_classes - 1}, or {IGNORED} for pixels that are left out, got "
            f"{array[y, x]} at row {y}, column {x} (and such numbers at {int(wrong.sum())} pixels)"
        )
    return array.astype(np.uint8, copy=False)


def _decided(outputs: Any, num_classes: int) -> list[np.ndarray]:
    return [_map_of(scores, num_classes, f"outputs[{image}]") for image, scores in enumerate(outputs)]


def _map_of(scores: Any, num_classes: int, name: str) -> np.ndarray:
    """The label map (H, W) of one image's scores (H, W, num_classes); a label map stays."""
    array = as_array(scores, name)
    if array.ndim == 2 and array.dtype.kind in "iu":
        return array
    if array.ndim != 3 or array.shape[2] != num_classes:
        raise InvalidArgument(
            f"{name}: expected scores (H, W, {num_classes}) or a label map (H, W) for each image, got {array.dtype} "
            f"{array.shape}"
        )
    return decided(array, name)


def _measured(outputs: Any, labels: Any, *, measure: Callable[..., Any], num_classes: int) -> float:
    return float(measure(_decided(outputs, num_classes), labels, num_classes))
