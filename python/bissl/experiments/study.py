"""Many runs: approaches, seeds and pretrained backbones, with or without a search, resumed where they were left."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument, checked_integer
from ..progress import progress_bar
from ..recipes import Callbacks, Recipe, load_recipe, save_recipe
from .approaches import APPROACHES
from .images import Images
from .jobs import Job
from .journal import Journal
from .reporting import write_report
from .results import Results
from .search import best_trade_off, sampled
from .workers import Workers


class Study:
    """The runs of a recipe in a folder: ``recipe.yaml``, ``results.jsonl`` (one line per finished piece), pretrained
    backbones, and of every run its records, checkpoints and weights.

    A study that was interrupted is taken up by making it again with the same folder: what is finished is not done again.

    Parameters
    ----------
    recipe : what is run: the recipe's ``study``, or its own approach where that is empty.
    folder : made where it is missing; None keeps nothing on the disk.
    processes : runs side by side, each with its share of the cores.
    progress : show progress bars.

    A context manager, which ends the processes; at the latest they end with this one.

    Raises
    ------
    InvalidArgument (ValueError) : the folder holds the run of another recipe. OSError : it cannot be written.
    """

    def __init__(
        self, recipe: Recipe, folder: str | os.PathLike | None = None, processes: int = 1, progress: bool = True
    ) -> None:
        processes = checked_integer("processes", processes, 1)
        if processes > 1 and folder is None:
            raise InvalidArgument("processes: more than one share their backbones through a folder; give one")
        self.recipe, self.processes, self.progress = recipe, processes, progress
        self.folder = None if folder is None else Path(folder)
        self.variants = recipe.variants()
        if self.folder is not None:
            _check_folder(self.folder, recipe)
        self._workers = Workers(processes)
        self.journal = Journal(self.folder and self.folder / "results.jsonl")

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def run(self) -> Results:
        """Everything that is not done yet, the evaluation on test images last of all."""
        changes = self.finetune()
        self._do("evaluate", self._measured("evaluate", changes))
        return self.results()

    def report(self) -> None:
        """Writes ``table.md``, ``runs.csv`` and ``report.html`` (where matplotlib is installed) into the folder."""
        if self.folder is not None:
            write_report(self.results(), self.folder)

    def pretrain(self) -> None:
        """All pretrained backbones."""
        needing = [name for name, recipe in self.variants.items() if APPROACHES[recipe.approach].pretrained]
        jobs = [self._job("pretrain", name, seed, seed) for name in needing for seed in self.recipe.seeds.pretrain]
        self._do("pretrain", _unlike(jobs, self.variants))

    def warmup(self) -> None:
        """The heads that are warmed up before both levels are trained."""
        self.pretrain()
        warming = [name for name, recipe in self.variants.items() if APPROACHES[recipe.approach].both_levels]
        self._do("warmup", self._repeats("warmup", warming))

    def prepare(self) -> None:
        """The backbones of all runs, up to fine-tuning."""
        self.pretrain()
        self._do("prepare", self._repeats("prepare"))

    def finetune(self) -> dict[str, dict[str, float]]:
        """All runs up to evaluation; returns what each variant was fine-tuned with."""
        self.prepare()
        changes = self.search() if self.recipe.study.tune else {name: {} for name in self.variants}
        self._do("finetune", self._measured("finetune", changes))
        return changes

    def search(self) -> dict[str, dict[str, float]]:
        """The best pair of rate and weight decay for every variant, found on validation images with its first pretrained
        backbone and the search's seed."""
        self.prepare_search()
        pairs = list(enumerate(sampled(self.recipe.search)))
        self._do("trial", [self._trial(name, number, pair) for name in self.variants for number, pair in pairs])
        return {name: dict(self.best_trial(name)["key"]["changes"]) for name in self.variants}

    def prepare_search(self) -> None:
        """The backbones that are fine-tuned in searches."""
        self.pretrain()
        first, seed = self.recipe.seeds.pretrain[0], self.recipe.search.seed
        self._do("prepare", [self._job("prepare", name, first, seed) for name in self.variants])

    def try_pair(self, name: str, number: int, changes: Mapping[str, float]) -> dict[str, Any]:
        """One trial of a variant's search: fine-tuning with these options. Returns its record."""
        job = self._trial(name, number, changes)
        self._do("trial", [job])
        return self.journal[job.key]

    def trials(self, name: str) -> list[dict[str, Any]]:
        """The records of a variant's finished trials."""
        wanted = {"kind": "trial", "variant": name}
        return [record for record in self.journal if wanted.items() <= record["key"].items()]

    def best_trial(self, name: str) -> Mapping[str, Any]:
        """The record of the trial that `best_trade_off` chooses among a variant's finished ones."""
        return best_trade_off(self.trials(name), len(Images.of(self.recipe.data).validation))

    def results(self) -> Results:
        """The measured runs that are finished."""
        runs = [record for record in self.journal if record["key"]["kind"] == "evaluate"]
        return Results(self.recipe, [record for record in runs if record["key"]["variant"] in self.variants])

    def _trial(self, name: str, number: int, changes: Mapping[str, float]) -> Job:
        first, seed = self.recipe.seeds.pretrain[0], self.recipe.search.seed
        return self._job("trial", name, first, seed, changes, number)

    def _measured(self, kind: str, changes: Mapping[str, Mapping[str, Any]]) -> list[Job]:
        return [job for name in self.variants for job in self._repeats(kind, [name], changes[name])]

    def _repeats(
        self, kind: str, names: Sequence[str] | None = None, changes: Mapping[str, Any] | None = None
    ) -> list[Job]:
        seeds = self.recipe.seeds
        return [
            self._job(kind, name, pretrain_seed, seed, changes)
            for name in (self.variants if names is None else names)
            for pretrain_seed in seeds.pretrain
            for seed in seeds.runs
        ]

    def _job(
        self,
        kind: str,
        name: str,
        pretrain_seed: int,
        seed: int,
        changes: Mapping[str, Any] | None = None,
        trial: int | None = None,
    ) -> Job:
        root, values = self.folder and os.fspath(self.folder), self.variants[name].as_dict()
        progress = self.progress and self.processes == 1
        return Job(kind, name, values, root, pretrain_seed, seed, changes or {}, trial, progress)

    def _do(self, kind: str, jobs: Sequence[Job]) -> None:
        """The jobs that the journal does not have."""
        if self.folder is None and kind in ("pretrain", "warmup", "prepare", "finetune"):
            return  # nothing can be kept for the jobs that follow, which do this themselves
        self._begin()
        waiting = [job for job in jobs if job.key not in self.journal]
        with progress_bar(len(jobs), kind, self.progress, unit="job", keep=True) as bar:
            bar.update(len(jobs) - len(waiting))
            for job, record in self._workers.completed(waiting):
                self.journal.add(job.key, record)
                bar.update()

    def _begin(self) -> None:
        """Opens all images, so that what is missing or broken is told before work begins, and keeps the recipe."""
        for recipe in self.variants.values():
            Images.of(recipe.data)
            Images.check_files(recipe.data, self.progress)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_recipe(self.recipe, self.folder / "recipe.yaml")


