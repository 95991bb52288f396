"""What the results of a recipe depend on, stage by stage: what makes stored work that of this recipe and no other.

Data are told by their names and their content, weights by their content: where files lie does not count, nor what a recipe
is called, what looks on, or what else its study compares.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ... import _engine
from ...checkpoints.description import described
from ...checkpoints.tree import digest
from ...data import Dataset
from ...data.fingerprint import content_digest
from ...data.relabelled import DenseLabels
from ...errors import FileMissing
from ...semantics import OF_TRAINING, versions
from ..recipe import Recipe
from .approaches import APPROACHES
from .images import Images, dense_targets_of, images_of_all_runs

JobIdentity = dict[str, Any]

#: Options of readers that change nothing of what is read.
_INCIDENTAL = ("workers",)

#: By approach: the sections that make its backbone ready, besides those of pretraining.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "noisytune": ("noisytune",),
    **dict.fromkeys(("continued", "data-mix"), ("data_mix",)),
    "weighted-sum": ("warmup", "weighted_sum"),
    **dict.fromkeys((name for name in APPROACHES if name.startswith("bissl")), ("warmup", "bissl")),
}


def said_of_pretraining(recipe: Recipe) -> JobIdentity:
    """What a recipe says of its pretrained backbone, without a look at files: among the variants of one study the same
    where the backbones are the same, seed for seed."""
    data, seen = recipe.data.as_dict(), recipe.augmentation.as_dict()
    del seen["downstream"]
    found = {
        "data": {name: value for name, value in data.items() if name.startswith(("pretext", "seed", "kept"))},
        "augmentation": seen,
        "pretrain": recipe.pretrain.as_dict(),
        "weights": recipe.weights,
    }
    if recipe.early_stop.pretrain is not None:
        found["early_stop"] = {"pretrain": dict(recipe.early_stop.pretrain)}
    if _may_end_by_score(recipe):
        names = ("knn_every", "probe_every", "rankme_every", "lidar_every")
        every = {name: getattr(recipe.callbacks, name) for name in names}
        found |= {"callbacks": every, "downstream": data | {"seen": recipe.augmentation.downstream}}
    return found


def of_pretraining(recipe: Recipe) -> JobIdentity:
    """Of a pretrained backbone, but for its seed."""
    found = said_of_pretraining(recipe) | {
        "data": {"pretext": _pretext(recipe)},
        "weights": None if recipe.weights is None else _file_digest(recipe.weights),
        "precision": _engine.precision,
        "meanings": versions(("decoding", "draws")),
    }
    return found | (
        {"downstream": _downstream(recipe, ("training", "validation"))} if _may_end_by_score(recipe) else {}
    )


def _may_end_by_score(recipe: Recipe) -> bool:
    """Whether scores of downstream images may end pretraining."""
    stop = recipe.early_stop.pretrain
    return stop is not None and stop.get("metric") in ("knn", "probe", "rankme", "lidar")


def of_warmup(recipe: Recipe) -> JobIdentity:
    """Of a head that is warmed up on a pretrained backbone, but for the seeds."""
    return of_pretraining(recipe) | _trained_on_labels(recipe, ("warmup",))


def of_preparation(recipe: Recipe) -> JobIdentity:
    """Of a backbone that is ready to be fine-tuned, but for the seeds."""
    approach = APPROACHES[recipe.approach]
    sections = _SECTIONS.get(recipe.approach, ())
    found: JobIdentity = {"approach": recipe.approach if sections or not approach.pretrained else "pretrained"}
    found |= of_pretraining(recipe) if approach.pretrained else _of_initialization(recipe)
    if sections == ("noisytune",):
        return found | {"noisytune": recipe.noisytune.as_dict()}
    return found | (_trained_on_labels(recipe, sections) if sections else {})


def _of_initialization(recipe: Recipe) -> JobIdentity:
    return {"pretrain": {"backbone": recipe.backbone}, "precision": _engine.precision}


def _trained_on_labels(recipe: Recipe, sections: tuple[str, ...]) -> JobIdentity:
    stops = {name: dict(stop) for name in sections if (stop := getattr(recipe.early_stop, name, None)) is not None}
    return {
        **{name: getattr(recipe, name).as_dict() for name in sections},
        "task": recipe.task.as_dict(),
        "early stops": stops,
        "downstream": _downstream(recipe, ("training",)),
        "meanings": versions(OF_TRAINING),
    }


def of_finetuning(recipe: Recipe, changes: Mapping[str, Any]) -> JobIdentity:
    """Of a fine-tuned model, but for the seeds. ``changes`` : of the section's options."""
    approach = APPROACHES[recipe.approach]
    section = recipe.finetuned_after_bissl() if approach.bilevel else recipe.finetune
    stop = recipe.early_stop.finetune
    return of_preparation(recipe) | {
        "finetune": section.as_dict() | dict(approach.finetune) | dict(changes),
        "task": recipe.task.as_dict(),
        "finetune's early stop": None if stop is None else dict(stop),
        "downstream": _downstream(recipe, ("training", "validation")),
        "meanings": versions(OF_TRAINING),
        **_measured_on(recipe),
    }


