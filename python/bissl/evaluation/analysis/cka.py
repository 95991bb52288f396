"""Similarity of representations that need not share coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidArgument
from ...training.featurechecks import check_spread, checked_features, standardized


def linear_cka(first: Any, second: Any) -> float:
    """Linear centred kernel alignment (Kornblith et al. 2019), in 0..1.

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred features, Frobenius norms. Rotating, shifting or scaling all features of either
    side changes nothing, so that networks of different architectures can be compared; cosine similarity cannot.

    Parameters
    ----------
    first, second : object
        Features (N, M₁) and (N, M₂) of the same N images.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        Another number of images, or features that are the same for all images.

    Examples
    --------
    >>> features = np.random.default_rng(0).normal(size=(10, 3))
    >>> round(bissl.analysis.linear_cka(features, 2 * features[:, ::-1] + 5), 6)
    1.0
    """
    x, y = (_centred(features, name) for features, name in ((first, "first"), (second, "second")))
    if len(x) != len(y):
        raise InvalidArgument(f"first, second: expected features of the same images, got {len(x)} and {len(y)} of them")
    return float(_product_norm(x, y) ** 2 / (_product_norm(x, x) * _product_norm(y, y)))


def _centred(features: Any, name: str) -> np.ndarray:
    array = checked_features(features, name)
    check_spread(array, name)
    return standardized(array)


def _product_norm(x: np.ndarray, y: np.ndarray) -> float:
    """‖YᵀX‖; by way of the smaller of M × M and N × N matrices."""
    if len(x) < min(x.shape[1], y.shape[1]):
        # ‖YᵀX‖² = ⟨XXᵀ, YYᵀ⟩
        return float(np.sqrt(np.sum((x @ x.T) * (y @ y.T))))
    return float(np.linalg.norm(y.T @ x))
