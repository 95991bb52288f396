"""Nyström's approximation of the Hessian, inverted in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgument, check_option
from ..models.vectors import FlatVector, dot
from .base import checked_iterations
from .own import PythonSolver
from .subspace import Subspace, combination

if TYPE_CHECKING:
    from .system import ImplicitSystem

#: Where Ω comes from.
SKETCHES = ("krylov", "random")


class Nystrom(PythonSolver):
    """v_IJ = v − C(ρW + CᵀC)⁻¹Cᵀv with C = HΩ and W = ΩᵀC, ρ = λ + λ_damp: exact for the H of rank ``rank`` that agrees
    with H on Ω (Hataya and Yamada 2023). The products are taken once per linearization and serve all its upper steps; a
    step itself takes none. H has to be positive semi-definite: ``product="gauss-newton"``.

    Parameters
    ----------
    rank : int, default 5
        Of Ω: products per linearization, and twice as many vectors of memory.
    sketch : str, default "krylov"
        Ω is an orthonormal basis of the "krylov" space of H and the first v of the alternation, or "random" (as
        published), which needs a far higher rank for the same error.
    nonfinite : str, default "raise"
        As of `bissl.ConjugateGradient`.
    true_residual : bool, default False
        As of `bissl.ConjugateGradient`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        An option out of range; in `solve`, another product than "gauss-newton".

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> linearization = pretext.linearize(tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))))
    >>> v, solver = np.ones(pretext.backbone.vector.size), bissl.solvers.Nystrom(rank=8)
    >>> x, info = linearization.solve(v, solver, lam=0.001, damping=10.0, product="gauss-newton")
    >>> info.products  # eight, and one for the true residual
    9
    """

    name = "Nystrom"
    needs_definite = True
    rank: int
    sketch: str
    _fixed = ("rank", "sketch")

    def __init__(
        self, rank: int = 5, *, sketch: str = "krylov", nonfinite: str = "raise", true_residual: bool = False
    ) -> None:
        super().__init__(nonfinite=nonfinite, true_residual=true_residual)
        self._fix(rank=checked_iterations(rank, "rank"), sketch=check_option("sketch", sketch, SKETCHES))

    def solution(
        self, system: ImplicitSystem, product: Callable[[Any], FlatVector], v: FlatVector, start: FlatVector | None
    ) -> Any:
        if system.kind != "gauss-newton":
            raise InvalidArgument(
                f'Nystrom: expected product="gauss-newton", got "{system.kind}": the Hessian itself need not be positive '
                "semi-definite, which the formula relies on"
            )
        space = self._space(system, np.asarray(v))
        right = np.array([dot(image, v) for image in space.images])
        squares = np.array([[dot(a, b) for b in space.images] for a in space.images])
        factors = np.linalg.lstsq(system.rho * space.projection() + squares, right, rcond=None)[0]
        return system.scale * (np.asarray(v, np.float64) - combination(space.images, factors, system.size))

    def _space(self, system: ImplicitSystem, v: np.ndarray) -> Subspace:
        """Ω and C of this linearization, made in its first solve; after a resumption once more, from the same v."""
        first = system.memory.alternation.setdefault("nystrom start", np.array(v))
        return system.kept(type(self), (self.rank, self.sketch, first), lambda: self._made(system, first))

    def _made(self, system: ImplicitSystem, first: np.ndarray) -> Subspace:
        if self.sketch == "krylov":
            return Subspace.krylov(system.hessian_product, first, self.rank)
        space, random = Subspace(system.hessian_product), np.random.default_rng(0)
        for _ in range(min(self.rank, system.size)):
            space.extend(random.standard_normal(system.size))
        return space

    def __repr__(self) -> str:
        return f"Nystrom(rank={self.rank}, sketch={self.sketch!r})"
