"""Adapters in files, as peft writes and reads them: ``adapter_config.json`` beside ``adapter_model.safetensors``."""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ... import _engine
from ...durable import write_atomically, writing
from ...errors import DataError, FileMissing, InvalidArgument, checked_path
from ...weights.matching import BESIDE_BACKBONES
from ...weights.reading import load
from ...weights.saving import save_with_alphas
from ..backbone import Backbone, checked_backbone
from ..module import Adapter
from .lora import with_adapters

_CONFIG, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
#: What stands before a network's names in peft's files.
_PREFIX = "base_model.model."
_MATRIX = re.compile(r"(.+)\.lora_([AB])(?:\.\w+)?\.weight")


def save_adapters(net: Backbone, folder: str | os.PathLike[str]) -> None:
    """Writes what distinguishes a network with adapters from the one they were added to, as peft does:
    ``adapter_config.json``, and ``adapter_model.safetensors`` with the arrays ``base_model.model.<layer>.lora_A.weight`` and
    ``…lora_B.weight``; also the other parameters that are trained, and the running statistics of batch norm, which training
    moves.

    `load_adapters` reads it, and so does peft (``PeftModel.from_pretrained``), onto timm's or torchvision's network. The
    whole network in one file: ``bissl.merge_adapters(net).save_weights(path)``.

    Parameters
    ----------
    net : Backbone
        With adapters.
    folder : path
        Made where it is not there.

    Raises
    ------
    InvalidArgument (ValueError)
        A network without adapters.
    FileMissing (FileNotFoundError), NotWritable (PermissionError), DiskFull (OSError)
        The folder cannot be written to.

    Examples
    --------
    >>> plain = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=2, heads=2)
    >>> net = bissl.LoRA(plain, targets="qkv")
    >>> bissl.save_adapters(net, "adapters")
    >>> bool((bissl.load_adapters(plain, "adapters").vector == net.vector).all())
    True
    """
    if not checked_backbone(net).adapters:
        raise InvalidArgument("net: it has no low-rank adapters; save its weights by net.save_weights(path)")
    folder = Path(checked_path("folder", folder))
    moved = net.vector.as_dict() | {
        name: value for name, value in net._outer_buffers().items() if re.search(r"running_|num_batches_tracked", name)
    }
    every = net.state_dict()
    arrays = {name: every[name] for adapter in net.adapters for name in adapter.names} | moved
    with writing(folder.parent, "adapters"):
        folder.mkdir(exist_ok=True)
    arrays = {f"{_PREFIX}{name}": value for name, value in arrays.items()}
    save_with_alphas(folder / _WEIGHTS, arrays, {"format": "pt"}, net._alphas(_PREFIX))
    with writing(folder, "adapters"):
        write_atomically(folder / _CONFIG, json.dumps(_config(net.adapters), indent=2).encode())


def load_adapters(net: Backbone, folder: str | os.PathLike[str]) -> Backbone:
    """A copy of ``net`` with the adapters of a folder that `save_adapters` or peft wrote; they alone are trained.

    Classifiers and other heads in the file are passed over.

    Parameters
    ----------
    net : Backbone
        The network that the adapters were trained on, plain; or one that has the same adapters, whose numbers are replaced.
        Not changed.
    folder : path
        With ``adapter_config.json`` and ``adapter_model.safetensors``.

    Returns
    -------
    Backbone
        Of the class of ``net``.

    Raises
    ------
    FileMissing (FileNotFoundError), DataError (ValueError)
        The folder's files are not there or broken, or what is in them is no plain LoRA (DoRA).
    InvalidArgument (ValueError)
        Adapters of another network: layers that it has not, other shapes, other adapters than ``net`` has; the text names
        the first.

    Examples
    --------
    >>> plain = bissl.VisionTransformer(image_size=16, patch_size=4, width=24, depth=2, heads=2)
    >>> bissl.save_adapters(bissl.LoRA(plain, rank=2, targets="qkv"), "adapters of rank 2")
    >>> bissl.load_adapters(plain, "adapters of rank 2").adapters[0]
    Adapter(layer='blocks.0.attn.qkv', rank=2, alpha=2.0)
    """
    folder = Path(checked_path("folder", folder))
    config, arrays = _read_config(folder / _CONFIG), load(folder / _WEIGHTS)
    arrays = {name.removeprefix(_PREFIX): value for name, value in arrays.items()}
    matrices, others = _sorted(arrays, checked_backbone(net), folder)
    adapters = [_adapter(layer, pair, config) for layer, pair in matrices.items()]
    _check_layers(net, adapters, folder)
    adapted = net.clone() if net.adapters else with_adapters(net, adapters)
    values = {
        name: array for adapter in adapters for name, array in zip(adapter.names, matrices[adapter.layer])
    } | others
    _check_shapes(adapted, values, folder)
    adapted._assign(adapted._numbers(values))
    return adapted


