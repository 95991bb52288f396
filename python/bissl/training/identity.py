"""What makes a run of a stage this run and no other: settings, data, and (added by the run) the networks it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import _engine
from ..checkpoints.description import described
from ..checkpoints.sources import SOURCES, sources_of
from ..data.dataset import Dataset
from ..data.fingerprint import content_digest
from ..data.relabelled import DenseLabels
from ..models.backbone import Backbone
from ..optim.optimizers import Optimizer
from ..targets import Targets
from .base import Stage


def run_identity(
    stage: Stage,
    data: Mapping[str, Dataset | np.ndarray | DenseLabels],
    targets: Targets | None = None,
    **resolved: Any,
) -> dict[str, Any]:
    """For checkpoints to be compared with, and, as ``SOURCES``, the digests of what users have written of it. data : the
    images and labels by argument. targets : what the labels are. resolved : settings that were made of the options given and
    of other stages, such as views."""
    if targets is not None:
        resolved["classes"] = targets.classes and targets.classes.described()
    options = {name: value for name, value in stage.get_params().items() if name not in stage._incidental}
    return {
        "stage": type(stage).__name__,
        "precision": _engine.precision,
        "settings": described(options | resolved),
        "data": {name: _content(value) for name, value in data.items()},
        SOURCES: sources_of(type(stage), options, resolved),
    }


def _content(data: Dataset | np.ndarray | DenseLabels) -> str:
    if isinstance(data, DenseLabels):
        return data.digest()
    return content_digest(data) if isinstance(data, Dataset) else described(np.asarray(data))


class BackboneState:
    """What training moves in a backbone, as one part of a run."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone

    def state_dict(self) -> dict[str, Any]:
        return self._backbone._moved_state()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._backbone._load_moved(state, "backbone")


class OptimizerState:
    """The state of an optimiser for the modules that it steps, as one part of a run."""

    def __init__(self, optimizer: Optimizer, **modules: Any) -> None:
        self._optimizer, self._modules = optimizer, modules

    def state_dict(self) -> dict[str, Any]:
        return self._optimizer.state_dict(**self._modules)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._optimizer.load_state_dict(state, **self._modules)
