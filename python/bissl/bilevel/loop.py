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
from ..checkpoints.tree import differing, shown
from ..configured import Configured
from ..errors import BisslError, InvalidArgument, InvalidState, NonFinite, checked_flag
from ..models.backbone import Backbone, checked_backbone
from ..models.vectors import FlatVector
from ..objectives.base import Downstream, Pretext, check_pair, checked_clip
from ..objectives.linearization import Linearization
from ..objectives.reports import begun_report
from ..optim.optimizers import LARS, SGD, Optimizer, checked_optimizer
from ..solvers import Damping, ImplicitSystem, SolveInfo, Solver, SolverChoice
from ..solvers.memory import SolveMemory
from ..solvers.system import check_system
from .hypergradients import Hypergradient, HypergradientChoice, Implicit, UpperPoint, as_hypergradient


@dataclass(frozen=True)
class LowerInfo:
    """A lower-level step; all values are those before it.

    Parameters
    ----------
    loss : float
        L^P(θ_P, φ_P).
    regularizer : float
        λ/2 ‖θ_P − θ_D‖².
    gradient_norm : float
        Joint ℓ2 norm over backbone and head before clipping, the regulariser's gradient included.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> loop = bissl.Bilevel(bissl.SimCLR(net, projector=(8,)), bissl.Classifier(net.num_features, 2))
    >>> loop.lower_step(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3)))).regularizer
    0.0
    """

    #: L^P(θ_P, φ_P)
    loss: float
    #: λ/2 ‖θ_P − θ_D‖²
    regularizer: float
    #: Joint ℓ2 norm over backbone and head before clipping, the regulariser's gradient included.
    gradient_norm: float


