"""v_IJ from gradients alone, by how the downstream loss bends the lower level's minimum."""

from __future__ import annotations

import math

import numpy as np

from ..._engine import dtype
from ...errors import checked_number
from ...models.vectors import norm
from ...solvers.base import SolveInfo, checked_iterations
from .base import Hypergradient, UpperPoint


class Penalty(Hypergradient):
    """v_IJ ≈ (ρ/2σ)[θ(−σ) − θ(σ)] with θ(σ) = argmin G_ρ + σL^D(·, φ_D), an error of O(σ²). No Hessian product enters, but
    for the step length. After F2SA (Kwon et al. 2023), whose one-sided form errs by O(σ) and moves θ_P itself by L^D; here
    both minimisations run on scratch copies.

    Parameters
    ----------
    steps : int, default 10
        Of Nesterov's accelerated descent for either minimum, a gradient of either loss each, from θ_P.
    sigma : float, optional
        σ. None: so that θ(±σ) are about ε^⅓·‖θ_P‖ from one another, ε the precision, where rounding and σ² balance for a loss
        whose third derivative is of the size of its second. Where losses bend more, a tenth of it errs less: compare two.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> bissl.hypergradients.Penalty(steps=20).steps
    20
    """

    needs_losses = True
    needs_exact = True
    steps: int
    sigma: float | None
    _fixed = ("steps", "sigma")

    def __init__(self, steps: int = 10, *, sigma: float | None = None) -> None:
        sigma = None if sigma is None else checked_number("sigma", sigma, above=0)
        self._fix(steps=checked_iterations(steps, "steps"), sigma=sigma)

    def term(self, point: UpperPoint) -> tuple[np.ndarray, SolveInfo]:
        rho, theta = point.system.rho, point.theta
        sigma = self.sigma or float(np.finfo(dtype).eps) ** (1 / 3) * max(norm(theta), 1e-3) * rho / norm(point.v)
        ends = [self._minimum(point, theta, side * sigma) for side in (-1, 1)]
        return rho / (2 * sigma) * (ends[0] - ends[1]), SolveInfo(iterations=self.steps)

    def _minimum(self, point: UpperPoint, theta: np.ndarray, sigma: float) -> np.ndarray:
        """θ(σ): the step length is 1/L and the momentum that of condition number L/ρ, with L = μ_max(H) + ρ."""
        rho = point.system.rho
        largest = max(0.0, point.largest_eigenvalue) + rho
        ratio = math.sqrt(rho / largest)
        momentum = (1 - ratio) / (1 + ratio)
        here, last = theta.copy(), theta
        for _ in range(self.steps):
            ahead = here + momentum * (here - last)
            slope = point.regularized_gradient(ahead, theta) + sigma * point.upper_gradient(ahead)
            here, last = ahead - slope / largest, here
        return here

    def __repr__(self) -> str:
        return f"Penalty(steps={self.steps}, sigma={self.sigma})"
