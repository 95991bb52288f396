"""Boxes on their images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import as_array
from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..errors import InvalidArgument, WrongType, checked_integer, checked_real
from ..targets import BoxTargets
from ..targets.classes import checked_labels
from ..targets.detectionmetrics import corners_of
from .picturerows import picture_rows
from .style import COLORS, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Boxes of one image by part: boxes (n, 4), labels (n,) and, of detections, scores (n,).
_Boxes = Mapping[str, Any]


@styled
def detections(
    images: Dataset | Any,
    predictions: Sequence[_Boxes] | None = None,
    objects: Sequence[_Boxes] | None = None,
    n: int = 6,
    *,
    threshold: float = 0.5,
    classes: Sequence[str] = (),
) -> Figure:
    """Images with their objects, and with what was detected, one image per column. Colours are classes, difficult objects are
    dashed, numbers are scores.

    Parameters
    ----------
    images : Dataset or array_like
        A `bissl.data.Dataset`, uint8 images (N, H, W, 3), or a list of images of several sizes.
    predictions : sequence of mapping or None, optional
        Of each image ``boxes`` (n, 4), ``labels`` (n,) and ``scores`` (n,), as `FasterRCNN.predict` and `FineTune.predict` give
        them; None shows the objects alone.
    objects : sequence of mapping or None, optional
        Of each image ``boxes`` and ``labels``; None takes those of the data set, where it has any.
    n : int, default 6
        Images shown, from the first on.
    threshold : float, default 0.5
        The least score of detections that are shown.
    classes : sequence of str, optional
        Names for the legend, by class number; () takes those of the data set. Classes that nothing shows are left out.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    TypeError, ValueError
        Fewer predictions or objects than images, such that are no boxes, or neither; n or a threshold that is no number.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> images = np.zeros((2, 32, 48, 3), np.uint8)
    >>> found = [{"boxes": [[4, 4, 20, 20]], "labels": [0], "scores": [0.9]}, {"boxes": [], "labels": [], "scores": []}]
    >>> figure = bissl.plot.detections(images, found, classes=("cat",))
    """
    data = as_dataset(images, "images")
    threshold = checked_real("threshold", threshold)
    shown = range(min(checked_integer("n", n, 1), len(data)))
    pictures = [data.read(sample) for sample in shown]
    if objects is None and data.dense_targets == BoxTargets.what:
        objects = [data.target(sample) for sample in shown]
    rows = {} if objects is None else {"objects": _checked("objects", objects, len(pictures))}
    if predictions is not None:
        rows["detected"] = [_above(found, threshold) for found in _checked("predictions", predictions, len(pictures))]
    if not rows:
        raise InvalidArgument("predictions: expected some, or objects; there is nothing to show")
    figure = picture_rows(dict.fromkeys(rows, pictures), [f"{sample}" for sample in shown])
    panels = iter(figure.axes)
    for boxes in rows.values():
        for entry, panel in zip(boxes, panels):
            _draw(panel, entry)
    numbers = sorted({int(label) for boxes in rows.values() for entry in boxes for label in entry["labels"]})
    _add_legend(figure, numbers, tuple(classes) or data.classes)
    return figure


def _checked(name: str, given: Sequence[_Boxes], count: int) -> list[dict[str, np.ndarray]]:
    if not isinstance(given, Sequence):
        raise WrongType(f"{name}: expected a list of boxes and labels by image, got {type(given).__name__}")
    if len(given) < count:
        raise InvalidArgument(f"{name}: expected boxes for each of {count} images, got {len(given)}")
    return [_checked_entry(f"{name}[{place}]", given[place]) for place in range(count)]


def _checked_entry(name: str, entry: _Boxes) -> dict[str, np.ndarray]:
    """boxes (n, 4), labels, scores (NaN where there are none) and difficult (n,)."""
    if not isinstance(entry, Mapping) or not {"boxes", "labels"} <= entry.keys():
        raise InvalidArgument(f"{name}: expected a mapping of boxes and labels")
    labels, boxes = as_array(entry["labels"], f"{name}['labels']"), corners_of(entry["boxes"], f"{name}['boxes']")
    parts = {"scores": np.full(labels.shape, np.nan), "difficult": np.zeros(labels.shape, bool)}
    parts |= {key: as_array(entry[key], f"{name}[{key!r}]") for key in parts if key in entry}
    if boxes.shape != (labels.size, 4) or any(part.shape != labels.shape for part in parts.values()):
        raise InvalidArgument(f"{name}: expected boxes (n, 4) and n labels, got {boxes.shape} and {labels.shape}")
    return {"boxes": boxes, "labels": checked_labels(labels, len(boxes), None, f"{name}['labels']", of="box"), **parts}


def _above(found: dict[str, np.ndarray], threshold: float) -> dict[str, np.ndarray]:
    kept = ~(found["scores"] < threshold)
    return {name: values[kept] for name, values in found.items()}


def _draw(panel: Axes, entry: dict[str, np.ndarray]) -> None:
    from matplotlib.patches import Rectangle

    for (x0, y0, x1, y1), label, score, difficult in zip(*(entry[key] for key in entry)):
        # Pixels are drawn around their centres: the first one's edge lies at -0.5.
        style: dict[str, Any] = {
            "edgecolor": _colour(label),
            "facecolor": "none",
            "linewidth": 1.4,
            "linestyle": "--" if difficult else "-",
        }
        panel.add_patch(Rectangle((x0 - 0.5, y0 - 0.5), x1 - x0, y1 - y0, **style))
        if not np.isnan(score):
            panel.text(x0, y0, f"{score:.2f}", color="white", fontsize=6, va="bottom", bbox={
                "facecolor": _colour(label), "edgecolor": "none", "pad": 0.6,
            })  # fmt: skip


def _colour(number: int) -> str:
    return COLORS[number % len(COLORS)]


def _add_legend(figure: Figure, numbers: Sequence[int], classes: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    names = [classes[number] if number < len(classes) else f"{number}" for number in numbers]
    patches = [Patch(facecolor=_colour(number), label=name) for number, name in zip(numbers, names, strict=True)]
    if patches:
        figure.legend(handles=patches, loc="outside lower center", ncols=min(6, len(patches)))
