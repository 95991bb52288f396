"""Pieces of a study that do not wait for each other, one after the other or in processes side by side."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..recipes import Recipe
from ..stages import FineTune
from .model import Model
from .run import Run

#: Threads of the engine and of the linear algebra that NumPy and scikit-learn use.
_THREADS = ("BISSL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """kind : "pretrain", "prepare" (all before fine-tuning), "trial" (of a search), "finetune" or "evaluate" (on test images).

    variant : its name in the study; recipe : as a dict. changes : of fine-tuning's options. trial : its number.
    """

    kind: str
    variant: str
    recipe: Mapping[str, Any]
    root: str | None
    pretrain_seed: int
    seed: int
    changes: Mapping[str, Any]
    trial: int | None = None
    progress: bool = False

    @property
    def key(self) -> dict[str, Any]:
        """What tells the job from others."""
        names = ("kind", "variant", "pretrain_seed", "seed", "trial")
        return {name: getattr(self, name) for name in names} | {"changes": dict(self.changes)}

    def run(self) -> dict[str, Any]:
        """Does the job; the record says what came of it."""
        started = time.perf_counter()
        root = None if self.root is None else Path(self.root)
        run = Run(Recipe.of(self.recipe), root, file_name(self.variant), self.pretrain_seed, self.seed, self.progress)
        record = _KINDS[self.kind](self, run)
        return record | {"seconds": round(time.perf_counter() - started, 3)}


def _pretrain(job: Job, run: Run) -> dict[str, Any]:
    run.pretext()
    return {}


def _prepare(job: Job, run: Run) -> dict[str, Any]:
    run.prepared()
    return {}


def _trial(job: Job, run: Run) -> dict[str, Any]:
    return _validated(run, run.finetuned(job.changes, f"trials/{job.trial}"))


def _finetune(job: Job, run: Run) -> dict[str, Any]:
    stage = run.finetuned(job.changes)
    run.keep(Model.of(stage))
    return _validated(run, stage)


def _evaluate(job: Job, run: Run) -> dict[str, Any]:
    model = run.kept() or Model.of(run.finetuned(job.changes))
    return model.measured(run.images.test)


def _validated(run: Run, stage: FineTune) -> dict[str, Any]:
    """Score and loss of the kept epoch on validation images."""
    loss = Model.of(stage).loss(run.images.validation)
    return {"validation": stage.best_validation_, "validation_loss": loss, "best_epoch": stage.best_epoch_}


_KINDS = {"pretrain": _pretrain, "prepare": _prepare, "trial": _trial, "finetune": _finetune, "evaluate": _evaluate}


def completed(jobs: Sequence[Job], processes: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Every job with its record, as they are done: in this process, or in ``processes`` spawned ones, among which the
    engine's threads are divided. The first error ends all."""
    if processes == 1 or len(jobs) < 2:
        yield from ((job, job.run()) for job in jobs)
        return
    count = min(processes, len(jobs))
    with _threads_per_process(count), ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(job.run): job for job in jobs}
        try:
            yield from ((futures[future], future.result()) for future in as_completed(futures))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _threads_per_process(processes: int) -> Iterator[None]:
    """The environment that spawned processes get: each its share of the cores that this one may use."""
    before = {name: os.environ.get(name) for name in _THREADS}
    share = max(1, len(os.sched_getaffinity(0)) // processes)
    os.environ.update({name: str(share) for name in _THREADS})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def file_name(variant: str) -> str:
    """The variant's name with what file names and shells take ill replaced."""
    return "".join(letter if letter.isalnum() or letter in "-_.=" else "_" for letter in variant)
