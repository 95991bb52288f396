"""A few directions and what H makes of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._engine import dtype
from ..models.vectors import dot, norm


class Subspace:
    """Orthonormal vectors u₁ … u_k, their images H u_i, and the projection of H on them, which grow by one product at a time.

    Inner products are sums in double precision in a fixed order, whatever the number of threads.
    """

    def __init__(self, product: Callable[[np.ndarray], np.ndarray]) -> None:
        self._product = product
        self.vectors: list[np.ndarray] = []
        self.images: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.vectors)

    def extend(self, direction: np.ndarray) -> bool:
        """Takes in what is new of a direction. Whether there was anything, beyond rounding."""
        new, length = np.array(direction, np.float64), norm(direction)
        for _ in range(2):  # what rounding leaves after the first time, the second takes away
            for vector in self.vectors:
                new -= dot(vector, new) * vector
        left = norm(new)
        if not left > 100 * np.finfo(dtype).eps * length:
            return False
        vector = (new / left).astype(dtype)
        self.images.append(np.asarray(self._product(vector)))
        self.vectors.append(vector)
        return True

    @classmethod
    def krylov(cls, product: Callable[[np.ndarray], np.ndarray], start: np.ndarray, count: int) -> Subspace:
        """The space of start, H·start, … of ``count`` dimensions, or fewer where it is exhausted."""
        space, direction = cls(product), np.asarray(start)
        while len(space) < count and space.extend(direction):
            direction = space.images[-1]
        return space

    def projection(self) -> np.ndarray:
        """(k, k): u_iᵀ H u_j, symmetric."""
        products = np.array([[dot(u, image) for image in self.images] for u in self.vectors])
        products = products.reshape(len(self), len(self))  # an empty space has one of shape (0, 0)
        symmetric: np.ndarray = (products + products.T) / 2
        return symmetric

    def coordinates(self, v: np.ndarray) -> np.ndarray:
        """(k,): u_iᵀ v"""
        return np.array([dot(u, v) for u in self.vectors])


def combination(vectors: list[np.ndarray], factors: np.ndarray, size: int) -> np.ndarray:
    """Σ factor·vector in double precision, (size,)."""
    total = np.zeros(size)
    for vector, factor in zip(vectors, factors, strict=True):
        total += factor * vector
    return total
