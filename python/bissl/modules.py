"""What backbones and heads have in common: a state in PyTorch's names and layouts over the engine's flat vectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _engine
from .errors import InvalidArgument
from .vectors import FlatVector, Layout, _segments, compare_names

_PREFIXES = ("module.", "backbone.", "encoder.", "model.")
_TRACKED = "num_batches_tracked"


class Module:
    """A backbone or a head, held by the engine."""

    def __init__(self, handle: Any) -> None:
        description = json.loads(_engine.module_describe(handle))
        self._handle = handle
        self._layout = _layout(description["parameters"])
        self._buffer_layout = _layout(description["buffers"])
        self._names: tuple[str, ...] = tuple(description["names"])
        self._inputs: int = description["inputs"]
        self._outputs: int = description["outputs"]

    @property
    def vector(self) -> FlatVector:
        """All trainable parameters, flat: state-dict order, each ravelled in its PyTorch layout. Not a copy: what is
        assigned through it (``net.vector[:] = …``) is seen by the next call."""
        return FlatVector(np.asarray(_engine.module_parameters(self._handle)), self._layout)

    @vector.setter
    def vector(self, values: Any) -> None:
        self.vector[:] = values

    def state_dict(self) -> dict[str, np.ndarray]:
        """Parameters and buffers (batch-norm statistics, fixed positions) by name, copied, in PyTorch's order, names and
        layouts."""
        buffers = {name: _outside(name, value) for name, value in self._buffers().items()}
        state = self.vector.as_dict() | buffers
        return {name: state[name] for name in self._names}

    def load_state_dict(self, arrays: Mapping[str, Any], strict: bool = True) -> None:
        """Takes parameters and buffers over, by name. Nothing changes unless everything fits.

        Parameters
        ----------
        arrays : mapping of names to arrays in PyTorch's layouts. A prefix that all names share (``module.``,
            ``backbone.``, ``encoder.``, ``model.``) is taken off.
        strict : missing buffers are allowed, anything else missing or unexpected is not. When False,
            names that are missing or unexpected are passed over; shapes must fit all the same.

        Raises
        ------
        ValueError : listing the missing, unexpected and mis-shaped names.
        """
        if not isinstance(arrays, Mapping):
            raise InvalidArgument(f"arrays: expected a mapping of names to arrays, got {type(arrays).__name__}")
        layout = self._layout + self._buffer_layout
        shapes = dict(layout)
        arrays = _without_prefix(arrays, shapes)
        if not strict:
            arrays = {name: value for name, value in arrays.items() if name in shapes}
        optional = frozenset(name for name, _ in (self._buffer_layout if strict else layout))
        compare_names(arrays, layout, "arrays", optional)
        values = {name: _numbers(name, value) for name, value in arrays.items()}
        targets = _segments(np.asarray(self.vector), self._layout) | self._buffers()
        for name, value in values.items():
            targets[name][...] = value

    def clone(self) -> Module:
        """An independent copy, parameters and buffers."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._handle = _engine.module_clone(self._handle)
        return copy

    __copy__ = clone

    def __deepcopy__(self, memo: dict) -> Module:
        return self.clone()

    def _arguments(self) -> dict[str, Any]:
        """The keyword arguments that make a module of this architecture."""
        raise NotImplementedError

    def __reduce__(self) -> tuple:
        return _restore, (type(self), self._arguments(), self.state_dict())

    def _buffers(self) -> dict[str, np.ndarray]:
        """Views of the buffers."""
        return _segments(np.asarray(_engine.module_buffers(self._handle)), self._buffer_layout)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        """Evaluation mode, rows in, (N, outputs) out."""
        return np.asarray(_engine.module_apply(self._handle, values)).reshape(-1, self._outputs)


def _restore(kind: type[Module], arguments: dict[str, Any], state: dict[str, np.ndarray]) -> Module:
    module = kind(**arguments)
    module.load_state_dict(state)
    return module


def _layout(segments: list[dict]) -> Layout:
    return tuple((segment["name"], tuple(segment["shape"])) for segment in segments)


def _outside(name: str, value: np.ndarray) -> np.ndarray:
    """A buffer as PyTorch types it."""
    return value.astype(np.int64) if name.endswith(_TRACKED) else value.copy()


def _without_prefix(arrays: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    for prefix in _PREFIXES:
        if arrays and all(name.startswith(prefix) for name in arrays) and not any(name in shapes for name in arrays):
            return _without_prefix({name.removeprefix(prefix): value for name, value in arrays.items()}, shapes)
    return arrays


def _numbers(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise InvalidArgument(f"arrays: {name} has dtype {array.dtype}, expected real numbers")
    return array
