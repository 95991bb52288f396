"""Positions of vision transformers that were trained on images of another size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

#: Positions that were stored in half precision are still told for what they are.
_TOLERANCE = 2e-3


def fixed_positions(
    found: dict[str, Any],
    name: str,
    shape: tuple[int, ...],
    sincos: Callable[[int, int], np.ndarray],
    prefix: int = 1,
) -> list[str]:
    """Takes positions of another grid out of ``found`` if they are the sine-cosine ones of that grid: the network has its
    own, made by the same formula.

    Parameters
    ----------
    found : arrays by the network's names; changed.
    name, shape : of the positions, (1, prefix + patches, width).
    sincos : the positions of a square grid and one token before it, from the side of the grid and the width.
    prefix : tokens before the patches that have positions.

    Returns
    -------
    notes for the report.
    """
    sides = _sides(found.get(name), shape, prefix)
    if sides is None:
        return []
    given, needed = sides
    if not np.allclose(np.asarray(found[name])[:, prefix:], sincos(given, shape[2])[:, 1:], rtol=0, atol=_TOLERANCE):
        return [
            f'{name} is of {given} × {given} patches and not sine-cosine: make the network with positions="learned" '
            "and load with resize_positions=True"
        ]
    del found[name]
    return [f"{name}: sine-cosine positions of {given} × {given} patches passed over for those of {needed} × {needed}"]


def learned_positions(
    found: dict[str, Any], name: str, shape: tuple[int, ...], resize: bool, prefix: int = 1
) -> list[str]:
    """Resamples positions of another grid in ``found``, if ``resize``. Parameters and result as `fixed_positions`."""
    sides = _sides(found.get(name), shape, prefix)
    if sides is None:
        return []
    given, needed = sides
    if not resize:
        return [f"{name} is of {given} × {given} patches: resize_positions=True resamples it to {needed} × {needed}"]
    found[name] = resampled(np.asarray(found[name]), needed, prefix)
    return [f"{name} resampled from {given} × {given} to {needed} × {needed} patches"]


def resampled(positions: np.ndarray, side: int, prefix: int = 1) -> np.ndarray:
    """Positions (1, prefix + n², width) as (1, prefix + side², width): those of the tokens before the patches as they are,
    the others by bicubic resampling with antialiasing, as timm's ``resample_abs_pos_embed``. Pillow does it, in float32."""
    _, count, width = positions.shape
    given = math.isqrt(count - prefix)
    grid = positions[0, prefix:].reshape(given, given, width).astype(np.float32)
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(grid[..., i])).resize((side, side), Image.Resampling.BICUBIC))
        for i in range(width)
    ]
    patches = np.stack(planes, axis=-1).reshape(1, side * side, width)
    return np.concatenate([positions[:, :prefix], patches.astype(positions.dtype)], axis=1)


def _sides(value: Any, shape: tuple[int, ...], prefix: int) -> tuple[int, int] | None:
    """The sides of the two grids, where they differ and everything else agrees."""
    given = np.shape(value) if value is not None else shape
    if given == shape or len(given) != 3 or given[::2] != shape[::2] or given[1] <= prefix:
        return None
    sides = math.isqrt(given[1] - prefix), math.isqrt(shape[1] - prefix)
    return sides if sides[0] ** 2 == given[1] - prefix else None
