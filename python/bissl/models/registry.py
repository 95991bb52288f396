"""Backbones by name, as timm names them where it has the architecture."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ..errors import InvalidArgument, WrongType, check_option
from .backbone import Backbone
from .networks import ConvNeXt, ResNet, VisionTransformer


@dataclass(frozen=True)
class RegisteredModel:
    """What makes a backbone of one name: ``settled`` are the arguments of ``make`` that the name has settled, ``defaults``
    those that it gives another default."""

    make: Callable[..., Backbone]
    settled: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        """The names of the options that are left to choose."""
        return [name for name in _parameters(self.make) if name not in self.settled and name != "self"]

    def __call__(self, **options: Any) -> Backbone:
        return self.make(**self.defaults | options | self.settled)


def _parameters(make: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(make.__init__ if inspect.isclass(make) else make).parameters


_BASIC, _BOTTLENECK = {"block": "basic"}, {"block": "bottleneck"}
_WIDTHS = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}


def _vit(size: str, **defaults: Any) -> RegisteredModel:
    width, heads = _WIDTHS[size]
    return RegisteredModel(VisionTransformer, {"width": width, "depth": 12, "heads": heads}, defaults)


def _timm_vit(size: str, patch_size: int) -> RegisteredModel:
    model = _vit(size, image_size=224, positions="learned")
    return RegisteredModel(model.make, model.settled | {"patch_size": patch_size}, model.defaults)


def _dinov2(size: str, reg_tokens: int) -> RegisteredModel:
    model = _vit(size, image_size=518, positions="learned", init_values=1e-5)
    settled = {"patch_size": 14, "reg_tokens": reg_tokens, "prefix_positions": reg_tokens == 0}
    return RegisteredModel(model.make, model.settled | settled, model.defaults)


def _convnext(depths: tuple[int, ...], width: int, conv_mlp: bool) -> RegisteredModel:
    widths = tuple(width * 2**stage for stage in range(4))
    return RegisteredModel(ConvNeXt, {"depths": depths, "widths": widths, "conv_mlp": conv_mlp})


_MODELS: dict[str, RegisteredModel] = {
    "resnet": RegisteredModel(ResNet),
    "resnet18": RegisteredModel(ResNet, _BASIC | {"layers": (2, 2, 2, 2)}),
    "resnet34": RegisteredModel(ResNet, _BASIC | {"layers": (3, 4, 6, 3)}),
    "resnet50": RegisteredModel(ResNet, _BOTTLENECK | {"layers": (3, 4, 6, 3)}),
    "resnet101": RegisteredModel(ResNet, _BOTTLENECK | {"layers": (3, 4, 23, 3)}),
    "convnext": RegisteredModel(ConvNeXt),
    "convnext_atto": _convnext((2, 2, 6, 2), 40, True),
    "convnext_femto": _convnext((2, 2, 6, 2), 48, True),
    "convnext_pico": _convnext((2, 2, 6, 2), 64, True),
    "convnext_nano": _convnext((2, 2, 8, 2), 80, True),
    "convnext_tiny": _convnext((3, 3, 9, 3), 96, False),
    "vit": RegisteredModel(VisionTransformer),
    **{f"vit_{size}": _vit(size) for size in _WIDTHS},
    **{f"vit_{size}_patch16_224": _timm_vit(size, 16) for size in _WIDTHS},
    **{f"vit_{size}_patch14_dinov2": _dinov2(size, 0) for size in ("small", "base")},
    **{f"vit_{size}_patch14_reg4_dinov2": _dinov2(size, 4) for size in ("small", "base")},
}

#: timm's names of options, and ours.
_SYNONYMS = {"img_size": "image_size"}


def create_model(name: str, **options: Any) -> Backbone:
    """A backbone by its name, with parameters drawn from a seed (`Backbone.load_weights` loads trained ones).

    Parameters
    ----------
    name : str
        Name of `list_models`.
    **options : object
        Options of the class of the network, such as ``seed``, ``stem`` or ``image_size`` (timm's ``img_size``), but
        for those that the name has settled.

    Returns
    -------
    Backbone
        With new parameters.

    Raises
    ------
    ValueError
        A name or an option that does not exist (the nearest is told), or one that is given by both of its names.

    Examples
    --------
    >>> bissl.create_model("resnet18", widths=(8, 8, 8, 8)).num_features
    8
    """
    found = model(name)
    for theirs, ours in _SYNONYMS.items():
        if theirs in options:
            if ours in options:
                raise InvalidArgument(f"create_model({name!r}): {theirs} is {ours} by another name; give one of them")
            options[ours] = options.pop(theirs)
    for option in options:
        check_option(f"create_model({name!r})", option, found.options)
    net = found(**options)
    if not isinstance(net, Backbone):
        raise WrongType(f"{name}: its factory was to return a bissl.Backbone, got {type(net).__name__}")
    return net


def list_models(pattern: str = "*") -> list[str]:
    """The names of `create_model` that match a shell-style pattern, such as ``"vit*"``, sorted.

    Parameters
    ----------
    pattern : str, default "*"
        As a shell has it.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    TypeError
        A pattern that is no text.

    Examples
    --------
    >>> "vit_small" in " ".join(bissl.list_models("vit*"))
    True
    """
    return sorted(name for name in _MODELS if fnmatchcase(name, _checked_text("pattern", pattern)))


def register_model(name: str, factory: Callable[..., Backbone]) -> None:
    """Makes a backbone known by name, to `create_model`, to stages and to recipes.

    Parameters
    ----------
    name : str
        A new one.
    factory : callable
        Answers a new backbone from keyword arguments, ``seed`` among them; a subclass of `Backbone` is one. It must be
        importable where a run is resumed, as in worker processes.

    Raises
    ------
    ValueError
        A name that is taken by another factory.
    TypeError
        A name that is no text; not callable, or without an argument ``seed``.

    Examples
    --------
    >>> def tiny_resnet(seed=0):
    ...     return bissl.resnet18(widths=(4, 4, 4, 4), stem="small", seed=seed)
    >>> bissl.register_model("example_resnet", tiny_resnet)
    >>> bissl.create_model("example_resnet").num_features
    4
    """
    name = _checked_text("name", name)
    if not callable(factory):
        raise WrongType(f"factory: expected a function or class, got {type(factory).__name__}")
    entry = RegisteredModel(factory)
    open_ended = any(part.kind is inspect.Parameter.VAR_KEYWORD for part in _parameters(factory).values())
    if "seed" not in entry.options and not open_ended:
        raise WrongType(f"factory: {name} must take an argument seed, which its parameters are drawn from")
    if name in _MODELS and _MODELS[name] != entry:
        raise InvalidArgument(f"name: {name!r} is taken; choose another, list_models() tells those that there are")
    _MODELS[name] = entry


def _checked_text(argument: str, value: object) -> str:
    if not isinstance(value, str):
        raise WrongType(f"{argument}: expected text, got {type(value).__name__} {value!r}")
    return value


def model(name: str, argument: str = "name") -> RegisteredModel:
    """What makes a backbone of this name. ValueError naming ``argument`` where there is none."""
    return _MODELS[check_option(argument, name, _MODELS)]


def models() -> dict[str, RegisteredModel]:
    """All that are known, by name."""
    return dict(_MODELS)
