"""Rows of small pictures, one image per column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def picture_rows(rows: Mapping[str, Sequence[np.ndarray] | np.ndarray], titles: Sequence[str]) -> Figure:
    """Rows of pictures by name, each (H, W, 3); a title per column."""
    from .figure import Picture

    figure = Picture(figsize=(1.4 * len(titles) + 0.6, 1.5 * len(rows) + 0.3), layout="constrained")
    grid = figure.subplots(len(rows), len(titles), squeeze=False)
    for places, (name, pictures) in zip(grid, rows.items(), strict=True):
        for panel, picture in zip(places, pictures, strict=True):
            _show(panel, picture)
        places[0].set_ylabel(name, fontsize=10)
    for panel, title in zip(grid[0], titles, strict=True):
        panel.set_title(title if len(title) <= 18 else f"{title[:17]}…", fontsize=9)
    return figure


def _show(panel: Axes, picture: np.ndarray) -> None:
    panel.imshow(picture, interpolation="nearest")
    panel.set(xticks=[], yticks=[])
    panel.spines[:].set_visible(False)
