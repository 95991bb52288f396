"""Backbones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .._engine import LARGEST
from ..errors import (
    InvalidArgument,
    check_option,
    checked_flag,
    checked_integer,
    checked_number,
    checked_real,
    checked_seed,
)
from ..weights.positions import fixed_positions, learned_positions
from .backbone import EngineBackbone
from .extents import checked_integers
from .module import Blueprint

if TYPE_CHECKING:
    from typing import Self

Network = TypeVar("Network", bound=EngineBackbone)


class ResNet(EngineBackbone):
    """ResNet (He et al. 2016) with torchvision's parameter names and layouts; stride in the 3×3 of bottlenecks.

    Parameters
    ----------
    block : str, default "basic"
        "basic" or "bottleneck" (four times as many outputs as its width).
    layers : sequence of int, default (2, 2, 2, 2)
        Residual blocks per stage.
    widths : sequence of int, default (64, 128, 256, 512)
        Channels per stage; each stage after the first halves the resolution.
    stem : str, default "imagenet"
        "imagenet" (7×7, stride 2, then 3×3 max-pooling) or "small" (3×3, stride 1, no pooling; images up to 64 px).
    activation : str, default "relu"
        "relu", or "gelu" for a network that is smooth everywhere.
    seed : int, default 0
        Seed of the initial parameters (Kaiming normal, fan-out), a non-negative integer.

    Raises
    ------
    ValueError
        An option or number out of range.

    Examples
    --------
    >>> net = bissl.ResNet("basic", layers=(1, 1), widths=(8, 16), stem="small")
    >>> net(np.zeros((2, 16, 16, 3))).shape, list(net.feature_maps(np.zeros((2, 16, 16, 3))))
    ((2, 16), ['stem', 'layer1', 'layer2'])
    """

    block: str
    layers: tuple[int, ...]
    widths: tuple[int, ...]
    stem: str
    activation: str
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
        super().__init__("resnet", self._options)


class DropsPaths(EngineBackbone):
    """A network of residual blocks whose branches may be left out in training (stochastic depth, Huang et al. 2016)."""

    @property
    def drop_path(self) -> float:
        """Probability of leaving a residual branch of the last block out in training."""
        return self._options["drop_path"] or 0.0

    @property
    def states_drop_path(self) -> bool:
        """Whether ``drop_path`` was given as a number, which stages keep."""
        return self._options["drop_path"] is not None

    def with_drop_path(self, drop_path: float | None) -> Self:
        """A copy that drops residual branches with this probability in training. ValueError outside [0, 1)."""
        return self._with(drop_path=None if drop_path is None else checked_number("drop_path", drop_path))

    def _with(self, **changes: Any) -> Self:
        """A copy with another ``drop_path`` or ``seed``, which leave the parameters as they are."""
        options = self._options | changes
        settings = self._blueprint.settings | {"drop_path": options["drop_path"] or 0.0}
        blueprint = Blueprint(self._blueprint.kind, settings, options["seed"])
        twin = self._twin(blueprint.made(self._division))
        twin._blueprint, twin._options = blueprint, options
        twin._fix(**{name: value for name, value in changes.items() if name in vars(twin)})
        state = self.state_dict()
        twin.load_state_dict({name: value for name, value in state.items() if name in twin._names})
        return twin

    def _key_draws(self, seed: int) -> None:
        if self.drop_path:
            self.__dict__.update(vars(self._with(seed=seed)))

    def _instead(self, name: str) -> str:
        return "make a copy by net.with_drop_path(...)" if name == "drop_path" else super()._instead(name)


class VisionTransformer(DropsPaths):
    """Vision transformer (Dosovitskiy et al. 2021) with the parameter names and layouts of timm and MAE; pre-norm blocks,
    exact GELU, LayerNorm ε 1e-6.

    Parameters
    ----------
    image_size, patch_size : int, optional
        Pixels along a side; the first a multiple of the second.
    width : int, default 384
        Features of a token, a multiple of ``heads`` (and of 4 for sine-cosine positions).
    depth : int, default 12
        Blocks.
    heads : int, default 6
        Heads of the attention.
    mlp_ratio : float, default 4.0
        Width of the MLPs' hidden layer over ``width``.
    positions : str, default "sincos"
        "sincos" (two-dimensional sine-cosine, fixed: ``pos_embed`` can be loaded but is not trained, and is not part
        of ``vector``) or "learned" (``pos_embed`` is a parameter).
    pooling : str, default "class"
        What the features are: the "class" token after the last norm, or the "mean" of the patches' tokens after it.
    drop_path : float or None, optional
        Probability in [0, 1) of leaving a residual branch of the last block out for an image, in training; it grows
        linearly from 0 at the first block. None drops none here and leaves the choice to stages that fine-tune
        (`bissl.FineTune` takes 0.1); a number, 0 too, is kept by them. MAE's encoder never drops. Draws depend on the
        seed (in a stage, on its ``random_state``), the batch and the number of training steps made
        (``drop_path.num_batches_tracked`` of the state dict), so that asking for a gradient twice answers the same.
    reg_tokens : int, default 0
        Register tokens between the class token and the patches (Darcet et al. 2024), as in DINOv2.
    init_values : float or None, optional
        What the factors of each block's branches begin with (LayerScale, Touvron et al. 2021); None has none.
    prefix_positions : bool, default True
        Whether the class token and the registers have positions too; False is timm's ``no_embed_class``.
    seed : int, default 0
        Seed of the initial parameters (Xavier uniform, tokens normal with deviation 0.02), a non-negative integer.

    Raises
    ------
    ValueError
        An option or number out of range; sizes that do not fit name the nearest valid ones.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=8, width=16, depth=1, heads=2)
    >>> net.num_patches, net(np.zeros((2, 16, 16, 3))).shape
    (4, (2, 16))
    """

    image_size: int
    patch_size: int
    width: int
    depth: int
    heads: int
    _fixed = (
        "image_size", "patch_size", "width", "depth", "heads", "mlp_ratio", "positions", "pooling", "drop_path",
        "reg_tokens", "init_values", "prefix_positions", "seed",
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
        reg_tokens: int = 0,
        init_values: float | None = None,
        prefix_positions: bool = True,
        seed: int = 0,
    ) -> None:
        sizes = {"image_size": image_size, "patch_size": patch_size, "width": width, "depth": depth, "heads": heads}
        self._options = {
            **{name: checked_integer(name, size, 1) for name, size in sizes.items()},
            "mlp_ratio": checked_number("mlp_ratio", mlp_ratio, above=0),
            "positions": check_option("positions", positions, ("sincos", "learned")),
            "pooling": check_option("pooling", pooling, ("class", "mean")),
            "drop_path": None if drop_path is None else checked_number("drop_path", drop_path),
            "reg_tokens": checked_integer("reg_tokens", reg_tokens, 0),
            "init_values": None if init_values is None else checked_real("init_values", init_values, LARGEST),
            "prefix_positions": checked_flag("prefix_positions", prefix_positions),
            "seed": checked_seed("seed", seed),
        }
        self._fix(**self._options)
        super().__init__(
            "vision_transformer",
            {name: value for name, value in self._options.items() if name != "mlp_ratio"}
            | {"hidden": int(width * mlp_ratio), "drop_path": self.drop_path}
            | {"init_values": () if init_values is None else init_values},
        )

    @property
    def num_patches(self) -> int:
        """Patches per image."""
        return (self.image_size // self.patch_size) ** 2

    @property
    def num_prefix_tokens(self) -> int:
        """Tokens before the patches: the class token and the registers."""
        registers: int = self._options["reg_tokens"]
        return 1 + registers

    def _adapt(self, found: dict[str, Any], resize_positions: bool) -> list[str]:
        shape, prefix = self._shapes["pos_embed"], self.num_prefix_tokens if self._options["prefix_positions"] else 0
        if self._options["positions"] == "learned":
            return learned_positions(found, "pos_embed", shape, resize_positions, prefix)
        return fixed_positions(found, "pos_embed", shape, sincos_positions, prefix)


class ConvNeXt(DropsPaths):
    """ConvNeXt (Liu et al. 2022) with timm's parameter names and layouts: depthwise 7×7 convolutions, LayerNorm ε 1e-6,
    exact GELU, LayerScale. Its maps are ``stem`` and ``stages.0`` to ``stages.3``.

    Parameters
    ----------
    depths : sequence of int, default (3, 3, 9, 3)
        Blocks per stage.
    widths : sequence of int, default (96, 192, 384, 768)
        Channels per stage; the stem quarters the resolution, each stage after the first halves it.
    conv_mlp : bool, default False
        Whether the MLPs' weights have the shape of 1×1 convolutions, as timm's smaller variants have them.
    init_values : float, default 1e-06
        What the factors of each block's branch begin with.
    drop_path : float or None, optional
        Probability in [0, 1) of leaving the branch of the last block out for an image, in training; it grows linearly
        from 0 at the first block. None and draws are as in `VisionTransformer`.
    seed : int, default 0
        Seed of the initial parameters (normal with deviation 0.02), a non-negative integer.

    Raises
    ------
    ValueError
        An option or number out of range.

    Examples
    --------
    >>> bissl.ConvNeXt(depths=(1, 1, 1, 1), widths=(8, 8, 16, 16)).num_features
    16
    """

    _fixed = ("depths", "widths", "conv_mlp", "init_values", "drop_path", "seed")

    def __init__(
        self,
        depths: Sequence[int] = (3, 3, 9, 3),
        widths: Sequence[int] = (96, 192, 384, 768),
        conv_mlp: bool = False,
        init_values: float = 1e-6,
        drop_path: float | None = None,
        seed: int = 0,
    ) -> None:
        self._options = {
            "depths": checked_integers("depths", depths),
            "widths": checked_integers("widths", widths),
            "conv_mlp": checked_flag("conv_mlp", conv_mlp),
            "init_values": checked_real("init_values", init_values, LARGEST),
            "drop_path": None if drop_path is None else checked_number("drop_path", drop_path),
            "seed": checked_seed("seed", seed),
        }
        self._fix(**{name: value for name, value in self._options.items() if name != "drop_path"})
        super().__init__("convnext", self._options | {"drop_path": self.drop_path})


def sincos_positions(side: int, width: int) -> np.ndarray:
    """The fixed positions of side × side patches and the class token, (1, 1 + side², width), as the engine makes them."""
    net = VisionTransformer(image_size=side, patch_size=1, width=width, depth=1, heads=1, mlp_ratio=1)
    return net.state_dict()["pos_embed"]


def vit_tiny(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Tiny. ``options``: those of `VisionTransformer` but width, depth, heads.

    Parameters
    ----------
    patch_size : int, default 8
        Pixels along a side of a patch.
    **options : object
        Those of `VisionTransformer` but the sizes.

    Returns
    -------
    VisionTransformer
        The network.

    Raises
    ------
    TypeError, ValueError
        As `VisionTransformer`.

    Examples
    --------
    >>> bissl.vit_tiny(image_size=32, patch_size=16).num_features
    192
    """
    return _named("vit_tiny", VisionTransformer, options | {"patch_size": patch_size}, width=192, depth=12, heads=3)


