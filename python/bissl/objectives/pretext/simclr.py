"""SimCLR: a contrastive pretext objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import _engine
from ...errors import checked_number
from ...models.backbone import Backbone, checked_backbone
from ...models.extents import checked_integers
from ...models.heads import Projector
from ...models.inputs import two_views
from ..base import EngineLoss, Pretext


class SimCLR(EngineLoss, Pretext):
    """SimCLR (Chen et al. 2020): NT-Xent between two views of a batch.

    A batch is a pair (view1, view2) of normalised float images (N, H, W, 3), N ≥ 2. The views pass the network as two
    batches, with batch-norm statistics of their own.

    Parameters
    ----------
    net : Backbone
        The backbone.
    projector : sequence of int, default (256, 256, 256)
        Widths of the head: Linear-BN-ReLU for all but the last, then Linear without bias.
    temperature : float, default 0.5
        τ > 0.
    seed : int, default 0
        Seed of the head's initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Widths or numbers out of range; another kind of network.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), projector=(8, 8))
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> loss, gradient = pretext.value_and_gradient(tuple(views))
    >>> gradient.backbone["conv1.weight"].shape
    (4, 3, 3, 3)
    """

    _settings = ("temperature",)
    projector: tuple[int, ...]
    temperature: float
    seed: int
    _fixed = ("projector", "temperature", "seed")

    def __init__(
        self, net: Backbone, projector: Sequence[int] = (256, 256, 256), *, temperature: float = 0.5, seed: int = 0
    ) -> None:
        head = Projector(checked_backbone(net).num_features, checked_integers("projector", projector), seed)
        super().__init__(net, head)
        self._fix(
            projector=head.widths, temperature=checked_number("temperature", temperature, above=0), seed=head.seed
        )
        self._objective = self._new_objective()

    def _new_objective(self) -> Any:
        return _engine.objective_create("simclr", {"temperature": self.temperature}, ())

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return two_views(batch)
