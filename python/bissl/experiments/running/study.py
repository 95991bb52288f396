"""Many runs: approaches, seeds and pretrained backbones, with or without a search, resumed where they were left."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ...distributed import from_first, size, world
from ...durable import write_atomically, writing
from ...errors import InvalidArgument, WrongType, checked_integer, checked_path
from ...progress import progress_bar
from ...semantics import versions
from ..recipe import Recipe, load_recipe
from ..report.reporting import write_report
from ..report.results import Results
from .alignment import require_alignment
from .approaches import APPROACHES
from .folders import (
    check_folder,
    check_meanings,
    keep_recipe,
    place,
    recipe_path,
    require_rows,
    require_same_runs,
    require_tuned,
)
from .identity import JobIdentity, key, of_finetuning, of_job
from .images import Images, check_drawn, check_task
from .jobs import Job
from .journal import Journal
from .packages import require_packages
from .ranks import Ranks
from .search import best_trade_off, sampled
from .workers import Workers


class Study:
    """The runs of a recipe in a folder: ``recipe.yaml``, ``results.jsonl`` (one line per finished piece), pretrained
    backbones, and of every run its records, checkpoints and weights.

    A study that was interrupted is taken up by making it again with the same folder: what is finished is not done again.

    A context manager, which ends the processes; at the latest they end with this one.

    Parameters
    ----------
    recipe : Recipe
        What is run: the recipe's ``study``, or its own approach where that is empty.
    folder : str, path or None, optional
        Made where it is missing; None keeps nothing on the disk.
    processes : int, default 1
        Runs side by side, each with its share of the cores.
    progress : bool, default True
        Show progress bars.

    Raises
    ------
    InvalidArgument (ValueError)
        The folder holds something else, such as a ``recipe.yaml`` that somebody wrote, or what was written when numbers
        meant something else; when it runs, also where the folder holds finished runs of another recipe under the same
        names, or a comparison that the recipe has no rows of, where two rows have the same runs, or the task's objective
        does not fit the images.
    NotWritable, DiskFull (OSError)
        It cannot be written.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> with bissl.experiments.Study(recipe, progress=False) as study:
    ...     study.results().rows()  # study.run() trains and measures
    []
    """

    def __init__(
        self, recipe: Recipe, folder: str | os.PathLike[str] | None = None, processes: int = 1, progress: bool = True
    ) -> None:
        processes = checked_integer("processes", processes, 1)
        if processes > 1 and size() > 1:
            raise InvalidArgument("processes: runs side by side and processes that train together exclude each other")
        if processes > 1 and folder is None:
            raise InvalidArgument("processes: more than one share their backbones through a folder; give one")
        self.recipe, self.processes, self.progress = recipe, processes, progress
        self.folder = chosen = None if folder is None else Path(checked_path("folder", folder))
        self.variants = recipe.variants()
        if chosen is not None:
            from_first(lambda: check_folder(chosen), "a look at the folder")
        self._workers = Workers(processes) if size() == world().size else Ranks(world())
        self._identities: dict[tuple[Any, ...], JobIdentity] = {}
        self._is_open = self._begun = False
        #: Of a folder in which this recipe has begun nothing: the recipe that was there, and what had begun.
        self._before: tuple[bytes, set[Path]] | None = None
        self._workers.meet("a look at the folder")
        self.journal = Journal(self.folder and self.folder / "results.jsonl")
        check_meanings(self.journal)

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def run(self) -> Results:
        """Everything that is not done yet: training, then the evaluation on test images, and last what ``study.alignment``
        measures of the backbones before fine-tuning."""
        changes = self.finetune()
        self._do("evaluate", self._measured("evaluate", changes))
        if self.recipe.study.alignment:
            self._do("alignment", self._measured("alignment", changes))
        return self.results()

    def report(self) -> None:
        """Writes ``table.md``, ``runs.csv`` and ``report.html`` (where matplotlib is installed) into the folder."""
        if self.folder is not None and world().rank == 0:
            write_report(self.results(), self.folder)

    @property
    def pretrained_folder(self) -> Path | None:
        """Where the pretrained backbones are kept, which runs in folders beside this one take over where their recipes
        agree on pretraining."""
        return self.folder and self.folder / "pretrained"

    @property
    def _searched(self) -> int:
        """The seed of the pretrained backbone that trials of searches begin with."""
        own = self.recipe.search.pretrain
        return self.recipe.seeds.pretrain[0] if own is None else own

    def taken_over(self) -> str:
        """Whose pretrained backbones this run has taken over, in words; nothing where it has trained them all."""
        told = [r["taken_from"] for r in self.journal if r["key"]["kind"] == "pretrain" and "taken_from" in r]
        beside = self.folder.absolute().parent if self.folder else Path()
        sources = dict.fromkeys(os.fspath(beside / path) for path in told)
        return f" (taken over from {', '.join(sources)})" if sources else ""

    def pretrain(self) -> None:
        """All pretrained backbones."""
        needing = [name for name, recipe in self.variants.items() if APPROACHES[recipe.approach].pretrained]
        seeds = dict.fromkeys([*self.recipe.seeds.pretrain, *([self._searched] if self.recipe.study.tune else [])])
        jobs = [self._job("pretrain", name, seed, seed) for name in needing for seed in seeds]
        self._do("pretrain", _unlike(jobs))

    def warmup(self) -> None:
        """The heads that are warmed up before both levels are trained."""
        self.pretrain()
        warming = [name for name, recipe in self.variants.items() if APPROACHES[recipe.approach].both_levels]
        self._do("warmup", self._repeats("warmup", warming))

    def prepare(self) -> None:
        """The backbones of all runs, up to fine-tuning."""
        self._require_unlike()
        self.pretrain()
        self._do("prepare", self._repeats("prepare"))

    def finetune(self) -> dict[str, dict[str, float]]:
        """All runs up to evaluation; returns what each variant was fine-tuned with."""
        changes: dict[str, dict[str, float]] = {name: {} for name in self.variants}
        self.require_same()
        self.prepare()
        if self.recipe.study.tune:
            changes = self.search()
            self._require_same_measured(changes)
        self._do("finetune", self._measured("finetune", changes))
        return changes

    def search(self) -> dict[str, dict[str, float]]:
        """The best pair of rate and weight decay for every variant, found on validation images with the search's pretrained
        backbone and seed."""
        self.prepare_search()
        pairs = list(enumerate(sampled(self.recipe.search)))
        self._do("trial", [self._trial(name, number, pair) for name in self.variants for number, pair in pairs])
        return {name: dict(self.best_trial(name)["key"]["changes"]) for name in self.variants}

    def prepare_search(self) -> None:
        """The backbones that are fine-tuned in searches."""
        self._begin(searches=True)
        self.pretrain()
        self._do("prepare", self._before_trials())

    def try_pair(self, name: str, number: int, changes: Mapping[str, float]) -> dict[str, Any]:
        """One trial of a variant's search: fine-tuning with these options. Returns its record."""
        job = self._trial(name, number, changes)
        self._do("trial", [job])
        return self.journal[job.key]

    def propose(self, name: str, number: int, changes: Mapping[str, float]) -> None:
        """Keeps what a trial is going to try, so that a call that goes on tries the same."""
        key = self._trial(name, number, changes).key | {"kind": "proposal"}
        if key not in self.journal:
            self.journal.add(key, {"meanings": versions()})

    def proposals(self, name: str) -> dict[int, dict[str, float]]:
        """What trials of a variant were going to try, by number, as far as `trials` would count them."""
        return {record["key"]["trial"]: dict(record["key"]["changes"]) for record in self._tried("proposal", name)}

    def trials(self, name: str) -> list[dict[str, Any]]:
        """The records of a variant's finished trials, as far as they are of its recipe and in the ranges of its search."""
        return self._tried("trial", name)

    def best_trial(self, name: str) -> Mapping[str, Any]:
        """The record of the trial that `best_trade_off` chooses among a variant's finished ones."""
        return best_trade_off(self.trials(name), len(Images.of(self.variants[name].data).validation))

    def results(self) -> Results:
        """The measured runs that are finished."""
        aligned = self._newest("alignment") if self.recipe.study.alignment else []
        trained = [*self._newest("prepare"), *self._newest("finetune")]
        return Results(self.recipe, self._newest("evaluate"), aligned, trained)

    def _newest(self, kind: str) -> list[dict[str, Any]]:
        """The last record of each of the study's runs; a folder may hold runs of other rows and seeds as well."""
        found = [record for record in self.journal if record["key"]["kind"] == kind and self._has(record["key"])]
        return list({place(record["key"]): record for record in found}.values())

    def _has(self, run: Mapping[str, Any]) -> bool:
        """Whether a run, by its record's key, is one of this recipe's rows with this recipe's seeds."""
        seeds = self.recipe.seeds
        return run["variant"] in self.variants and run["pretrain_seed"] in seeds.pretrain and run["seed"] in seeds.runs

    def _tried(self, kind: str, name: str) -> list[dict[str, Any]]:
        wanted, recipe = {"kind": kind, "variant": name}, self.variants[name]
        found = [record for record in self.journal if wanted.items() <= record["key"].items()]
        return [record for record in found if _is_tried(recipe, record["key"])]

    def _before_trials(self) -> list[Job]:
        return [self._job("prepare", name, self._searched, self.recipe.search.seed) for name in self.variants]

    def _trial(self, name: str, number: int, changes: Mapping[str, float]) -> Job:
        return self._job("trial", name, self._searched, self.recipe.search.seed, changes, number)

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
        root = os.fspath(self.folder) if self.folder else None
        values = self.variants[name].as_dict()
        progress = self.progress and self.processes == 1
        of = self._identity(kind, name, tuple((changes or {}).items()))
        return Job(kind, name, values, root, pretrain_seed, seed, changes or {}, trial, progress, of)

    def _identity(self, kind: str, name: str, changes: tuple[tuple[str, Any], ...]) -> JobIdentity:
        self._open()
        if (kind, name, changes) not in self._identities:
            self._identities[kind, name, changes] = of_job(kind, self.variants[name], dict(changes))
        return self._identities[kind, name, changes]

    def _do(self, kind: str, jobs: Sequence[Job]) -> None:
        """The jobs that the journal does not have."""
        if self.folder is None and kind in ("pretrain", "warmup", "prepare", "finetune"):
            return  # nothing can be kept for the jobs that follow, which do this themselves
        self._begin()
        require_same_runs(self.folder, self.journal, jobs, self.recipe)
        waiting = [job for job in jobs if job.key not in self.journal]
        with self._refusals(), progress_bar(len(jobs), kind, self.progress, unit="job", keep=True) as bar:
            bar.update(len(jobs) - len(waiting))
            for job, record in self._workers.completed(waiting):
                # Seconds, for one, are those of the first of processes that train together.
                record = from_first(partial(dict, record), f"the result of the {job.title}")
                self.journal.add(job.key, record | {"depends_on": job.of, "meanings": versions()})
                if kind not in ("pretrain", "trial"):
                    self._before = None
                bar.update()
        if self._workers.meet(f"the end of all {kind} jobs"):
            self.journal = Journal(self.journal.path)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Around jobs: where one is refused before this recipe has begun anything in the folder of another, such as by a
        checkpoint, the recipe that was there is put back."""
        try:
            yield
        except (InvalidArgument, WrongType):
            if self.folder is not None and self._before is not None:
                before, begun = self._before
                if begun == self._under_way():
                    with writing(self.folder, "recipe"):
                        write_atomically(recipe_path(self.folder), before)
                    self._begun = False
            raise

    def _under_way(self) -> set[Path]:
        """The checkpoints of what has begun and not ended."""
        return set() if self.folder is None else set(self.folder.glob("**/checkpoints/checkpoint-*.json"))

    def require_same(self) -> None:
        """InvalidArgument where the folder holds finished runs of another recipe under the names of this one's rows, or a
        comparison that this recipe has no rows of: told before pretraining, which may take days."""
        self._require_same_backbones(self.recipe.study.tune)
        self._require_same_results()

    def _require_same_backbones(self, searches: bool) -> None:
        """Of all up to fine-tuning, that of trials too where this study ``searches``."""
        jobs = [self._held(record) for kind in ("warmup", "prepare") for record in self._newest(kind)]
        before_trials = self._before_trials() if searches else []
        require_same_runs(self.folder, self.journal, [*jobs, *before_trials], self.recipe)

    def _require_same_results(self) -> None:
        """Of all that follows, and of the rows."""
        if self.folder is not None:
            require_rows(self.folder, self.recipe)
        kinds = ("finetune", "evaluate", *(["alignment"] if self.recipe.study.alignment else []))
        records = [record for kind in kinds for record in self._newest(kind)]
        require_tuned(self.folder, self.recipe, records)
        require_same_runs(self.folder, self.journal, [self._held(record) for record in records], self.recipe)

    def _held(self, record: Mapping[str, Any]) -> Job:
        """The job of a finished run, as it is with this recipe; where rates are searched for, with those that were found."""
        of = record["key"]
        changes = of["changes"] if self.recipe.study.tune else {}
        return self._job(of["kind"], of["variant"], of["pretrain_seed"], of["seed"], changes)

    def _require_same_measured(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Of all that follows from fine-tuning with what was found now: told before it is trained."""
        for kind in ("finetune", "evaluate", *(["alignment"] if self.recipe.study.alignment else [])):
            require_same_runs(self.folder, self.journal, self._measured(kind, changes), self.recipe)

    def _open(self) -> None:
        """Looks for all packages and opens all images, so that what is missing or broken is told before work begins, and
        before it is asked what the work depends on."""
        if self._is_open:
            return
        for recipe in self.variants.values():
            require_packages(recipe)
        require_alignment(self.recipe)
        for recipe in self.variants.values():
            Images.of(recipe.data)
            check_task(recipe)
            check_drawn(recipe)
        for recipe in self.variants.values():
            Images.check_files(recipe.data, self.progress)
        self._is_open = True

    def _require_unlike(self) -> None:
        """InvalidArgument for two rows of the same runs: they would be compared as if they were not."""
        kind = "alignment" if self.recipe.study.alignment else "evaluate"
        found: dict[str, str] = {}
        for name in self.variants:
            if (first := found.setdefault(key(self._identity(kind, name, ())), name)) != name:
                raise InvalidArgument(
                    f"study: expected rows that differ, got {name!r}, whose results are those of {first!r}: no option in which "
                    "they differ counts for them; leave one of them out"
                )

    def _begin(self, searches: bool = False) -> None:
        """Opens all images, sees that the folder holds nothing else, and keeps the recipe. Searches go on beside finished
        runs of other rates, or of a comparison, whose recipe then stays."""
        if self._begun:
            return
        self._open()
        self._require_same_backbones(searches or self.recipe.study.tune)
        keeps = self.folder is not None
        try:
            self._require_same_results()
        except InvalidArgument:
            if not searches:
                raise
            keeps = False
        if self.folder is not None:
            path = recipe_path(self.folder)
            self._before = (path.read_bytes(), self._under_way()) if path.exists() else None
            self._workers.meet("a look at the recipe")  # before one of them replaces it
            if keeps:
                keep_recipe(self.recipe, self.folder)
        self._begun = True


