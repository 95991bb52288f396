"""Average precision of detections, as PASCAL VOC's development kit measures it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import as_array, as_real
from ..errors import InvalidArgument, NonFiniteArgument, check_option, checked_number
from ..finite import check_finite, first_place
from .boxchecks import ImageBoxes, checked_boxes
from .classes import checked_num_classes

AVERAGE_PRECISION_RULES = ("voc07", "area")

#: Recall levels of the 11-point average precision, in tenths.
_TENTHS = np.arange(11)


def box_iou(first: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (n, 4) and (m, 4), x0, y0, x1, y1 with x1 - x0 as the width: (n, m). 0 where both
    have no area.

    The development kit counts pixels, the last one of a box included; boxes that are kept as (xmin - 1, ymin - 1, xmax,
    ymax) of its files are those pixels, so nothing is added here.

    Parameters
    ----------
    first : ndarray
        (n, 4).
    other : ndarray
        (m, 4).

    Returns
    -------
    ndarray
        (n, m), in 0..1.

    Raises
    ------
    TypeError, ValueError
        Arrays of another shape, numbers that are NaN or infinite, boxes that end before they begin.

    Examples
    --------
    >>> bissl.targets.box_iou(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])).round(3).tolist()
    [[0.333]]
    """
    first, other = _checked_corners("first", first), _checked_corners("other", other)
    shared = _shared_sides(first, other, 0)
    shared *= _shared_sides(first, other, 1)
    union = _areas(first)[:, None] + _areas(other)
    union -= shared
    overlaps: np.ndarray = np.divide(shared, union, out=shared, where=union > 0)
    return overlaps


def _checked_corners(name: str, boxes: Any) -> np.ndarray:
    array = as_array(boxes, name)
    if array.dtype.kind not in "iuf" or array.ndim != 2 or array.shape[1] != 4:
        raise InvalidArgument(
            f"{name}: expected boxes (n, 4), x0, y0, x1, y1 of each, got {array.dtype} {array.shape}; one box is {name}[None]"
        )
    array = array.astype(np.float64, copy=False)
    check_finite(array, name)
    _require_ordered(array, name)
    return array


def _require_ordered(boxes: np.ndarray, name: str) -> None:
    wrong = boxes[:, 2:] < boxes[:, :2]
    if wrong.any():
        box = first_place(wrong)[0]
        raise InvalidArgument(
            f"{name}: expected x0, y0, x1, y1 with x0 ≤ x1 and y0 ≤ y1, got {boxes[box].tolist()} as box {box}"
        )


