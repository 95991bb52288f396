"""What backbones and heads have in common: a state in PyTorch's names and layouts over the engine's flat vectors."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _engine
from .._engine import dtype
from ..arrays import as_array
from ..checkpoints.checks import require_dict, require_same
from ..checkpoints.description import stated
from ..checkpoints.tree import ARCHITECTURE
from ..configured import Configured, wrong_object
from ..errors import InvalidArgument, NonFiniteArgument, WrongType
from ..finite import first_place
from ..weights.loading import checked_mapping, load_into
from ..weights.matching import Match, compared, match
from ..weights.report import WeightsReport
from ..weights.saving import save_with_alphas
from .vectors import FlatVector, Layout, _segments, flatten

if TYPE_CHECKING:
    from typing import Self

_TRACKED, _VARIANCE = "num_batches_tracked", "running_var"
#: In a state of what training moves, the digest of what it does not.
_FROZEN = "frozen.digest"


@dataclass(frozen=True)
class Adapter:
    """The low-rank adapter of a layer: its weight is W + (alpha/rank)·BA."""

    layer: str
    rank: int
    alpha: float

    @property
    def names(self) -> tuple[str, str]:
        """Of A and of B."""
        return f"{self.layer}.lora_A.weight", f"{self.layer}.lora_B.weight"


@dataclass(frozen=True)
class Division:
    """What of a network is trained: the adapters added to it, and the names of the parameters that are frozen."""

    adapters: tuple[Adapter, ...] = ()
    frozen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """What the engine makes a module of; its parameters are drawn from the seed."""

    kind: str
    settings: dict[str, Any]
    seed: int

    def made(self, division: Division = Division()) -> Any:
        """The engine's module, of which is trained what ``division`` says."""
        handle = _engine.module_create(self.kind, self.settings, self.seed)
        return handle if division == Division() else _divided(handle, division)