def vit_small(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Small. ``options``: those of `VisionTransformer` but width, depth, heads.

    Parameters
    ----------
    patch_size : int, default 8
        Pixels along a side of a patch.
    **options : object
        Those of `VisionTransformer` but the sizes.

    Returns
    -------
    VisionTransformer
        The network.

    Raises
    ------
    TypeError, ValueError
        As `VisionTransformer`.

    Examples
    --------
    >>> bissl.vit_small(image_size=32, patch_size=16).num_features
    384
    """
    return _named("vit_small", VisionTransformer, options | {"patch_size": patch_size}, width=384, depth=12, heads=6)


def vit_base(patch_size: int = 8, **options: Any) -> VisionTransformer:
    """ViT-Base. ``options``: those of `VisionTransformer` but width, depth, heads.

    Parameters
    ----------
    patch_size : int, default 8
        Pixels along a side of a patch.
    **options : object
        Those of `VisionTransformer` but the sizes.

    Returns
    -------
    VisionTransformer
        The network.

    Raises
    ------
    TypeError, ValueError
        As `VisionTransformer`.

    Examples
    --------
    >>> bissl.vit_base(image_size=32, patch_size=16).num_features
    768
    """
    return _named("vit_base", VisionTransformer, options | {"patch_size": patch_size}, width=768, depth=12, heads=12)


def resnet18(**options: Any) -> ResNet:
    """ResNet-18. ``options``: those of `ResNet` but block, layers.

    Parameters
    ----------
    **options : object
        Those of `ResNet` but ``block`` and ``layers``.

    Returns
    -------
    ResNet
        The network.

    Raises
    ------
    TypeError, ValueError
        As `ResNet`.

    Examples
    --------
    >>> bissl.resnet18(stem="small").num_features
    512
    """
    return _named("resnet18", ResNet, options, block="basic", layers=(2, 2, 2, 2))


def resnet34(**options: Any) -> ResNet:
    """ResNet-34. ``options``: those of `ResNet` but block, layers.

    Parameters
    ----------
    **options : object
        Those of `ResNet` but ``block`` and ``layers``.

    Returns
    -------
    ResNet
        The network.

    Raises
    ------
    TypeError, ValueError
        As `ResNet`.

    Examples
    --------
    >>> bissl.resnet34(widths=(8, 8, 8, 8)).num_features
    8
    """
    return _named("resnet34", ResNet, options, block="basic", layers=(3, 4, 6, 3))


def resnet50(**options: Any) -> ResNet:
    """ResNet-50. ``options``: those of `ResNet` but block, layers.

    Parameters
    ----------
    **options : object
        Those of `ResNet` but ``block`` and ``layers``.

    Returns
    -------
    ResNet
        The network.

    Raises
    ------
    TypeError, ValueError
        As `ResNet`.

    Examples
    --------
    >>> bissl.resnet50(widths=(4, 4, 4, 4)).num_features
    16
    """
    return _named("resnet50", ResNet, options, block="bottleneck", layers=(3, 4, 6, 3))


def _named(name: str, kind: Callable[..., Network], options: dict[str, Any], **settled: Any) -> Network:
    """A network whose name has settled some options. InvalidArgument for one of those."""
    for option in options.keys() & settled.keys():
        raise InvalidArgument(f"{option}: the name {name} has settled it; make a bissl.{kind.__name__} of another one")
    return kind(**settled, **options)
