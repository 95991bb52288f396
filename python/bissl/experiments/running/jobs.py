"""The pieces of a study: what they do, and what is kept of them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from ..._engine.settings import configuration
from ...callbacks.files import read_records
from ...checkpoints.environment import ROUNDING
from ...training import FineTune
from ..recipe import Recipe
from .alignment import looked_at
from .identity import key
from .model import Model
from .run import Run

#: Bytes that file systems allow.
_LONGEST_NAME = 255
#: Of an upper level's records: what the journal keeps of them.
_OF_SOLVES = ("verdict", "v_cosine", "true_residual", "damping", "products")


@dataclass(frozen=True)
class Job:
    """kind : "pretrain", "warmup", "prepare" (all before fine-tuning), "trial" (of a search), "finetune", "evaluate" (on test images)
    or "alignment" (before fine-tuning against after it).

    variant : its name in the study; recipe : as a dict. changes : of fine-tuning's options. trial : its number.
    of : what its result depends on besides the seeds, see `bissl.experiments.running.identity`.
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
    of: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> dict[str, Any]:
        """What tells the job from others."""
        names = ("kind", "variant", "pretrain_seed", "seed", "trial")
        return {name: getattr(self, name) for name in names} | {"changes": dict(self.changes), "of": key(self.of)}

    @property
    def title(self) -> str:
        """In words, for messages."""
        trial = "" if self.trial is None else f" {self.trial}"
        return f"{self.kind}{trial} of {self.variant} (pretraining seed {self.pretrain_seed}, seed {self.seed})"

    def run(self) -> dict[str, Any]:
        """Does the job; the record says what came of it."""
        started = time.perf_counter()
        root = None if self.root is None else Path(self.root)
        run = Run(Recipe.of(self.recipe), root, file_name(self.variant), self.pretrain_seed, self.seed, self.progress)
        record = _KINDS[self.kind](self, run)
        return record | {"seconds": round(time.perf_counter() - started, 3), "made_with": made_with()}


def _pretrain(job: Job, run: Run) -> dict[str, Any]:
    run.pretext()
    if run.taken_from is None or job.root is None:
        return {}
    return {"taken_from": os.path.relpath(run.taken_from, Path(job.root).absolute().parent)}  # beside the run's folder


def _warmup(job: Job, run: Run) -> dict[str, Any]:
    run.warm()
    return {}


def _prepare(job: Job, run: Run) -> dict[str, Any]:
    run.prepared()
    solves = solves_of(run.folder and run.folder / "bissl" / "metrics.jsonl")
    return {} if solves is None else {"solves": solves}


def made_with() -> dict[str, Any]:
    """What the bits of a result depend on besides recipe, data and seeds."""
    found = configuration()
    return {name: found[name] for name in ("precision", "engine", "matrix_tiles", *ROUNDING)}


def solves_of(records: Path | None) -> dict[str, Any] | None:
    """What became of a run's solves: how many, how many converged, and medians; None without records of any."""
    if records is None or not records.exists():
        return None
    steps = read_records(records)
    told = {name: [one for step in steps for one in step.get(name, ()) if one is not None] for name in _OF_SOLVES}
    if not told["verdict"]:
        return None
    medians = {name: float(np.median(values)) for name, values in told.items() if name != "verdict" and values}
    verdicts = told["verdict"]
    return {"count": len(verdicts), "converged": sum(v.startswith("converged") for v in verdicts), **medians}


def _trial(job: Job, run: Run) -> dict[str, Any]:
    folder = f"trials/{job.trial}-{key(job.of)}"
    record = _validated(run, run.finetuned(job.changes, folder))
    run.drop_checkpoints(folder)
    return record


def _finetune(job: Job, run: Run) -> dict[str, Any]:
    stage = run.finetuned(job.changes)
    run.keep(Model.of(stage), job.changes)
    return _validated(run, stage)


def _evaluate(job: Job, run: Run) -> dict[str, Any]:
    model = run.kept(job.changes) or Model.of(run.finetuned(job.changes))
    return model.measured(run.images.test)


def _alignment(job: Job, run: Run) -> dict[str, Any]:
    return looked_at(run, run.kept(job.changes) or Model.of(run.finetuned(job.changes)))


def _validated(run: Run, stage: FineTune) -> dict[str, Any]:
    """Score and loss of the kept epoch on validation images."""
    loss = Model.of(stage).loss(run.images.validation)
    return {"validation": stage.best_validation_, "validation_loss": loss, "best_epoch": stage.best_epoch_}


_KINDS = {
    "pretrain": _pretrain,
    "warmup": _warmup,
    "prepare": _prepare,
    "trial": _trial,
    "finetune": _finetune,
    "evaluate": _evaluate,
    "alignment": _alignment,
}


def file_name(variant: str) -> str:
    """A folder's name for a variant, another one for every variant: its own name, where file names and shells take that; else
    what they take of it, and a digest behind an @, which no name has that stays as it is."""
    plain = "".join(letter if letter.isalnum() or letter in "-_.=" else "_" for letter in variant)
    if plain == variant and plain not in ("", ".", "..") and len(plain.encode()) <= _LONGEST_NAME:
        return plain
    told = f"@{blake2b(variant.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"
    return plain.encode()[: _LONGEST_NAME - len(told)].decode("utf-8", "ignore") + told