@dataclass(frozen=True)
class UpperInfo:
    """An upper-level step; all values are those before it.

    Parameters
    ----------
    loss_at_theta_p : float
        L^D(θ_P, φ_D).
    loss_at_theta_d : float
        L^D(θ_D, φ_D).
    v : FlatVector
        ∇θ L^D(θ_P, φ_D), flat.
    v_ij : FlatVector
        ≈ A⁻¹ v, flat.
    gradient_norm : float
        Joint ℓ2 norm over backbone and head before clipping.
    solve : SolveInfo
        How v_IJ was found.

    Examples
    --------
    >>> net, draw = bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), np.random.default_rng(0)
    >>> loop = bissl.Bilevel(bissl.SimCLR(net, projector=(8,)), bissl.Classifier(net.num_features, 2), damping=1000.0)
    >>> _ = loop.linearize(tuple(draw.normal(size=(2, 4, 8, 8, 3))))
    >>> info = loop.upper_step((draw.normal(size=(4, 8, 8, 3)), np.array([0, 1, 0, 1])))
    >>> info.v.shape == info.v_ij.shape == net.vector.shape
    True
    """

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

    All but the networks and objectives may be set between steps: what makes up A counts from the next `linearize` on,
    everything else, and ``lam`` in `lower_step`, from the next step on.

    One alternation is ``lower_step`` × N_L, ``linearize`` once, ``upper_step`` × N_U. The result of training is θ_P,
    ``loop.backbone``.

    Parameters
    ----------
    pretext : Pretext
        Its backbone is θ_P, its head φ_P.
    downstream : Downstream
        Its head is φ_D.
    lam : float, default 0.001
        λ ≥ 0, weight of λ/2 ‖θ_P − θ_D‖².
    damping : float or "auto", default 10.0
        λ_damp ≥ 0; A = I + H/(λ + λ_damp), and λ + λ_damp > 0. Or "auto": the first upper step of an alternation
        finds, on the Krylov space of H and v, the least with which ‖v − Av_IJ‖ ≤ 0.1 ‖v‖ and A has no Ritz value below
        ½; later ones may raise it. ``info.solve.damping`` tells it. A solver other than `bissl.Krylov`, or another
        hypergradient, uses the damping that is found at the first upper step, for five further products then.
    hypergradient : Hypergradient, Solver, str, mapping, callable or None, optional
        What stands for the implicit term, see `bissl.hypergradients`.
    solver : Solver, str, callable or None, optional
        Refines "implicit", A v_IJ = v: one of `bissl.solvers` or its name, or a callable ``solver(product, v)`` that
        returns x ≈ A⁻¹ v; None is `bissl.ConjugateGradient`, and `bissl.Krylov` with ``damping="auto"``.
    clip_norm : float or None, default 10.0
        Joint ℓ2 norm that gradients of both levels are clipped to; None: not at all.
    lower_optimizer, upper_optimizer : Optimizer or None, optional
        Their ``lr`` may be set between steps.
    upper_backbone : Backbone or None, optional
        θ_D, of the architecture of θ_P but for ``drop_path``; unless given, a copy of θ_P.
    product : str, default "exact"
        "exact" or "gauss-newton", what stands for the Hessian H.
    damping_rule : str, default "paper"
        "paper" or "tikhonov", how λ and λ_damp make up A (`bissl.solvers.ImplicitSystem`).
    warm_start : bool, default False
        A solve begins with the solution of the upper step before it, from the second of an alternation on.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        No objectives, networks or optimisers; settings out of range; one backbone or head for both levels; a head that does
        not fit the backbone; backbones of different architectures, or beside different frozen weights.

    Examples
    --------
    >>> net, draw = bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), np.random.default_rng(0)
    >>> loop = bissl.Bilevel(bissl.SimCLR(net, projector=(8,)), bissl.Classifier(net.num_features, 2), damping=1000.0)
    >>> pretext_batch = tuple(draw.normal(size=(2, 4, 8, 8, 3)))
    >>> lower = loop.lower_step(pretext_batch)
    >>> linearization = loop.linearize(pretext_batch)
    >>> upper = loop.upper_step((draw.normal(size=(4, 8, 8, 3)), np.array([0, 1, 0, 1])))
    >>> len(upper.solve.residuals)
    6
    """

    pretext: Pretext
    downstream: Downstream
    upper_backbone: Backbone
    lam: float
    damping: Damping
    product: str
    damping_rule: str
    hypergradient: Hypergradient
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
        damping: Damping = 10.0,
        *,
        hypergradient: HypergradientChoice = None,
        solver: SolverChoice = None,
        clip_norm: float | None = 10.0,
        lower_optimizer: Optimizer | None = None,
        upper_optimizer: Optimizer | None = None,
        upper_backbone: Backbone | None = None,
        product: str = "exact",
        damping_rule: str = "paper",
        warm_start: bool = False,
    ) -> None:
        check_pair(pretext, downstream)
        lower_optimizer = LARS(lr=1.0, weight_decay=1e-6) if lower_optimizer is None else lower_optimizer
        upper_optimizer = SGD(lr=0.03, weight_decay=1e-3, momentum=0.9) if upper_optimizer is None else upper_optimizer
        upper_backbone = pretext.backbone.clone() if upper_backbone is None else upper_backbone
        _check_two(pretext.backbone, checked_backbone(upper_backbone, "upper_backbone"))
        self._fix(
            pretext=pretext,
            downstream=downstream,
            upper_backbone=upper_backbone,
            **_checked_settings(
                lam=lam,
                damping=damping,
                product=product,
                damping_rule=damping_rule,
                hypergradient=as_hypergradient(hypergradient, solver, damping),
                warm_start=warm_start,
                clip_norm=clip_norm,
                lower_optimizer=lower_optimizer,
                upper_optimizer=upper_optimizer,
            ),
        )
        self._system: ImplicitSystem | None = None
        self._batch: Any = None
        self._memory = SolveMemory()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "solver":
            name, value = "hypergradient", as_hypergradient("implicit", value, self.damping)
        if name in _SETTINGS:  # checked with the others as they are, before any changes
            self._fix(**_checked_settings(**{key: getattr(self, key) for key in _SETTINGS} | {name: value}))
        else:
            super().__setattr__(name, value)

    @property
    def solver(self) -> Solver | None:
        """The solver of an implicit hypergradient; None of another. Assigning one makes the hypergradient implicit."""
        return self.hypergradient.solver if isinstance(self.hypergradient, Implicit) else None

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
        # The system is forgotten before the step, so that none that is out of date survives an interruption; a refused step
        # changes nothing, and puts it back.
        system, self._system = self._system, None
        memory, self._memory = self._memory, self._memory.next_alternation()
        try:
            step = _engine.step_propose("lower level", {"pretext": 1.0}, (evaluation,))
            regularizer = _engine.step_proximal(step, self.lam, self.upper_backbone._handle)
            info, numbers = begun_report(LowerInfo, loss=_engine.evaluation_loss(evaluation), regularizer=regularizer)
            numbers["gradient_norm"] = _engine.step_commit(
                step, optimizer, self.lower_optimizer.lr, checked_clip(self.clip_norm)
            )
        except BaseException as error:
            self._memory = memory
            if isinstance(error, BisslError):
                self._system = system
            raise
        self.pretext.after_step()
        return info

    def linearize(self, batch: Any) -> Linearization:
        """Expands the pretext loss at (θ_P, φ_P) on one pretext batch. Its Hessian products serve all upper steps until
        the next lower step, with λ, damping, product and damping rule as they are now."""
        linearization = self.pretext.linearize(batch)
        self._system = ImplicitSystem(
            linearization, self.lam, self.damping, product=self.product, damping_rule=self.damping_rule
        )
        self._batch = copy.deepcopy(batch) if self.hypergradient.needs_losses else None
        return linearization

    def upper_step(self, batch: Any) -> UpperInfo:
        """One step of the upper level in θ_D and φ_D (Algorithm 1, lines 8-13) on a pair (images, labels).

        Nothing has changed then, nor when a solver of yours raises.

        Raises
        ------
        RuntimeError
            No `linearize` since the last `lower_step`.
        FloatingPointError
            A loss, gradient or solution is not finite.
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
        v = FlatVector(_engine.array(_engine.upper_v(step)), self.backbone._layout)
        memory = self._memory.copy()  # what this step adds to it counts once the step is taken
        v_ij, solve = self._implicit_term(self._system, memory, v, batch)
        if self.warm_start:
            memory.alternation["start"] = np.asarray(v_ij)
        info, numbers = begun_report(UpperInfo, v=v, v_ij=v_ij, solve=solve)
        own = vars(self)  # an assignment to self would take memory once the step is taken
        numbers["loss_at_theta_p"], numbers["loss_at_theta_d"], numbers["gradient_norm"] = _engine.upper_commit(
            step, v_ij, optimizer, self.upper_optimizer.lr, checked_clip(self.clip_norm)
        )
        own["_memory"] = memory
        self.downstream.after_step()
        return info

    def _implicit_term(
        self, system: ImplicitSystem, memory: SolveMemory, v: FlatVector, batch: Any
    ) -> tuple[FlatVector, SolveInfo]:
        """v_IJ ≈ A⁻¹ v, and how it was found."""
        if self.hypergradient.needs_losses and self._batch is None:
            raise InvalidState(
                "upper_step: this hypergradient was set after linearize and asks the pretext loss at other points: "
                "call loop.linearize(batch) again"
            )
        start = memory.alternation.get("start") if self.warm_start else None
        start = None if start is None else FlatVector(start, v.layout)
        system.memory = memory
        anchor = np.array(self.upper_backbone.vector if self.hypergradient.needs_losses else (), np.float64)
        point = UpperPoint(system, v, start, self.pretext, self._batch, self.downstream, batch, anchor)
        try:
            return self.hypergradient.find(point)
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
            "memory": self._memory.state_dict(),
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
        self._memory = SolveMemory.from_state(state["memory"])

    def _settings(self) -> dict[str, Any]:
        names = ("lam", "damping", "product", "damping_rule", "warm_start")
        settings = {name: getattr(self, name) for name in names}
        return settings | {"clip_norm": checked_clip(self.clip_norm), "hypergradient": described(self.hypergradient)}

    def _lower_modules(self) -> dict[str, Any]:
        return {"backbone": self.backbone, "head": self.pretext.head}

    def _upper_modules(self) -> dict[str, Any]:
        return {"backbone": self.upper_backbone, "head": self.downstream.head}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_system": None, "_batch": None}

    def __copy__(self) -> Bilevel:
        return copy.deepcopy(self)


