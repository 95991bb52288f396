"""Backbones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _engine
from .errors import check_option
from .inputs import float_images
from .modules import Module

#: Images that evaluation takes at a time, so that memory does not grow with the data set.
_EVALUATION_BATCH = 256


class ResNet(Module):
    """ResNet (He et al. 2016) with torchvision's parameter names and layouts; stride in the 3×3 of bottlenecks.

    Parameters
    ----------
    block : "basic" or "bottleneck" (four times as many outputs as its width).
    layers : residual blocks per stage.
    widths : channels per stage; each stage after the first halves the resolution.
    stem : "imagenet" (7×7, stride 2, then 3×3 max-pooling) or "small" (3×3, stride 1, no pooling; images up to 64 px).
    activation : "relu", or "gelu" for a network that is smooth everywhere.
    seed : of the initial parameters (Kaiming normal, fan-out), a non-negative integer.

    Raises
    ------
    ValueError : an option or number out of range.
    """

    def __init__(
        self,
        block: str = "basic",
        layers: Sequence[int] = (2, 2, 2, 2),
        widths: Sequence[int] = (64, 128, 256, 512),
        stem: str = "imagenet",
        activation: str = "relu",
        seed: int = 0,
    ) -> None:
        self._options = {
            "block": check_option("block", block, ("basic", "bottleneck")),
            "layers": tuple(layers),
            "widths": tuple(widths),
            "stem": check_option("stem", stem, ("imagenet", "small")),
            "activation": check_option("activation", activation, ("relu", "gelu")),
        }
        super().__init__(_engine.resnet_create(*self._options.values(), seed))

    @property
    def num_features(self) -> int:
        """Features per image."""
        return self._outputs

    def __call__(self, images: Any) -> np.ndarray:
        """Features (N, num_features) of normalised float images (N, H, W, 3), in evaluation mode."""
        images = float_images(images)
        return np.concatenate(
            [self._apply(images[start : start + _EVALUATION_BATCH]) for start in range(0, len(images), _EVALUATION_BATCH)]
        )

    def observe(self, images: Any) -> None:
        """Moves the running statistics of batch norm by one training-mode pass over ``images`` (N, H, W, 3), as one
        batch; parameters stay. Called on downstream batches, it recalibrates a backbone (paper, section B.10)."""
        _engine.module_observe(self._handle, float_images(images))

    def _arguments(self) -> dict[str, Any]:
        return dict(self._options)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"ResNet({options})"


def resnet18(**options: Any) -> ResNet:
    """ResNet-18. ``options``: those of `ResNet` but block, layers."""
    return ResNet("basic", (2, 2, 2, 2), **options)


def resnet34(**options: Any) -> ResNet:
    """ResNet-34. ``options``: those of `ResNet` but block, layers."""
    return ResNet("basic", (3, 4, 6, 3), **options)


def resnet50(**options: Any) -> ResNet:
    """ResNet-50. ``options``: those of `ResNet` but block, layers."""
    return ResNet("bottleneck", (3, 4, 6, 3), **options)
