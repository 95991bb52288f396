"""What the benchmarks compute: objectives with seeded parameters, and seeded batches for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import bissl
from bissl import ops

#: Of the downstream data in the bilevel rows.
CLASSES = 37


class FeaturePower(bissl.Pretext):
    """mean(features²) over a batch of images: the plainest loss that has a backbone's whole second derivative."""

    views = 1

    def __init__(self, net: bissl.ResNet) -> None:
        super().__init__(net, bissl.Parameters(unused=np.zeros(1)))

    def loss(self, features: ops.Variable) -> ops.Variable:
        return ops.mean(features * features)


@dataclass(frozen=True)
class Workload:
    """An objective and one batch for it.

    batch : the arrays of the pretext batch; images are float32 (N, H, W, 3).
    downstream, labelled : of the bilevel rows, the classifier and its batch (images, labels).
    iterations : N_c of the conjugate gradients.
    direction : of the Hessian products, flat float32.
    """

    pretext: bissl.Pretext
    batch: tuple[np.ndarray, ...]
    downstream: bissl.Classifier | None = None
    labelled: tuple[np.ndarray, np.ndarray] | None = None
    iterations: int = 5
    direction: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        size = self.pretext.backbone.vector.size
        object.__setattr__(self, "direction", np.random.default_rng(1).standard_normal(size, np.float32))


def features(net: Callable[[], bissl.ResNet], images: int, size: int) -> Workload:
    """mean(features²) of ``net`` over ``images`` of ``size`` pixels."""
    return Workload(FeaturePower(net()), (normal(0, images, size),))


def simclr(net: Callable[[], bissl.ResNet], pairs: int, size: int, images: int, iterations: int = 5) -> Workload:
    """SimCLR on ``pairs`` below, classification of ``images`` above with ``iterations`` of conjugate gradients."""
    pretext = bissl.SimCLR(net())
    labels = np.random.default_rng(2).integers(0, CLASSES, images)
    return Workload(
        pretext,
        (normal(0, pairs, size), normal(3, pairs, size)),
        bissl.Classifier(pretext.backbone.num_features, CLASSES),
        (normal(4, images, size), labels),
        iterations,
    )


def mae(net: Callable[..., bissl.VisionTransformer], images: int, size: int, **decoder: int) -> Workload:
    """MAE with three quarters of the patches removed; ``decoder``: options of `bissl.MAE`."""
    pretext = bissl.MAE(net(image_size=size), **decoder)
    noise = np.random.default_rng(5).random((images, pretext.backbone.num_patches))
    return Workload(pretext, (normal(0, images, size), noise))


def normal(seed: int, images: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((images, size, size, 3), np.float32)
