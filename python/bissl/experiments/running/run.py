"""One run of a recipe: a pretrained backbone, one approach, one seed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...data import Dataset
from ...data.given import labelled
from ...distributed import from_first, is_first
from ...models.backbone import Backbone
from ...objectives.base import Pretext
from ...training import FineTune, HeadWarmup, Pretrain
from ...training.backbones import new_backbone
from ...training.base import Stage, derived_seed
from ...training.methods import new_pretext
from ...training.optimization import with_drop_path
from ...training.task import new_downstream
from ..recipe import Recipe
from ..recipe.sections import StageSection
from .approaches import APPROACHES, Approach
from .identity import JobIdentity, of_finetuning, of_preparation, of_pretraining
from .images import Images, Views
from .model import Model
from .observers import callbacks_of
from .resuming import has_checkpoints
from .stored import described_by, is_kept, keep, pretrained_folder, stored, take_over


@dataclass
class Run:
    """The stages of a run in order, each made when it is needed, with its records and checkpoints in a folder.

    Parameters
    ----------
    recipe : Recipe
        With the approach.
    root : Path or None
        The folder that all runs of a study share; None keeps nothing.
    name : str
        Name of the run's own folder in it.
    pretrain_seed, seed : int
        Of the pretrained backbone, and of all that follows.
    progress : bool, default True
        Show progress bars.

    Raises
    ------
    InvalidArgument (ValueError), NotWritable, DiskFull (OSError)
        When it runs: a folder that holds something else, or cannot be written.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> run = bissl.experiments.Run(recipe, None, "mine", pretrain_seed=0, seed=1, progress=False)
    >>> run.folder is None
    True
    """

    recipe: Recipe
    root: Path | None
    name: str
    pretrain_seed: int
    seed: int
    progress: bool = True

    def __post_init__(self) -> None:
        self.images = Images.of(self.recipe.data, self.pretrain_seed, self.seed)
        self.views = Views.of(self.recipe, self.images)
        self.approach: Approach = APPROACHES[self.recipe.approach]
        self._pretext: Pretext | None = None
        self._objective = self.recipe.task.choice(self.images.training.dense_targets)
        #: Whose pretrained backbone was taken over.
        self.taken_from: Path | None = None

    @property
    def folder(self) -> Path | None:
        """Of this run alone."""
        return self.root and self.root / "runs" / self.name / f"pretrain-{self.pretrain_seed}-seed-{self.seed}"

    @property
    def pretrained_folder(self) -> Path | None:
        """Of the pretrained backbone, which all runs share that begin with the same one."""
        return self.root and pretrained_folder(self.root, self._pretraining, self.pretrain_seed)

    @cached_property
    def _pretraining(self) -> JobIdentity:
        return of_pretraining(self.recipe)

    def pretext(self) -> Pretext:
        """The pretrained objective: from its file where that is there, in this run's folder or that of a run beside it;
        else trained now."""
        if self._pretext is None:
            self._pretext = self._stored_pretext() or self._pretrain().pretext_
        return self._pretext

    def warm(self) -> HeadWarmup:
        """The head, warmed up on the pretrained backbone."""
        warm: HeadWarmup = self.fit("warmup", self.recipe.warmup, self.pretext().backbone, *self.labelled_training())
        return warm

    def both_levels(self) -> tuple[Any, ...]:
        """What stages that train both levels take: objectives and images."""
        return self.pretext(), self.warm(), self.images.unlabeled, self.labelled_training()

    def prepared(self) -> Backbone:
        """The backbone that is fine-tuned: from its file where that is there, else made now."""
        path, identity = self._file(self.folder, "prepared.safetensors"), of_preparation(self.recipe)
        if path and from_first(lambda: is_kept(path, identity), "whether the backbone is ready"):
            backbone = new_backbone(self.recipe.backbone, 0)
            backbone.load_weights(path)
            return backbone
        backbone = self.approach.prepare(self)
        if path:
            keep(backbone, path, identity)
            self.drop_checkpoints("*")
        return backbone

    def finetuned(self, changes: Mapping[str, Any], key: str = "finetune") -> FineTune:
        """The prepared backbone, fine-tuned, with the epoch that is best on validation images. ``changes`` of the recipe's
        options, such as those of a search."""
        section = self.recipe.finetuned_after_bissl() if self.approach.bilevel else self.recipe.finetune
        options = {**self.approach.finetune, **changes}
        validation = _labelled(self.images.validation)
        inputs = (self.prepared(), *self.labelled_training())
        finetuned: FineTune = self.fit(key, section, *inputs, validation=validation, **options)
        return finetuned

    def keep(self, model: Model, changes: Mapping[str, Any]) -> None:
        """Writes a model that was fine-tuned with these changes into the run's folder, where there is one."""
        if self.folder:
            model.save(self.folder / "finetuned.safetensors", described_by(of_finetuning(self.recipe, changes)))
            self.drop_checkpoints("finetune")

    def drop_checkpoints(self, key: str) -> None:
        """Removes those of the stages whose key matches: called when what they led to is kept."""
        for checkpoints in self.folder.glob(f"{key}/checkpoints") if self.folder and is_first() else ():
            shutil.rmtree(checkpoints)

    def kept(self, changes: Mapping[str, Any]) -> Model | None:
        """The model that was fine-tuned with these changes and kept; None where there is none."""
        path, identity = self._file(self.folder, "finetuned.safetensors"), of_finetuning(self.recipe, changes)
        if path is None or not from_first(lambda: is_kept(path, identity), "whether the model is there"):
            return None
        stage = self.recipe.finetune.make(objective=self._objective)
        backbone = with_drop_path(new_backbone(self.recipe.backbone, 0), stage.drop_path)
        downstream = new_downstream(stage, backbone, labelled(*self.labelled_training()), 0)
        return Model(backbone, downstream, self.views.downstream.evaluation).load(path)

    def fit(self, key: str, section: StageSection, *inputs: Any, validation: Any = None, **options: Any) -> Any:
        """A stage of the section, fitted on ``inputs``; its records are files of the run's folder under ``key``.

        ``validation`` is passed on to the fit, ``options`` are the stage's.
        """
        stage = section.make(**self._options(section.stage, self.seed, self._file(self.folder, key)), **options)
        given = {} if validation is None else {"validation": validation}
        return stage.fit(*inputs, **given, **_checkpoint(self._file(self.folder, key)))

    def labelled_training(self) -> tuple[Any, Any]:
        """Downstream training images, and what they are labelled with."""
        return _labelled(self.images.training)

    def _parts(self, stage: type[Stage]) -> tuple[Dataset, Dataset]:
        """The images that features are scored on. A backbone that runs share is pretrained before any of them draws its own."""
        images = Images.of(self.recipe.data) if stage is Pretrain else self.images
        return images.training, images.validation

    def _options(self, stage: type[Stage], seed: int, folder: Path | None) -> dict[str, Any]:
        """Those that a recipe sets for all stages at once, as far as the stage has them."""
        options = {
            "augmentation": self.views.pretext if stage is Pretrain else self.views.downstream,
            "pretext_augmentation": self.views.pretext,
            "downstream_augmentation": self.views.downstream,
            "objective": self._objective,
            "random_state": seed,
            "progress": self.progress,
            "callbacks": callbacks_of(self.recipe, stage, folder, self._parts(stage), self.views.downstream),
        }
        return {name: value for name, value in options.items() if name in stage._parameter_names()}

    def _pretrain(self) -> Pretrain:
        folder = self.pretrained_folder
        options = self._options(Pretrain, self.pretrain_seed, folder)
        stage: Pretrain = self.recipe.pretrain.make(**options, **self._start())
        stage.fit(self.images.unlabeled, **_checkpoint(folder))
        if folder:
            keep(stage.pretext_, stored(folder), self._pretraining)
            if is_first():
                shutil.rmtree(folder / "checkpoints")
        return stage

    def _start(self) -> dict[str, Any]:
        """The backbone with the recipe's weights, where it has any."""
        if self.recipe.weights is None:
            return {}
        backbone = new_backbone(self.recipe.backbone, derived_seed(self.pretrain_seed, "backbone"))
        backbone.load_weights(self.recipe.weights)
        return {"backbone": backbone}

    def _stored_pretext(self) -> Pretext | None:
        folder = self.pretrained_folder
        if folder is None:
            return None
        is_there, self.taken_from = from_first(self._found_pretext, "whether the pretrained backbone is there")
        if not is_there:
            return None
        section = self.recipe.pretrain
        pretext = new_pretext(section.method, section.method_options, section.backbone, 0)
        pretext.load_weights(stored(folder))
        return pretext

    def _found_pretext(self) -> tuple[bool, Path | None]:
        """Whether the pretrained objective is in its file, and whose it was where it is taken over now."""
        folder = self.pretrained_folder
        if folder is None:
            return False, None
        if is_kept(stored(folder), self._pretraining):
            return True, self.taken_from
        found = None if has_checkpoints(folder) else take_over(folder, self._pretraining)
        return found is not None, found

    @staticmethod
    def _file(folder: Path | None, name: str) -> Path | None:
        return folder and folder / name


def _labelled(images: Dataset) -> tuple[Dataset, Any]:
    """Images and what they are labelled with; None where that is the data set's own boxes or label maps."""
    return images, None if images.dense_targets else images.labels


def _checkpoint(folder: Path | None) -> dict[str, Any]:
    """The argument of a fit that makes its checkpoints, and goes on from the last, where the run has a folder."""
    return {"checkpoint": folder / "checkpoints"} if folder else {}
