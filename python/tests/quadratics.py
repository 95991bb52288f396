"""A pretext loss ½ θᵀHθ + θᵀBφ + ½ φᵀCφ of any H, so that implicit terms have closed forms."""

from __future__ import annotations

import numpy as np

import bissl
from bissl import ops

#: Pixels of the images, which are the unit vectors: features of all of them are the weights themselves.
PIXELS = 12


class Linear(bissl.Backbone):
    """Features = pixels times a matrix (PIXELS, width): width·PIXELS parameters."""

    def __init__(self, width: int = 3, seed: int = 0) -> None:
        super().__init__(num_features=width, seed=seed)
        self.weight = self.add_parameter("weight", (PIXELS, width), init="zeros")

    def features(self, images):
        return ops.matmul(ops.reshape(images, (images.shape[0], PIXELS)), self.weight)


class Quadratic(bissl.Pretext):
    """½ θᵀHθ + bᵀθ, and, where ``coupling`` (n, m) is given, θᵀBφ + ½ c‖φ‖²."""

    views = 1

    def __init__(self, net, hessian, slope=None, coupling=None, head_curvature=1.0) -> None:
        size = len(hessian)
        self.hessian = np.asarray(hessian, bissl.precision)
        self.slope = np.zeros(size, bissl.precision) if slope is None else np.asarray(slope, bissl.precision)
        self.coupling = np.zeros((size, 1)) if coupling is None else coupling
        self.head_curvature = head_curvature
        super().__init__(net, bissl.Parameters(phi=np.zeros((self.coupling.shape[1], 1))))

    def loss(self, features):
        theta = ops.reshape(features, (len(self.hessian), 1))
        phi = self.head["phi"]
        own = ops.sum(theta * ops.matmul(self.hessian, theta)) * 0.5 + ops.sum(theta * self.slope[:, None])
        joint = ops.sum(theta * ops.matmul(np.asarray(self.coupling, bissl.precision), phi))
        return own + joint + ops.sum(phi * phi) * (0.5 * self.head_curvature)


UNITS = np.eye(PIXELS, dtype=np.float32).reshape(PIXELS, 2, 2, 3)
LABELLED = (UNITS, np.arange(PIXELS) % 3)


def symmetric(eigenvalues, seed: int = 0) -> np.ndarray:
    """A dense symmetric matrix with these eigenvalues."""
    size = len(eigenvalues)
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]
    return basis * eigenvalues @ basis.T


def quadratic_loop(hessian, *, slope=None, coupling=None, head_curvature=1.0, **settings) -> bissl.Bilevel:
    """Both levels at θ_D = θ_P, the minimum of the lower level unless a slope is given; steps of rate 0 leave them there."""
    net = Linear(len(hessian) // PIXELS)
    rng = np.random.default_rng(7)
    net.vector[:] = rng.normal(size=net.vector.size) / np.sqrt(net.vector.size)
    slope = -np.asarray(hessian) @ np.asarray(net.vector, np.float64) if slope is None else slope
    pretext = Quadratic(net, hessian, slope, coupling, head_curvature)
    options = {"lower_optimizer": bissl.SGD(lr=0.0), "upper_optimizer": bissl.SGD(lr=0.0)}
    return bissl.Bilevel(pretext, bissl.Classifier(net.num_features, 3), **options | settings)


def upper(loop: bissl.Bilevel, times: int = 1) -> bissl.UpperInfo:
    """The last of some upper steps after a linearization."""
    loop.linearize(UNITS)
    for _ in range(times):
        info = loop.upper_step(LABELLED)
    return info


def exact(hessian, v, rho: float) -> np.ndarray:
    """ρ(H + ρI)⁻¹v"""
    return rho * np.linalg.solve(hessian + rho * np.eye(len(hessian)), np.asarray(v, np.float64))


def distance(x, y) -> float:
    return float(np.linalg.norm(np.asarray(x, np.float64) - y) / np.linalg.norm(y))
