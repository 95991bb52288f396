"""When A = I + H/(λ + damping), the matrix of the implicit system, can be trusted to conjugate gradients."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import as_real
from ...configured import wrong_object
from ...errors import InvalidArgument, checked_number
from .spectrum import Spectrum


@dataclass(frozen=True)
class Conditioning:
    """The conditioning of A over a grid of λ (rows) and damping (columns).

    Of A over a grid of λ (rows) and damping (columns).

    lams (R,), dampings (C,). smallest, largest : A's extreme eigenvalues, (R, C). number : their quotient, the condition
    number, (R, C); NaN where A is not positive definite, since conjugate gradients may then go anywhere.

    Parameters
    ----------
    lams : ndarray
        (R,).
    dampings : ndarray
        (C,).
    smallest : ndarray
        A's smallest eigenvalues, (R, C).
    largest : ndarray
        A's largest eigenvalues, (R, C). ``number`` is their quotient, the condition number, (R, C); NaN where A is not
        positive definite, since conjugate gradients may then go anywhere.

    Examples
    --------
    >>> spectrum = bissl.analysis.Spectrum(np.array([-0.5, 4.0]), np.eye(2), np.zeros(2), products=8)
    >>> found = bissl.analysis.conditioning(spectrum, 0.001, [0.1, 10.0])
    >>> found.definite.tolist(), round(float(found.number[0, 1]), 2)
    ([[False, True]], 1.47)
    """

    lams: np.ndarray
    dampings: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray

    @property
    def definite(self) -> np.ndarray:
        """Where A is positive definite, bool (R, C)."""
        return self.smallest > 0

    @property
    def number(self) -> np.ndarray:
        quotient = np.full(self.smallest.shape, np.nan)
        result: np.ndarray = np.divide(self.largest, self.smallest, out=quotient, where=self.definite)
        return result


def conditioning(spectrum: Spectrum, lams: float | Sequence[float], dampings: float | Sequence[float]) -> Conditioning:
    """The conditioning of A = I + H/(λ + damping) for every pair, from both ends of H's spectrum; no further product.

    Parameters
    ----------
    spectrum : Spectrum
        With both ends (``top`` and ``bottom`` at least 1).
    lams, dampings : float or sequence of float
        Numbers ≥ 0 whose sums are positive.

    Returns
    -------
    Conditioning
        Extreme eigenvalues and condition numbers.

    Raises
    ------
    TypeError, ValueError
        No spectrum, or one without one of its ends; what is no number, a negative one, none at all, or λ + damping = 0.

    Examples
    --------
    >>> spectrum = bissl.analysis.Spectrum(np.array([-0.5, 4.0]), np.eye(2), np.zeros(2), products=8)
    >>> bissl.analysis.conditioning(spectrum, [0.001, 0.1], 10.0).number.shape
    (2, 1)
    """
    _checked(spectrum)
    rows, columns = (_numbers(name, values) for name, values in (("lams", lams), ("dampings", dampings)))
    sums = rows[:, None] + columns[None, :]
    if not np.all(sums > 0):
        raise InvalidArgument("lams, dampings: expected positive sums, got 0: the implicit system divides by it")
    return Conditioning(rows, columns, 1 + spectrum.smallest / sums, 1 + spectrum.largest / sums)


def least_damping(spectrum: Spectrum, lam: float) -> float:
    """The damping above which A is positive definite at this point: max(0, −μ_min − λ).

    Parameters
    ----------
    spectrum : Spectrum
        With its smallest eigenvalue.
    lam : float
        λ ≥ 0.

    Returns
    -------
    float
        The damping.

    Raises
    ------
    TypeError, ValueError
        No spectrum, or one without its lower end; a negative λ.

    Examples
    --------
    >>> spectrum = bissl.analysis.Spectrum(np.array([-0.5, 4.0]), np.eye(2), np.zeros(2), products=8)
    >>> bissl.analysis.least_damping(spectrum, lam=0.1)
    0.4
    """
    return max(0.0, -_checked(spectrum).smallest - checked_number("lam", lam))


def _checked(spectrum: Any) -> Spectrum:
    if not isinstance(spectrum, Spectrum):
        raise wrong_object("spectrum", "what bissl.analysis.hessian_spectrum gives", spectrum)
    return spectrum


def _numbers(name: str, values: float | Sequence[float]) -> np.ndarray:
    if isinstance(values, str | numbers.Number):
        return np.array([checked_number(name, values)])
    array = np.atleast_1d(as_real(values, name))
    if array.ndim != 1 or not len(array):
        raise InvalidArgument(f"{name}: expected a number, or a list of at least one, got shape {array.shape}")
    return np.array([checked_number(name, value) for value in array])
