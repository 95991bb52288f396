"""How a run goes on that was stopped."""

from __future__ import annotations

import os
import shlex
from pathlib import Path


def resume_command(folder: str | os.PathLike[str] | None) -> str:
    """What goes on with the run in a folder, as the shell takes it."""
    if folder is None or not (Path(folder) / "recipe.yaml").is_file():
        return "the same command again"
    return f"bissl resume {shlex.quote(os.fspath(folder))}"


def has_checkpoints(folder: Path) -> bool:
    """Whether a stage that keeps its records in the folder has begun and not ended."""
    return any((folder / "checkpoints").glob("checkpoint-*.json"))
