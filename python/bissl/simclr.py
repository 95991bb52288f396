"""SimCLR: a contrastive pretext objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _engine
from .heads import Projector
from .inputs import two_views
from .modules import Module
from .networks import Backbone
from .objectives import EngineLoss, Pretext, check_backbone


class SimCLR(EngineLoss, Pretext):
    """SimCLR (Chen et al. 2020): NT-Xent between two views of a batch.

    Parameters
    ----------
    net : the backbone.
    projector : widths of the head: Linear-BN-ReLU for all but the last, then Linear without bias.
    temperature : τ > 0.
    seed : of the head's initial parameters.

    A batch is a pair (view1, view2) of normalised float images (N, H, W, 3), N ≥ 2. The views pass the network as two
    batches, with batch-norm statistics of their own.
    """

    _settings = ("temperature",)

    def __init__(
        self, net: Backbone, projector: Sequence[int] = (256, 256, 256), temperature: float = 0.5, seed: int = 0
    ) -> None:
        check_backbone(net)
        super().__init__(net, Projector(net.num_features, projector, seed))
        self._objective = _engine.simclr_create(temperature)
        self.temperature = temperature

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return two_views(batch)

    def __reduce__(self) -> tuple:
        return _restore, (self.backbone, self.head, self.temperature)


def _restore(backbone: Backbone, head: Module, temperature: float) -> SimCLR:
    pretext = SimCLR(backbone, projector=head._arguments()["widths"], temperature=temperature)
    pretext.head = head
    return pretext
