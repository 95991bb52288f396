"""Parameter groups: parameters that an optimiser treats otherwise, chosen by the pattern of their names.

A group is a dict::

    {"match": "*.bias", "weight_decay": 0}
    {"match": ["backbone.layer1.*", "backbone.layer2.*"], "lr_scale": 0.1}

match : a pattern or several (``fnmatch``: ``*``, ``?``, ``[...]``). Names begin with ``backbone.`` or ``head.``
    (``backbone.layer1.0.conv1.weight``, ``head.weight``); a pattern may leave that out.
lr_scale : multiplies the learning rate.
weight_decay : in place of the optimiser's.
adapt : False takes LARS's scaling off these parameters; other optimisers have none.

Every optimiser takes a list of them as ``groups``. A parameter follows all groups that match it; of two that say
different things the later one counts. A pattern that matches nothing is an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType, check_option, checked_flag, checked_number
from ..models.module import Module
from ..models.vectors import Layout

_KEYS = ("match", "lr_scale", "weight_decay", "adapt")


@dataclass(frozen=True)
class Group:
    """A checked group; None where it says nothing."""

    match: tuple[str, ...]
    lr_scale: float | None = None
    weight_decay: float | None = None
    adapt: bool | None = None

    def row(self, before: tuple[float, float, bool]) -> tuple[float, float, bool]:
        """(lr_scale, weight_decay, adapt) of a parameter that this group matches."""
        lr_scale, weight_decay, adapt = before
        return (
            lr_scale if self.lr_scale is None else self.lr_scale,
            weight_decay if self.weight_decay is None else self.weight_decay,
            adapt if self.adapt is None else self.adapt,
        )


Groups = Sequence[Mapping[str, Any] | Group]


def checked_groups(groups: Groups) -> tuple[Group, ...]:
    """The groups, checked.

    Raises
    ------
    TypeError : not a list of dicts.
    ValueError : an unknown key (the nearest is named), no pattern, or a number out of range.
    """
    if isinstance(groups, (str, Mapping)) or not isinstance(groups, Sequence):
        raise WrongType(f"groups: expected a list of dicts, got {type(groups).__name__}")
    return tuple(_checked(group, f"groups[{index}]") for index, group in enumerate(groups))


def _checked(group: Mapping[str, Any] | Group, name: str) -> Group:
    if isinstance(group, Group):
        return group
    if not isinstance(group, Mapping):
        example = '{"match": "*.bias", "weight_decay": 0}'
        raise WrongType(f"{name}: expected a dict such as {example}, got {type(group).__name__}")
    for key in group:
        check_option(name, key, _KEYS)
    match = group.get("match", ())
    patterns = (match,) if isinstance(match, str) else tuple(match) if isinstance(match, Iterable) else ()
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise InvalidArgument(f'{name}: expected one or more patterns of names under "match", got {match!r}')
    given = [key for key in ("lr_scale", "weight_decay") if key in group]
    numbers = {key: checked_number(f"{name}[{key!r}]", group[key]) for key in given}
    adapt = checked_flag(f"{name}['adapt']", group["adapt"]) if "adapt" in group else None
    return Group(patterns, **numbers, adapt=adapt)


@lru_cache(maxsize=32)
def settings_of(
    groups: tuple[Group, ...],
    layouts: tuple[tuple[str, Layout], ...],
    weight_decay: float,
    exclude_vectors: bool,
) -> list[np.ndarray]:
    """For every module, which is "backbone" or "head", an array (parameters, 3): lr_scale, weight_decay, adapt.

    ValueError where a pattern matches no parameter of any of them.
    """
    names = {f"{module}.{name}": name for module, layout in layouts for name, _ in layout}
    _check_patterns(groups, names)

    def row(module: str, name: str, shape: tuple[int, ...]) -> tuple[float, float, bool]:
        excluded = exclude_vectors and len(shape) <= 1
        values = (1.0, 0.0 if excluded else weight_decay, not excluded)
        for group in groups:
            if any(_matches(pattern, f"{module}.{name}", name) for pattern in group.match):
                values = group.row(values)
        return values

    return [
        np.array([row(module, name, shape) for name, shape in layout], np.float64).reshape(-1, 3)
        for module, layout in layouts
    ]


def _matches(pattern: str, full: str, name: str) -> bool:
    return fnmatchcase(full, pattern) or fnmatchcase(name, pattern)


def _check_patterns(groups: tuple[Group, ...], names: Mapping[str, str]) -> None:
    for pattern in (pattern for group in groups for pattern in group.match):
        if not any(_matches(pattern, full, name) for full, name in names.items()):
            nearest = difflib.get_close_matches(pattern, [*names, *names.values()], n=1, cutoff=0)
            hint = f"; the nearest name is {nearest[0]}" if nearest else ""
            raise InvalidArgument(f'groups: the pattern "{pattern}" matches no parameter of backbone or head{hint}')


def layer_decay(net: Module, decay: float) -> list[Group]:
    """Groups that scale the learning rate of layer k of n by ``decay ** (n - k)``, as the MAE authors fine-tune (paper,
    section B.8): the earlier a layer, the less it moves. Heads and final norms keep the full rate.

    Layers are the stages of a ResNet (its stem is layer 0) or the blocks of a vision transformer (its embeddings are).

    Parameters
    ----------
    net : Module
        The backbone.
    decay : float
        Per layer, 0 < decay ≤ 1; 0.75 in the paper.

    Returns
    -------
    list of Group
        To be given to an optimiser as ``groups``.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A network without layers that are known, or a decay out of range.

    Examples
    --------
    >>> net = bissl.VisionTransformer(image_size=16, patch_size=8, width=16, depth=2, heads=2)
    >>> optimizer = bissl.AdamW(lr=1e-3, groups=bissl.layer_decay(net, 0.75))
    """
    if not 0 < checked_number("decay", decay) <= 1:
        raise InvalidArgument(f"decay: expected a number in 0 < decay ≤ 1, got {decay}")
    layers: dict[int, list[str]] = {}
    for name, _ in net._layout:
        layer = _layer(name)
        if layer is not None:
            layers.setdefault(layer, []).append(f"backbone.{name}")
    # Frozen parameters need no rate, but their layers count.
    count = max((_layer(name) or 0 for name, _ in net._layout + net._frozen_layout), default=0) + 1
    return [Group(tuple(names), lr_scale=decay ** (count - layer)) for layer, names in sorted(layers.items())]


def _layer(name: str) -> int | None:
    """0 for stems and embeddings, from 1 for stages and blocks, None for what comes after them."""
    if name.startswith(("conv1.", "bn1.", "patch_embed.", "cls_token", "pos_embed")):
        return 0
    if stage := re.match(r"layer(\d+)\.", name):
        return int(stage[1])
    block = re.match(r"blocks\.(\d+)\.", name)
    return None if block is None else int(block[1]) + 1
