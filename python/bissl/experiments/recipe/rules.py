"""What numbers of a recipe can be, by the name of the option: one meaning of a name in all sections."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...errors import InvalidArgument

Rule = tuple[Callable[[Any], bool], str]

_COUNT: Rule = (lambda value: value >= 1, "at least 1")
_COUNT_OR_NONE: Rule = (lambda value: value >= 0, "at least 0")
_SEED: Rule = (lambda value: 0 <= value < 2**63, "0 to 2**63 - 1")
_NUMBER: Rule = (lambda value: math.isfinite(value) and value >= 0, "a finite number of at least 0")
_POSITIVE: Rule = (lambda value: math.isfinite(value) and value > 0, "a finite number above 0")
_SHARE: Rule = (lambda value: 0 <= value <= 1, "a number from 0 to 1")
_PROBABILITY: Rule = (lambda value: 0 <= value < 1, "at least 0 and below 1")
_DECAY: Rule = (lambda value: 0 < value <= 1, "above 0 and at most 1")

_BY_RULE: tuple[tuple[Rule, str], ...] = (
    (_COUNT, "epochs batch_size alternations lower_steps upper_steps lower_batch_size upper_batch_size steps trials"),
    (_COUNT, "knn_every probe_every rankme_every lidar_every plot_every workers"),
    (
        _COUNT,
        "hessian_batch_size validate_every record_every labels_per_class kept_side processes size num_classes images",
    ),
    (_COUNT_OR_NONE, "warmup_epochs warmup_alternations recalibration_batches warmup_steps"),
    (_SEED, "seed pretrain runs"),
    (_NUMBER, "lr weight_decay momentum lower_lr lower_weight_decay upper_lr upper_weight_decay lam damping scale"),
    (_POSITIVE, "clip_norm C lr_range weight_decay_range"),
    (_SHARE, "weight"),
    (_PROBABILITY, "drop_path"),
    (_DECAY, "layer_decay"),
)

RULES: Mapping[str, Rule] = {name: rule for rule, names in _BY_RULE for name in names.split()}
"""By option: whether a value is possible, and what is, in words."""


def check_possible(path: str, name: str, value: Any) -> None:
    """InvalidArgument where a number, or one of a list of them, cannot be the option's value."""
    if name not in RULES:
        return
    possible, words = RULES[name]
    for number in value if isinstance(value, Sequence) else (value,):
        if isinstance(number, (int, float)) and not possible(number):
            raise InvalidArgument(f"{path}: expected {words}, got {number}")
