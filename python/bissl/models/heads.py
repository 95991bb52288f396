"""Heads: what stands on a backbone's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from .. import _engine
from ..arrays import as_real
from ..errors import InvalidArgument, InvalidState, ReadOnly, checked_integer, checked_seed
from ..ops import recording
from ..ops.variable import Variable
from .extents import checked_integers
from .inputs import checked_rows
from .module import Module


class Head(Module):
    """A module on features. Inside the ``loss`` of the objective that it belongs to, calling it records it."""

    @overload
    def __call__(self, features: Variable) -> Variable: ...

    @overload
    def __call__(self, features: np.ndarray) -> np.ndarray: ...

    def __call__(self, features: Variable | np.ndarray) -> Variable | np.ndarray:
        """Outputs (N, outputs) of features (N, inputs): recorded, in training mode, for a Variable inside the
        objective's loss; in evaluation mode for an array."""
        if isinstance(features, Variable):
            return Variable(_engine.recording_outputs(recording.of_head(self), features._handle))
        return self._evaluated(features)

    def _evaluated(self, features: np.ndarray) -> np.ndarray:
        """Outputs of an array, in evaluation mode."""
        return self._apply(checked_rows(features, self._inputs, "features"))

    def __getitem__(self, name: str) -> Variable:
        """A parameter tensor by name, recorded, inside the objective's loss."""
        return Variable(_engine.recording_parameter(recording.of_head(self), name))


class Projector(Head):
    """SimCLR's head: Linear-BN-ReLU for all widths but the last, then Linear without bias.

    Parameters
    ----------
    inputs : int
        Features.
    widths : sequence of int
        Of the layers, at least one.
    seed : int, default 0
        Seed of the initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A size that is no positive integer.

    Examples
    --------
    >>> bissl.Projector(8, (16, 4)).state_dict()["projector.0.weight"].shape
    (16, 8)
    """

    inputs: int
    widths: tuple[int, ...]
    seed: int
    _fixed = ("inputs", "widths", "seed")

    def __init__(self, inputs: int, widths: Sequence[int], seed: int = 0) -> None:
        self._fix(
            inputs=checked_integer("inputs", inputs, 1),
            widths=checked_integers("widths", widths),
            seed=checked_seed("seed", seed),
        )
        settings = {"inputs": self.inputs, "widths": self.widths}
        super().__init__("projector", settings, self.seed)

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "widths": self.widths, "seed": self.seed}


class LinearHead(Head):
    """One linear layer with bias.

    Parameters
    ----------
    inputs : int
        Features.
    outputs : int
        Numbers that the head gives.
    seed : int, default 0
        Seed of the initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A size that is no positive integer.

    Examples
    --------
    >>> list(bissl.LinearHead(8, 3).state_dict())
    ['weight', 'bias']
    """

    inputs: int
    outputs: int
    seed: int
    _fixed = ("inputs", "outputs", "seed")

    def __init__(self, inputs: int, outputs: int, seed: int = 0) -> None:
        self._fix(
            inputs=checked_integer("inputs", inputs, 1),
            outputs=checked_integer("outputs", outputs, 1),
            seed=checked_seed("seed", seed),
        )
        settings = {"inputs": self.inputs, "outputs": self.outputs}
        super().__init__("linear", settings, self.seed)

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self.inputs, "outputs": self.outputs, "seed": self.seed}


class Parameters(Head):
    """A head of named parameters: ``Parameters(prototypes=array, scale=array)``, which a loss takes as
    ``self.head["prototypes"]``. The arrays given are their initial values.

    Parameters
    ----------
    **initial : object
        Arrays of real numbers by name, the initial values.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No arrays, or such that hold no finite numbers.

    Examples
    --------
    >>> head = bissl.Parameters(prototypes=np.zeros((10, 8)))
    >>> head.vector.size
    80
    """

    def __init__(self, **initial: Any) -> None:
        if not initial:
            raise InvalidArgument("Parameters: expected at least one name=array")
        arrays = {name: as_real(values, name) for name, values in initial.items()}
        super().__init__("parameters", {name: array.shape for name, array in arrays.items()}, 0)
        self.load_state_dict(arrays)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        raise InvalidState("a table of parameters is no layer and gives no outputs")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_names", ()):
            raise ReadOnly(f'Parameters.{name}: cannot be assigned; write to it by head.vector["{name}"] = values')
        super().__setattr__(name, value)

    def _arguments(self) -> dict[str, Any]:
        return self.state_dict()

    def _stated_arguments(self) -> dict[str, Any]:
        return {}  # the shapes say all, the numbers are trained
