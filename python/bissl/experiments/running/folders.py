"""Whether a folder may be used for a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ...checkpoints.tree import differences
from ...durable import writing
from ...errors import BisslError, InvalidArgument
from ...semantics import OF_TRAINING, changes_since, refusal
from ..recipe import Recipe, load_recipe
from ..recipe.reading import write_recipe
from .jobs import Job
from .journal import Journal
from .resuming import resume_command

#: The first line of the recipe that a run keeps, which tells it from one that somebody wrote.
_MARK = b"# Written by bissl for the run in this folder, and written anew when it goes on.\n"


def check_folder(folder: Path) -> None:
    """InvalidArgument for a folder that holds something else than a run."""
    if folder.exists() and not folder.is_dir():
        raise InvalidArgument(f"{folder}: is a file; give the folder of a run")
    if not folder.exists():
        return
    if not recipe_path(folder).exists():
        if any(folder.iterdir()):
            raise InvalidArgument(f"{folder}: is not empty and holds no run; give another folder")
    elif not _is_of_run(folder):
        raise InvalidArgument(
            f"{folder}: holds no run: its recipe.yaml was not written by one, which would replace it; give another folder"
        )


def _is_of_run(folder: Path) -> bool:
    """Whether the recipe in the folder is one that a run keeps there; those from before the mark have results beside them."""
    results = ("results.jsonl", "results.jsonl.gz")
    return (
        recipe_path(folder).read_bytes().startswith(_MARK)
        or any((folder / name).is_file() for name in results)
        or any(folder.glob("pretrained/*-seed-*"))
    )


def recipe_path(folder: Path) -> Path:
    """Of the recipe that a run keeps."""
    return folder / "recipe.yaml"


def keep_recipe(recipe: Recipe, folder: Path) -> None:
    """Writes the recipe of a run into its folder, which is made. DiskFull, NotWritable (OSError) where it cannot be."""
    with writing(folder, "run"):
        folder.mkdir(parents=True, exist_ok=True)
    write_recipe(recipe, recipe_path(folder), _MARK)


def kept_recipe(folder: Path) -> Recipe | None:
    """The recipe of the run in a folder; None where there is none that can be read."""
    try:
        return load_recipe(recipe_path(folder))
    except BisslError:
        return None


def check_meanings(journal: Journal) -> None:
    """InvalidArgument for results that were written when numbers meant something else."""
    for record in journal:
        if changes := changes_since(record.get("meanings"), OF_TRAINING):
            raise InvalidArgument(refusal(str(journal.path), changes))


def place(key: Mapping[str, Any]) -> tuple[Any, ...]:
    """Where in the folder a job leaves its files."""
    return tuple(key[name] for name in ("kind", "variant", "pretrain_seed", "seed", "trial"))


def require_rows(folder: Path, recipe: Recipe) -> None:
    """InvalidArgument where the folder holds a comparison, and the recipe compares nothing: its tables would be of one row."""
    kept = kept_recipe(folder)
    if kept is not None and kept.study.has_rows and not recipe.study.has_rows:
        raise InvalidArgument(
            f"{folder}: holds a comparison, whose recipe and tables would be replaced by those of {recipe.approach} alone. "
            f"{_way_out(folder, recipe)}"
        )


def require_tuned(folder: Path | None, recipe: Recipe, records: Sequence[Mapping[str, Any]]) -> None:
    """InvalidArgument where rates are to be searched for, and a run was fine-tuned with those of its recipe."""
    for record in records:
        if recipe.study.tune and not record["key"]["changes"]:
            raise _other_recipe(folder, recipe, record["key"]["variant"], "study.tune was false, now it is true")


def require_same_runs(folder: Path | None, journal: Journal, jobs: Sequence[Job], recipe: Recipe) -> None:
    """InvalidArgument where the folder holds the finished run of another recipe under the name of a job's variant."""
    finished = {place(record["key"]): record for record in journal}
    for job in jobs:
        before = finished.get(place(job.key))
        if before is not None and job.kind not in ("pretrain", "trial"):
            _require_same(folder, job, before, recipe)


def _require_same(folder: Path | None, job: Job, before: Mapping[str, Any], recipe: Recipe) -> None:
    present, saved = ({**of, "meanings": None} for of in (job.of, before["depends_on"]))
    if differing := list(islice(differences(saved, present), 3)):
        raise _other_recipe(folder, recipe, job.variant, "; ".join(differing))


def _other_recipe(folder: Path | None, recipe: Recipe, variant: str, differing: str) -> InvalidArgument:
    return InvalidArgument(
        f"{folder}: holds the run of another recipe: of {variant}, {differing}. {_way_out(folder, recipe)}"
    )


def _way_out(folder: Path | None, recipe: Recipe) -> str:
    """What to do instead. With the recipe that lies in the folder, it is not that which has changed."""
    same = folder is not None and kept_recipe(folder) == recipe
    go_on = "put back what it was" if same else f"go on with it: {resume_command(folder)}"
    return f"Give another folder (beside this one, it takes over the pretrained backbones), or {go_on}"
