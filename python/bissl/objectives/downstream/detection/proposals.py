"""From the outputs of a region proposal network to proposals (Ren et al. 2015, section 3.3)."""

from __future__ import annotations

import numpy as np

from ....targets.geometry import Size
from .boxcoding import RPN_WEIGHTS, decode
from .suppression import nms, ranked

#: Proposals with a shorter side, in pixels, are dropped.
SHORTEST_PROPOSAL = 1e-3
#: Of two that overlap more, the one of the lower score is dropped.
PROPOSAL_OVERLAP = 0.7


def propose(logits: np.ndarray, deltas: np.ndarray, anchors: np.ndarray, size: Size, most: int) -> np.ndarray:
    """The proposals of an image, float64 (n, 4), n <= ``most``, from the highest logit down.

    logits : (anchors,). deltas : (anchors, 4). size : height and width of the image without its padding.
    """
    chosen = ranked(logits)[:most]
    boxes = clip(decode(deltas[chosen], anchors[chosen], RPN_WEIGHTS), size)
    wide = has_sides(boxes, SHORTEST_PROPOSAL)
    boxes, logits = boxes[wide], logits[chosen[wide]]
    proposed: np.ndarray = boxes[nms(boxes, logits, PROPOSAL_OVERLAP)]
    return proposed


def clip(boxes: np.ndarray, size: Size) -> np.ndarray:
    """Boxes (..., 4) cut at the edges of an image."""
    height, width = size
    cut: np.ndarray = np.clip(boxes, 0.0, np.array([width, height, width, height], np.float64))
    return cut


def has_sides(boxes: np.ndarray, least: float) -> np.ndarray:
    """bool (...): both sides of boxes (..., 4) have at least this length."""
    reach: np.ndarray = ((boxes[..., 2:] - boxes[..., :2]) >= least).all(axis=-1)
    return reach
