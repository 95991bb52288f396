"""Writes fcn_tiny.npz: loss and gradients of a tiny FCN (paper, section B.7) as PyTorch computes them, in double precision.

    pip install torch; python fcn_tiny.py

A ResNet of bottlenecks whose layer4 is read at stride 1 with dilation 2 in all its 3x3 convolutions, the head, bilinear
interpolation to the size of the images, cross-entropy over the pixels that are not 255; batch norm in training mode. The
test draws the same parameters, images and labels, so that the file holds results alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTHS, LAYERS, CHANNELS, CLASSES, DILATION = (3, 4, 5, 6), (1, 1, 1, 2), 5, 4, 2


def shapes() -> dict[str, tuple[int, ...]]:
    """Parameters by name, torchvision's for the network and ours for the head."""
    found: dict[str, tuple[int, ...]] = {}

    def convolution(name: str, norm: str, outputs: int, inputs: int, kernel: int) -> None:
        found[f"{name}.weight"] = (outputs, inputs, kernel, kernel)
        found[f"{norm}.weight"] = found[f"{norm}.bias"] = (outputs,)

    convolution("conv1", "bn1", WIDTHS[0], 3, 7)
    inputs = WIDTHS[0]
    for stage, (width, blocks) in enumerate(zip(WIDTHS, LAYERS), 1):
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            convolution(f"{name}.conv1", f"{name}.bn1", width, inputs, 1)
            convolution(f"{name}.conv2", f"{name}.bn2", width, width, 3)
            convolution(f"{name}.conv3", f"{name}.bn3", 4 * width, width, 1)
            if block == 0:
                convolution(f"{name}.downsample.0", f"{name}.downsample.1", 4 * width, inputs, 1)
            inputs = 4 * width
    convolution("fcn.0", "fcn.1", CHANNELS, inputs, 3)
    convolution("fcn.3", "fcn.4", CHANNELS, CHANNELS, 3)
    return found | {"fcn.6.weight": (CLASSES, CHANNELS, 1, 1), "fcn.6.bias": (CLASSES,)}


def parameters() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    drawn = {name: rng.standard_normal(shape) * 0.3 for name, shape in sorted(shapes().items())}
    return {name: values + (values.ndim == 1 and name.endswith("weight")) for name, values in drawn.items()}


def batch() -> tuple[np.ndarray, np.ndarray]:
    """Two images of 64 x 48 pixels, labels of 4 classes, of which a part is left out."""
    rng = np.random.default_rng(12)
    labels = rng.integers(0, CLASSES, (2, 64, 48))
    labels[0, :20], labels[1, :, 30:] = 255, 255
    return rng.standard_normal((2, 64, 48, 3)), labels


def main() -> None:
    import torch
    import torch.nn.functional as F

    p = {name: torch.tensor(values, requires_grad=True) for name, values in parameters().items()}

    def norm(name, x):
        return F.batch_norm(x, None, None, p[f"{name}.weight"], p[f"{name}.bias"], training=True)

    def block(name, x, stride, dilation):
        y = norm(f"{name}.bn1", F.conv2d(x, p[f"{name}.conv1.weight"])).relu()
        y = F.conv2d(y, p[f"{name}.conv2.weight"], stride=stride, padding=dilation, dilation=dilation)
        y = norm(f"{name}.bn3", F.conv2d(norm(f"{name}.bn2", y).relu(), p[f"{name}.conv3.weight"]))
        if f"{name}.downsample.0.weight" in p:
            x = norm(f"{name}.downsample.1", F.conv2d(x, p[f"{name}.downsample.0.weight"], stride=stride))
        return (x + y).relu()

    images, labels = batch()
    x = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    x = norm("bn1", F.conv2d(x, p["conv1.weight"], stride=2, padding=3)).relu()
    x = F.max_pool2d(x, 3, 2, 1)
    for stage, blocks in enumerate(LAYERS, 1):
        for index in range(blocks):
            stride = 2 if index == 0 and stage in (2, 3) else 1
            x = block(f"layer{stage}.{index}", x, stride, 2 if stage == 4 else 1)
    for convolution, name in (("fcn.0", "fcn.1"), ("fcn.3", "fcn.4")):
        x = norm(name, F.conv2d(x, p[f"{convolution}.weight"], padding=DILATION, dilation=DILATION)).relu()
    x = F.conv2d(x, p["fcn.6.weight"], p["fcn.6.bias"])
    x = F.interpolate(x, labels.shape[1:], mode="bilinear", align_corners=False)
    loss = F.cross_entropy(x, torch.tensor(labels), ignore_index=255)
    loss.backward()
    gradients = {name: value.grad.numpy() for name, value in p.items()}
    np.savez_compressed(Path(__file__).with_suffix(".npz"), loss=loss.item(), **gradients)


if __name__ == "__main__":
    main()
