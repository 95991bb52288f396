"""Boxes as differences from other boxes (Ren et al. 2015, section 3.1.2; Girshick 2015)."""

from __future__ import annotations

import math

import numpy as np

Weights = tuple[float, float, float, float]

RPN_WEIGHTS: Weights = (1.0, 1.0, 1.0, 1.0)
ROI_WEIGHTS: Weights = (10.0, 10.0, 5.0, 5.0)
#: Logarithms of sides over those of the reference are cut here, so that exp stays small.
LARGEST_LOGARITHM = math.log(1000 / 16)


def encode(boxes: np.ndarray, references: np.ndarray, weights: Weights) -> np.ndarray:
    """(n, 4): for each box the weighted dx, dy, in sides of its reference, and dw, dh, logarithms of ratios of sides."""
    sides, reference_sides = boxes[:, 2:] - boxes[:, :2], references[:, 2:] - references[:, :2]
    shift = (_centres(boxes, sides) - _centres(references, reference_sides)) / reference_sides
    return np.concatenate([shift, np.log(sides / reference_sides)], axis=1) * weights


def decode(deltas: np.ndarray, references: np.ndarray, weights: Weights) -> np.ndarray:
    """The inverse of `encode`: boxes (n, 4), or (n, classes, 4) of deltas (n, classes, 4)."""
    references = references.reshape(len(references), *[1] * (deltas.ndim - 2), 4)
    sides = references[..., 2:] - references[..., :2]
    scaled = deltas / np.asarray(weights)
    centres = scaled[..., :2] * sides + _centres(references, sides)
    half = 0.5 * np.exp(np.minimum(scaled[..., 2:], LARGEST_LOGARITHM)) * sides
    return np.concatenate([centres - half, centres + half], axis=-1)


def _centres(boxes: np.ndarray, sides: np.ndarray) -> np.ndarray:
    return boxes[..., :2] + 0.5 * sides