def _shared_sides(first: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
    """float64 (n, m): how long each pair's common part is along an axis, x or y."""
    sides: np.ndarray = np.minimum(first[:, None, axis + 2], other[None, :, axis + 2])
    sides -= np.maximum(first[:, None, axis], other[None, :, axis])
    np.maximum(sides, 0.0, out=sides)
    return sides


def _areas(boxes: np.ndarray) -> np.ndarray:
    areas: np.ndarray = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def box_average_precision(
    detections: Sequence[Mapping[str, Any]],
    objects: Sequence[Mapping[str, Any]],
    num_classes: int,
    *,
    iou: float = 0.5,
    rule: str = "voc07",
    strict: bool = False,
) -> np.ndarray:
    """Average precision of each class (Everingham et al. 2010, section 4.2; the development kit's VOCevaldet).

    Detections of a class are taken from the highest score down; of equals that of the earlier image, then the earlier in
    its image, comes first. Each is compared with the object of its class in its image that it overlaps most (of equals the
    first). It is right where the overlap reaches ``iou`` and no detection before it took that object; where one did, it is
    a duplicate and wrong. Where that object is difficult it is not counted at all. Otherwise it is wrong.

    Parameters
    ----------
    detections : sequence of mapping
        By image, mappings of boxes (n, 4), labels (n,) and scores (n,).
    objects : sequence of mapping
        By image, as `bissl.targets.BoxTargets` takes them.
    num_classes : int
        How many classes there are.
    iou : float, default 0.5
        Overlap from which a detection is right, above 0 and at most 1.
    rule : str, default "voc07"
        "voc07", the mean of the greatest precision at recalls of at least 0, 0.1, ..., 1; or "area" under the
        precision made monotone, as since VOC 2010.
    strict : bool, default False
        The overlap must exceed ``iou``, as detectron2 has it.

    Returns
    -------
    ndarray
        float64 (num_classes,), in 0..1; NaN for a class without objects that are not difficult, whatever was detected.

    Raises
    ------
    TypeError, ValueError
        Other numbers of images; shapes; objects that `bissl.targets.BoxTargets` refuses.
    NonFiniteArgument (FloatingPointError, ValueError)
        A score or box that is NaN or infinite; the image is named.

    Examples
    --------
    >>> objects = [{"boxes": [[0, 0, 4, 4]], "labels": [0]}]
    >>> detections = [{"boxes": [[0, 0, 4, 3]], "labels": [0], "scores": [0.9]}]
    >>> bissl.targets.box_average_precision(detections, objects, 1, iou=0.5).tolist()
    [1.0]
    """
    check_option("rule", rule, AVERAGE_PRECISION_RULES)
    iou = checked_overlap("iou", iou)
    found, objects = checked_pairs(detections, objects, num_classes)
    labels = _joined([entry["labels"] for entry in objects], np.int64)
    counted = ~_joined([entry["difficult"] for entry in objects], bool)
    classes, scores = _joined([entry[1] for entry in found], np.int64), _joined([entry[2] for entry in found], float)
    overlaps, taken = _best_objects(found, objects)
    reached = overlaps > iou if strict else overlaps >= iou
    positives = np.bincount(labels[counted], minlength=num_classes)
    order = np.argsort(-scores, kind="stable")
    return np.array([
        _average(_judged(taken[ranked], reached[ranked], counted), int(positives[number]), rule)
        for number in range(num_classes)
        for ranked in [order[classes[order] == number]]
    ])  # fmt: skip


def mean_box_average_precision(
    detections: Sequence[Mapping[str, Any]],
    objects: Sequence[Mapping[str, Any]],
    num_classes: int,
    *,
    iou: float = 0.5,
    rule: str = "voc07",
    strict: bool = False,
) -> float:
    """The mean of `box_average_precision` over the classes that have objects which are not difficult.

    InvalidArgument where no class has, whatever was detected; otherwise raises as that.

    Parameters
    ----------
    detections : sequence of mapping
        By image, mappings of boxes (n, 4), labels (n,) and scores (n,).
    objects : sequence of mapping
        By image, as `bissl.targets.BoxTargets` takes them.
    num_classes : int
        How many classes there are.
    iou : float, default 0.5
        Overlap from which a detection is right, above 0 and at most 1.
    rule : str, default "voc07"
        "voc07" or "area", as of `box_average_precision`.
    strict : bool, default False
        The overlap must exceed ``iou``, as detectron2 has it.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    InvalidArgument (ValueError)
        No class has objects; otherwise as `box_average_precision`.

    Examples
    --------
    >>> objects = [{"boxes": [[0, 0, 4, 4]], "labels": [0]}]
    >>> detections = [{"boxes": [[0, 0, 4, 4]], "labels": [0], "scores": [0.9]}]
    >>> bissl.targets.mean_box_average_precision(detections, objects, num_classes=2)
    1.0
    """
    return mean_of_classes(box_average_precision(detections, objects, num_classes, iou=iou, rule=rule, strict=strict))


def checked_overlap(name: str, value: object) -> float:
    """An overlap from which a detection is right: above 0 and at most 1."""
    number = checked_number(name, value, above=0)
    if number > 1:
        raise InvalidArgument(f"{name}: expected an overlap above 0 and at most 1, got {value}; divide per cent by 100")
    return number


def mean_of_classes(precisions: np.ndarray) -> float:
    """The mean of those that are not NaN; InvalidArgument where all are."""
    if np.isnan(precisions).all():
        raise InvalidArgument(
            "objects: expected at least one that is not difficult, got none; there is no precision to average"
        )
    return float(np.nanmean(precisions))


def _best_objects(
    found: Sequence[tuple[Any, ...]], objects: Sequence[Mapping[str, Any]]
) -> tuple[np.ndarray, np.ndarray]:
    """For each detection of all images: its greatest overlap with an object of its class in its image, and the number of
    that object among those of all images. Without such an object: -1 and 0."""
    overlaps, taken, first = [], [], 0
    for (boxes, classes, _), entry in zip(found, objects):
        if len(entry["labels"]):
            same = classes[:, None] == entry["labels"][None]
            among = np.where(same, box_iou(boxes, entry["boxes"]), -1.0)
            best = among.argmax(axis=1)
            overlaps.append(among[np.arange(len(best)), best])
            taken.append(first + best)
        else:
            overlaps.append(np.full(len(boxes), -1.0))
            taken.append(np.zeros(len(boxes), np.int64))
        first += len(entry["labels"])
    return _joined(overlaps, float), _joined(taken, np.int64)


def _judged(taken: np.ndarray, reached: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """bool (k,), whether each detection of a class that counts is right, in their order."""
    if not reached.any():
        return reached
    left_out = reached & ~counted[taken]
    right = np.zeros_like(reached)
    able = np.flatnonzero(reached & ~left_out)
    right[able[np.unique(taken[able], return_index=True)[1]]] = True
    result: np.ndarray = right[~left_out]
    return result


def _average(right: np.ndarray, positives: int, rule: str) -> float:
    """Average precision of ranked detections, right or wrong."""
    if positives == 0:
        return np.nan
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    best_from_here = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    if rule == "area":
        return float(best_from_here[:-1][right].sum() / positives)
    # The first rank whose recall hits/positives is at least t/10, in integers: no rounding decides.
    return float(best_from_here[np.searchsorted(10 * hits, _TENTHS * positives)].mean())


def checked_pairs(
    detections: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]], num_classes: int
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], list[ImageBoxes]]:
    """Boxes (n, 4), labels (n,) and scores (n,) of each image, and its objects. Raises as `box_average_precision`."""
    checked_num_classes(num_classes)
    if len(detections) != len(objects):
        raise InvalidArgument(f"detections: expected one entry per image, {len(objects)}, got {len(detections)}")
    return (
        [_checked_detections(entry, image, num_classes) for image, entry in enumerate(detections)],
        [checked_boxes(entry, num_classes, f"objects[{image}]") for image, entry in enumerate(objects)],
    )