class Module(Configured):
    """A backbone or a head, held by the engine."""

    _holds_attributes = True
    #: First names of the parts that may stand beside this one in a file of weights.
    _beside: re.Pattern[str] | None = None
    #: Attributes that are of one process.
    _unpickled: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_methods(cls, ("forward",))

    def __init__(self, kind: str, settings: dict[str, Any], seed: int) -> None:
        self._blueprint = Blueprint(kind, settings, seed)
        self._hold(self._blueprint.made())

    @classmethod
    def _of(cls, handle: Any) -> Self:
        """A module that the engine made."""
        module = object.__new__(cls)
        module._hold(handle)
        return module

    def _hold(self, handle: Any) -> None:
        """Takes over a module of the engine's."""
        description = json.loads(_engine.module_describe(handle))
        self._handle = handle
        self._layout = _layout(description["parameters"])
        self._frozen_layout = _layout(description["frozen"])
        self._buffer_layout = _layout(description["buffers"])
        self._adapters = tuple(Adapter(**entry) for entry in description["adapters"])
        self._adaptable: tuple[str, ...] = tuple(description["adaptable"])
        self._names: tuple[str, ...] = tuple(description["names"])
        self._inputs: int = description["inputs"]
        self._outputs: int = description["outputs"]

    @property
    def vector(self) -> FlatVector:
        """All parameters that are trained, flat: state-dict order, each ravelled in its PyTorch layout; those that are
        frozen (`bissl.freeze`, `bissl.LoRA`) are no part of it. Not a copy: what is assigned through it
        (``net.vector[:] = …``) is seen by the next call."""
        return FlatVector(_engine.array(_engine.module_parameters(self._handle)), self._layout)

    @vector.setter
    def vector(self, values: Any) -> None:
        self.vector[:] = flatten(values, self._layout, "vector")

    def state_dict(self) -> dict[str, np.ndarray]:
        """Parameters, trained and frozen, and buffers (batch-norm statistics, fixed positions) by name, copied, in PyTorch's
        order, names and layouts. Those of a low-rank adapter stand behind their layer's and are called as in peft:
        ``blocks.0.attn.qkv.lora_A.weight`` (rank, inputs), ``blocks.0.attn.qkv.lora_B.weight`` (outputs, rank)."""
        state = self.vector.as_dict() | self._frozen_arrays() | self._outer_buffers()
        return {name: state[name] for name in self._names}

    def load_state_dict(self, arrays: Mapping[str, Any], strict: bool = True) -> None:
        """Takes parameters and buffers over, by name. Nothing changes unless everything fits.

        Parameters
        ----------
        arrays : mapping
            Mapping of names to arrays in PyTorch's layouts. Prefixes (``module.``, ``backbone.``, ``encoder_q.``, …,
            one behind the other) are recognised as `load_weights` does.
        strict : bool, default True
            Missing buffers are allowed, and adapters where there are none at all (those of the network stay); anything
            else missing or unexpected is not. When False, names that are missing or unexpected are passed over; shapes
            must fit all the same.

        Raises
        ------
        ValueError
            Listing the missing, unexpected and mis-shaped names, and adapters of another α (`load_weights`).
        NonFiniteArgument (ValueError, FloatingPointError)
            Naming the first number that is NaN or infinite, or becomes that in the engine's precision, and negative
            variances.
        """
        found = match(checked_mapping(arrays), self._shapes)
        self._compared(found, beside=None).require("arrays", strict)
        self._assign(self._numbers(found.found))

    def _architecture(self) -> dict[str, Any]:
        """What it computes, but for its numbers, as JSON spells it: networks whose arrays have the same shapes may differ in
        it."""
        given = {name: value for name, value in self._stated_arguments().items() if name != "seed"}
        return {
            "kind": type(self).__qualname__,
            "arguments": stated(given),
            "adapters": {each.layer: {"rank": each.rank, "alpha": each.alpha} for each in self._adapters},
            "frozen": [name for name, _ in self._frozen_layout],
        }

    def _stated_arguments(self) -> dict[str, Any]:
        """Those of `_arguments` that tell what it computes."""
        return self._arguments()

    def _moved_state(self) -> dict[str, Any]:
        """What training moves, copied, and the architecture that it belongs to."""
        return self._moved_arrays() | {ARCHITECTURE: self._architecture()}

    def _moved_arrays(self) -> dict[str, np.ndarray]:
        """What training moves, copied: the trained parameters and the buffers; of the frozen ones a digest, where there
        are any."""
        state = self.vector.as_dict() | self._outer_buffers()
        moved = {name: state[name] for name in self._names if name in state}
        return moved | ({_FROZEN: self._frozen_digest()} if self._frozen_layout else {})

    def _load_moved(self, arrays: Mapping[str, Any], name: str) -> None:
        """Takes over what `_moved_state` or `_moved_arrays` gave. ValueError naming ``name`` unless all names and shapes are
        the present ones, and architecture and frozen parameters those that the state was moved beside."""
        self._check_moved(arrays, name)
        self._assign(self._numbers(arrays))

    def _check_moved(self, arrays: Mapping[str, Any], name: str) -> None:
        """Raises as `_load_moved`; changes nothing."""
        require_same(f"state: {name}", shapes_of(arrays, f"state: {name}"), self._moved_shapes())
        if ARCHITECTURE in arrays:
            told = {ARCHITECTURE: arrays[ARCHITECTURE]}
            require_same(f"state: {name}", told, {ARCHITECTURE: self._architecture()})
        if self._frozen_layout and not np.array_equal(arrays[_FROZEN], self._frozen_digest()):
            raise InvalidArgument(
                f"state: {name}: it was trained beside other frozen parameters than this network has; load the weights of "
                "then first"
            )
        self._numbers(arrays)

    def _moved_shapes(self) -> dict[str, list[int]]:
        """Of `_moved_arrays`."""
        shapes = {name: list(shape) for name, shape in self._layout + self._buffer_layout}
        return shapes | ({_FROZEN: [16]} if self._frozen_layout else {})

    def _frozen_digest(self) -> np.ndarray:
        """16 bytes that change with any bit of the frozen parameters."""
        digest = blake2b(self._frozen().data.cast("B"), digest_size=16).digest()
        return np.frombuffer(digest, np.uint8)

    def load_weights(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any],
        strict: bool = True,
        key: str | Sequence[str] | None = None,
        resize_positions: bool = False,
    ) -> WeightsReport:
        """Takes weights over from a file (`bissl.weights.load`) or a mapping. Nothing changes unless everything fits.

        What torch.compile (``_orig_mod``), FSDP (``_fsdp_wrapped_module``), activation checkpointing
        (``_checkpoint_wrapped_module``) and DeepSpeed or Lightning (``_forward_module``) put into names is taken out wherever
        it stands. The network is looked for behind any sequence of the prefixes ``module.``, ``model.``, ``backbone.``,
        ``encoder.``, ``encoder_q.``, ``base_encoder.``, ``online_encoder.``, ``teacher.``, ``student.``, ``resnet.``,
        ``net.``, ``network.``, ``trunk.``, ``base_model.``, ``feature_extractor.``, ``lower_backbone.``,
        ``upper_backbone.``, ``ema_model.``, ``model_ema.``, ``ema.``, ``averaged_model.``, ``_model.``: the one behind
        which most of its names are found. Where none is, the error names what the file's names begin with. A ResNet's layers may also be numbered as in a
        ``torch.nn.Sequential`` of its children, and a vision transformer's may have torchvision's names.

        When a backbone is loaded, names that are known to belong to other parts are passed over: all that stand outside
        of the prefix that was recognised, and behind it those that begin with ``fc``, ``head``, ``heads``,
        ``head_dist``, ``classifier``, ``linear``, ``projector``, ``projection``, ``projection_head``, ``predictor``,
        ``prediction_head``, ``prototypes``, ``decoder``, ``decoder_…``, ``mask_token``, ``queue``, ``queue_ptr``,
        ``encoder_k``, ``momentum_…``, ``target_…`` or ``…_momentum``.

        Parameters
        ----------
        source : str, path or mapping
            A file, or names to arrays in PyTorch's layouts.
        strict : bool, default True
            Buffers (batch-norm statistics, fixed positions) may be missing, and adapters where the file has none at
            all; nothing else may be missing or unexpected. When False, what is missing stays as it is; shapes must fit
            all the same, and α of adapters where the file tells it.
        key : str, sequence of str or None, optional
            The entry of a PyTorch checkpoint that holds the weights, where `bissl.weights.load` would take another.
        resize_positions : bool, default False
            Resample the learned positions of a vision transformer to its number of patches. Fixed sine-cosine
            positions need no resampling: those of another size are passed over.

        Returns
        -------
        WeightsReport
            What was loaded, and what was not.

        Raises
        ------
        InvalidArgument (ValueError)
            The text lists the missing, unexpected and mis-shaped names, and adapters of another α.
        NonFiniteArgument (ValueError, FloatingPointError)
            As `load_state_dict`.
        FileMissing (FileNotFoundError), DataError (ValueError)
            As `bissl.weights.load`.
        """
        return load_into(self, source, strict, key, resize_positions)

    def save_weights(self, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
        """Writes the state dict as a safetensors file (`bissl.weights.save`), with the names and layouts of PyTorch; with the
        matrices of low-rank adapters their α, in the metadata, which `load_weights` compares."""
        save_with_alphas(path, self.state_dict(), metadata, self._alphas())

    def _alphas(self, prefix: str = "") -> dict[str, float]:
        """α of each adapter by the name of its first matrix, behind ``prefix``."""
        return {f"{prefix}{adapter.names[0]}": adapter.alpha for adapter in self._adapters}

    def clone(self) -> Self:
        """An independent copy, parameters and buffers. (In memory copies share the frozen parameters, until other ones are
        loaded.)"""
        return copy.deepcopy(self)

    __copy__ = clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._twin(_engine.module_clone(self._handle), memo)

    def _twin(self, handle: Any, memo: dict[int, Any] | None = None) -> Self:
        """A copy of all but what the engine holds, which is ``handle``."""
        memo = {} if memo is None else memo
        twin = memo[id(self)] = self._of(handle)
        for name, value in vars(self).items():
            if name not in _HELD:
                twin.__dict__[name] = copy.deepcopy(value, memo)
        return twin

    def _arguments(self) -> dict[str, Any]:
        """The keyword arguments that make a module of this architecture."""
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        # Made again as copies are, without the constructor, whose arguments a derived class may call otherwise.
        attributes = {name: value for name, value in vars(self).items() if name not in (*_HELD, *self._unpickled)}
        return _restored, (type(self), self._blueprint, self._division, self.state_dict()), attributes

    @property
    def _division(self) -> Division:
        return Division(self._adapters, tuple(name for name, _ in self._frozen_layout))

    def _divided(self, division: Division) -> Self:
        """A copy, which has neither adapters nor frozen parameters yet, with those of ``division``."""
        return self._twin(_divided(self._handle, division))

    def _buffers(self) -> dict[str, np.ndarray]:
        """Views of the buffers."""
        return _segments(_engine.array(_engine.module_buffers(self._handle)), self._buffer_layout)

    def _outer_buffers(self) -> dict[str, np.ndarray]:
        """The buffers as PyTorch types them, copied."""
        return {name: _outside(name, value) for name, value in self._buffers().items()}

    def _frozen(self) -> np.ndarray:
        """The frozen parameters, flat: a copy."""
        return _engine.array(_engine.module_frozen(self._handle))

    def _frozen_arrays(self) -> dict[str, np.ndarray]:
        """The frozen parameters by name, copied."""
        return _segments(self._frozen(), self._frozen_layout)

    @property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return dict(self._layout + self._frozen_layout + self._buffer_layout)

    @property
    def _buffer_names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self._buffer_layout)

    def _optional(self, found: Mapping[str, Any]) -> frozenset[str]:
        """Names that weights may lack: those of buffers, and of adapters where the weights found have none."""
        adapters = frozenset(name for adapter in self._adapters for name in adapter.names)
        return self._buffer_names if adapters & found.keys() else self._buffer_names | adapters

    def _fitted(self, arrays: Mapping[str, Any], resize_positions: bool) -> tuple[dict[str, Any], WeightsReport]:
        """The arrays for this module by name, and how they fit."""
        found = match(arrays, self._shapes)
        notes = self._adapt(found.found, resize_positions)
        report = self._compared(found, self._beside)
        return self._numbers(found.found), replace(report, notes=tuple(notes))

    def _compared(self, found: Match, beside: re.Pattern[str] | None) -> WeightsReport:
        """How what was found in a file fits."""
        report = compared(found, self._shapes, self._optional(found.found), beside)
        told = {each: found.alphas.get(each.names[0], each.alpha) for each in self._adapters}
        return replace(report, alphas={each.layer: (a, each.alpha) for each, a in told.items() if a != each.alpha})

    def _adapt(self, found: dict[str, Any], resize_positions: bool) -> list[str]:
        """Changes arrays that are meant for another size of image, and returns notes on that."""
        return []

    def _numbers(self, arrays: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Arrays as the engine holds them. Raises as `_checked`, and `_checked_buffer` for those that are no parameters."""
        buffers = self._buffer_names
        checks = {
            name: _checked_buffer if name in buffers else _checked
            for name in arrays
            if name not in (_FROZEN, ARCHITECTURE)
        }
        return {name: check(name, arrays[name]) for name, check in checks.items()}

    def _assign(self, values: dict[str, np.ndarray]) -> None:
        """Takes over arrays whose shapes are known to fit."""
        frozen = self._frozen()
        of_frozen = _segments(frozen, self._frozen_layout)
        targets = _segments(np.asarray(self.vector), self._layout) | self._buffers() | of_frozen
        for name, value in values.items():
            targets[name][...] = value
        if of_frozen.keys() & values.keys():
            _engine.module_set_frozen(self._handle, frozen)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        """Evaluation mode, rows in, (N, outputs) out."""
        return _engine.array(_engine.module_apply(self._handle, values)).reshape(-1, self._outputs)


#: The attributes that say what the engine holds.
_HELD = (
    "_handle", "_layout", "_frozen_layout", "_buffer_layout", "_adapters", "_adaptable", "_names", "_inputs", "_outputs",
)  # fmt: skip


def _divided(handle: Any, division: Division) -> Any:
    """The engine's module, which has neither adapters nor frozen parameters yet, or a copy with those of ``division``."""
    adapters = {adapter.layer: (adapter.rank, adapter.alpha) for adapter in division.adapters}
    adapted = _engine.module_adapt(handle, adapters, 0) if adapters else handle
    return _engine.module_freeze(adapted, dict.fromkeys(division.frozen, ()))


def _restored(kind: type[Module], blueprint: Blueprint, division: Division, state: dict[str, np.ndarray]) -> Module:
    module = kind._of(blueprint.made(division))
    module.load_state_dict(state)
    return module


#: What else to do than to derive from an architecture or a head of the engine's.
_WAY_OUT = (
    "Change it by its options, images by `prepare` of an objective, and what is made of the features by `loss` of a class "
    "derived from bissl.Pretext or bissl.Downstream; a network of your own is a class derived from bissl.Backbone with a "
    "method features"
)


def refuse_methods(kind: type, names: Sequence[str], way_out: str = _WAY_OUT) -> None:
    """WrongType for a class of a user's, derived from one of the engine's, that has methods that nothing would call."""
    for name in names:
        owner = next((owner for owner in kind.__mro__ if name in vars(owner)), None)
        if owner is not None and not _is_ours(owner):
            engine = next(filter(_is_ours, kind.__mro__))
            raise WrongType(
                f"{kind.__name__}.{name}: would never be called in training: the engine states what a {engine.__name__} "
                f"computes. {way_out}"
            )


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == __name__.partition(".")[0]


def checked_module(module: Any, name: str) -> Module:
    """WrongType unless it is a network or a head."""
    if not isinstance(module, Module):
        raise wrong_object(name, "a network or a head", module)
    return module


def shapes_of(arrays: Any, what: str) -> dict[str, list[int]]:
    """The shapes of the arrays in a state by name. Raises as `require_dict` and `as_array`, naming ``what``."""
    kept = {name: array for name, array in require_dict(what, arrays).items() if name != ARCHITECTURE}
    return {name: list(as_array(array, f"{what}: {name}").shape) for name, array in kept.items()}


def _layout(segments: list[dict[str, Any]]) -> Layout:
    return tuple((segment["name"], tuple(segment["shape"])) for segment in segments)


def _outside(name: str, value: np.ndarray) -> np.ndarray:
    """A buffer as PyTorch types it."""
    return value.astype(np.int64) if name.endswith(_TRACKED) else value.copy()


def _checked(name: str, value: Any) -> np.ndarray:
    """A tensor in the engine's precision.

    Raises
    ------
    InvalidArgument : not real numbers.
    NonFiniteArgument (ValueError, FloatingPointError) : naming the first NaN or infinity, or number that is too large for
        the engine's precision.
    """
    array = as_array(value, name)
    if array.dtype.kind not in "fiu":
        raise InvalidArgument(f"arrays: {name} has dtype {array.dtype}, expected real numbers")
    with np.errstate(over="ignore"):
        numbers = array.astype(dtype)
    _require(name, array, np.isfinite(numbers), f"numbers that are finite in {dtype}", NonFiniteArgument)
    return numbers


def _checked_buffer(name: str, value: Any) -> np.ndarray:
    """A buffer, likewise. Raises as `_checked`; NonFiniteArgument for a negative variance, whose root is no number;
    InvalidArgument for a count of batches that is none."""
    numbers = _checked(name, value)
    if name.endswith(_VARIANCE):
        _require(name, numbers, numbers >= 0, "variances of at least 0", NonFiniteArgument)
    if name.endswith(_TRACKED):
        counts = (numbers >= 0) & (numbers < 2**53) & (numbers % 1 == 0)
        _require(name, numbers, counts, "a count of batches", InvalidArgument)
    return numbers


def _require(name: str, array: np.ndarray, right: np.ndarray, expected: str, error: type[InvalidArgument]) -> None:
    if not right.all():
        where = first_place(~right)
        raise error(f"arrays: expected {expected} as {name}, got {array[where]} at index {where}; nothing was changed")
