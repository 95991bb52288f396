"""The lower level as a few steps of gradient descent, differentiated step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import checked_number
from ...solvers.base import SolveInfo, checked_iterations
from .base import Hypergradient, UpperPoint


class Unrolled(Hypergradient):
    """Reverse-mode differentiation through K steps of gradient descent on G_ρ from θ_P, on the pretext batch of the
    alternation: θ_{j+1} = θ_j − η∇G_ρ(θ_j); then w_K = ∇L^D(θ_K) and, for j = K − 1 … 0, g += ηρ·w_{j+1} and
    w_j = w_{j+1} − η(H_j + ρI)w_{j+1}.

    Where H does not change along the way it is the Neumann series with ω = ηρ. With ρ so small that K steps do not reach
    the pull of θ_D it is nearly 0: undamped, with λ = 1e-3 and K = 20, at most 0.002 ‖v‖.

    Parameters
    ----------
    steps : int, default 5
        K. A step costs a gradient, a linearization and a product, and a copy of θ in memory.
    lr : float, optional
        η. None: 1/(μ + ρ), with μ the largest eigenvalue of H, by five products per alternation.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(2, 2, 2, 2), stem="small")
    >>> loop = bissl.Bilevel(bissl.SimCLR(net, projector=(4,)), bissl.Classifier(net.num_features, 2), damping=1000.0,
    ...                      hypergradient=bissl.hypergradients.Unrolled(steps=3))
    >>> loop.hypergradient
    Unrolled(steps=3, lr=None)
    """

    needs_losses = True
    steps: int
    lr: float | None
    _fixed = ("steps", "lr")

    def __init__(self, steps: int = 5, *, lr: float | None = None) -> None:
        lr = None if lr is None else checked_number("lr", lr, above=0)
        self._fix(steps=checked_iterations(steps, "steps"), lr=lr)

    def term(self, point: UpperPoint) -> tuple[np.ndarray, SolveInfo]:
        rho, theta = point.system.rho, point.theta
        lr = 1 / (max(0.0, point.largest_eigenvalue) + rho) if self.lr is None else self.lr
        path = [theta]
        for _ in range(self.steps):
            path.append(path[-1] - lr * point.regularized_gradient(path[-1], theta))
        w = np.array(point.upper_gradient(path.pop()), np.float64)
        total = np.zeros_like(w)
        for place in reversed(path):
            total += lr * rho * w
            w -= lr * (self._product(point, place, w) + rho * w)
        return total, SolveInfo(iterations=self.steps)

    def _product(self, point: UpperPoint, theta: np.ndarray, w: np.ndarray) -> Any:
        point.system.products += 1
        return np.asarray(point.lower_linearization(theta).hvp(w, point.system.kind))

    def __repr__(self) -> str:
        return f"Unrolled(steps={self.steps}, lr={self.lr})"