def _config(adapters: tuple[Adapter, ...]) -> dict[str, Any]:
    """As peft writes it: the most frequent rank and α, and patterns for layers with others."""
    rank = Counter(adapter.rank for adapter in adapters).most_common(1)[0][0]
    alpha = Counter(adapter.alpha for adapter in adapters).most_common(1)[0][0]
    return {
        "peft_type": "LORA",
        "task_type": None,
        "base_model_name_or_path": None,
        "r": rank,
        "lora_alpha": _plain(alpha),
        "rank_pattern": {_whole(each.layer): each.rank for each in adapters if each.rank != rank},
        "alpha_pattern": {_whole(each.layer): _plain(each.alpha) for each in adapters if each.alpha != alpha},
        "target_modules": [adapter.layer for adapter in adapters],
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "init_lora_weights": True,
        "use_rslora": False,
        "use_dora": False,
        "modules_to_save": None,
        "inference_mode": True,
    }


def _whole(layer: str) -> str:
    """The pattern of this layer alone: one without an anchor is also found behind other names, conv1 in layer1.0.conv1."""
    return f"^{re.escape(layer)}"


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _read_config(path: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file; expected a folder with {_CONFIG} and {_WEIGHTS}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: it is no JSON: {error}") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise DataError(f'{path}: expected the description of low-rank adapters, "peft_type": "LORA"')
    for unknown in ("use_dora", "lora_bias", "fan_in_fan_out"):
        if config.get(unknown):
            raise DataError(f"{path}: {unknown} is set, which bissl's adapters do not have")
    return config


def _sorted(
    arrays: Mapping[str, np.ndarray], net: Backbone, folder: Path
) -> tuple[dict[str, tuple[np.ndarray, np.ndarray]], dict[str, np.ndarray]]:
    """(A, B) by layer, and all other arrays but those of heads, which the network has not."""
    found: dict[str, dict[str, np.ndarray]] = {}
    others: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        if matrix := _MATRIX.fullmatch(name):
            found.setdefault(matrix[1], {})[matrix[2]] = array
        elif name in net._shapes or not BESIDE_BACKBONES.match(name):
            others[name] = array
    if not found:
        raise DataError(f"{folder / _WEIGHTS}: it holds no low-rank adapters")
    for layer, pair in found.items():
        if set(pair) != {"A", "B"} or pair["A"].ndim not in (2, 4) or pair["A"].ndim != pair["B"].ndim:
            raise DataError(f"{folder / _WEIGHTS}: expected matrices lora_A and lora_B of {layer}")
    return {layer: (pair["A"], pair["B"]) for layer, pair in found.items()}, others


def _adapter(layer: str, pair: tuple[np.ndarray, np.ndarray], config: Mapping[str, Any]) -> Adapter:
    """Its rank is that of A; α is what the description says of the layer."""
    rank = len(pair[0])
    try:
        patterns = dict(config.get("alpha_pattern") or {}).items()
        alpha = next(
            (each for key, each in patterns if re.fullmatch(rf"(.*\.)?({key})", layer)), config.get("lora_alpha")
        )
    except (re.error, TypeError, ValueError) as error:
        raise DataError(f"{_CONFIG}: alpha_pattern: {error}") from None
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not 0 < alpha <= _engine.LARGEST:
        raise DataError(f"{_CONFIG}: expected a positive lora_alpha, got {alpha!r}")
    # Rank-stabilised LoRA divides by the root of the rank.
    return Adapter(layer, rank, float(alpha) * (math.sqrt(rank) if config.get("use_rslora") else 1.0))


def _check_layers(net: Backbone, adapters: list[Adapter], folder: Path) -> None:
    """InvalidArgument for adapters of layers that the network has not, or other adapters than it has."""
    for adapter in adapters:
        if adapter.layer not in net._adaptable:
            raise InvalidArgument(
                f"{folder}: it has an adapter of {adapter.layer}, which is no layer of this {type(net).__name__} that takes "
                "one; load adapters onto the network that they were trained on"
            )
    if net.adapters and {*net.adapters} != {*adapters}:
        mine, theirs = ({each.layer: each for each in several} for several in (net.adapters, adapters))
        layer = next(name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name))
        raise InvalidArgument(
            f"{folder}: its adapter of {layer} is {_told(theirs.get(layer))}, that of the network {_told(mine.get(layer))}; "
            "load it onto the plain network, or onto one with the same adapters"
        )


def _told(adapter: Adapter | None) -> str:
    return "none" if adapter is None else f"of rank {adapter.rank} and alpha {adapter.alpha:g}"


def _check_shapes(net: Backbone, values: Mapping[str, np.ndarray], folder: Path) -> None:
    for name, array in values.items():
        expected = net._shapes.get(name)
        if expected != array.shape:
            is_there = "no such array" if expected is None else f"one of shape {expected}"
            raise InvalidArgument(f"{folder}: {name} has shape {array.shape}, the network has {is_there}")
