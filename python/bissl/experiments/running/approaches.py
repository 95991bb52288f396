"""The rows of Table 3: what is done to a pretrained backbone before it is fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ...data import Dataset, Mixture
from ...models.backbone import Backbone
from ...objectives.noisytune import noisy_tune
from ...training.backbones import new_backbone
from ...training.base import derived_seed
from ...training.methods import defaults_of

if TYPE_CHECKING:
    from ...training import BiSSL, Pretrain, WeightedSum
    from .run import Run


@dataclass(frozen=True)
class Approach:
    """A row of the table.

    Parameters
    ----------
    label : str
        As the paper calls it.
    prepare : callable
        Makes a run's backbone ready for fine-tuning.
    finetune : mapping, optional
        Options of `bissl.FineTune` that differ.
    bilevel : bool, default False
        Fine-tuned at the rates for after BiSSL.
    both_levels : bool, default False
        Trains on both levels' data, from a warmed-up head.
    pretrained : bool, default True
        Begins with a pretrained backbone.

    Examples
    --------
    >>> bissl.experiments.APPROACHES["bissl"].bilevel
    True
    """

    label: str
    prepare: Callable[[Run], Backbone]
    finetune: Mapping[str, Any] = field(default_factory=dict)
    bilevel: bool = False
    both_levels: bool = False
    pretrained: bool = True


def _pretrained(run: Run) -> Backbone:
    return run.pretext().backbone


def _random(run: Run) -> Backbone:
    """The recipe's architecture, other numbers for every run."""
    choice = run.recipe.pretrain.backbone or defaults_of(run.method).backbone
    return new_backbone(choice, derived_seed(run.seed, "random initialization"))


def _noisy(run: Run) -> Backbone:
    return noisy_tune(run.pretext().backbone, run.recipe.noisytune.scale, derived_seed(run.seed, "NoisyTune"))


def _data_mix(run: Run) -> Backbone:
    return _pretrained_on(run, "data-mix", Mixture([run.images.unlabeled, run.images.training]))


def _continued(run: Run) -> Backbone:
    return _pretrained_on(run, "continued", run.images.unlabeled)


def _pretrained_on(run: Run, key: str, images: Dataset) -> Backbone:
    """Pretraining goes on, on these images."""
    section = run.recipe.pretrain
    options = run.recipe.data_mix.as_dict() | {"method": run.pretext(), "method_options": None, "backbone": None}
    stage: Pretrain = run.fit(key, section, images, **options)
    return stage.backbone_


def _weighted_sum(run: Run) -> Backbone:
    stage: WeightedSum = run.fit("weighted-sum", run.recipe.weighted_sum, *run.both_levels())
    return stage.backbone_


def _bissl(run: Run, **options: Any) -> Backbone:
    stage: BiSSL = run.fit("bissl", run.recipe.bissl, *run.both_levels(), **options)
    return stage.backbone_


def _bilevel(label: str, **options: Any) -> Approach:
    """BiSSL with options that differ from the recipe's; another hypergradient leaves the recipe's solver out."""
    if "hypergradient" in options:
        options = {"solver": None, "warm_start": False} | options
    return Approach(label, partial(_bissl, **options), bilevel=True, both_levels=True)


#: By the names of `bissl.experiments.recipe.APPROACH_NAMES`; the sections are the paper's.
APPROACHES: Mapping[str, Approach] = {
    "random-initialization": Approach("Random initialization (B.9.1)", _random, pretrained=False),
    "linear-probe": Approach("Linear probing (B.9.1)", _pretrained, {"freeze_backbone": True}),
    "finetune": Approach("FT", _pretrained),
    "zero-head": Approach("FT, zero-initialized head (B.9.1)", _pretrained, {"zero_head": True}),
    "noisytune": Approach("NoisyTune (B.9.2)", _noisy),
    "continued": Approach("Continued pretraining + FT", _continued),
    "data-mix": Approach("Pretraining on data mix (B.9.3) + FT", _data_mix),
    "weighted-sum": Approach("Pretext-downstream sum (B.9.4) + FT", _weighted_sum, both_levels=True),
    "bissl-discarded": _bilevel("BiSSL, implicit term discarded (B.9.5) + FT", hypergradient="discarded"),
    "bissl-identity": _bilevel("BiSSL, identity Jacobian + FT", hypergradient="identity"),
    "bissl-neumann": _bilevel("BiSSL, Neumann series + FT", hypergradient="neumann"),
    "bissl-nystrom": _bilevel("BiSSL, Nyström + FT", hypergradient="nystrom", product="gauss-newton"),
    "bissl-unrolled": _bilevel("BiSSL, unrolled + FT", hypergradient="unrolled"),
    "bissl-penalty": _bilevel("BiSSL, penalty + FT", hypergradient="penalty"),
    "bissl": _bilevel("BiSSL + FT"),
}
