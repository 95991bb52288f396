"""The bilevel stage (paper, Algorithm 1), driven by its user."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _engine
from ..checkpoints.checks import require_keys, require_same
from ..checkpoints.description import described
from ..configured import Configured
from ..errors import BisslError, InvalidArgument, InvalidState, NonFinite, WrongType, checked_flag
from ..models.backbone import Backbone
from ..models.vectors import FlatVector
from ..objectives.base import Downstream, Pretext, checked_clip
from ..objectives.linearization import Linearization
from ..optim.optimizers import LARS, SGD, Optimizer
from ..solvers import ImplicitSystem, SolveInfo, Solver, SolverChoice, as_solver
from ..solvers.system import check_system


@dataclass(frozen=True)
class LowerInfo:
    """A lower-level step; all values are those before it."""

    #: L^P(θ_P, φ_P)
    loss: float
    #: λ/2 ‖θ_P − θ_D‖²
    regularizer: float
    #: Joint ℓ2 norm over backbone and head before clipping, the regulariser's gradient included.
    gradient_norm: float


@dataclass(frozen=True)
class UpperInfo:
    """An upper-level step; all values are those before it."""

    #: L^D(θ_P, φ_D)
    loss_at_theta_p: float
    #: L^D(θ_D, φ_D)
    loss_at_theta_d: float
    #: ∇θ L^D(θ_P, φ_D), flat
    v: FlatVector
    #: ≈ A⁻¹ v, flat
    v_ij: FlatVector
    #: Joint ℓ2 norm over backbone and head before clipping.
    gradient_norm: float
    solve: SolveInfo


class Bilevel(Configured):
    """Alternates between the pretext objective near θ_D (lower level) and the downstream objective, which feels through
    an implicit gradient how θ_D steers the lower level (upper level).

    Parameters
    ----------
    pretext : its backbone is θ_P, its head φ_P.
    downstream : its head is φ_D.
    lam : λ ≥ 0, weight of λ/2 ‖θ_P − θ_D‖².
    damping : λ_damp ≥ 0; A = I + H/(λ + λ_damp), and λ + λ_damp > 0.
    solver : of A v_IJ = v: one of `bissl.solvers` or its name, or a callable ``solver(product, v)`` that returns
        x ≈ A⁻¹ v, all flat arrays; None is `bissl.ConjugateGradient`.
    product : "exact" or "gauss-newton", what stands for the Hessian H.
    damping_rule : "paper" or "tikhonov", how λ and λ_damp make up A (`bissl.solvers.ImplicitSystem`).
    warm_start : a solve begins with the solution of the upper step before it, from the second of an alternation on.
    clip_norm : joint ℓ2 norm that gradients of both levels are clipped to; None: not at all.
    lower_optimizer, upper_optimizer : their ``lr`` may be set between steps.
    upper_backbone : θ_D; unless given, a copy of θ_P.

    All but the networks and objectives may be set between steps: what makes up A counts from the next `linearize` on,
    everything else, and ``lam`` in `lower_step`, from the next step on.

    One alternation is ``lower_step`` × N_L, ``linearize`` once, ``upper_step`` × N_U. The result of training is θ_P,
    ``loop.backbone``.
    """

    pretext: Pretext
    downstream: Downstream
    upper_backbone: Backbone
    lam: float
    damping: float
    product: str
    damping_rule: str
    solver: Solver
    warm_start: bool
    clip_norm: float | None
    lower_optimizer: Optimizer
    upper_optimizer: Optimizer
    _holds_attributes = True
    _fixed = ("pretext", "downstream", "upper_backbone")

    def __init__(
        self,
        pretext: Pretext,
        downstream: Downstream,
        lam: float = 1e-3,
        damping: float = 10.0,
        *,
        solver: SolverChoice = None,
        clip_norm: float | None = 10.0,
        lower_optimizer: Optimizer | None = None,
        upper_optimizer: Optimizer | None = None,
        upper_backbone: Backbone | None = None,
        product: str = "exact",
        damping_rule: str = "paper",
        warm_start: bool = False,
    ) -> None:
        lower_optimizer = LARS(lr=1.0, weight_decay=1e-6) if lower_optimizer is None else lower_optimizer
        upper_optimizer = SGD(lr=0.03, weight_decay=1e-3, momentum=0.9) if upper_optimizer is None else upper_optimizer
        upper_backbone = pretext.backbone.clone() if upper_backbone is None else upper_backbone
        _check_same_architecture(pretext.backbone, upper_backbone)
        self._fix(
            pretext=pretext,
            downstream=downstream,
            upper_backbone=upper_backbone,
            **_checked_settings(
                lam, damping, product, damping_rule, solver, warm_start, clip_norm, lower_optimizer, upper_optimizer
            ),
        )
        self._system: ImplicitSystem | None = None
        self._start: FlatVector | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _SETTINGS:  # checked with the others as they are, before any changes
            self._fix(**_checked_settings(**{key: getattr(self, key) for key in _SETTINGS} | {name: value}))
        else:
            super().__setattr__(name, value)

    @property
    def backbone(self) -> Backbone:
        """θ_P, the lower level's backbone."""
        return self.pretext.backbone

    def lower_step(self, batch: Any) -> LowerInfo:
        """One step of L^P + λ/2 ‖θ_P − θ_D‖² in θ_P and φ_P (Algorithm 1, lines 4-7) on a pretext batch.

        Raises FloatingPointError, before anything changes, where the loss or a gradient is not finite.
        """
        evaluation = self.pretext._evaluate_step(self.backbone, batch)
        optimizer = self.lower_optimizer._for(self.backbone, self.pretext.head)
        # Forgotten before the step, so that none that is out of date survives an interruption; a refused step changes
        # nothing, and puts it back.
        system, self._system = self._system, None
        start, self._start = self._start, None
        try:
            step = _engine.step_propose("lower level", {"pretext": 1.0}, (evaluation,))
            regularizer = _engine.step_proximal(step, self.lam, self.upper_backbone._handle)
            loss = _engine.evaluation_loss(evaluation)
            norm = _engine.step_commit(step, optimizer, self.lower_optimizer.lr, checked_clip(self.clip_norm))
        except BisslError:
            self._system, self._start = system, start
            raise
        self.pretext.after_step()
        return LowerInfo(loss, regularizer, norm)

    def linearize(self, batch: Any) -> Linearization:
        """Expands the pretext loss at (θ_P, φ_P) on one pretext batch. Its Hessian products serve all upper steps until
        the next lower step, with λ, damping, product and damping rule as they are now."""
        linearization = self.pretext.linearize(batch)
        self._system = ImplicitSystem(
            linearization, self.lam, self.damping, product=self.product, damping_rule=self.damping_rule
        )
        return linearization

    def upper_step(self, batch: Any) -> UpperInfo:
        """One step of the upper level in θ_D and φ_D (Algorithm 1, lines 8-13) on a pair (images, labels).

        Raises
        ------
        RuntimeError : no `linearize` since the last `lower_step`.
        FloatingPointError : a loss, gradient or solution is not finite.

        Nothing has changed then, nor when a solver of yours raises.
        """
        if self._system is None:
            raise InvalidState(
                "upper_step needs the pretext loss linearized at the present θ_P: "
                "call loop.linearize(batch) after the last lower_step, once per alternation"
            )
        at_lower = self.downstream._evaluate_beside(self.backbone, batch)
        at_upper = self.downstream._evaluate_step(self.upper_backbone, batch)
        optimizer = self.upper_optimizer._for(self.upper_backbone, self.downstream.head)
        step = _engine.upper_propose(at_lower, at_upper)
        v = FlatVector(np.asarray(_engine.upper_v(step)), self.backbone._layout)
        v_ij, solve = self._implicit_term(self._system, v)
        at_theta_p, at_theta_d, norm = _engine.upper_commit(
            step, v_ij, optimizer, self.upper_optimizer.lr, checked_clip(self.clip_norm)
        )
        self.downstream.after_step()
        self._start = v_ij if self.warm_start else None
        return UpperInfo(at_theta_p, at_theta_d, v, v_ij, norm, solve)

    def _implicit_term(self, system: ImplicitSystem, v: FlatVector) -> tuple[FlatVector, SolveInfo]:
        """v_IJ ≈ A⁻¹ v, and how it was found."""
        try:
            return self.solver.solve(system, v, self._start if self.warm_start else None)
        except NonFinite as error:
            raise NonFinite(f"upper level: {error}") from error

    def state_dict(self) -> dict[str, Any]:
        """All that both levels move, copied: θ_P, φ_P, θ_D, φ_D with their buffers, what the objectives and both
        optimisers keep. Not the loss that `linearize` expanded, which follows from the rest and its batch."""
        return {
            "settings": self._settings(),
            "pretext": self.pretext.state_dict(),
            "downstream": self.downstream.state_dict(),
            "upper_backbone": self.upper_backbone._moved_state(),
            "lower_optimizer": self.lower_optimizer.state_dict(**self._lower_modules()),
            "upper_optimizer": self.upper_optimizer.state_dict(**self._upper_modules()),
            "start": np.zeros(0) if self._start is None else np.array(self._start),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave; call `linearize` before the next `upper_step`.

        ValueError for a state of other networks, objectives, optimisers or settings: the text names what differs, and
        nothing changes then.
        """
        before = self.state_dict()
        require_keys("state", state, before)
        require_same("state", state["settings"], before["settings"])
        try:
            self._take_over(state)
        except BaseException:
            self._take_over(before)
            raise
        self._system = None

    def _take_over(self, state: Mapping[str, Any]) -> None:
        self.upper_backbone._load_moved(state["upper_backbone"], "upper_backbone")
        self.pretext.load_state_dict(state["pretext"])
        self.downstream.load_state_dict(state["downstream"])
        self.lower_optimizer.load_state_dict(state["lower_optimizer"], **self._lower_modules())
        self.upper_optimizer.load_state_dict(state["upper_optimizer"], **self._upper_modules())
        start = np.array(state["start"])
        self._start = FlatVector(start, self.backbone._layout) if start.size else None

    def _settings(self) -> dict[str, Any]:
        names = ("lam", "damping", "product", "damping_rule", "warm_start")
        settings = {name: getattr(self, name) for name in names}
        return settings | {"clip_norm": checked_clip(self.clip_norm), "solver": described(self.solver)}

    def _lower_modules(self) -> dict[str, Any]:
        return {"backbone": self.backbone, "head": self.pretext.head}

    def _upper_modules(self) -> dict[str, Any]:
        return {"backbone": self.upper_backbone, "head": self.downstream.head}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_system": None}

    def __copy__(self) -> Bilevel:
        return copy.deepcopy(self)


#: What may be set between steps.
_SETTINGS = (
    "lam", "damping", "product", "damping_rule", "solver", "warm_start", "clip_norm", "lower_optimizer",
    "upper_optimizer",
)  # fmt: skip


def _checked_settings(
    lam: Any,
    damping: Any,
    product: Any,
    damping_rule: Any,
    solver: Any,
    warm_start: Any,
    clip_norm: Any,
    lower_optimizer: Any,
    upper_optimizer: Any,
) -> dict[str, Any]:
    """The settings of a loop, by name, as it keeps them. Raises naming what does not fit."""
    check_system(lam, damping, product, damping_rule)
    solver = as_solver(solver)
    check_warm_start(solver, warm_start)
    checked_clip(clip_norm)
    for name, optimizer in (("lower_optimizer", lower_optimizer), ("upper_optimizer", upper_optimizer)):
        if not isinstance(optimizer, Optimizer):
            raise WrongType(f"{name}: expected an optimiser such as bissl.SGD(lr=0.03), got {type(optimizer).__name__}")
    values = (float(lam), float(damping), product, damping_rule, solver, bool(warm_start), clip_norm)
    return dict(zip(_SETTINGS, (*values, lower_optimizer, upper_optimizer), strict=True))


def check_warm_start(solver: Solver, warm_start: bool) -> None:
    """InvalidArgument for a warm start of a solver that has no use for one, WrongType for what is not True or False."""
    if checked_flag("warm_start", warm_start) and not solver.takes_start:
        raise InvalidArgument(
            f"warm_start: {solver!r} takes no start; leave warm_start out"
            ", or give a callable a third parameter named start"
        )


def _check_same_architecture(lower: Backbone, upper: Backbone) -> None:
    """ValueError naming the first parameter in which θ_P and θ_D differ."""
    if lower._layout == upper._layout:
        return
    for mine, theirs in zip(lower._layout, upper._layout):
        if mine != theirs:
            raise InvalidArgument(
                f"upper_backbone: expected the architecture of the pretext backbone, whose parameter {mine[0]} has shape "
                f"{mine[1]}; got {theirs[0]} of shape {theirs[1]}: make it with net.clone()"
            )
    raise InvalidArgument(
        f"upper_backbone: expected {len(lower._layout)} parameters as the pretext backbone has, got {len(upper._layout)}"
    )
