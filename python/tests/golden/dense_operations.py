"""Writes dense_operations.npz: what torchvision and PyTorch make of the operations that detection and segmentation need, in
double precision: values y and gradients of sum(y·c).

    pip install torch torchvision; python dense_operations.py

The tests draw the same inputs (`drawn`), so that the file holds results alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

ROI_ALIGN = {
    "authors": {"output_size": (14, 14), "sampling_ratio": 2, "aligned": False},
    "detectron2": {"output_size": (7, 5), "sampling_ratio": 0, "aligned": True},
    "adaptive": {"output_size": (3, 2), "sampling_ratio": 0, "aligned": False},
    "aligned": {"output_size": (2, 7), "sampling_ratio": 3, "aligned": True},
}
INTERPOLATE = {"up": (37, 50), "down": (4, 3), "mixed": (5, 31), "one": (1, 1), "same": (9, 12)}


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def boxes() -> tuple[np.ndarray, np.ndarray]:
    """Boxes of two images of 144 x 192 pixels, some beyond them, some without area; and which image each lies in."""
    rng = np.random.default_rng(5)
    corners = rng.uniform(-60, 250, (40, 2, 2))
    corners.sort(axis=1)
    corners[:3, 1] = corners[:3, 0]
    corners[3] = [[0, 0], [192, 144]]
    corners[4] = [[-900, -900], [1900, 1440]]
    corners[5] = [[300, 300], [400, 400]]
    return corners.reshape(-1, 4), rng.integers(0, 2, 40)


def main() -> None:
    import torch
    import torch.nn.functional as F
    from torchvision.ops import roi_align

    def recorded(x: np.ndarray, function, maps: bool) -> tuple[np.ndarray, np.ndarray]:
        """y and the gradient of sum(y·c), channels last where x are maps."""
        x = torch.tensor(x.transpose(0, 3, 1, 2) if maps else x, requires_grad=True)
        y = function(x)
        shape = (y.shape[0], *y.shape[2:], y.shape[1]) if maps else tuple(y.shape)
        c = drawn(99, *shape)
        (y * torch.tensor(c.transpose(0, 3, 1, 2) if maps else c)).sum().backward()
        results = (y.detach().numpy(), x.grad.numpy())
        return tuple(np.moveaxis(each, 1, -1) for each in results) if maps else results

    found = {}

    def record(name: str, x: np.ndarray, function, maps: bool = False) -> None:
        found[f"{name}.value"], found[f"{name}.gradient"] = recorded(x, function, maps)

    corners, images = boxes()
    rois = torch.tensor(np.concatenate([images[:, None], corners], axis=1))
    for name, options in ROI_ALIGN.items():
        record(
            f"roi_align.{name}",
            drawn(1, 2, 9, 12, 3),
            lambda x, o=options: roi_align(x, rois, spatial_scale=1 / 16, **o),
            True,
        )
    for name, size in INTERPOLATE.items():
        resized = lambda x, s=size: F.interpolate(x, s, mode="bilinear", align_corners=False)  # noqa: E731
        record(f"interpolate.{name}", drawn(2, 2, 9, 12, 3), resized, True)
    logits, labels = drawn(3, 50, 7) * 3, torch.tensor(np.random.default_rng(4).integers(0, 7, 50))
    labels[::4] = 255
    record("cross_entropy", logits, lambda x: F.cross_entropy(x, labels, ignore_index=255))
    classes = torch.tensor(np.arange(1.0, 8.0))
    record("cross_entropy.weights", logits, lambda x: F.cross_entropy(x, labels, weight=classes, ignore_index=255))
    targets, weights = torch.tensor(drawn(6, 50, 7)), torch.tensor(drawn(7, 50, 7) ** 2)
    for beta in (0.0, 1 / 9, 1.0):
        for reduction in ("mean", "sum"):
            record(
                f"smooth_l1.{beta:.2f}.{reduction}",
                logits,
                lambda x, b=beta, r=reduction: F.smooth_l1_loss(x, targets, beta=b, reduction=r),
            )
    bce = F.binary_cross_entropy_with_logits
    for name, given in {"soft": targets.sigmoid(), "hard": (targets > 0).double()}.items():
        record(f"bce.{name}", logits, lambda x, t=given: bce(x, t))
        record(f"bce.{name}.weights", logits, lambda x, t=given: bce(x, t, weight=weights, reduction="sum"))
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **found)


if __name__ == "__main__":
    main()
