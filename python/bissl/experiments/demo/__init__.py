"""The demo: BiSSL beside plain fine-tuning on scikit-learn's handwritten digits."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from ...durable import write_atomically, writing
from .experiment import Experiment
from .outcome import Outcome
from .presentation import report
from .settings import TASKS, Settings, full, quick
from .table import as_text

__all__ = ["TASKS", "Experiment", "Outcome", "Settings", "as_text", "full", "quick", "report", "run_demo"]


def run_demo(
    out: Path,
    *,
    task: str = "simclr",
    seed: int = 0,
    seeds: int | None = None,
    fast: bool = False,
    progress: bool = True,
) -> Outcome:
    """Runs the demo and writes ``report.html`` and ``results.json`` into the folder ``out``, which is made first.

    ``task`` is the pretext task, one of `TASKS`; ``seeds`` is the number of runs per arm (None: the settings');
    ``fast`` takes the quick settings.

    Parameters
    ----------
    out : Path
        The folder, which is made.
    task : str, default "simclr"
        One of `TASKS`.
    seed : int, default 0
        Of the split, the pretraining and, from it on, of the runs.
    seeds : int or None, optional
        Runs per arm; None takes the settings'.
    fast : bool, default False
        Take the quick settings.
    progress : bool, default True
        Show progress bars.

    Returns
    -------
    Outcome
        Everything that was measured.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown task; the nearest is named.
    MissingPackage (ImportError)
        Scikit-learn or matplotlib is not installed.

    Examples
    --------
    >>> def demo(folder):  # two minutes: bissl demo
    ...     return bissl.experiments.demo.run_demo(folder, task="simclr")
    """
    settings = quick(task) if fast else full(task)
    if seeds is not None:
        settings = replace(settings, seeds=seeds)
    _make_writable(out)
    outcome = Experiment(settings, seed, progress).run()
    with writing(out, "report"):
        write_atomically(out / "results.json", json.dumps(outcome.as_dict(), indent=1).encode())
        write_atomically(out / "report.html", report(outcome).encode())
    return outcome


def _make_writable(folder: Path) -> None:
    """Makes the folder and tries it, before minutes of work are spent on what cannot be kept."""
    with writing(folder, "report"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
