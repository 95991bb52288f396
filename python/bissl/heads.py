"""Heads: what stands on a backbone's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _engine, recording
from .errors import InvalidArgument, InvalidState
from .inputs import checked_rows
from .modules import Module
from .ops.variable import Variable


class Head(Module):
    """A module on features. Inside the ``loss`` of the objective that it belongs to, calling it records it."""

    def __call__(self, features: Variable | np.ndarray) -> Variable | np.ndarray:
        """Outputs (N, outputs) of features (N, inputs): recorded, in training mode, for a Variable inside the
        objective's loss; in evaluation mode for an array."""
        if isinstance(features, Variable):
            return Variable(_engine.recording_outputs(recording.of_head(self), features._handle))
        return self._apply(checked_rows(features, self._inputs, "features"))

    def __getitem__(self, name: str) -> Variable:
        """A parameter tensor by name, recorded, inside the objective's loss."""
        return Variable(_engine.recording_parameter(recording.of_head(self), name))


class Projector(Head):
    """SimCLR's head: Linear-BN-ReLU for all widths but the last, then Linear without bias."""

    def __init__(self, inputs: int, widths: Sequence[int], seed: int = 0) -> None:
        self._widths = tuple(widths)
        super().__init__(_engine.projector_create(inputs, self._widths, seed))

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "widths": self._widths}


class LinearHead(Head):
    """One linear layer with bias."""

    def __init__(self, inputs: int, outputs: int, seed: int = 0) -> None:
        super().__init__(_engine.linear_create(inputs, outputs, seed))

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "outputs": self._outputs}


class Parameters(Head):
    """A head of named parameters: ``Parameters(prototypes=array, scale=array)``, which a loss takes as
    ``self.head["prototypes"]``. The arrays given are their initial values."""

    def __init__(self, **initial: Any) -> None:
        if not initial:
            raise InvalidArgument("Parameters: expected at least one name=array")
        arrays = {name: np.asarray(values) for name, values in initial.items()}
        super().__init__(_engine.parameters_create({name: array.shape for name, array in arrays.items()}))
        self.load_state_dict(arrays)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        raise InvalidState("a table of parameters is no layer and gives no outputs")

    def _arguments(self) -> dict[str, Any]:
        return self.state_dict()
