"""Backbones, and objectives and fitted stages that hold one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from ...errors import WrongType
from ..backbone import Backbone

#: A backbone, a pretext objective with a backbone of its own, or a fitted `bissl.Pretrain`.
Holder = TypeVar("Holder")


def changed(net: Holder, change: Callable[[Backbone], Backbone]) -> Holder:
    """A copy of a backbone with a change, or of what holds networks that are to have it. WrongType for anything else."""
    if isinstance(net, Backbone):
        return cast(Holder, change(net))
    if hasattr(net, "_with_backbones"):
        return cast(Holder, net._with_backbones(change))
    raise WrongType(
        f"net: expected a backbone such as bissl.vit_small(), a pretext objective or a fitted Pretrain, got {type(net).__name__}"
        + (": take its backbone_" if hasattr(net, "fit") else "")
    )
