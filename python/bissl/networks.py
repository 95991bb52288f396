"""Backbones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _engine
from .errors import (
    InvalidArgument,
    WrongType,
    check_option,
    checked_integer,
    checked_number,
    checked_seed,
)
from .inputs import float_images
from .modules import Module, refuse_methods
from .weights.matching import BESIDE_BACKBONES
from .weights.positions import fixed_positions, learned_positions

#: Images that evaluation takes at a time, so that memory does not grow with the data set.
_EVALUATION_BATCH = 256


class Backbone(Module):
    """A network from images to features."""

    _beside = BESIDE_BACKBONES

    #: The keyword arguments that make a network of this architecture.
    _options: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_methods(cls, ("__call__", "observe"))

    @classmethod
    def _check_option(cls, name: str) -> None:
        check_no_pretrained(name)
        super()._check_option(name)

    @property
    def num_features(self) -> int:
        """Features per image."""
        return self._outputs

    def __call__(self, images: Any) -> np.ndarray:
        """Features (N, num_features) of normalised float images (N, H, W, 3), in evaluation mode."""
        images = float_images(images)
        return np.concatenate(
            [
                self._apply(images[start : start + _EVALUATION_BATCH])
                for start in range(0, len(images), _EVALUATION_BATCH)
            ]
        )

    def observe(self, images: Any) -> None:
        """Moves the running statistics of batch norm by one training-mode pass over ``images`` (N, H, W, 3), as one
        batch; parameters stay. Called on downstream batches, it recalibrates a backbone (paper, section B.10)."""
        _engine.module_observe(self._handle, float_images(images))

    def _key_draws(self, seed: int) -> None:
        """Makes what the network draws at random in training follow from this seed. Stages call it on their copies."""

    def _arguments(self) -> dict[str, Any]:
        return dict(self._options)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._options.items())
        return f"{type(self).__name__}({options})"


def check_no_pretrained(option: str) -> None:
    """InvalidArgument for the options by which other libraries download weights."""
    if option in ("pretrained", "weights", "checkpoint_path"):
        raise InvalidArgument(
            f"{option}: bissl downloads no weights; make the network without it and load a file, such as one of "
            "torchvision's or timm's: net.load_weights(path)"
        )


class ResNet(Backbone):
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

    _fixed = ("block", "layers", "widths", "stem", "activation", "seed")

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
            "layers": checked_integers("layers", layers),
            "widths": checked_integers("widths", widths),
            "stem": check_option("stem", stem, ("imagenet", "small")),
            "activation": check_option("activation", activation, ("relu", "gelu")),
            "seed": checked_seed("seed", seed),
        }
        self._fix(**self._options)
        super().__init__(_engine.resnet_create(*self._options.values()))


class VisionTransformer(Backbone):
    """Vision transformer (Dosovitskiy et al. 2021) with the parameter names and layouts of timm and MAE; pre-norm blocks,
    exact GELU, LayerNorm ε 1e-6.

    Parameters
    ----------
    image_size, patch_size : pixels along a side; the first a multiple of the second.
    width : features of a token, a multiple of ``heads`` (and of 4 for sine-cosine positions).
    depth : blocks.
    heads : of the attention.
    mlp_ratio : width of the MLPs' hidden layer over ``width``.
    positions : "sincos" (two-dimensional sine-cosine, fixed: ``pos_embed`` can be loaded but is not trained, and is not
        part of ``vector``) or "learned" (``pos_embed`` is a parameter).
    pooling : what the features are: the "class" token after the last norm, or the "mean" of the patches' tokens after it.
    drop_path : probability in [0, 1) of leaving a residual branch of the last block out for an image, in training; it
        grows linearly from 0 at the first block. None drops none here and leaves the choice to stages that fine-tune
        (`bissl.FineTune` takes 0.1); a number, 0 too, is kept by them. MAE's encoder never drops. Draws depend on the
        seed (in a stage, on its ``random_state``), the batch and the number of training steps made
        (``drop_path.num_batches_tracked`` of the state dict), so that asking for a gradient twice answers the same.
    seed : of the initial parameters (Xavier uniform, tokens normal with deviation 0.02), a non-negative integer.

    Raises
    ------
    ValueError : an option or number out of range; sizes that do not fit name the nearest valid ones.
    """

    _fixed = (
        "image_size", "patch_size", "width", "depth", "heads", "mlp_ratio", "positions", "pooling", "drop_path", "seed",
    )  # fmt: skip

    def __init__(
        self,
        image_size: int = 96,
        patch_size: int = 8,
        width: int = 384,
        depth: int = 12,
        heads: int = 6,
        mlp_ratio: float = 4.0,
        positions: str = "sincos",
        pooling: str = "class",
        drop_path: float | None = None,
        seed: int = 0,
    ) -> None:
        sizes = {"image_size": image_size, "patch_size": patch_size, "width": width, "depth": depth, "heads": heads}
        self._options = {
            **{name: checked_integer(name, size, 1) for name, size in sizes.items()},
            "mlp_ratio": checked_number("mlp_ratio", mlp_ratio, above=0),
            "positions": check_option("positions", positions, ("sincos", "learned")),
            "pooling": check_option("pooling", pooling, ("class", "mean")),
            "drop_path": None if drop_path is None else checked_number("drop_path", drop_path),
            "seed": checked_seed("seed", seed),
        }
        self._fix(**self._options)
        arguments = self._options | {"mlp_ratio": int(width * mlp_ratio), "drop_path": drop_path or 0.0}
        super().__init__(_engine.vit_create(*arguments.values()))

    @property
    def num_patches(self) -> int:
        """Patches per image."""
        return (self.image_size // self.patch_size) ** 2

    @property
    def drop_path(self) -> float:
        """Probability of leaving a residual branch of the last block out in training."""
        return self._options["drop_path"] or 0.0

    @property
    def states_drop_path(self) -> bool:
        """Whether ``drop_path`` was given as a number, which stages keep."""
        return self._options["drop_path"] is not None

    def with_drop_path(self, drop_path: float | None) -> VisionTransformer:
        """A copy that drops residual branches with this probability in training. ValueError outside [0, 1)."""
        return self._with(drop_path=drop_path)

    def _with(self, **changes: Any) -> VisionTransformer:
        """A copy with other options that leave the parameters as they are."""
        twin = VisionTransformer(**self._options | changes)
        state = self.state_dict()
        twin.load_state_dict({name: value for name, value in state.items() if name in twin._names})
        return twin

    def _key_draws(self, seed: int) -> None:
        if self.drop_path:
            self.__dict__.update(vars(self._with(seed=seed)))

    def _instead(self, name: str) -> str:
        return "make a copy by net.with_drop_path(...)" if name == "drop_path" else super()._instead(name)

    def _adapt(self, found: dict[str, Any], resize_positions: bool) -> list[str]:
        shape = self._shapes["pos_embed"]
        if self._options["positions"] == "learned":
            return learned_positions(found, "pos_embed", shape, resize_positions)
        return fixed_positions(found, "pos_embed", shape, sincos_positions)


def checked_integers(name: str, values: Any) -> tuple[int, ...]:
    """Whole numbers of at least 1, such as widths of layers."""
    if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
        raise WrongType(f"{name}: expected several integers such as (64, 128), got {type(values).__name__}")
    return tuple(checked_integer(f"{name}[{place}]", value, 1) for place, value in enumerate(values))


def sincos_positions(side: int, width: int) -> np.ndarray:
    """The fixed positions of side × side patches and the class token, (1, 1 + side², width), as the engine makes them."""
    net = VisionTransformer(image_size=side, patch_size=1, width=width, depth=1, heads=1, mlp_ratio=1)
    return net.state_dict()["pos_embed"]


def vit_tiny(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Tiny. ``options``: those of `VisionTransformer` but width, depth, heads."""
    return VisionTransformer(patch_size=patch_size, width=192, depth=12, heads=3, **options)


def vit_small(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Small. ``options``: those of `VisionTransformer` but width, depth, heads."""
    return VisionTransformer(patch_size=patch_size, width=384, depth=12, heads=6, **options)


def vit_base(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Base. ``options``: those of `VisionTransformer` but width, depth, heads."""
    return VisionTransformer(patch_size=patch_size, width=768, depth=12, heads=12, **options)


def resnet18(**options: Any) -> ResNet:
    """ResNet-18. ``options``: those of `ResNet` but block, layers."""
    return ResNet("basic", (2, 2, 2, 2), **options)


def resnet34(**options: Any) -> ResNet:
    """ResNet-34. ``options``: those of `ResNet` but block, layers."""
    return ResNet("basic", (3, 4, 6, 3), **options)


def resnet50(**options: Any) -> ResNet:
    """ResNet-50. ``options``: those of `ResNet` but block, layers."""
    return ResNet("bottleneck", (3, 4, 6, 3), **options)
