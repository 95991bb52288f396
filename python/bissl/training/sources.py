"""Finding trained networks and objectives: in fitted stages, or as objects."""

from __future__ import annotations

from typing import Any

from ..errors import WrongType
from ..models.backbone import Backbone
from ..objectives.base import Downstream, Pretext, check_fit
from ..objectives.downstream.dense import DenseDownstream
from .base import Stage
from .sklearntags import unfrozen


def trained_backbone(source: Stage | Backbone, name: str = "backbone") -> Backbone:
    """The network of a fitted stage (its ``backbone_``), also in scikit-learn's ``FrozenEstimator``, or the network given
    itself. Not a copy."""
    backbone = _learned(source, "backbone_")
    if not isinstance(backbone, Backbone):
        raise WrongType(f"{name}: expected a fitted stage or a network, got {type(source).__name__}")
    return backbone


def trained_pretext(source: Stage | Pretext, name: str = "pretrained") -> Pretext:
    """A copy of the pretext objective (backbone and head) of a fitted `Pretrain`, or of the objective given."""
    pretext = _learned(source, "pretext_")
    if not isinstance(pretext, Pretext):
        raise WrongType(
            f"{name}: expected a fitted Pretrain or a pretext objective such as bissl.SimCLR, "
            f"got {type(source).__name__}"
        )
    return pretext.clone()


def trained_downstream(source: Stage | Downstream, features: int, name: str = "warm") -> Downstream:
    """A copy of the downstream objective (head) of a fitted `HeadWarmup`, or of the objective given.

    InvalidArgument where its head does not fit the backbone's number of ``features``.
    """
    downstream = _learned(source, "downstream_")
    if not isinstance(downstream, Downstream):
        raise WrongType(
            f"{name}: expected a fitted HeadWarmup or a downstream objective such as bissl.Classifier, "
            f"got {type(source).__name__}"
        )
    if downstream.targets.is_dense and not isinstance(downstream, DenseDownstream):
        raise WrongType(
            f"{name}: its labels belong to places in the images, which a {type(downstream).__name__} cannot be trained on; "
            "derive it from bissl.DenseDownstream"
        )
    check_fit(downstream, features, name)
    return downstream.clone()


def _learned(source: Any, attribute: str) -> Any:
    """What a fitted stage learned under that name, or the object itself. InvalidState for a stage before `fit`."""
    source = unfrozen(source)
    if not isinstance(source, Stage):
        return source
    source._check_fitted()
    return getattr(source, attribute, None)
