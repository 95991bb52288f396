"""What the tests of detection and the script of their golden file draw alike."""

from __future__ import annotations

from typing import Any

import numpy as np

CLASSES, SIZES = 3, (16, 32, 64)
HEAD = {
    "anchors_per_image": 24, "rois_per_image": 12, "proposals": 60, "test_proposals": 30, "pooled_size": 4,
    "score_threshold": 0.2,
}  # fmt: skip
LAM, DAMPING, RATE = 1e-3, 10.0, 0.01


def network() -> dict[str, Any]:
    """Options of `bissl.ResNet`."""
    return {"block": "basic", "layers": (1, 1, 1, 1), "widths": (3, 4, 5, 6), "stem": "imagenet"}


def shapes() -> dict[str, tuple[int, ...]]:
    """Of the network's parameters and the detector's, in the order of their state dicts."""
    found: dict[str, tuple[int, ...]] = {}
    widths = network()["widths"]

    def convolution(name: str, norm: str, outputs: int, inputs: int, kernel: int) -> None:
        found[f"{name}.weight"] = (outputs, inputs, kernel, kernel)
        found[f"{norm}.weight"] = found[f"{norm}.bias"] = (outputs,)

    convolution("conv1", "bn1", widths[0], 3, 7)
    before = widths[0]
    for stage, width in enumerate(widths, 1):
        name = f"layer{stage}.0"
        convolution(f"{name}.conv1", f"{name}.bn1", width, before, 3)
        convolution(f"{name}.conv2", f"{name}.bn2", width, width, 3)
        if before != width:
            convolution(f"{name}.downsample.0", f"{name}.downsample.1", width, before, 1)
        before = width
    anchors, trunk, features = 3 * len(SIZES), widths[2], widths[3]
    layers = {
        "rpn.head.conv.0.0": (trunk, trunk, 3, 3), "rpn.head.cls_logits": (anchors, trunk, 1, 1),
        "rpn.head.bbox_pred": (4 * anchors, trunk, 1, 1),
        "roi_heads.box_predictor.cls_score": (1 + CLASSES, features),
        "roi_heads.box_predictor.bbox_pred": (4 * (1 + CLASSES), features),
    }  # fmt: skip
    for name, shape in layers.items():
        found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return found


def parameters(seed: int = 20) -> dict[str, np.ndarray]:
    """By name; those of the detector do not depend on the seed."""
    rng, other = np.random.default_rng(seed), np.random.default_rng(3)
    drawn = {}
    for name, shape in shapes().items():
        own = name.startswith(("rpn.", "roi_heads."))
        drawn[name] = (other if own else rng).standard_normal(shape) * (0.2 if own else 0.3)
        if not own and len(shape) == 1 and name.endswith("weight"):
            drawn[name] += 1
    return drawn


def images_and_objects() -> tuple[np.ndarray, list[dict[str, np.ndarray]], np.ndarray]:
    """Three images, the second smaller than the batch and the third without objects."""
    rng = np.random.default_rng(4)
    images = rng.standard_normal((3, 96, 128, 3))
    sizes = np.array([[96, 128], [70, 101], [96, 90]])
    images[1, 70:], images[1, :, 101:], images[2, :, 90:] = 0, 0, 0
    boxes = [
        [[3, 5, 44, 60], [40, 30, 110, 90], [60, 10, 76, 25]],
        [[20, 8, 90, 66], [1, 40, 22, 62]],
        np.zeros((0, 4)),
    ]
    labels = [[0, 2, 1], [1, 0], []]
    objects = [
        {"boxes": np.array(each, np.float64), "labels": np.array(numbers, np.int64)}
        for each, numbers in zip(boxes, labels)
    ]
    return images, objects, sizes


def anchor_boxes() -> tuple[np.ndarray, np.ndarray]:
    """Candidates and objects with equal overlaps among them."""
    rng = np.random.default_rng(5)
    corners = rng.integers(0, 60, (80, 2))
    candidates = np.concatenate([corners, corners + rng.integers(8, 40, (80, 2))], axis=1).astype(np.float64)
    objects = np.concatenate([candidates[[3, 40, 41]] + [1, 0, 1, 0], [[0, 0, 30, 30], [50, 50, 70, 80]]])
    return np.concatenate([candidates, candidates[:20]]), objects


def boxes_with_ties() -> tuple[np.ndarray, np.ndarray]:
    """Boxes and scores, many of which are equal."""
    rng = np.random.default_rng(6)
    corners = rng.integers(0, 50, (300, 2))
    boxes = np.concatenate([corners, corners + rng.integers(5, 30, (300, 2))], axis=1).astype(np.float64)
    return boxes, rng.integers(0, 40, 300) / 40


def outputs_of_rois() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, deltas and RoIs of an image of 60 x 90 pixels."""
    rng = np.random.default_rng(7)
    corners = rng.uniform(0, 50, (40, 2))
    rois = np.concatenate([corners, corners + rng.uniform(5, 30, (40, 2))], axis=1)
    return 2 * rng.standard_normal((40, 1 + CLASSES)), 2 * rng.standard_normal((40, 4 * (1 + CLASSES))), rois


def outputs_of_proposals() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, deltas and anchors of an image of 60 x 90 pixels."""
    rng = np.random.default_rng(8)
    corners = rng.uniform(-10, 80, (200, 2))
    anchors = np.concatenate([corners, corners + rng.uniform(5, 30, (200, 2))], axis=1)
    return rng.standard_normal(200), 0.4 * rng.standard_normal((200, 4)), anchors


def views() -> tuple[np.ndarray, np.ndarray]:
    """Two views of four images, for the pretext task."""
    rng = np.random.default_rng(9)
    images = rng.standard_normal((4, 32, 32, 3))
    return images + 0.3 * rng.standard_normal(images.shape), images + 0.3 * rng.standard_normal(images.shape)


def _projector() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(10)
    width = network()["widths"][3]
    shapes = {"0.weight": (7, width), "0.bias": (7,), "1.weight": (7,), "1.bias": (7,), "3.weight": (5, 7)}
    return {f"projector.{name}": rng.standard_normal(shape) for name, shape in shapes.items()}


PROJECTOR = _projector()
