"""What of a batch takes part in the losses of a detector: constants of the loss, drawn and matched before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .assignment import AnchorTargets, RoITargets


@dataclass(frozen=True)
class AnchorSelection:
    """Of the region proposal network. Rows count anchors (image, y, x, anchor).

    sampled : rows that take part. labels : bool, whether these are positive. positives : the rows of the positive ones.
    deltas : (positives, 4), what theirs should be.
    """

    sampled: np.ndarray
    labels: np.ndarray
    positives: np.ndarray
    deltas: np.ndarray

    @classmethod
    def joined(cls, images: Sequence[AnchorTargets], anchors: int) -> AnchorSelection:
        """Those of all images, which have this many anchors each; positive ones first."""
        positives = np.concatenate([place * anchors + each.positives for place, each in enumerate(images)])
        negatives = np.concatenate([place * anchors + each.negatives for place, each in enumerate(images)])
        labels = np.arange(len(positives) + len(negatives)) < len(positives)
        deltas = np.concatenate([each.deltas for each in images])
        return cls(np.concatenate([positives, negatives]), labels, positives, deltas)


@dataclass(frozen=True)
class RoISelection:
    """Of the box head. rois : (K, 4). images : int64 (K,), the image that each lies in. labels, deltas : as of `RoITargets`."""

    rois: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    deltas: np.ndarray

    @classmethod
    def joined(cls, images: Sequence[RoITargets]) -> RoISelection:
        """Those of all images."""
        numbers = np.repeat(np.arange(len(images)), [len(each.rois) for each in images])
        rois, labels, deltas = (np.concatenate([each[part] for each in images]) for part in range(3))
        return cls(rois, numbers, labels, deltas)
