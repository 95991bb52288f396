"""BYOL: a pretext objective with a target network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ... import _engine
from ...checkpoints.checks import require_dict
from ...errors import checked_integer, checked_seed, checked_share
from ...models.backbone import Backbone, checked_backbone
from ...models.extents import checked_integers
from ...models.heads import Head
from ...models.inputs import two_views
from ...models.module import Module
from ...weights.loading import checked_mapping
from ..base import EngineLoss, Pretext


class ProjectorAndPredictor(Head):
    """BYOL's head: a projector and, on top of it, a predictor of the same form."""

    inputs: int
    projector: tuple[int, ...]
    predictor: tuple[int, ...]
    seed: int
    _fixed = ("inputs", "projector", "predictor", "seed")

    def __init__(self, inputs: int, projector: Sequence[int], predictor: Sequence[int], seed: int = 0) -> None:
        self._fix(
            inputs=inputs,
            projector=checked_integers("projector", projector),
            predictor=checked_integers("predictor", predictor),
            seed=checked_seed("seed", seed),
        )
        settings = {name: value for name, value in self._arguments().items() if name != "seed"}
        super().__init__("projector_and_predictor", settings, self.seed)

    def _arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("inputs", "projector", "predictor", "seed")}


class BYOL(EngineLoss, Pretext):
    """BYOL (Grill et al. 2020): a predictor on top of the projector is to tell, from one view, how the target network
    projects the other; mean over the batch of (2 − 2cos(pred(x₁), target(x₂))) + (2 − 2cos(pred(x₂), target(x₁))).

    A batch is a pair (view1, view2) of normalised float images (N, H, W, 3), N ≥ 2. The views pass the networks as two
    batches, with batch-norm statistics of their own.

    The target network, backbone and projector, begins equal to the online one. Each training step (`step`, or
    ``lower_step`` of `bissl.Bilevel`) begins by moving it, target ← decay·target + (1 − decay)·online, and then takes the
    loss against it. Both belong to the step: one that is refused or interrupted moves neither network. Queries
    (`value_and_gradient`, `linearize`, Hessian products) take the target as it is. Its batch norm is in training mode.

    Parameters
    ----------
    net : Backbone
        The backbone.
    projector : sequence of int, default (256, 256, 256)
        Widths: Linear-BN-ReLU for all but the last, then Linear without bias.
    predictor : sequence of int or None, optional
        Widths of the same form on top, the last equal to the projector's last. None: those of the projector.
    decay : float or callable, default 0.9995
        Decay of the target network, in 0..1; or a function of the number of steps taken, such as `CosineDecay`. May be
        set between steps.
    seed : int, default 0
        Seed of the head's initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Widths or numbers out of range; another kind of network.

    Examples
    --------
    >>> byol = bissl.BYOL(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), projector=(8, 8), decay=0.99)
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> info = byol.step(tuple(views), bissl.LARS(lr=1.0))
    >>> byol.updates
    1
    """

    # The target network has the form of both, and was made of them.
    projector: tuple[int, ...]
    predictor: tuple[int, ...]
    seed: int
    _fixed = ("projector", "predictor", "seed", "backbone", "head")

    def __init__(
        self,
        net: Backbone,
        projector: Sequence[int] = (256, 256, 256),
        *,
        predictor: Sequence[int] | None = None,
        decay: float | Callable[[int], float] = 0.9995,
        seed: int = 0,
    ) -> None:
        inputs = checked_backbone(net).num_features
        head = ProjectorAndPredictor(inputs, projector, projector if predictor is None else predictor, seed)
        super().__init__(net, head)
        self._fix(projector=head.projector, predictor=head.predictor, seed=head.seed)
        self._objective = self._new_objective()
        self.decay = decay

    def _new_objective(self) -> Any:
        return _engine.objective_create("byol", {}, (self.backbone._handle, self.head._handle))

    @property
    def decay(self) -> float | Callable[[int], float]:
        return self._decay

    @decay.setter
    def decay(self, decay: float | Callable[[int], float]) -> None:
        self._decay = decay if callable(decay) else checked_share("decay", decay)

    @property
    def updates(self) -> int:
        """How many training steps the target network has followed."""
        return int(self._updates()[0])

    def reset_target(self) -> None:
        """Makes the target network equal to the online network, as after loading weights, and counts from 0 again."""
        projector = {name: value for name, value in self.head.state_dict().items() if name.startswith("projector.")}
        backbone, target_projector = self._target()
        backbone.load_state_dict(self.backbone.state_dict())
        target_projector.load_state_dict(projector)
        self._updates()[:] = 0

    def target_state_dict(self) -> dict[str, np.ndarray]:
        """The target network by name (``backbone.conv1.weight``, …, ``projector.0.weight``, …) and ``updates``: copies."""
        backbone, projector = (module.state_dict() for module in self._target())
        state = {f"backbone.{name}": value for name, value in backbone.items()} | projector
        return state | {"updates": np.array(self.updates)}

    def load_target_state_dict(self, arrays: Mapping[str, Any]) -> None:
        """Takes over what `target_state_dict` gave; ``updates`` may be missing and stays then. Nothing changes unless
        everything fits (ValueError)."""
        arrays = dict(checked_mapping(arrays))
        updates = _checked_updates(arrays.pop("updates", self.updates))
        parts = list(zip(self._target(), _parts_of_target(arrays)))
        for module, part in parts:
            module.clone().load_state_dict(part)
        for module, part in parts:
            module.load_state_dict(part)
        self._updates()[:] = updates

    def extra_state(self) -> dict[str, Any]:
        """The target network and its updates, and ``decay`` where it is a number."""
        backbone, projector = (module._moved_arrays() for module in self._target())
        target = {f"backbone.{name}": value for name, value in backbone.items()} | projector
        return super().extra_state() | {"target": target | {"updates": np.array(self.updates)}}

    def load_extra_state(self, state: dict[str, Any]) -> None:
        target = dict(require_dict("state: extra.target", state.pop("target", None)))
        updates = _checked_updates(target.pop("updates", self.updates))
        parts = list(zip(self._target(), _parts_of_target(target), ("target: backbone", "target: projector")))
        for module, part, name in parts:
            module._check_moved(part, name)
        for module, part, name in parts:
            module._load_moved(part, name)
        self._updates()[:] = updates
        super().load_extra_state(state)

    def __getstate__(self) -> dict[str, Any]:
        _, others = _parts_of_target(self.target_state_dict())
        backbone = self.backbone._twin(_engine.byol_target(self._objective, 0))  # a network, copied as the others are
        return super().__getstate__() | {"_target_backbone": backbone, "_target_others": others}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        backbone, others = state.pop("_target_backbone"), state.pop("_target_others")
        super().__setstate__(state)
        self.load_target_state_dict(
            {f"backbone.{name}": value for name, value in backbone.state_dict().items()} | others
        )

    def _begin_step(self, backbone: Backbone) -> Any:
        decay = checked_share("decay", self._decay(self.updates)) if callable(self._decay) else self._decay
        return _engine.byol_step(self._objective, backbone._handle, self.head._handle, decay)

    def _assign(self, values: dict[str, dict[str, np.ndarray]]) -> None:
        super()._assign(values)
        self.reset_target()

    def begin_training(self, seed: int) -> None:
        self.reset_target()

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return two_views(batch, reason="batch norm needs more than one image")

    def _target(self) -> tuple[Module, Module]:
        """The target's backbone and projector, not copies."""
        backbone, projector = (Module._of(_engine.byol_target(self._objective, which)) for which in (0, 1))
        return backbone, projector

    def _updates(self) -> np.ndarray:
        """The number of updates, not a copy."""
        return _engine.array(_engine.byol_updates(self._objective))


def _checked_updates(value: Any) -> int:
    """One whole number of at least 0."""
    return checked_integer("updates", value.item() if isinstance(value, np.ndarray) and value.size == 1 else value, 0)


def _parts_of_target(arrays: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of the target's backbone and of its projector, each by its own names."""
    backbone = {name.removeprefix("backbone."): value for name, value in arrays.items() if name.startswith("backbone.")}
    return backbone, {name: value for name, value in arrays.items() if not name.startswith("backbone.")}
