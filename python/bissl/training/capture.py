"""What is kept of a step whose numbers are not finite."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checkpoints.run import StageRun
from ..data.loader import Loader
from ..durable import write_atomically
from ..errors import BisslError, NonFinite
from ..weights import save


def capture(run: StageRun, error: NonFinite, loaders: Mapping[str, Any]) -> None:
    """Keeps, in the folder of the run's checkpoints, a state before the step and the last batches, and notes in `error`
    where they are, and how the step is taken again. Nothing without such a folder.

    ``nonfinite/checkpoint-*`` are arrays and seeds of the state, at most a few steps old; ``nonfinite/batches.safetensors`` (`bissl.weights.load`) has
    views, labels and sample numbers of each loader's last batch; ``nonfinite/error.txt`` the message.

    loaders : by name; those that have drawn nothing, and what is no loader, are left out.
    """
    try:
        folder = run.captured()
        if folder is None:
            return
        save(folder / "batches.safetensors", _last_batches(loaders))
        write_atomically(folder / "error.txt", f"{error}\n".encode())
    except (BisslError, OSError) as failure:
        error.add_note(f"Neither state nor batches of this step could be kept: {failure}")
        return
    error.add_note(
        f"State and batches of this step are in {os.fspath(folder)}: the same fit with checkpoint={os.fspath(folder)!r} "
        "comes to it again"
    )


def _last_batches(loaders: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays by loader and field."""
    arrays: dict[str, np.ndarray] = {}
    for name, loader in loaders.items():
        if not isinstance(loader, Loader) or not loader.has_drawn:
            continue
        batch = loader.redraw()
        arrays |= {f"{name}/view{place}": view for place, view in enumerate(batch.views)}
        arrays[f"{name}/samples"] = batch.samples
        if isinstance(batch.labels, np.ndarray):
            arrays[f"{name}/labels"] = batch.labels
    return arrays