#: What may be set between steps.
_SETTINGS = (
    "lam", "damping", "product", "damping_rule", "hypergradient", "warm_start", "clip_norm", "lower_optimizer",
    "upper_optimizer",
)  # fmt: skip


def _checked_settings(
    lam: Any,
    damping: Any,
    product: Any,
    damping_rule: Any,
    hypergradient: Any,
    warm_start: Any,
    clip_norm: Any,
    lower_optimizer: Any,
    upper_optimizer: Any,
) -> dict[str, Any]:
    """The settings of a loop, by name, as it keeps them. Raises naming what does not fit."""
    hypergradient = as_hypergradient(hypergradient, None, damping)
    checked_system(lam, damping, product, damping_rule, hypergradient, warm_start)
    checked_clip(clip_norm)
    for name, optimizer in (("lower_optimizer", lower_optimizer), ("upper_optimizer", upper_optimizer)):
        checked_optimizer(optimizer, name)
    damping = damping if damping == "auto" else float(damping)
    values = (float(lam), damping, product, damping_rule, hypergradient, bool(warm_start), clip_norm)
    return dict(zip(_SETTINGS, (*values, lower_optimizer, upper_optimizer), strict=True))


def checked_system(
    lam: Any, damping: Any, product: Any, damping_rule: Any, hypergradient: Hypergradient, warm_start: Any
) -> None:
    """Raises where what makes up A is out of range or does not fit the hypergradient.

    InvalidArgument for a warm start of what has no use for one, and for an indefinite product where a definite one is
    needed; WrongType for what is of no type that an argument has.
    """
    check_system(lam, damping, product, damping_rule)
    if checked_flag("warm_start", warm_start) and not hypergradient.takes_start:
        raise InvalidArgument(
            f"warm_start: {hypergradient!r} takes no start; leave warm_start out"
            ", or give a callable a third parameter named start"
        )
    if hypergradient.needs_exact and product != "exact":
        raise InvalidArgument(
            f'product: {hypergradient!r} asks the losses themselves, whose curvature is the exact one, got "{product}": '
            'take product="exact"'
        )
    if hypergradient.needs_definite and product != "gauss-newton":
        raise InvalidArgument(
            f'product: {hypergradient!r} needs a positive semi-definite one, got "{product}": take product="gauss-newton"'
        )


