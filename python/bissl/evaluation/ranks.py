"""Effective ranks: how many dimensions features use."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import as_real
from ..errors import InvalidArgument
from ..finite import check_finite

#: Added to shares, and to the variance within images, as both papers' authors do.
_SHARE, _WITHIN = 1e-7, 1e-4


def rankme(features: Any) -> float:
    """RankMe (Garrido et al. 2023, equation 3): exp of the entropy of the singular values' shares.

    features : finite (N, F), N at least 1. Features that are all 0 have rank 0.

    Raises
    ------
    TypeError, ValueError : another shape, NaN or infinity.
    """
    return _effective_rank(np.linalg.svd(_checked(features, "features", 2), compute_uv=False))


def lidar(features: Any) -> float:
    """LiDAR (Thilak et al. 2024, section 4): exp of the entropy of the shares of the eigenvalues of Σ_w^(-1/2) Σ_b Σ_w^(-1/2),
    where each image is a class of its own: Σ_b is the covariance of the images' mean features, Σ_w that of views about their
    image's mean, plus 1e-4 of the identity.

    features : finite (images, views, F), at least 2 of the first two.

    Raises
    ------
    TypeError, ValueError : another shape, NaN or infinity.
    """
    array = _checked(features, "features", 3)
    images, views, size = array.shape
    if images < 2 or views < 2:
        raise InvalidArgument(
            f"features: expected at least 2 views of each of at least 2 images, got {array.shape[:2]}"
        )
    means = array.mean(axis=1)
    about = (array - means[:, None]).reshape(-1, size)
    centred = means - means.mean(axis=0)
    within = about.T @ about / (images * (views - 1)) + _WITHIN * np.eye(size)
    values, vectors = np.linalg.eigh(within)
    whitened = centred @ (vectors / np.sqrt(values))
    return _effective_rank(np.linalg.svd(whitened, compute_uv=False) ** 2 / (images - 1))


def _effective_rank(sizes: np.ndarray) -> float:
    total = sizes.sum()
    if total == 0:
        return 0.0
    shares = sizes / total + _SHARE
    return float(np.exp(-np.sum(shares * np.log(shares))))


def _checked(features: Any, name: str, axes: int) -> np.ndarray:
    array = as_real(features, name)
    if array.ndim != axes or 0 in array.shape:
        raise InvalidArgument(f"{name}: expected {axes} axes, none of them empty, got shape {array.shape}")
    check_finite(array, name)
    return array.astype(np.float64)
