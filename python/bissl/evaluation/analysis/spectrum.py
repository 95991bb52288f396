"""The ends of a Hessian's spectrum, from Hessian products alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._engine import dtype
from ...arrays import as_real
from ...errors import InvalidArgument, NonFinite, check_option, checked_integer, checked_number
from ...finite import check_finite
from ...objectives.linearization import Linearization, checked_linearization
from ...training.base import resolved_seed

#: Of a spectrum, the ends whose eigenvalues are known.
ENDS = ("both", "bottom", "top")

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
    ends : str, default "both"
        Whether the smallest and the largest of all eigenvalues are among these: "both"; "bottom" or "top", the smallest or
        the largest alone.

    Raises
    ------
    TypeError, ValueError
        Eigenvalues that are no finite numbers in ascending order, another name of ends.

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
    ends: str = "both"

    def __post_init__(self) -> None:
        check_option("ends", self.ends, ENDS)
        values = as_real(self.eigenvalues, "eigenvalues")
        if values.ndim != 1 or not len(values):
            raise InvalidArgument(f"eigenvalues: expected shape (K,) of at least one, got {values.shape}")
        check_finite(values, "eigenvalues")
        falling = np.flatnonzero(values[1:] < values[:-1])
        if len(falling):
            first, second = values[falling[0] :][:2].tolist()
            raise InvalidArgument(
                f"eigenvalues: expected ascending order, got {second:g} after {first:g}; sort them, and the eigenvectors "
                "with them"
            )
        object.__setattr__(self, "eigenvalues", values)

    @property
    def smallest(self) -> float:
        """Negative where the loss curves downwards along some direction. InvalidArgument (ValueError) without the lower end."""
        return self._end("top", 0, "smallest", "bottom")

    @property
    def largest(self) -> float:
        """InvalidArgument (ValueError) without the upper end."""
        return self._end("bottom", -1, "largest", "top")

    def _end(self, lacking: str, place: int, name: str, option: str) -> float:
        if self.ends == lacking:
            raise InvalidArgument(
                f"spectrum: expected one with the {name} eigenvalue, got the {lacking} alone; ask hessian_spectrum for "
                f"{option}=1 at least"
            )
        return float(self.eigenvalues[place])


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
    TypeError, ValueError
        No linearization; more eigenvalues than parameters; no convergence within ``max_products``.
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
    size = checked_linearization(linearization).gradient.backbone.size
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
    ends = "both" if top and bottom else "top" if top else "bottom"
    return Spectrum(values, vectors, np.array(errors), product.count, ends)


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
