"""The rows of Table 3: what is done to a pretrained backbone before it is fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import Dataset, Mixture
from ...models.backbone import Backbone
from ...objectives.noisytune import noisy_tune
from ...training.backbones import new_backbone
from ...training.base import derived_seed
from ..recipe.rows import APPROACH_LABELS

if TYPE_CHECKING:
    from ...training import BiSSL, Pretrain, WeightedSum
    from .run import Run


@dataclass(frozen=True)
class Approach:
    """A row of the table.

    Parameters
    ----------
    name : str
        One of `bissl.experiments.recipe.APPROACH_NAMES`.
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

    name: str
    prepare: Callable[[Run], Backbone]
    finetune: Mapping[str, Any] = field(default_factory=dict)
    bilevel: bool = False
    both_levels: bool = False
    pretrained: bool = True

    @property
    def label(self) -> str:
        """As the paper calls it."""
        return APPROACH_LABELS[self.name]


def _pretrained(run: Run) -> Backbone:
    return run.pretext().backbone


def _random(run: Run) -> Backbone:
    """The recipe's architecture, other numbers for every run."""
    return new_backbone(run.recipe.backbone, derived_seed(run.seed, "random initialization"))


def _noisy(run: Run) -> Backbone:
    return noisy_tune(run.pretext().backbone, run.recipe.noisytune.scale, derived_seed(run.seed, "NoisyTune"))


def _data_mix(run: Run) -> Backbone:
    return _pretrained_on(run, "data-mix", Mixture([_drawn(run), run.images.training]))


def _continued(run: Run) -> Backbone:
    return _pretrained_on(run, "continued", _drawn(run))


def _drawn(run: Run) -> Dataset:
    """The images of the pretext task on which pretraining goes on: all, or as many as the recipe says, drawn
    by the run's seed."""
    images, count = run.images.unlabeled, run.recipe.data_mix.images
    if count is None:
        return images
    draws = np.random.default_rng(derived_seed(run.seed, "images of continued pretraining"))
    return images.subset(np.sort(draws.choice(len(images), count, replace=False)))


def _pretrained_on(run: Run, key: str, images: Dataset) -> Backbone:
    """Pretraining goes on, on these images."""
    section = run.recipe.pretrain
    options = run.recipe.data_mix.as_dict() | {"method": run.pretext(), "method_options": None, "backbone": None}
    del options["images"]
    stage: Pretrain = run.fit(key, section, images, **options)
    return stage.backbone_


def _weighted_sum(run: Run) -> Backbone:
    stage: WeightedSum = run.fit("weighted-sum", run.recipe.weighted_sum, *run.both_levels())
    return stage.backbone_


def _bissl(run: Run, **options: Any) -> Backbone:
    stage: BiSSL = run.fit("bissl", run.recipe.bissl, *run.both_levels(), **options)
    return stage.backbone_


def _bilevel(name: str, **options: Any) -> Approach:
    """BiSSL with options that differ from the recipe's; another hypergradient leaves the recipe's solver out."""
    if "hypergradient" in options:
        options = {"solver": None, "warm_start": False} | options
    return Approach(name, partial(_bissl, **options), bilevel=True, both_levels=True)


#: By name.
APPROACHES: Mapping[str, Approach] = {
    approach.name: approach
    for approach in (
        Approach("random-initialization", _random, pretrained=False),
        Approach("linear-probe", _pretrained, {"freeze_backbone": True}),
        Approach("finetune", _pretrained),
        Approach("zero-head", _pretrained, {"zero_head": True}),
        Approach("noisytune", _noisy),
        Approach("continued", _continued),
        Approach("data-mix", _data_mix),
        Approach("weighted-sum", _weighted_sum, both_levels=True),
        _bilevel("bissl-discarded", hypergradient="discarded"),
        _bilevel("bissl-identity", hypergradient="identity"),
        _bilevel("bissl-neumann", hypergradient="neumann"),
        _bilevel("bissl-nystrom", hypergradient="nystrom", product="gauss-newton"),
        _bilevel("bissl-unrolled", hypergradient="unrolled"),
        _bilevel("bissl-penalty", hypergradient="penalty"),
        _bilevel("bissl"),
    )
}
