"""Objects in an image: a box and a class each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidArgument, check_option, checked_share
from .boxchecks import ImageBoxes, checked_boxes, require_inside
from .classes import MOST_CLASSES, Classes
from .cocometrics import mean_coco_average_precision
from .dense import DenseTargets, checked_sizes
from .detectionmetrics import mean_box_average_precision
from .geometry import Size, ViewGeometry, checked_size
from .metrics import Metric

logger = logging.getLogger("bissl")


class CutBoxes(NamedTuple):
    """What is left of an image's objects. cut : how many of them lost a part. dropped : how many are gone."""

    objects: ImageBoxes
    cut: int
    dropped: int


class BoxTargets(DenseTargets):
    """Boxes with a class each: one mapping per image, ``boxes`` (n, 4) and ``labels`` (n,), and ``difficult`` (n,) where
    there are such objects; see `ImageBoxes`.

    A view cuts boxes at its edges; one of which not more than the share ``least_visible`` of its area is left is dropped. A
    batch is a list. Metrics take detections by image: mappings of ``boxes``, ``labels`` and ``scores`` (n,).

    Parameters
    ----------
    num_classes : int
        How many classes there are; the class numbers are below it.
    classes : Classes or None, optional
        What each output of the head stands for; None before training.
    outside : str, default "raise"
        What is done with boxes that reach beyond their image, where its size is known: "raise", or "clip" them,
        dropping those that have nothing inside or no area; `check` logs how many of both there were, a
        `bissl.data.Loader` lists the images (``cut``). Boxes that are inverted are errors in any case.
    least_visible : float, default 0.25
        From 0 (a box stays while any of it is in the view) to 1 (only whole boxes stay).

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number of classes that is none, or an option out of range.

    Examples
    --------
    >>> kind = bissl.targets.BoxTargets(num_classes=3)
    >>> label = kind.check_image({"boxes": [[2, 3, 8, 9]], "labels": [1]}, size=(10, 10))
    >>> label["boxes"].tolist(), label["labels"].tolist()
    ([[2.0, 3.0, 8.0, 9.0]], [1])
    """

    what = "boxes"

    def __init__(
        self, num_classes: int, classes: Classes | None = None, *, outside: str = "raise", least_visible: float = 0.25
    ) -> None:
        super().__init__(num_classes, classes)
        self.outside = check_option("outside", outside, ("raise", "clip"))
        self.least_visible = checked_share("least_visible", least_visible)

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:  # type: ignore[override]  # an attribute that is made when it is read
        """ "ap50", the mean over classes of VOC 2007's average precision at an overlap of 0.5; "ap50_area", that of VOC since
        2010; "ap_coco", COCO's AP."""
        return {
            "ap50": partial(mean_box_average_precision, num_classes=self.num_classes),
            "ap50_area": partial(mean_box_average_precision, num_classes=self.num_classes, rule="area"),
            "ap_coco": partial(mean_coco_average_precision, num_classes=self.num_classes),
        }

    def _checked(
        self, labels: Any, count: int, name: str, sizes: Sequence[Size | None] | None, num_classes: int
    ) -> list[Any]:
        checked = super()._checked(labels, count, name, None, num_classes)
        if sizes is None:
            return checked
        fitted = [
            self._fitted(objects, f"{name}[{image}]", size)
            for image, (objects, size) in enumerate(zip(checked, checked_sizes(sizes, count), strict=True))
        ]
        cut, dropped = sum(found.cut for found in fitted), sum(found.dropped for found in fitted)
        if cut or dropped:
            logger.warning(
                "%s: %d boxes that reach beyond their images were cut, %d without area inside dropped",
                name,
                cut,
                dropped,
            )
        return [found.objects for found in fitted]

    def _checked_image(self, label: Any, name: str, size: Size | None, num_classes: int) -> ImageBoxes:
        return checked_boxes(label, num_classes, name, without_area=self.outside == "clip")

    def _fit(self, label: Any, name: str, size: Size | None, num_classes: int) -> tuple[ImageBoxes, str]:
        objects = self._checked_image(label, name, None, num_classes)
        if size is None:
            return objects, ""
        objects, cut, dropped = self._fitted(objects, name, size)
        return objects, f"{cut} boxes cut, {dropped} dropped" if cut or dropped else ""

    def _fitted(self, objects: ImageBoxes, name: str, size: Size | None) -> CutBoxes:
        if size is None:
            return CutBoxes(objects, 0, 0)
        if self.outside == "raise":
            require_inside(objects["boxes"], name, size)
        return _cut(objects, size, 0.0)

    def joined(self, label: ImageBoxes, outputs: np.ndarray) -> ImageBoxes:
        return {**label, "labels": outputs[label["labels"]]}

    def move(self, label: ImageBoxes, geometry: ViewGeometry) -> ImageBoxes:
        """The objects in pixels of the view, cut at its edges; see `cut_boxes`."""
        moved: ImageBoxes = {**label, "boxes": geometry.boxes(label["boxes"])}
        return _cut(moved, geometry.size, self.least_visible).objects

    def collate(self, labels: Sequence[ImageBoxes], size: Size | None = None) -> list[ImageBoxes]:
        """The list of them."""
        if len(labels) == 0:
            raise InvalidArgument("labels: expected those of at least one image, got none")
        return list(labels)

    def require_measurable(self, labels: Sequence[ImageBoxes], name: str) -> None:
        if all(objects["difficult"].all() for objects in labels):
            raise InvalidArgument(f"{name}: expected at least one object that is not difficult, got none")

    def classes_shown(self, label: ImageBoxes) -> np.ndarray:
        return label["labels"]


def cut_boxes(objects: ImageBoxes, size: Size, least_visible: float = 0.0) -> CutBoxes:
    """Boxes cut at the edges of an image or view of ``size`` (height, width). One of which not more than the share
    ``least_visible`` of its area is left is dropped with its label, and so is one without area.

    Parameters
    ----------
    objects : ImageBoxes
        Of one image.
    size : Size
        Height and width, in pixels.
    least_visible : float, default 0.0
        A box of which not more than this share of its area is left is dropped.

    Returns
    -------
    CutBoxes
        The objects that are left, and how many were cut and dropped.

    Raises
    ------
    TypeError, ValueError
        Objects that `BoxTargets` refuses; no size; a share outside 0..1.

    Examples
    --------
    >>> label = bissl.targets.BoxTargets(2).check_image({"boxes": [[-5, 0, 5, 10]], "labels": [1]})
    >>> bissl.targets.cut_boxes(label, (10, 10)).objects["boxes"].tolist()
    [[0.0, 0.0, 5.0, 10.0]]
    """
    checked = checked_boxes(objects, MOST_CLASSES, "objects", without_area=True)
    return _cut(checked, checked_size("size", size), checked_share("least_visible", least_visible))


def _cut(objects: ImageBoxes, size: Size, least_visible: float) -> CutBoxes:
    boxes = objects["boxes"]
    height, width = size
    cut = np.clip(boxes, 0.0, np.array([width, height, width, height], np.float64))
    left, whole = _areas(cut), _areas(boxes)
    # A box is whole however its area is rounded.
    untouched = (cut == boxes).all(axis=1)
    kept = (left > 0) & (untouched | (left > least_visible * whole))
    result = ImageBoxes(boxes=cut[kept], labels=objects["labels"][kept], difficult=objects["difficult"][kept])
    return CutBoxes(result, int((kept & ~untouched).sum()), int((~kept).sum()))


def _areas(boxes: np.ndarray) -> np.ndarray:
    result: np.ndarray = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return result
