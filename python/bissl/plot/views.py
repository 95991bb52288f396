"""What the augmentation does to images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.assembly import Assembler, Draw
from ..data.augmentation import View
from ..data.dataset import Dataset
from ..data.given import as_dataset
from ..data.imageviews import ImageView
from ..data.pretext_recipes import PretextRecipe, pretext_views
from ..errors import checked_integer, checked_seed
from .picturerows import picture_rows
from .style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def views(
    dataset: Dataset | Any,
    n: int = 8,
    *,
    augmentation: PretextRecipe | ImageView = "paper",
    seed: int = 0,
    epoch: int = 0,
) -> Figure:
    """Originals and their random views, one image per column.

    Parameters
    ----------
    dataset : Dataset or ndarray
        A `bissl.data.Dataset`, or uint8 images (N, H, W, C).
    n : int, default 8
        Images shown, spread evenly over the data set; at most all of them.
    augmentation : str, TwoViews or View(s), default "paper"
        "paper", "authors-code", "small" (two views each), a `bissl.data.TwoViews`, or other `bissl.data.View`, one row
        each.
    seed, epoch : int, default 0
        Of the random draws, as a loader with this seed makes them in this epoch.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Without matplotlib.
    ValueError, TypeError
        As the data set and augmentation do.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    >>> figure = bissl.plot.views(images, n=2, augmentation="small")
    """
    data = as_dataset(dataset, "dataset")
    n, seed, epoch = checked_integer("n", n, 1), checked_seed("seed", seed), checked_integer("epoch", epoch, 0)
    recipes = _recipes(augmentation, data)
    samples = np.unique(np.linspace(0, len(data) - 1, min(n, len(data))).astype(np.int64))
    assembly = Assembler(data, recipes, seed, None).start(Draw(samples, epoch, {}))
    for piece in range(assembly.pieces):
        assembly.make(piece)
    rows = {"original": [data.read(int(sample)) for sample in samples]}
    for number, (recipe, images) in enumerate(zip(recipes, assembly.batch().views, strict=True), start=1):
        rows[f"view {number}"] = list(displayable(images, recipe))
    return picture_rows(rows, [_title(data, int(sample)) for sample in samples])


def displayable(images: np.ndarray, recipe: View) -> np.ndarray:
    """Normalised images as uint8: ``recipe``'s mean and deviation undone."""
    unit = images * np.asarray(recipe.std) + np.asarray(recipe.mean)
    result: np.ndarray = np.rint(255 * np.clip(unit, 0, 1)).astype(np.uint8)
    return result


def _recipes(augmentation: Any, data: Dataset) -> tuple[View, ...]:
    if isinstance(augmentation, str):
        return pretext_views(augmentation, data, count=2)
    return (augmentation,) if isinstance(augmentation, View) else tuple(augmentation)


def _title(data: Dataset, sample: int) -> str:
    """The image's number and, where it has one class, the class's name."""
    if data.labels is None or data.labels.ndim != 1:
        return f"{sample}"
    label = int(data.labels[sample])
    return f"{sample}: {data.classes[label] if data.classes else label}"