#: Options of networks that count in training alone, in which the levels may differ.
_OF_TRAINING = ("drop_path",)


def _check_two(lower: Backbone, upper: Backbone) -> None:
    """InvalidArgument where θ_P and θ_D are one network, or naming the first of parameters, options, adapters and frozen weights
    in which they differ."""
    if upper is lower:
        raise InvalidArgument(
            "upper_backbone: expected a network of its own, got the pretext backbone itself, which both levels would step; "
            "give net.clone()"
        )
    if lower._layout != upper._layout:
        _refuse_layout(lower, upper)
    for place, mine, theirs in differing(_function(lower), _function(upper)):
        raise InvalidArgument(
            f"upper_backbone: expected the architecture of the pretext backbone, whose {place} is {shown(mine)}; got "
            f"{shown(theirs)}: make it with net.clone()"
        )
    theirs = upper._frozen_arrays()
    for name, mine in lower._frozen_arrays().items():
        if not np.array_equal(mine, theirs[name]):
            raise InvalidArgument(
                f"upper_backbone: expected the frozen weights of the pretext backbone; got others of {name}: make it with "
                "net.clone()"
            )


def _function(net: Backbone) -> dict[str, Any]:
    """The architecture, without what counts in training alone."""
    architecture = net._architecture()
    given = {name: value for name, value in architecture["arguments"].items() if name not in _OF_TRAINING}
    return architecture | {"arguments": given}


def _refuse_layout(lower: Backbone, upper: Backbone) -> None:
    for mine, theirs in zip(lower._layout, upper._layout):
        if mine != theirs:
            raise InvalidArgument(
                f"upper_backbone: expected the architecture of the pretext backbone, whose parameter {mine[0]} has shape "
                f"{mine[1]}; got {theirs[0]} of shape {theirs[1]}: make it with net.clone()"
            )
    raise InvalidArgument(
        f"upper_backbone: expected {len(lower._layout)} parameters as the pretext backbone has, got {len(upper._layout)}"
    )
