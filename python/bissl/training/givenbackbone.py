"""Which backbone a stage trains on labels: that of the call, else that of the constructor."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import WrongType
from ..models.backbone import Backbone
from .backbones import BackboneChoice, new_backbone
from .base import Stage, derived_seed
from .sklearntags import not_fitted, unfrozen
from .sources import trained_backbone

#: A fitted stage; or what `bissl.Pretrain` takes as ``backbone``.
BackboneOption = Stage | BackboneChoice | None


class Given(NamedTuple):
    """What ``fit`` was given, by its meaning."""

    backbone: Any
    X: Any
    y: Any


def given_to_fit(stage: Stage, option: BackboneOption, first: Any, second: Any, third: Any) -> Given:
    """``fit(backbone, X, y)``; or ``fit(X, y)`` where the backbone was given to the constructor, as scikit-learn calls it.

    TypeError where neither names a backbone; InvalidState for a stage in the constructor that is not fitted.
    """
    first, option = unfrozen(first), unfrozen(option)
    if isinstance(first, Stage | Backbone):
        return Given(first, second, third)
    if option is None:
        name = type(stage).__name__
        raise WrongType(
            f"backbone: expected a fitted stage or a network, got {type(first).__name__}; it comes before X, or into the "
            f"constructor: {name}(backbone=...).fit(X, y)"
        )
    if isinstance(option, Stage) and not option.__sklearn_is_fitted__():
        raise not_fitted(
            f"backbone: expected a fitted stage or a network, got a {type(option).__name__} that is not fitted; fit it first. "
            "Searches of scikit-learn clone the stages that they choose from, which leaves these unfitted: give them "
            "stage.backbone_, or sklearn.frozen.FrozenEstimator(stage)"
        )
    if first is None:
        return Given(option, second, third)
    if third is not None:
        raise WrongType(
            f"backbone: expected a fitted stage or a network, got {type(first).__name__}; without one, fit takes X and y by "
            "place and everything else by name"
        )
    return Given(option, first, second)


def begun_backbone(backbone: Any, seed: int) -> Backbone:
    """The network of a fitted stage, or the network itself, not copied; or a new one by its name or options, whose random
    numbers follow from the seed. Raises as `trained_backbone` and `new_backbone`."""
    if isinstance(backbone, Stage | Backbone):
        return trained_backbone(backbone)
    return new_backbone(backbone, derived_seed(seed, "backbone"))
