"""What is kept of a step whose numbers are not finite."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..checkpoints.run import StageRun
from ..checkpoints.tree import split
from ..data.assembly import Batch
from ..data.loader import Loader
from ..distributed import is_first
from ..durable import write_atomically
from ..errors import BisslError, NonFinite
from ..weights import save


@contextmanager
def capturing(run: StageRun, loaders: Mapping[str, Any]) -> Iterator[None]:
    """Around steps and what is saved and measured between them: where NonFinite ends them, the last batches and a state
    before them are kept in the folder of the run's checkpoints, and the error gets a note that says where they are, and
    how the step is taken again. Nothing is kept without such a folder.

    ``nonfinite/checkpoint-*`` are arrays and seeds of the state, at most a few steps old; ``nonfinite/batches.safetensors`` (`bissl.weights.load`) has
    views, their sizes without padding, sample numbers and the labels that were trained on of each loader's last batch; ``nonfinite/error.txt`` the
    message. Of processes that train together the first keeps its own.

    loaders : by name; those that have drawn nothing, and what is no loader, are left out.
    """
    try:
        yield
    except NonFinite as error:
        drawn = {name: each for name, each in loaders.items() if isinstance(each, Loader) and each.has_drawn}
        if drawn and is_first():
            _capture(run, error, drawn)
        raise


def _capture(run: StageRun, error: NonFinite, loaders: Mapping[str, Loader]) -> None:
    kept = "Neither state nor batches"

    def keep(folder: Path) -> None:
        nonlocal kept
        save(folder / "batches.safetensors", _last_batches(loaders))
        write_atomically(folder / "error.txt", f"{error}\n".encode())
        kept = "Only the batches"

    try:
        folder = run.captured(keep)
    except (BisslError, OSError) as failure:
        error.add_note(f"{kept} of this step could be kept: {failure}")
        return
    if folder is not None:
        error.add_note(
            f"State and batches of this step are in {os.fspath(folder)}: the same fit with checkpoint={os.fspath(folder)!r} "
            "comes to it again"
        )


def _last_batches(loaders: Mapping[str, Loader]) -> dict[str, np.ndarray]:
    """Arrays by loader and field; the labels of boxes by image and field too."""
    arrays, _ = split({name: _fields(loader.redraw()) for name, loader in loaders.items()})
    return {name.removeprefix("/"): array for name, array in arrays.items()}


def _fields(batch: Batch) -> dict[str, Any]:
    views = {f"view{place}": view for place, view in enumerate(batch.views)}
    sizes = {f"sizes{place}": sizes for place, sizes in enumerate(batch.sizes)}
    return views | sizes | {"samples": batch.samples, "labels": batch.labels}
