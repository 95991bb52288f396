"""What all hypergradients share: where an upper step stands, and what is asked there."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ... import _engine
from ...configured import Configured
from ...models.backbone import Backbone
from ...models.vectors import FlatVector, norm
from ...objectives.base import Downstream, Pretext
from ...objectives.linearization import Linearization
from ...solvers import ImplicitSystem, SolveInfo
from ...solvers.base import checked_answer
from ...solvers.krylov import settle_damping
from ...solvers.solving import solved_for_nothing
from ...solvers.subspace import Subspace, combination
from ...solvers.verdict import judged


@dataclass
class UpperPoint:
    """An upper step before it is taken.

    Parameters
    ----------
    system : ImplicitSystem
        A, with λ and λ_damp, of the pretext loss at θ_P on the batch of this alternation.
    v : FlatVector
        ∇θ L^D(θ_P, φ_D), flat.
    start : FlatVector or None
        The solution of the upper step before, or None.
    pretext : Pretext
        With θ_P and φ_P.
    pretext_batch : object
        Of the alternation.
    downstream : Downstream
        With φ_D.
    downstream_batch : object
        Of this step.
    anchor : ndarray
        θ_D, flat.

    Raises
    ------
    InvalidState (RuntimeError)
        By what it is asked for, where the pretext loss was not linearized.

    Examples
    --------
    >>> class Twice(bissl.hypergradients.Hypergradient):
    ...     def term(self, point):  # v_IJ = 2 v, from an UpperPoint
    ...         return 2 * np.asarray(point.v), bissl.SolveInfo(iterations=0)
    """

    system: ImplicitSystem
    v: FlatVector
    start: FlatVector | None
    pretext: Pretext
    pretext_batch: Any
    downstream: Downstream
    downstream_batch: Any
    anchor: np.ndarray

    @property
    def theta(self) -> np.ndarray:
        """θ_P, copied, in double precision."""
        return np.array(self.pretext.backbone.vector, np.float64)

    def lower_gradient(self, theta: np.ndarray) -> np.ndarray:
        """∇θ L^P(θ, φ_P) on the batch of the alternation."""
        _, gradient = self.pretext._value_and_gradient(self._scratch_at(theta), self.pretext_batch)
        return np.asarray(gradient.backbone)

    def lower_linearization(self, theta: np.ndarray) -> Linearization:
        """The pretext loss expanded at (θ, φ_P)."""
        net = self._scratch_at(theta)
        return Linearization(self.pretext._linearize(net, self.pretext_batch), net, self.pretext.head)

    def upper_gradient(self, theta: np.ndarray) -> np.ndarray:
        """∇θ L^D(θ, φ_D) on the batch of this step."""
        evaluation = self.downstream._evaluate_beside(self._scratch_at(theta), self.downstream_batch)
        return _engine.array(_engine.evaluation_gradient(evaluation, 0))

    def regularized_gradient(self, theta: np.ndarray, start: np.ndarray) -> np.ndarray:
        """∇θ of G_ρ = L^P + λ/2 ‖θ − θ_D‖² + λ_damp/2 ‖θ − θ_P‖², with θ_P = ``start``."""
        pulled = self.system.lam * (theta - self.anchor) + self.system.damping * (theta - start)
        total: np.ndarray = self.lower_gradient(theta) + pulled
        return total

    @cached_property
    def largest_eigenvalue(self) -> float:
        """Of H, from above: by five Lanczos products from v, once per linearization."""
        first = self.system.memory.alternation.setdefault("lanczos start", np.array(self.v))
        return self.system.kept("largest eigenvalue", (first,), lambda: _largest_eigenvalue(self.system, first))

    @cached_property
    def _scratch(self) -> Backbone:
        return self.pretext.backbone.clone()

    def _scratch_at(self, theta: np.ndarray) -> Backbone:
        self._scratch.vector[:] = theta
        return self._scratch


def _largest_eigenvalue(system: ImplicitSystem, first: np.ndarray) -> float:
    space = Subspace.krylov(system.hessian_product, first, 5)
    values, vectors = np.linalg.eigh(space.projection())
    if not len(values):
        return 0.0
    last = space.images[-1]
    left = last - combination(space.vectors, space.coordinates(last), last.size)
    return float(values[-1] + norm(left) * abs(vectors[-1, -1]))


class Hypergradient(Configured):
    """Finds v_IJ. A subclass writes `term`; it changes nothing but ``point.system.memory``.

    Examples
    --------
    >>> issubclass(bissl.hypergradients.Unrolled, bissl.hypergradients.Hypergradient)
    True
    """

    #: Whether it asks the losses at other points than θ_P, for which the loop keeps the pretext batch.
    needs_losses: bool = False
    #: Whether it asks the losses in place of products, so that H is the exact one whatever ``product`` says.
    needs_exact: bool = False

    @property
    def takes_start(self) -> bool:
        """Whether it uses the ``start`` of a warm start."""
        return False

    @property
    def needs_definite(self) -> bool:
        """Whether H has to be positive semi-definite, as a Gauss-Newton product is."""
        return False

    def find(self, point: UpperPoint) -> tuple[FlatVector, SolveInfo]:
        """v_IJ and how it was found, with its verdict. Where v is 0 so is v_IJ, and no term is asked for."""
        if not np.any(point.v):
            return solved_for_nothing(point.system)
        began, before = time.perf_counter(), point.system.products
        spent = settle_damping(point.system, point.v)
        whose = f"{type(self).__name__}.term"
        v_ij, info = checked_answer(self.term(point), point.system, whose, point.system.scale)
        spent += point.system.products - before + info.products
        info = replace(info, products=spent, seconds=time.perf_counter() - began)
        return v_ij, judged(point.system, point.v, v_ij, info)

    def term(self, point: UpperPoint) -> tuple[np.ndarray, SolveInfo]:
        """v_IJ for the paper's A, (n,), and what is known of how it came about."""
        raise NotImplementedError(f"{type(self).__name__} states no term")
