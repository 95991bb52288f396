"""The mixed model of two arms: the pretrained backbone is a random effect."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .interval import check_confidence
from .permutation import backbones_of
from .scores import checked_numbers, in_size, of_one_size

if TYPE_CHECKING:
    from .scores import Backbones

#: Shares of the backbones' variance in the whole, between which REML's best is looked for.
_GRID = np.append(np.linspace(0, 0.96, 13), [0.99, 0.999, 1 - 1e-5, 1 - 1e-7])

#: The share beyond which runs on one backbone are equal up to rounding.
_SHARE_OF_NO_ERROR = 1 - 1e-6


@dataclass(frozen=True)
class MixedModel:
    """y = μ + arm · difference + b_backbone + e, with b ~ N(0, backbone_std²) and e ~ N(0, run_std²).

    All but p_value and degrees_of_freedom are in the unit of the outcomes.


    The difference is taken to be the same on all backbones. What the runs do not tell is NaN: the error of the
    difference where each arm has one backbone of its own, or where runs differ in nothing but arm and backbone.

    Parameters
    ----------
    difference : float
        First arm minus second, estimated by generalised least squares.
    standard_error : float
        Standard error of it.
    degrees_of_freedom : float
        Satterthwaite's, from the expected information of REML; of a balanced design the classical ones (N − K − 1
        where each of K backbones has equally many runs of both arms).
    interval : tuple of float
        By Student's t with these.
    p_value : float
        By Student's t with these.
    backbone_std, run_std : float
        Estimated by restricted maximum likelihood (REML).

    Examples
    --------
    >>> backbones = ((0, 0, 1, 1), (0, 0, 1, 1))
    >>> model = bissl.statistics.MixedModel.of([0.95, 0.94, 0.91, 0.90], [0.93, 0.93, 0.89, 0.88], backbones)
    >>> round(model.difference, 4), model.p_value < 0.05
    (0.0175, True)
    """

    difference: float
    standard_error: float
    degrees_of_freedom: float
    interval: tuple[float, float]
    p_value: float
    backbone_std: float
    run_std: float

    @classmethod
    def of(
        cls,
        first: Sequence[float] | np.ndarray,
        second: Sequence[float] | np.ndarray,
        backbones: tuple[Backbones, Backbones] | None = None,
        confidence: float = 0.95,
    ) -> MixedModel:
        """Fits the model.

        Parameters
        ----------
        first, second : sequence of float or ndarray
            Outcome of each run, at least one per arm, in any unit.
        backbones : tuple of Backbones or None, optional
            Backbones of the runs of both arms, by any name; None: every run has its own, and the model is Student's
            t-test of independent runs.
        confidence : float, default 0.95
            Confidence of the interval.
        """
        check_confidence(confidence)
        exponent, (ours, theirs) = of_one_size(checked_numbers(first, "first"), checked_numbers(second, "second"))
        named = backbones_of((ours, theirs), backbones)
        data = _Data.of(ours, theirs, [*named[0], *named[1]])
        if data.informs() and (model := data.fitted(confidence)) is not None:
            return model._in_size(exponent)
        nan, difference = math.nan, float(ours.mean() - theirs.mean())
        return cls(difference, nan, nan, (nan, nan), nan, nan, nan)._in_size(exponent)

    def _in_size(self, exponent: int) -> MixedModel:
        """That of outcomes `of_one_size`, in their unit."""
        return replace(
            self,
            difference=in_size(exponent, self.difference),
            standard_error=in_size(exponent, self.standard_error),
            interval=(in_size(exponent, self.interval[0]), in_size(exponent, self.interval[1])),
            backbone_std=in_size(exponent, self.backbone_std),
            run_std=in_size(exponent, self.run_std),
        )


@dataclass(frozen=True)
class _Data:
    """outcomes : (N,), less their mean, in units of ``unit``. design : (N, 2), ones and whether the run is of the first
    arm. same : (N, N), whether two runs share a backbone: ZZᵀ."""

    outcomes: np.ndarray
    unit: float
    design: np.ndarray
    same: np.ndarray

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray, named: Sequence[Hashable]) -> _Data:
        outcomes = np.concatenate([first, second])
        outcomes = outcomes - outcomes.mean()
        unit = float(np.abs(outcomes).max()) or 1.0
        numbers = {name: number for number, name in enumerate(dict.fromkeys(named))}
        of_run = np.array([numbers[name] for name in named])
        design = np.stack([np.ones(len(outcomes)), np.arange(len(outcomes)) < len(first)], axis=1)
        return cls(outcomes / unit, unit, design, (of_run[:, None] == of_run).astype(np.float64))

    def informs(self) -> bool:
        """Whether there is an error to estimate: runs beyond the two means, which differ within an arm."""
        arms = self.design[:, 1] == 1
        spread = max(np.ptp(self.outcomes[arms]), np.ptp(self.outcomes[~arms]))
        return len(self.outcomes) > 2 and spread > 64 * np.finfo(np.float64).eps

    def fitted(self, confidence: float) -> MixedModel | None:
        """The model; None where the difference's error cannot be told."""
        from scipy import stats  # takes longer to import than all of bissl

        share = self._best_share()
        fit = self.fit(share / (1 - share))
        freedom, told_apart = self._satterthwaite(fit)
        # Of runs that differ in nothing but arm and backbone the likelihood has no maximum.
        if math.isnan(freedom) or share > _SHARE_OF_NO_ERROR:
            return None
        difference, error = float(self.unit * fit.effects[1]), float(self.unit * math.sqrt(fit.covariance[1, 1]))
        half = error * float(stats.t.isf((1 - confidence) / 2, freedom))
        return MixedModel(
            difference=difference,
            standard_error=error,
            degrees_of_freedom=freedom,
            interval=(difference - half, difference + half),
            p_value=float(2 * stats.t.sf(abs(difference) / error, freedom)),
            backbone_std=self.unit * math.sqrt(fit.ratio * fit.variance) if told_apart else math.nan,
            run_std=self.unit * math.sqrt(fit.variance),
        )

    def fit(self, ratio: float) -> _Fit:
        """All else where the backbones' variance is ``ratio`` times that of the runs."""
        precision = self.precision(ratio)
        information = self.design.T @ precision @ self.design
        effects = np.linalg.solve(information, self.design.T @ precision @ self.outcomes)
        residuals = self.outcomes - self.design @ effects
        freedom = len(self.outcomes) - 2
        variance = max(float(residuals @ precision @ residuals) / freedom, np.finfo(np.float64).tiny)
        # log|V|: a backbone's block has the eigenvalue 1 + ratio · runs, of which each run counts its share.
        determinants = np.sum(np.log1p(ratio * self.runs) / self.runs) + np.linalg.slogdet(information)[1]
        return _Fit(
            ratio, variance, effects, variance * np.linalg.inv(information), freedom * math.log(variance) + determinants
        )

    def precision(self, ratio: float) -> np.ndarray:
        """V⁻¹ of V = I + ratio ZZᵀ, block by block: I − ratio / (1 + ratio · runs) 11ᵀ."""
        return np.eye(len(self.outcomes)) - self.same * (ratio / (1 + ratio * self.runs))

    @property
    def runs(self) -> np.ndarray:
        """(N,), how many runs there are on each run's backbone."""
        result: np.ndarray = self.same.sum(axis=1)
        return result

    def _best_share(self) -> float:
        """σ_b² / (σ_b² + σ²) of the greatest restricted likelihood; 0 where runs tell nothing about it."""
        from scipy.optimize import minimize_scalar

        def deviance(share: float) -> float:
            return self.fit(share / (1 - share)).deviance

        values = [deviance(share) for share in _GRID]
        if max(values) - min(values) < 1e-6:  # flat up to rounding
            return 0.0
        best = int(np.argmin(values))
        ends = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]
        found = minimize_scalar(deviance, bounds=ends, method="bounded", options={"xatol": 1e-10})
        return float(found.x) if found.fun < values[best] else float(_GRID[best])

    def _satterthwaite(self, fit: _Fit) -> tuple[float, bool]:
        """2 f² / Var(f) of the difference's variance f(σ_b², σ²), NaN where the runs do not tell it; and whether they
        tell both variances apart.

        Var is of the variances' REML estimates: the inverse of their expected information tr(P V_i P V_j) / 2.
        """
        precision = self.precision(fit.ratio) / fit.variance
        hat = precision @ self.design @ fit.covariance  # V⁻¹ X (XᵀV⁻¹X)⁻¹
        projection = precision - hat @ self.design.T @ precision
        parts = (self.same, np.eye(len(self.outcomes)))
        products = [projection @ part for part in parts]
        information = np.array([[np.sum(a * b.T) / 2 for b in products] for a in products])
        gradient = np.array([(hat.T @ part @ hat)[1, 1] for part in parts])
        # In units of σ² and of σ² + σ_b² · runs, so that what is nothing but rounding shows.
        scale = fit.variance * np.array([1 / self.runs.max() + fit.ratio, 1.0])
        information = information * np.outer(scale, scale)
        gradient = gradient * scale
        inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
        told = np.allclose(information @ inverse @ gradient, gradient, rtol=0, atol=1e-6 * np.abs(gradient).max())
        freedom = 2 * fit.covariance[1, 1] ** 2 / float(gradient @ inverse @ gradient) if told else math.nan
        return float(freedom), int(np.linalg.matrix_rank(information, 1e-9 * np.abs(information).max())) == 2


@dataclass(frozen=True)
class _Fit:
    """ratio : σ_b² / σ². variance : σ². effects : μ and the difference; covariance : of these. deviance : −2 × the
    restricted log-likelihood, up to a constant."""

    ratio: float
    variance: float
    effects: np.ndarray
    covariance: np.ndarray
    deviance: float
