"""What the benchmarks compute: objectives with seeded parameters, and seeded batches for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import bissl
from bissl import ops

#: Of the downstream data in the bilevel rows.
CLASSES = 37


class FeaturePower(bissl.Pretext):
    """mean(features²) over a batch of images: the plainest loss that has a backbone's whole second derivative."""

    views = 1

    def __init__(self, net: bissl.Backbone) -> None:
        super().__init__(net, bissl.Parameters(unused=np.zeros(1)))

    def loss(self, features: ops.Variable) -> ops.Variable:
        return ops.mean(features * features)


class Segmentation(bissl.Pretext):
    """The loss of a `bissl.FCN` on a network: what its upper level differentiates, as an objective of both."""

    views = 1

    def __init__(self, net: bissl.ResNet, **options: int) -> None:
        self.fcn = bissl.FCN(net, **options)
        super().__init__(net, self.fcn.head)
        self.maps = self.fcn.maps

    def prepare(self, batch: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        return self.fcn.prepare(batch)

    def loss(self, *batch: Any) -> ops.Variable:
        return self.fcn.loss(*batch)


class Detection(bissl.Pretext):
    """The loss of `bissl.FasterRCNN.small` on a network; a batch is images, boxes (N, K, 4) and their labels (N, K)."""

    views = 1

    def __init__(self, net: bissl.ResNet, **options: Any) -> None:
        self.detector = bissl.FasterRCNN.small(net, **options)
        super().__init__(net, self.detector.head)
        self.maps = self.detector.maps

    def prepare(self, batch: Sequence[np.ndarray]) -> Sequence[Any]:
        images, boxes, labels = batch
        objects = [{"boxes": own, "labels": kinds} for own, kinds in zip(boxes, labels, strict=True)]
        return self.detector.prepare((images, objects))

    def loss(self, *batch: Any) -> ops.Variable:
        return self.detector.loss(*batch)


class Depthwise(bissl.Backbone):
    """Depthwise 7×7 convolutions on the channels that a 4×4 stem makes of every fourth pixel, as in ConvNeXt's first stage,
    with a GELU behind each and nothing else."""

    def __init__(self, width: int = 96, depth: int = 3, seed: int = 0) -> None:
        super().__init__(num_features=width, seed=seed)
        self.stem = self.add_parameter("stem.weight", (width, 3, 4, 4))
        self.layers = [self.add_parameter(f"layers.{place}.weight", (width, 1, 7, 7)) for place in range(depth)]

    def features(self, images: ops.Variable) -> ops.Variable:
        x = ops.conv2d(images, self.stem, stride=4)
        for weight in self.layers:
            x = ops.gelu(ops.conv2d(x, weight, padding=3, groups=x.shape[-1]))
        return ops.global_avg_pool(x)


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


def features(net: Callable[[], bissl.Backbone], images: int, size: int) -> Workload:
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


def segmentation(net: Callable[[], bissl.ResNet], images: int, height: int, width: int, **head: int) -> Workload:
    """An FCN of 21 classes on ``images`` of this size, a tenth of whose pixels are left out; ``head``: options of
    `bissl.FCN`."""
    labels = np.random.default_rng(6).integers(0, 21, (images, height, width)).astype(np.uint8)
    labels[:, : height // 10] = 255
    return Workload(Segmentation(net(), **head), (normal(0, images, height, width), labels))


def detection(
    net: Callable[[], bissl.ResNet], images: int, height: int, width: int, objects: int = 4, classes: int = 20
) -> Workload:
    """A small Faster R-CNN on ``images`` of this size with so many objects each, of an eighth to a half of their sides."""
    random = np.random.default_rng(6)
    extent = np.array([width, height])
    sides = random.uniform(1 / 8, 1 / 2, (images, objects, 2)) * extent
    corners = random.uniform(0, 1, sides.shape) * (extent - sides)
    boxes = np.concatenate([corners, corners + sides], -1).astype(np.float32)
    labels = random.integers(0, classes, (images, objects))
    return Workload(Detection(net(), num_classes=classes), (normal(0, images, height, width), boxes, labels))


def normal(seed: int, images: int, height: int, width: int | None = None) -> np.ndarray:
    """Square unless a width is given."""
    shape = (images, height, height if width is None else width, 3)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)