def _checked_detections(entry: Any, image: int, num_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes (n, 4), labels (n,) and scores (n,) of one image."""
    name = f"detections[{image}]"
    if not isinstance(entry, Mapping) or not {"boxes", "labels", "scores"} <= entry.keys():
        raise InvalidArgument(f"{name}: expected a mapping of boxes (n, 4), labels (n,) and scores (n,)")
    labels, boxes = as_array(entry["labels"], f"{name}['labels']"), corners_of(entry["boxes"], f"{name}['boxes']")
    scores = as_real(entry["scores"], f"{name}['scores']").astype(np.float64)
    if scores.ndim != 1 or labels.shape != scores.shape or boxes.shape != (len(scores), 4):
        raise InvalidArgument(
            f"{name}: expected boxes (n, 4), labels (n,) and scores (n,), got {boxes.shape}, {labels.shape}, {scores.shape}"
        )
    for key, values in (("boxes", boxes), ("scores", scores)):
        if not np.isfinite(values).all():
            place = first_place(~np.isfinite(values))
            raise NonFiniteArgument(
                f"{name}['{key}']: expected finite numbers, got {values[place]} at {place}; has training diverged? lower "
                "the learning rate"
            )
    _require_ordered(boxes, f"{name}['boxes']")
    if len(labels) and (labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= num_classes):
        raise InvalidArgument(f"{name}['labels']: expected class numbers 0 to {num_classes - 1}, got {labels}")
    return boxes, labels.astype(np.int64), scores


def corners_of(boxes: Any, name: str) -> np.ndarray:
    """float64, of any shape: (0, 4) for an empty list. WrongType (TypeError) for no real numbers."""
    array = as_real(boxes, name).astype(np.float64)
    return array.reshape(0, 4) if array.shape == (0,) else array


def _joined(parts: Sequence[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype, copy=False)
