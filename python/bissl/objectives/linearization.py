"""A loss at one point: its gradient, and its expansion to second order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .. import _engine
from ..configured import wrong_object
from ..errors import InvalidState, check_option
from ..models.module import Module
from ..models.vectors import FlatVector, flatten
from ..solvers import PRODUCTS, Damping, ImplicitSystem, SolveInfo, SolverChoice, solved


@dataclass(frozen=True)
class Gradient:
    """A gradient: flat over the backbone's and over the head's parameters.

    Parameters
    ----------
    backbone : FlatVector
        Over the backbone's parameters.
    head : FlatVector
        Over the head's parameters.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), projector=(8,))
    >>> _, gradient = pretext.value_and_gradient(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> "conv1.weight" in gradient.as_dict()
    True
    """

    backbone: FlatVector
    head: FlatVector

    def as_dict(self) -> dict[str, np.ndarray]:
        """All parameters of backbone and head by name, in PyTorch's layouts."""
        return self.backbone.as_dict() | self.head.as_dict()


class Linearization:
    """A pretext loss expanded to second order at one point. A snapshot: later changes of parameters do not touch it.

    Parameters
    ----------
    handle : object
        Of the engine; `Pretext.linearize` makes linearizations.
    backbone : Module
        At whose parameters the loss was expanded.
    head : Module
        At whose parameters the loss was expanded; Hessian products hold it fixed.

    Raises
    ------
    InvalidArgument (ValueError), NonFiniteArgument
        A direction of another size, or one that is not finite.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), projector=(8,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> linearization.hvp(np.ones(pretext.backbone.vector.size)).shape == pretext.backbone.vector.shape
    True
    """

    def __init__(self, handle: Any, backbone: Module, head: Module) -> None:
        self._handle = handle
        self._backbone, self._head = backbone, head

    @cached_property
    def loss(self) -> float:
        """The loss at the point."""
        return _engine.linearization_loss(self._handle)

    @cached_property
    def gradient(self) -> Gradient:
        """Its gradient there."""
        return Gradient(
            FlatVector(_engine.array(_engine.linearization_gradient(self._handle, 0)), self._backbone._layout),
            FlatVector(_engine.array(_engine.linearization_gradient(self._handle, 1)), self._head._layout),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise InvalidState(
            "a Linearization is a recording in the engine's memory and can be neither copied nor pickled: keep the "
            "objective and the batch, and linearize again"
        )

    def hvp(self, u: np.ndarray | Mapping[str, np.ndarray], product: str = "exact") -> FlatVector:
        """H u, flat: the Hessian product of the backbone, the head fixed.

        Parameters
        ----------
        u : ndarray or mapping of str to ndarray
            A direction of the backbone's parameters, flat or as a dict of all of them by name.
        product : str, default "exact"
            "exact", H = ∂²L/∂θ², for about two gradients; or "gauss-newton", H = JᵀH_L J, for a third less: J is the
            Jacobian of the embeddings in θ, H_L the loss's own Hessian there. Embeddings are, for SimCLR, the logits
            of its cross-entropy; for BYOL, the normalised predictions (as they are, should one be all zeros); for MAE,
            the predicted pixels; in a loss written in Python, the features and head outputs that it uses, unless it
            marks later values by `bissl.ops.embedding`. Positive semi-definite where the loss is convex in them, as it
            is in those three; a product with uᵀHu < 0 beyond rounding is refused (ValueError).
        """
        check_option("product", product, PRODUCTS)
        direction = flatten(u, self._backbone._layout, "u")
        image = _engine.linearization_product(self._handle, direction, product)
        return FlatVector(_engine.array(image), self._backbone._layout)

    def solve(
        self,
        v: np.ndarray | Mapping[str, np.ndarray],
        solver: SolverChoice,
        lam: float,
        damping: Damping,
        *,
        product: str = "exact",
        damping_rule: str = "paper",
    ) -> tuple[FlatVector, SolveInfo]:
        """x ≈ A⁻¹ v with A of `bissl.solvers.ImplicitSystem`, such as I + H/(lam + damping), and how the solve went.

        ``solver`` None is `bissl.ConjugateGradient`, and `bissl.Krylov` with ``damping="auto"``.
        """
        return solved(ImplicitSystem(self, lam, damping, product=product, damping_rule=damping_rule), v, solver)


def checked_linearization(linearization: Any, name: str = "linearization") -> Linearization:
    """WrongType unless it is a linearization."""
    if not isinstance(linearization, Linearization):
        raise wrong_object(name, "what pretext.linearize(batch) gives", linearization)
    return linearization
