"""The implicit system A v_IJ = v."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from .. import _engine
from .._engine import dtype
from ..errors import InvalidArgument, InvalidState, check_option, checked_number
from ..models.vectors import FlatVector, flatten

#: What stands for the Hessian: itself, or its Gauss-Newton approximation.
PRODUCTS = ("exact", "gauss-newton")
#: How λ and λ_damp make up A.
DAMPING_RULES = ("paper", "tikhonov")


class Linearized(Protocol):
    """What a system needs of a `bissl.Linearization`."""

    _handle: Any
    _backbone: Any


class ImplicitSystem:
    """A v_IJ = v, with A known by its products.

    By the implicit function theorem θ_P*(θ_D), the minimiser of L^P + λ/2 ‖θ − θ_D‖², has the Jacobian λ(H + λI)⁻¹. The
    system damps H + λI to H + (λ + λ_damp)I:

    ========== ============================ ==========================================================
    rule       A                            meaning
    ========== ============================ ==========================================================
    "paper"    I + H/(λ + λ_damp)           the Jacobian of a lower level whose λ is λ + λ_damp (B.3)
    "tikhonov" I + (H + λ_damp·I)/λ         the Jacobian for λ, Tikhonov-damped
    ========== ============================ ==========================================================

    The second A is the first times 1 + λ_damp/λ, so its solutions are shorter by that factor and point the same way.
    With λ_damp = 0 both are I + H/λ.

    Parameters
    ----------
    linearization : of the pretext loss, at (θ_P, φ_P).
    lam, damping : λ ≥ 0 and λ_damp ≥ 0, with λ + λ_damp > 0; for "tikhonov" λ > 0.
    product : "exact", H = ∇²θ L^P, which batch norm makes indefinite; or "gauss-newton", H = JᵀH_L J with J the Jacobian
        of the embeddings in θ and H_L the loss's own Hessian there: positive semi-definite where the loss is convex in
        the embeddings (as in SimCLR, BYOL and MAE), and a third cheaper.
    damping_rule : "paper" or "tikhonov".
    """

    def __init__(
        self,
        linearization: Linearized,
        lam: float,
        damping: float,
        *,
        product: str = "exact",
        damping_rule: str = "paper",
    ) -> None:
        check_system(lam, damping, product, damping_rule)
        backbone = linearization._backbone
        self.layout = backbone._layout
        #: n, the number of the backbone's parameters.
        self.size: int = sum(math.prod(shape) for _, shape in self.layout)
        #: Products taken by `product` and `matrix` so far.
        self.products = 0
        self._matrix: np.ndarray | None = None
        self._handle = _engine.system_create(
            linearization._handle, backbone._handle, lam, damping, damping_rule, product
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise InvalidState(
            "an ImplicitSystem stands on a recording in the engine's memory and can be neither copied nor pickled: "
            "keep the objective and the batch, linearize again and make a new one"
        )

    def product(self, direction: Any) -> FlatVector:
        """A d, flat (n,), of a direction (n,) or a dict of all parameters by name."""
        values = np.asarray(flatten(direction, self.layout, "d"), dtype)
        self.products += 1
        return FlatVector(np.asarray(_engine.system_product(self._handle, values)), self.layout)

    def matrix(self) -> np.ndarray:
        """A as a dense symmetric array (n, n) of float64: n products, made once."""
        if self._matrix is None:
            columns = np.empty((self.size, self.size))
            unit = np.zeros(self.size, dtype)
            for place in range(self.size):
                unit[place] = 1
                columns[place] = self.product(unit)
                unit[place] = 0
            self._matrix = (columns + columns.T) / 2
        return self._matrix


def check_system(lam: Any, damping: Any, product: Any, damping_rule: Any) -> None:
    """ValueError or TypeError naming what `ImplicitSystem` does not accept."""
    total = checked_number("lam", lam) + checked_number("damping", damping)
    check_option("product", product, PRODUCTS)
    check_option("damping_rule", damping_rule, DAMPING_RULES)
    if total == 0:
        raise InvalidArgument("lam + damping: expected a positive sum, got 0: the implicit system divides by it")
    if damping_rule == "tikhonov" and lam == 0:
        raise InvalidArgument('lam: expected a positive number with damping_rule="tikhonov", got 0: A divides by it')
