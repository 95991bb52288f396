"""One step of two objectives on one backbone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import _engine
from ..checkpoints.checks import require_keys
from ..configured import Configured
from ..errors import checked_share
from ..models.module import Module
from ..objectives.base import Downstream, Pretext, check_pair, checked_clip
from ..objectives.reports import begun_report
from ..optim.optimizers import Optimizer, checked_optimizer


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

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError) : no objectives or optimiser; a head that does not fit the backbone, or is
        the other one's; numbers out of range.
    """

    pretext: Pretext
    downstream: Downstream
    _holds_attributes = True
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
        check_pair(pretext, downstream)
        self._fix(pretext=pretext, downstream=downstream)
        self.weight, self.clip_norm = weight, clip_norm
        self._optimizer = checked_optimizer(optimizer).copy()

    @property
    def weight(self) -> float:
        return self._weight

    @weight.setter
    def weight(self, weight: float) -> None:
        self._weight = checked_share("weight", weight)

    @property
    def clip_norm(self) -> float | None:
        return self._clip_norm

    @clip_norm.setter
    def clip_norm(self, clip_norm: float | None) -> None:
        checked_clip(clip_norm)
        self._clip_norm = clip_norm

    @property
    def lr(self) -> float:
        return self._optimizer.lr

    @lr.setter
    def lr(self, rate: float) -> None:
        self._optimizer.lr = rate

    def step(self, pretext_batch: Any, downstream_batch: Any) -> JointInfo:
        """One step on a pretext batch and a pair (images, labels); running statistics move with both.

        Raises FloatingPointError, before anything changes, where a loss or gradient is not finite.
        """
        backbone = self.pretext.backbone
        evaluations = (
            self.pretext._evaluate_step(backbone, pretext_batch),
            self.downstream._evaluate_step(backbone, downstream_batch),
        )
        pretext, downstream = (_engine.evaluation_loss(evaluation) for evaluation in evaluations)
        weights = {"pretext": 1 - self.weight, "downstream": self.weight}
        step = _engine.step_propose("training step", weights, evaluations)
        optimizer = self._optimizer._for(backbone, self.pretext.head, self.downstream.head)
        loss = weights["pretext"] * pretext + weights["downstream"] * downstream
        info, numbers = begun_report(JointInfo, loss=loss, pretext_loss=pretext, downstream_loss=downstream)
        numbers["gradient_norm"] = _engine.step_commit(
            step, optimizer, self._optimizer.lr, checked_clip(self.clip_norm)
        )
        self.pretext.after_step()
        self.downstream.after_step()
        return info

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on, copied: both objectives and the optimiser."""
        return {
            "pretext": self.pretext.state_dict(),
            "downstream": self.downstream.state_dict(),
            "optimizer": self._optimizer.state_dict(**self._stepped()),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave. ValueError for the state of other objectives or optimisers; nothing changes
        then."""
        before = self.state_dict()
        require_keys("state", state, before)
        try:
            self._take_over(state)
        except BaseException:
            self._take_over(before)
            raise

    def _take_over(self, state: Mapping[str, Any]) -> None:
        self.pretext.load_state_dict(state["pretext"])
        self.downstream.load_state_dict(state["downstream"])
        self._optimizer.load_state_dict(state["optimizer"], **self._stepped())

    def __copy__(self) -> WeightedObjectives:
        return copy.deepcopy(self)

    def _stepped(self) -> dict[str, Module]:
        return {
            "backbone": self.pretext.backbone,
            "pretext_head": self.pretext.head,
            "downstream_head": self.downstream.head,
        }
