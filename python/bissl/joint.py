"""One step of two objectives on one backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _engine
from .checkpoints.checks import require_keys
from .configured import Configured
from .errors import InvalidArgument, NonFinite, checked_share
from .objectives import Downstream, Pretext, checked_clip
from .optimizers import Optimizer
from .parameter_groups import Group

#: Leaves the backbone where it is: its step is the other optimiser's.
_STILL = Group(("backbone.*",), lr_scale=0.0, weight_decay=0.0)


@dataclass(frozen=True)
class JointInfo:
    """A joint step; all values are those before it."""

    #: (1 − w) L^P + w L^D
    loss: float
    pretext_loss: float
    downstream_loss: float
    #: Joint ℓ2 norm over backbone and both heads before clipping.
    gradient_norm: float


class WeightedObjectives(Configured):
    """(1 − w) L^P(θ, φ_P; D^P) + w L^D(θ, φ_D; D^D) over θ, φ_P and φ_D together: equation (10) of the paper, section
    B.9.4. The gradients of both terms are computed on batches of their own and added.

    Parameters
    ----------
    pretext : its backbone is θ, its head φ_P. downstream : its head is φ_D.
    weight : w, from 0 to 1; may be set between steps.
    optimizer : whose settings train all three; set `lr` between steps. A pattern of its groups may name parameters of
        the backbone and of either head.
    clip_norm : joint ℓ2 norm that the gradient is clipped to; None: not at all. May be set between steps.
    """

    _fixed = ("pretext", "downstream", "optimizer")

    def __init__(
        self,
        pretext: Pretext,
        downstream: Downstream,
        weight: float,
        optimizer: Optimizer,
        *,
        clip_norm: float | None = None,
    ) -> None:
        if downstream.num_features != pretext.backbone.num_features:
            raise InvalidArgument(
                f"downstream: its head takes {downstream.num_features} features, the backbone gives "
                f"{pretext.backbone.num_features}"
            )
        self._fix(pretext=pretext, downstream=downstream)
        self.weight, self.clip_norm = weight, clip_norm
        self._optimizers = (optimizer.copy(), optimizer.copy(groups=(*optimizer.groups, _STILL)))
        self.lr = optimizer.lr

    @property
    def weight(self) -> float:
        return self._weight

    @weight.setter
    def weight(self, weight: float) -> None:
        self._weight = checked_share("weight", weight)

    @property
    def clip_norm(self) -> float | None:
        return None if self._limit == np.inf else self._limit

    @clip_norm.setter
    def clip_norm(self, clip_norm: float | None) -> None:
        self._limit = checked_clip(clip_norm) or np.inf

    @property
    def lr(self) -> float:
        return self._optimizers[0].lr

    @lr.setter
    def lr(self, rate: float) -> None:
        for optimizer in self._optimizers:
            optimizer.lr = rate

    def step(self, pretext_batch: Any, downstream_batch: Any) -> JointInfo:
        """One step on a pretext batch and a pair (images, labels); running statistics move with both.

        Raises FloatingPointError, before anything changes, where a loss or gradient is not finite.
        """
        backbone = self.pretext.backbone
        evaluations = (
            self.pretext._evaluate_step(backbone, pretext_batch),
            self.downstream._evaluate_step(backbone, downstream_batch),
        )
        losses = [_engine.evaluation_loss(evaluation) for evaluation in evaluations]
        norm = self._combine(evaluations)
        if not np.isfinite([*losses, norm]).all():
            raise NonFinite(f"weighted sum: losses {losses} and gradient norm {norm}; nothing was changed")
        heads = (self.pretext.head, self.downstream.head)
        for optimizer, head, other, evaluation in zip(self._optimizers, heads, heads[::-1], evaluations):
            handle = optimizer._for(backbone, head, other)
            _engine.optimizer_step(handle, optimizer.lr, backbone._handle, head._handle, evaluation, 0.0)
        self.pretext.after_step()
        self.downstream.after_step()
        return JointInfo((1 - self.weight) * losses[0] + self.weight * losses[1], *losses, norm)

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on, copied: both objectives and both optimisers."""
        pretext, downstream = self._optimizers
        return {
            "pretext": self.pretext.state_dict(),
            "downstream": self.downstream.state_dict(),
            "optimizer": pretext.state_dict(backbone=self.pretext.backbone, head=self.pretext.head),
            "head_optimizer": downstream.state_dict(head=self.downstream.head),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave. ValueError for the state of other objectives or optimisers."""
        pretext, downstream = self._optimizers
        require_keys("state", state, {"pretext", "downstream", "optimizer", "head_optimizer"})
        self.pretext.load_state_dict(state["pretext"])
        self.downstream.load_state_dict(state["downstream"])
        pretext.load_state_dict(state["optimizer"], backbone=self.pretext.backbone, head=self.pretext.head)
        downstream.load_state_dict(state["head_optimizer"], head=self.downstream.head)

    def _combine(self, evaluations: tuple[Any, Any]) -> float:
        """Makes the gradients of both evaluations those of the weighted sum, clipped; returns their norm before that.

        The backbone's is written to the first; the second one's is not stepped.
        """
        (backbone, pretext_head), (other, downstream_head) = (
            [np.asarray(_engine.evaluation_gradient(evaluation, which)) for which in (0, 1)]
            for evaluation in evaluations
        )
        backbone *= 1 - self.weight
        backbone += self.weight * other
        pretext_head *= 1 - self.weight
        downstream_head *= self.weight
        parts = (backbone, pretext_head, downstream_head)
        norm = float(np.sqrt(sum(np.square(part, dtype=np.float64).sum() for part in parts)))
        if norm > self._limit:
            for part in parts:
                part *= self._limit / norm
        return norm
