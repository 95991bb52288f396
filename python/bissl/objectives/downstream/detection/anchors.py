"""Anchors: the boxes that proposals are told as differences from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def base_anchors(sizes: Sequence[float], ratios: Sequence[float]) -> np.ndarray:
    """The anchors around the origin, float64 (ratios · sizes, 4), x0, y0, x1, y1 in pixels, all sizes of the first ratio first.

    A ratio r is height over width: w = s / √r, h = s √r. Corners are rounded, halves to even numbers.
    """
    heights = np.sqrt(np.asarray(ratios, np.float64))
    scales = np.asarray(sizes, np.float64)
    w, h = ((sides[:, None] * scales).ravel() for sides in (1 / heights, heights))
    return np.round(np.stack([-w, -h, w, h], axis=1) / 2)


def grid_anchors(base: np.ndarray, height: int, width: int, stride: int) -> np.ndarray:
    """Anchors (height · width · len(base), 4) of a map of this height and width, centred at (stride · x, stride · y), in the
    order (y, x, anchor): that of the map's rows."""
    x, y = stride * np.arange(width, dtype=np.float64), stride * np.arange(height, dtype=np.float64)
    centres = np.broadcast_arrays(x[None], y[:, None], x[None], y[:, None])
    anchors: np.ndarray = np.stack(centres, axis=-1)[:, :, None] + base
    return anchors.reshape(-1, 4)
