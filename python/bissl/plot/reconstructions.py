"""What a masked autoencoder sees and what it makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.normalization import IMAGENET_MEAN, IMAGENET_STD, Channels
from ..errors import InvalidArgument
from .picturerows import picture_rows
from .style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..objectives.pretext.mae import MAE


@styled
def reconstructions(
    mae: MAE,
    images: Any,
    n: int = 8,
    *,
    noise: Any = None,
    mean: Channels = IMAGENET_MEAN,
    std: Channels = IMAGENET_STD,
) -> Figure:
    """Images, the patches of them that the encoder sees, and the whole with the others as predicted; one per column.

    Parameters
    ----------
    mae : a `bissl.MAE`. images : normalised floats (N, H, W, 3), as it takes them. n : images shown, from the first on.
    noise : (N, L), which patches are removed; None draws the next step's.
    mean, std : of the normalisation, to undo it.

    Raises
    ------
    ValueError : no images. MissingPackage (ImportError) : without matplotlib.
    """
    images = np.asarray(images)[:n]
    if len(images) == 0:
        raise InvalidArgument(f"images, n: expected at least one image, got {len(images)}")
    noise = None if noise is None else np.asarray(noise)[:n]
    _, mask = mae.predict_patches(images, noise)
    completed = mae.reconstruct(images, noise)
    seen = np.where(_pixels(mask, images, mae.backbone.patch_size), np.nan, images)
    rows = {
        "original": _shown(images, mean, std), "seen": _shown(seen, mean, std), "completed": _shown(completed, mean, std)
    }  # fmt: skip
    return picture_rows(rows, [""] * len(images))


def _pixels(mask: np.ndarray, images: np.ndarray, patch: int) -> np.ndarray:
    """The mask (N, L) as bool (N, H, W, 1), True where a pixel was removed."""
    count, height, width = images.shape[:3]
    grid = mask.reshape(count, height // patch, width // patch) > 0
    return grid.repeat(patch, axis=1).repeat(patch, axis=2)[..., None]


def _shown(images: np.ndarray, mean: Channels, std: Channels) -> np.ndarray:
    """In 0..1, with the normalisation undone; grey where a pixel is not known (NaN)."""
    unit = images * np.asarray(std) + np.asarray(mean)
    result: np.ndarray = np.clip(np.nan_to_num(unit, nan=0.5), 0, 1)
    return result