def _measured_on(recipe: Recipe) -> JobIdentity:
    """What the normalisation of images was measured on, where the preparation, whose images they are, does not tell."""
    if APPROACHES[recipe.approach].pretrained or recipe.augmentation.statistics != "measured":
        return {}
    return {"statistics": _content(Images.of(recipe.data).unlabeled, labels=False)}


def of_evaluation(recipe: Recipe, changes: Mapping[str, Any]) -> JobIdentity:
    """Of the scores of a fine-tuned model, but for the seeds."""
    parts = ("training", "validation", "test")
    return of_finetuning(recipe, changes) | {"downstream": _downstream(recipe, parts), "meanings": versions()}


def of_alignment(recipe: Recipe, changes: Mapping[str, Any]) -> JobIdentity:
    """Of what is measured before fine-tuning, but for the seeds."""
    return of_evaluation(recipe, changes) | {"probe": recipe.probe.as_dict()}


#: By the kind of a job.
_OF: Mapping[str, Callable[[Recipe, Mapping[str, Any]], JobIdentity]] = {
    "pretrain": lambda recipe, changes: of_pretraining(recipe),
    "warmup": lambda recipe, changes: of_warmup(recipe),
    "prepare": lambda recipe, changes: of_preparation(recipe),
    "trial": of_finetuning,
    "finetune": of_finetuning,
    "evaluate": of_evaluation,
    "alignment": of_alignment,
}


def of_job(kind: str, recipe: Recipe, changes: Mapping[str, Any]) -> JobIdentity:
    """Of what a job of this kind gives, as JSON spells it."""
    identity: JobIdentity = described(_OF[kind](recipe, changes))
    return identity


def key(identity: Mapping[str, Any]) -> str:
    """Short text that is the same for the same identity, in every process."""
    return digest(described(identity))[:16]


def _pretext(recipe: Recipe) -> JobIdentity:
    data = recipe.data
    images = Images.of(data)
    return {"name": data.pretext, "split": data.pretext_split, "options": _pathless(data.pretext_options)} | _content(
        images.unlabeled, labels=False
    )


def _downstream(recipe: Recipe, parts: tuple[str, ...]) -> JobIdentity:
    data = recipe.data
    images = images_of_all_runs(data)
    found = {
        "name": data.downstream,
        "options": _pathless(data.downstream_options),
        "seen": recipe.augmentation.as_dict(),
    }
    if data.redraw_labels:
        found["drawn for every run"] = {"of a class": data.labels_per_class, "seed": data.seed}
    return found | {part: _content(getattr(images, part)) for part in parts}


def _content(dataset: Dataset, labels: bool = True) -> JobIdentity:
    """The same wherever the files lie."""
    found: JobIdentity = {"images": len(dataset), "content": _digest_of(dataset)}
    return found | ({"labels": _labels_of(dataset), "classes": list(dataset.classes)} if labels else {})


def _labels_of(dataset: Dataset) -> Any:
    if dataset.dense_targets:
        return DenseLabels(dataset, dense_targets_of(dataset)).digest()
    return described(dataset.labels)


@lru_cache(maxsize=16)
def _digest_of(dataset: Dataset) -> str:
    return content_digest(dataset)


def _pathless(value: Any) -> Any:
    """Options with the content of files in place of their paths; of folders, the names of what is in them."""
    if isinstance(value, Mapping):
        return {name: _pathless(entry) for name, entry in value.items() if name not in _INCIDENTAL}
    if isinstance(value, (list, tuple)):
        return [_pathless(entry) for entry in value]
    if isinstance(value, (str, os.PathLike)) and Path(value).is_file():
        return _file_digest(value)
    if isinstance(value, (str, os.PathLike)) and os.sep in os.fspath(value) and Path(value).is_dir():
        return sorted(os.listdir(value))
    return described(value)


def _file_digest(path: str | os.PathLike[str]) -> str:
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise FileMissing(f"weights: there is no file {path}") from error
    return _read_digest(os.fspath(path), status.st_size, status.st_mtime_ns)


@lru_cache
def _read_digest(path: str, size: int, changed: int) -> str:
    digest = blake2b(digest_size=16)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
