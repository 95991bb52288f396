"""Whether a folder may be used for a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ...checkpoints.tree import differences
from ...errors import InvalidArgument
from ...semantics import OF_TRAINING, changes_since, refusal
from .jobs import Job
from .journal import Journal
from .resuming import resume_command


def check_folder(folder: Path) -> None:
    """InvalidArgument for a folder that holds something else than a run."""
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"{folder}: is a file; give the folder of a run")
    if folder.exists() and not (folder / "recipe.yaml").exists() and any(folder.iterdir()):
        raise InvalidArgument(f"{folder}: is not empty and holds no run; give another folder")


def check_meanings(journal: Journal) -> None:
    """InvalidArgument for results that were written when numbers meant something else."""
    for record in journal:
        if changes := changes_since(record.get("meanings"), OF_TRAINING):
            raise InvalidArgument(refusal(str(journal.path), changes))


def place(key: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where in the folder a job leaves its files."""
    return tuple(key[name] for name in ("kind", "variant", "pretrain_seed", "seed", "trial"))


def require_same_runs(folder: Path | None, journal: Journal, jobs: Sequence[Job]) -> None:
    """InvalidArgument where the folder holds the finished run of another recipe under the name of a job's variant."""
    finished = {place(record["key"]): record for record in journal}
    for job in jobs:
        before = finished.get(place(job.key))
        if before is not None and job.kind not in ("pretrain", "trial"):
            _require_same(folder, job, before)


def _require_same(folder: Path | None, job: Job, before: Mapping[str, Any]) -> None:
    present, saved = ({**of, "meanings": None} for of in (job.of, before["depends_on"]))
    if differing := list(islice(differences(saved, present), 3)):
        raise InvalidArgument(
            f"{folder}: holds the run of another recipe: of {job.variant}, {'; '.join(differing)}. Give another folder "
            f"(beside this one, it takes over the pretrained backbones), or go on with it: {resume_command(folder)}"
        )