def open_study(folder: str | os.PathLike[str], **options: Any) -> Study:
    """The study in a folder; ``options`` as `Study` has them. Raises FileMissing (FileNotFoundError) where there is none.

    Parameters
    ----------
    folder : str or path
        Of a study or a run.
    **options : object
        As `Study` has them: ``processes`` and ``progress``.

    Returns
    -------
    Study
        Made with the recipe that lies in the folder.

    Raises
    ------
    FileMissing (FileNotFoundError)
        There is no study in the folder.

    Examples
    --------
    >>> try:
    ...     study = bissl.experiments.open_study("runs/mine", processes=2)
    ... except FileNotFoundError as error:
    ...     print(type(error).__name__)  # nothing was run in this folder yet
    FileMissing
    """
    return Study(load_recipe(recipe_path(Path(checked_path("folder", folder)))), folder, **options)


def _is_tried(recipe: Recipe, found: Mapping[str, Any]) -> bool:
    """Whether a trial is one of this recipe and its search's ranges."""
    changes, ranges = found["changes"], {"lr": recipe.search.lr, "weight_decay": recipe.search.weight_decay}
    inside = all(least <= changes[name] <= most for name, (least, most) in ranges.items())
    return inside and found["of"] == key(of_finetuning(recipe, changes))


def _unlike(jobs: Sequence[Job]) -> list[Job]:
    """One job for every backbone: variants may share them."""
    return list({(key(job.of), job.seed): job for job in reversed(jobs)}.values())[::-1]
