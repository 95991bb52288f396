"""The record of one alternation."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..bilevel.loop import LowerInfo, UpperInfo


@dataclass
class Alternation:
    """What one alternation did. Lists have one entry per step of their level.

    Parameters
    ----------
    alternation : int
        Its number, from 0.
    lower_loss : list of float, optional
        L^P.
    regularizer : list of float, optional
        λ/2 ‖θ_P − θ_D‖².
    lower_gradient_norm : list of float, optional
        Joint, before clipping.
    loss_at_theta_p, loss_at_theta_d : list of float, optional
        L^D(θ_P, φ_D) and L^D(θ_D, φ_D).
    upper_gradient_norm : list of float, optional
        Joint, before clipping.
    v_norm, v_ij_norm : list of float, optional
        ‖v‖ and ‖v_IJ‖.
    v_cosine : list of float, optional
        V cosine of the angle between them (0 where v_IJ = 0).
    residuals : list of list of float, optional
        Per upper step, the solver's ‖r‖, from that of its start on.
    curvature : list of list of float, optional
        Per upper step and iteration, dᵀAd.
    negative_segments : list of list of float, optional
        Likewise, the share of parameter tensors whose part of dᵀAd is negative.
    finite : list of bool, optional
        Per upper step, whether the solver needed no repair.
    products : list of int, optional
        Likewise, the Hessian products it took.
    true_residual : list of float or None, optional
        Likewise, ‖v − A v_IJ‖/‖v‖, or None where it was not measured.
    verdict : list of str, optional
        Likewise, `bissl.SolveInfo.verdict`.
    converged : list of bool or None, optional
        Likewise, whether that says so; None where nothing was measured.
    damping : list of float or None, optional
        Likewise, λ_damp that was solved with, or None.
    distance : list of float, optional
        Likewise, ‖v_IJ − v‖/‖v‖.
    diverged : list of bool, optional
        Likewise, whether the solve ended with a residual above ‖v‖, that of v_IJ = 0, or broke off before that.
    lower_rate, upper_rate : float, default 0.0
        Learning rates of the last step.
    seconds : float, default 0.0
        Wall time of both levels.

    Examples
    --------
    >>> record = bissl.training.Alternation(0)
    >>> record.lower_loss, record.seconds
    ([], 0.0)
    """

    alternation: int
    lower_loss: list[float] = field(default_factory=list)
    regularizer: list[float] = field(default_factory=list)
    lower_gradient_norm: list[float] = field(default_factory=list)
    loss_at_theta_p: list[float] = field(default_factory=list)
    loss_at_theta_d: list[float] = field(default_factory=list)
    upper_gradient_norm: list[float] = field(default_factory=list)
    v_norm: list[float] = field(default_factory=list)
    v_ij_norm: list[float] = field(default_factory=list)
    v_cosine: list[float] = field(default_factory=list)
    residuals: list[list[float]] = field(default_factory=list)
    curvature: list[list[float]] = field(default_factory=list)
    negative_segments: list[list[float]] = field(default_factory=list)
    finite: list[bool] = field(default_factory=list)
    products: list[int] = field(default_factory=list)
    true_residual: list[float | None] = field(default_factory=list)
    verdict: list[str] = field(default_factory=list)
    converged: list[bool | None] = field(default_factory=list)
    damping: list[float | None] = field(default_factory=list)
    distance: list[float] = field(default_factory=list)
    diverged: list[bool] = field(default_factory=list)
    lower_rate: float = 0.0
    upper_rate: float = 0.0
    seconds: float = 0.0

    def add_lower(self, info: LowerInfo) -> None:
        """Adds what a lower step did."""
        self.lower_loss.append(info.loss)
        self.regularizer.append(info.regularizer)
        self.lower_gradient_norm.append(info.gradient_norm)

    def add_upper(self, info: UpperInfo) -> None:
        """Adds what an upper step did."""
        self.loss_at_theta_p.append(info.loss_at_theta_p)
        self.loss_at_theta_d.append(info.loss_at_theta_d)
        self.upper_gradient_norm.append(info.gradient_norm)
        self.residuals.append(list(info.solve.residuals))
        self.curvature.append(list(info.solve.curvature))
        self.negative_segments.append(list(info.solve.negative_segments))
        self.finite.append(info.solve.finite)
        self.products.append(info.solve.products)
        self.true_residual.append(info.solve.relative_residual)
        self.verdict.append(info.solve.verdict)
        self.converged.append(info.solve.converged)
        self.damping.append(info.solve.damping)
        self.distance.append(info.solve.distance)
        self.diverged.append(info.solve.solved and info.solve.went_wrong)
        self.v_norm.append(info.solve.v_norm)
        self.v_ij_norm.append(info.solve.relative_length * info.solve.v_norm)
        self.v_cosine.append(info.solve.cosine)
