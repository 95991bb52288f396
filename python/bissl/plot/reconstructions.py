"""What a masked autoencoder sees and what it makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.normalization import IMAGENET_MEAN, IMAGENET_STD, Channels
from ..errors import InvalidArgument, WrongType, checked_integer
from .picturerows import picture_rows
from .style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..objectives.base import Pretext


@styled
def reconstructions(
    mae: Pretext,
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
    mae : MAE
        A `bissl.MAE`.
    images : object
        Normalised floats (N, H, W, 3), as it takes them.
    n : int, default 8
        Images shown, from the first on.
    noise : object, optional
        (N, L), which patches are removed; None draws the next step's.
    mean, std : tuple of float, optional
        Of the normalisation, to undo it.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    ValueError
        No images.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=8, width=16, depth=1, heads=2)
    >>> mae = bissl.MAE(net, decoder_width=16, decoder_depth=1, decoder_heads=2)
    >>> figure = bissl.plot.reconstructions(mae, np.zeros((2, 16, 16, 3)), n=2)
    """
    from ..objectives.pretext.mae import MAE

    if not isinstance(mae, MAE):
        raise WrongType(f"mae: expected a bissl.MAE, got {type(mae).__name__}")
    images = np.asarray(images)[: checked_integer("n", n, 1)]
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
