"""The parameters of a detector beside its backbone."""

from __future__ import annotations

import numpy as np

from ....errors import checked_seed
from ....models.heads import Parameters

#: Deviation of the initial weights of the region proposal network.
_DEVIATION = 0.01

RPN_CONV, RPN_LOGITS, RPN_DELTAS = "rpn.head.conv.0.0", "rpn.head.cls_logits", "rpn.head.bbox_pred"
ROI_LOGITS, ROI_DELTAS = "roi_heads.box_predictor.cls_score", "roi_heads.box_predictor.bbox_pred"


def detection_head(trunk: int, features: int, anchors: int, num_classes: int, seed: int) -> Parameters:
    """Torchvision's names and shapes: a 3×3 convolution and two 1×1 on ``trunk`` channels for ``anchors`` per position, and
    two linear layers on the ``features`` of a RoI, for the background and ``num_classes`` classes.

    Weights begin normal with a deviation of 0.01 in the region proposal network, uniform below 1/√inputs in the linear layers,
    as do their biases; other biases are 0.
    """
    draw = np.random.Generator(np.random.Philox(checked_seed("seed", seed)))

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0.0, _DEVIATION, shape)

    def uniform(*shape: int) -> np.ndarray:
        drawn: np.ndarray = draw.uniform(-1, 1, shape) / np.sqrt(features)
        return drawn

    layers = {
        RPN_CONV: (normal(trunk, trunk, 3, 3), np.zeros(trunk)),
        RPN_LOGITS: (normal(anchors, trunk, 1, 1), np.zeros(anchors)),
        RPN_DELTAS: (normal(4 * anchors, trunk, 1, 1), np.zeros(4 * anchors)),
        ROI_LOGITS: (uniform(1 + num_classes, features), uniform(1 + num_classes)),
        ROI_DELTAS: (uniform(4 * (1 + num_classes), features), uniform(4 * (1 + num_classes))),
    }
    arrays = {f"{name}.{kind}": each for name, pair in layers.items() for kind, each in zip(("weight", "bias"), pair)}
    return Parameters(**arrays)
