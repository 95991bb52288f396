"""What a stage makes of the optimiser that it was given, and of the network that it fine-tunes."""

from __future__ import annotations

from collections.abc import Callable

from .._engine import LARGEST
from ..errors import InvalidArgument, checked_number
from ..models.backbone import Backbone
from ..models.networks import DropsPaths, VisionTransformer
from ..optim.optimizers import SGD, Optimizer, checked_optimizer
from ..optim.parameter_groups import Group, layer_decay

#: For vision transformers, in fine-tuning and in the upper level (paper, section B.8).
LAYER_DECAY, DROP_PATH = 0.75, 0.1


def downstream_default() -> Optimizer:
    """The optimiser of everything downstream (paper, section 4.2)."""
    return SGD(lr=0.03, weight_decay=1e-3, momentum=0.9)


def stage_optimizer(
    given: Optimizer | None, default: Callable[[], Optimizer], *, level: str = "", **shorthands: float | None
) -> Optimizer:
    """A new optimiser for a stage: with the settings of the one ``given`` or of the ``default``, where no shorthand
    (``lr``, ``weight_decay``, ``momentum``) says otherwise. What the one given has stepped does not matter.

    ``level`` precedes the names in errors ("lower_").
    """
    chosen = default() if given is None else checked_optimizer(given, f"{level}optimizer")
    changes = {name: value for name, value in shorthands.items() if value is not None}
    for name, value in changes.items():
        if name not in chosen.settings:
            raise InvalidArgument(f"{level}{name}: {type(chosen).__name__} has none; leave it out")
        checked_number(f"{level}{name}", value, most=LARGEST)
    return chosen.copy(**changes)


def with_layer_decay(optimizer: Optimizer, backbone: Backbone, decay: float | None) -> Optimizer:
    """The optimiser, whose rates decay from layer to layer of ``backbone``: None is the paper's 0.75 for a vision
    transformer and no decay for other networks. Groups of the optimiser's own count where they differ."""
    if decay is None:
        decay = LAYER_DECAY if isinstance(backbone, VisionTransformer) else 1.0
    if checked_number("layer_decay", decay, above=0) > 1:
        raise InvalidArgument(f"layer_decay: expected a number in 0 < layer_decay ≤ 1, got {decay}")
    groups: list[Group] = [] if decay == 1 else layer_decay(backbone, decay)
    return optimizer.copy(groups=(*groups, *optimizer.groups))


def with_drop_path(backbone: Backbone, drop_path: float | None) -> Backbone:
    """A copy that drops residual branches in training: None is the network's own share, or, for one with such branches
    that was made without saying, the paper's 0.1.

    InvalidArgument for a network that has no such branches to drop.
    """
    if isinstance(backbone, DropsPaths):
        if drop_path is None:
            drop_path = backbone.drop_path if backbone.states_drop_path else DROP_PATH
        return backbone.with_drop_path(drop_path)
    if drop_path:
        raise InvalidArgument(
            f"drop_path: only vision transformers and ConvNeXt drop paths, this backbone is a {type(backbone).__name__}; leave it out"
        )
    return backbone.clone()
