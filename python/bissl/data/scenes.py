"""Generated scenes for detection and segmentation without a download: shapes on textured ground."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import checked_integer, checked_seed
from .dataset import ArrayDataset

SHAPES = ("disk", "square", "triangle", "cross")
#: The least part of a shape that others may leave of it, or it is not drawn.
_LEAST_SEEN = 0.4
#: Radius of a shape, of the scene's shorter side.
_RADII = (0.12, 0.24)


class Scene(NamedTuple):
    """A scene and what it shows.

    Attributes
    ----------
    image : ndarray of uint8
        (H, W, 3).
    label_map : ndarray of uint8
        (H, W), 0 the ground, 1 … a shape of `SHAPES`.
    boxes : ndarray of int64
        (n, 4), x0, y0, x1, y1 around the visible pixels of each shape; x1 and y1 stand behind the last one.
    labels : ndarray of int64
        (n,), from 0.
    """

    image: np.ndarray
    label_map: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


def scenes(count: int = 1_000, height: int = 96, width: int = 128, seed: int = 0) -> ArrayDataset:
    """Images of generated scenes without labels, for a pretext task; `write_scenes` writes labelled ones to a folder.

    One to four shapes (disk, square, triangle, cross), turned, from a quarter to half as large as the shorter side, of any
    colour, lie on textured ground and may hide a part of one another. What a pixel belongs to shows by form alone.

    Parameters
    ----------
    count : int, optional
        At least 1.
    height, width : int, optional
        Of each image, in pixels, at least 16.
    seed : int, optional
        Of all draws.

    Returns
    -------
    ArrayDataset
        uint8 (count, height, width, 3).

    Raises
    ------
    WrongType (TypeError)
        Arguments of other types.
    InvalidArgument (ValueError)
        Numbers out of range.

    Examples
    --------
    >>> bissl.data.scenes(count=5, height=32, width=48).image_shape
    (32, 48, 3)
    """
    count = checked_integer("count", count, 1)
    return ArrayDataset(np.stack([draw_scene(seed, number, height, width).image for number in range(count)]))


def draw_scene(seed: int, number: int, height: int = 96, width: int = 128) -> Scene:
    """Scene ``number`` of those of a seed; the same arguments give the same scene."""
    height, width = checked_integer("height", height, 16), checked_integer("width", width, 16)
    key = np.array([checked_seed("seed", seed), checked_integer("number", number, 0)], np.uint64)
    rng = np.random.Generator(np.random.Philox(key=key))
    image = _textured(rng, height, width, contrast=30)
    owners = np.full((height, width), -1)
    kinds: list[int] = []
    for _ in range(1 + int(4 * rng.random())):
        kind, mask = int(len(SHAPES) * rng.random()), _mask(rng, height, width)
        inside = mask(kind)
        texture = _textured(rng, height, width, contrast=12)
        if inside.any() and not _hides_too_much(owners, inside, len(kinds)):
            owners[inside] = len(kinds)
            image[inside] = texture[inside]
            kinds.append(kind)
    noise = 12 * (rng.random((height, width, 3)) - 0.5)
    labels = np.array(kinds, np.int64)
    return Scene(
        np.clip(np.rint(image + noise), 0, 255).astype(np.uint8),
        np.append(labels + 1, 0)[owners].astype(np.uint8),
        np.array([_box(owners == shape) for shape in range(len(kinds))], np.int64).reshape(-1, 4),
        labels,
    )


def _hides_too_much(owners: np.ndarray, inside: np.ndarray, count: int) -> bool:
    """Whether a new shape would leave less than `_LEAST_SEEN` of one before it."""
    for shape in range(count):
        own = owners == shape
        if (own & ~inside).sum() < _LEAST_SEEN * own.sum():
            return True
    return False


def _textured(rng: np.random.Generator, height: int, width: int, contrast: float) -> np.ndarray:
    """float64 (height, width, 3): a colour that varies smoothly, in waves of two lengths and any direction."""
    colour = 40 + 175 * rng.random(3)
    y, x = np.mgrid[:height, :width]
    waves = np.zeros((height, width))
    for length in (0.5, 0.12):
        angle, phase = 2 * np.pi * rng.random(2)
        step = 2 * np.pi / (length * min(height, width))
        waves += np.sin(step * (np.cos(angle) * x + np.sin(angle) * y) + phase) / 2
    return colour + contrast * (rng.random(3) + 0.5) * waves[..., None]


class _mask:
    """Where a shape of one place, size and angle lies."""

    def __init__(self, rng: np.random.Generator, height: int, width: int) -> None:
        radius = min(height, width) * (_RADII[0] + (_RADII[1] - _RADII[0]) * rng.random())
        centre = rng.random(2) * (height - radius, width - radius) + radius / 2
        angle = 2 * np.pi * rng.random()
        y, x = (np.mgrid[:height, :width] + 0.5 - centre[:, None, None]) / radius
        self.u, self.v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x

    def __call__(self, kind: int) -> np.ndarray:
        u, v = np.abs(self.u), np.abs(self.v)
        inside: np.ndarray
        if SHAPES[kind] == "disk":
            inside = u * u + v * v <= 0.85
        elif SHAPES[kind] == "square":
            inside = np.maximum(u, v) <= 0.8
        elif SHAPES[kind] == "triangle":
            inside = (self.v >= -0.6) & (self.v <= 1.1 - 1.75 * u)
        else:
            inside = ((u <= 0.33) & (v <= 1)) | ((v <= 0.33) & (u <= 1))
        return inside


def _box(seen: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