def open_study(folder: str | os.PathLike, **options: Any) -> Study:
    """The study in a folder; ``options`` as `Study` has them. Raises FileMissing (FileNotFoundError) where there is none."""
    return Study(load_recipe(folder), folder, **options)


def _check_folder(folder: Path, recipe: Recipe) -> None:
    """InvalidArgument for a folder that holds something else than this recipe's run."""
    path = folder / "recipe.yaml"
    if path.exists() and _essence(load_recipe(path)) != _essence(recipe):
        raise InvalidArgument(
            f"{folder}: holds the run of another recipe; give another folder, or go on with it: bissl resume {folder}"
        )
    if not path.exists() and folder.exists() and any(folder.iterdir()):
        raise InvalidArgument(f"{folder}: is not empty and holds no run; give another folder")


def _essence(recipe: Recipe) -> Recipe:
    """The recipe without what results do not depend on: where its images lie and how they are loaded, what looks on, how
    rows are compared."""
    data = replace(
        recipe.data, pretext_root=None, downstream_root=None, check_files=True, on_error="raise", workers=None
    )
    seen = recipe.callbacks if recipe.early_stop.pretrain else Callbacks()  # an early stop may follow a score
    return replace(recipe, data=data, callbacks=seen, study=replace(recipe.study, compared_with={}))


def _unlike(jobs: Sequence[Job], variants: Mapping[str, Recipe]) -> list[Job]:
    """One job for every backbone: variants may share them."""
    from .run import pretraining_key

    return list({(pretraining_key(variants[job.variant]), job.seed): job for job in reversed(jobs)}.values())[::-1]
