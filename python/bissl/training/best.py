"""The epoch that was best on validation data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..models.backbone import Backbone
from ..objectives.base import Downstream


class BestEpoch:
    """Keeps the networks of the epoch with the highest score, the first of equals. epoch, score : None before any."""

    def __init__(self, backbone: Backbone, downstream: Downstream) -> None:
        self._backbone, self._downstream = backbone, downstream
        self.epoch: int | None = None
        self.score: float | None = None
        self._networks: dict[str, Any] | None = None

    def consider(self, epoch: int, score: float) -> None:
        """Keeps a copy of the networks as they are now where the score is the best so far; a NaN never is."""
        if math.isnan(score) or (self.score is not None and score <= self.score):
            return
        self.epoch, self.score = epoch, float(score)
        self._networks = {"backbone": self._backbone._moved_state(), "downstream": self._downstream.state_dict()}

    def restore(self) -> None:
        """Makes the networks what they were in that epoch, where there is one."""
        if self._networks is not None:
            self._backbone._load_moved(self._networks["backbone"], "backbone")
            self._downstream.load_state_dict(self._networks["downstream"])

    def state_dict(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "score": self.score, "networks": self._networks}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.epoch, self.score, self._networks = state["epoch"], state["score"], state["networks"]
