"""The ends of a Hessian's spectrum, from Hessian products alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._engine import dtype
from ...errors import InvalidArgument, NonFinite, checked_integer, checked_number
from ...objectives.linearization import Linearization
from ...training.base import resolved_seed

#: Relative accuracy that a product in the engine's precision supports.
_TOLERANCES = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-10}


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of H = ∇²θ L^P at one point, the head fixed.

    Parameters
    ----------
    eigenvalues : ndarray
        Ascending, (K,): the ``bottom`` smallest, then the ``top`` largest.
    eigenvectors : ndarray
        (parameters, K), unit columns.
    residuals : ndarray
        ‖Hu − μu‖ per pair, a bound on each eigenvalue's error.
    products : int
        Hessian products that it took.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> found = bissl.analysis.hessian_spectrum(pretext.linearize(tuple(views)), top=1, bottom=1, tolerance=1e-2)
    >>> found.largest > found.smallest
    True
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    residuals: np.ndarray
    products: int

    @property
    def smallest(self) -> float:
        """Negative where the loss curves downwards along some direction."""
        return float(self.eigenvalues[0])

    @property
    def largest(self) -> float:
        return float(self.eigenvalues[-1])


def hessian_spectrum(
    linearization: Linearization,
    *,
    top: int = 5,
    bottom: int = 5,
    tolerance: float | None = None,
    max_products: int = 2000,
    random_state: int | None = 0,
) -> Spectrum:
    """The largest and smallest eigenvalues of the pretext Hessian by implicitly restarted Lanczos (ARPACK).

    Parameters
    ----------
    linearization : Linearization
        Linearization of a pretext objective, ``pretext.linearize(batch)``.
    top, bottom : int, default 5
        How many of the largest and of the smallest (most negative); at least one of either kind.
    tolerance : float or None, optional
        Relative accuracy of the eigenvalues; None is 1e-4 with a float32 engine, 1e-10 with float64.
    max_products : int, default 2000
        Give up after this many Hessian products, each worth about two gradients.
    random_state : int or None, default 0
        Random state of the starting vector.

    Returns
    -------
    Spectrum
        Both ends of the spectrum.

    Raises
    ------
    ValueError
        More eigenvalues than parameters; no convergence within ``max_products``.
    FloatingPointError
        A product that is not finite.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(2, 2, 2, 2), stem="small"), projector=(4,))
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> found = bissl.analysis.hessian_spectrum(pretext.linearize(tuple(views)), top=2, bottom=1, tolerance=1e-2)
    >>> found.eigenvalues.shape
    (3,)
    """
    size = linearization.gradient.backbone.size
    counts = {"LA": _checked(top, "top", size), "SA": _checked(bottom, "bottom", size)}
    if not 0 < top + bottom < size:
        raise InvalidArgument(f"top + bottom: expected 1 to {size - 1} eigenvalues of {size}, got {top + bottom}")
    product = _Product(linearization, checked_integer("max_products", max_products, 1))
    start = np.random.default_rng(resolved_seed(random_state)).normal(size=size)
    accuracy = _TOLERANCES[dtype] if tolerance is None else checked_number("tolerance", tolerance)
    pairs = [_lanczos(product, which, count, start, accuracy) for which, count in counts.items() if count]
    values, vectors = (np.concatenate(parts, axis=-1) for parts in zip(*pairs, strict=True))
    order = np.argsort(values)
    values, vectors = values[order], vectors[:, order]
    errors = [np.linalg.norm(product(vector) - value * vector) for value, vector in zip(values, vectors.T, strict=True)]
    return Spectrum(values, vectors, np.array(errors), product.count)


def _checked(count: int, name: str, size: int) -> int:
    if not 0 <= checked_integer(name, count) < size:
        raise InvalidArgument(f"{name}: expected 0 to {size - 1} eigenvalues of {size} parameters, got {count!r}")
    return count


class _Product:
    """u ↦ Hu in float64, counted."""

    def __init__(self, linearization: Linearization, most: int) -> None:
        self._linearization, self._most, self.count = linearization, most, 0

    def __call__(self, u: np.ndarray) -> np.ndarray:
        if self.count >= self._most:
            raise InvalidArgument(
                f"max_products: {self._most} Hessian products were not enough; allow more, ask for fewer eigenvalues, "
                "or give a larger tolerance"
            )
        self.count += 1
        product = np.asarray(self._linearization.hvp(u.ravel().astype(dtype)), np.float64)
        if not np.isfinite(product).all():
            raise NonFinite(f"hessian_spectrum: Hessian product {self.count} is not finite")
        return product


def _lanczos(
    product: _Product, which: str, count: int, start: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (count,) and eigenvectors (parameters, count) at one end: "LA" the largest, "SA" the smallest."""
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    operator = LinearOperator((start.size, start.size), matvec=product, dtype=np.float64)
    basis = min(start.size, max(2 * count + 1, 24))
    try:
        values, vectors = eigsh(operator, k=count, which=which, v0=start, tol=tolerance, ncv=basis, maxiter=10**6)
    except ArpackError as error:
        raise InvalidArgument(
            f"linearization: ARPACK found no eigenvalues of its Hessian ({error}); a loss that is constant or linear "
            "in the backbone has none but 0"
        ) from error
    return values, vectors
