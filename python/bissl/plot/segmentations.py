"""Label maps beside their images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import as_array
from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..errors import InvalidArgument, WrongType, checked_integer
from ..finite import first_place
from ..targets.segmentationmetrics import IGNORED
from .picturerows import picture_rows
from .style import COLORS, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of pixels that are left out.
_LEFT_OUT = (255, 255, 255)
#: How much of a colour lies over the image's grey.
_COVER = 0.65


@styled
def segmentations(
    images: Dataset | Any,
    predictions: Sequence[np.ndarray],
    labels: Sequence[np.ndarray] | None = None,
    n: int = 6,
    *,
    classes: Sequence[str] = (),
) -> Figure:
    """Images, their label maps and those that were predicted, one image per column. Classes are colours over the grey of the
    image, pixels that are left out (255) are white.

    Parameters
    ----------
    images : Dataset or array_like
        A `bissl.data.Dataset`, uint8 images (N, H, W, 3), or a list of images of several sizes.
    predictions : sequence of ndarray
        A label map (H, W) of each image's size, as `FCN.predict` and `FineTune.predict` give them.
    labels : sequence of ndarray or None, optional
        As ``predictions``; None takes those of the data set, where it has any.
    n : int, default 6
        Images shown, from the first on.
    classes : sequence of str, optional
        Names for the legend, by class number; () takes those of the data set. Classes that nothing shows are left out.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    TypeError, ValueError
        Label maps of other sizes than their images, of other numbers than 0 to 255, or fewer than there are images; n that is
        no number.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> images = np.zeros((2, 32, 48, 3), np.uint8)
    >>> label_maps = np.arange(2).repeat(32 * 48).reshape(2, 32, 48)
    >>> figure = bissl.plot.segmentations(images, label_maps, classes=("ground", "shape"))
    """
    data = as_dataset(images, "images")
    shown = range(min(checked_integer("n", n, 1), len(data)))
    pictures = [data.read(sample) for sample in shown]
    if labels is None and data.dense_targets == "a class per pixel":
        labels = [data.target(sample) for sample in shown]
    maps = {"labels": labels} if labels is not None else {}
    maps |= {"predicted": predictions}
    checked = {name: _checked(name, given, pictures) for name, given in maps.items()}
    present = np.unique(np.concatenate([each.ravel() for given in checked.values() for each in given]))
    numbers = [int(number) for number in present if number != IGNORED]
    rows: dict[str, Sequence[np.ndarray]] = {"image": pictures}
    for name, given in checked.items():
        rows[name] = [_coloured(picture, label) for picture, label in zip(pictures, given)]
    figure = picture_rows(rows, [f"{sample}" for sample in shown])
    _add_legend(figure, numbers, tuple(classes) or data.classes)
    return figure


def _checked(name: str, given: Sequence[np.ndarray], pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    if not isinstance(given, Sequence | np.ndarray):
        raise WrongType(f"{name}: expected a list of label maps, got {type(given).__name__}")
    if len(given) < len(pictures):
        raise InvalidArgument(f"{name}: expected a label map for each of {len(pictures)} images, got {len(given)}")
    arrays = [as_array(label, f"{name}[{place}]") for place, (label, _) in enumerate(zip(given, pictures))]
    for place, (array, picture) in enumerate(zip(arrays, pictures)):
        if array.shape != picture.shape[:2] or array.dtype.kind not in "iu":
            raise InvalidArgument(
                f"{name}[{place}]: expected integers of the image's height and width {picture.shape[:2]}, got "
                f"{array.dtype} {array.shape}"
            )
        wrong = (array < 0) | (array > IGNORED)
        if wrong.any():
            where = first_place(wrong)
            raise InvalidArgument(
                f"{name}[{place}]: expected class numbers 0 to {IGNORED}, got {array[where]} at {where}"
            )
    return arrays


def colour(number: int) -> tuple[int, int, int]:
    """Of a class, as 0..255: those of all figures, then lighter ones."""
    text = COLORS[number % len(COLORS)]
    lighter = min(3, number // len(COLORS)) / 4
    red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
    return tuple(round(value + lighter * (255 - value)) for value in (red, green, blue))  # type: ignore[return-value]


def _coloured(picture: np.ndarray, label: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3)."""
    grey = picture.mean(axis=2, keepdims=True)
    colours = np.array([_LEFT_OUT if number == IGNORED else colour(number) for number in range(IGNORED + 1)])
    covered = (1 - _COVER) * grey + _COVER * colours[label]
    result: np.ndarray = np.rint(covered).astype(np.uint8)
    return result


def _add_legend(figure: Figure, numbers: Sequence[int], classes: Sequence[str]) -> None:
    from matplotlib.patches import Patch

    names = [classes[number] if number < len(classes) else f"{number}" for number in numbers]
    patches = [
        Patch(facecolor=tuple(np.array(colour(number)) / 255), label=name)
        for number, name in zip(numbers, names, strict=True)
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=min(6, max(1, len(patches))))
