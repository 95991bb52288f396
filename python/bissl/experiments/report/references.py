"""Which row of a study's table each row is compared with, and on which backbones its runs began."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from ..recipe import Recipe
from ..running import identity
from ..running.approaches import APPROACHES

#: The approach that others are compared with, where a recipe does not say otherwise.
REFERENCE = "finetune"


def references(recipe: Recipe) -> dict[str, str]:
    """By variant, the one that it is compared with: that of ``study.compared_with``, else the first that is plain
    fine-tuning on the same data after the same pretraining. Variants without such a one are not in it, nor are those that
    others are compared with by this rule."""
    variants = recipe.variants()
    plain: dict[Any, str] = {}
    for name, variant in variants.items():
        if variant.approach == REFERENCE:
            plain.setdefault(_conditions(variant), name)
    found = {name: plain[_conditions(variant)] for name, variant in variants.items() if _conditions(variant) in plain}
    found |= recipe.study.compared_with
    return {name: found[name] for name in variants if name in found and found[name] != name}


def _conditions(recipe: Recipe) -> Hashable:
    """What two rows have in common that are compared without being told to."""
    return _pretraining(recipe), repr(recipe.data.as_dict())


def _pretraining(recipe: Recipe) -> Hashable:
    return identity.key(identity.said_of_pretraining(recipe))


def backbone(recipe: Recipe, key: Mapping[str, Any]) -> Hashable:
    """The backbone that a run began from, the same for runs that share it; an approach without pretraining draws one for
    every seed of a run, whatever the seed of the pretrained backbone. ``key`` : of the run's record."""
    if not APPROACHES[recipe.approach].pretrained:
        return "random", key["variant"], key["seed"]
    return _pretraining(recipe), key["pretrain_seed"]


def measured(recipe: Recipe, records: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The runs of a variant that count: where there is no pretraining, runs that differ in nothing but the seed of the
    pretrained backbone are the same run, which counts once. Where every run draws its own labelled images
    (``data.redraw_labels``), with both seeds, they are different runs."""
    if APPROACHES[recipe.approach].pretrained or recipe.data.redraw_labels:
        return records
    return list({record["key"]["seed"]: record for record in reversed(records)}.values())[::-1]
