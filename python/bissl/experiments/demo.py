"""The demo: BiSSL beside plain fine-tuning, from printed characters to handwritten digits; a run of the recipe glyphs-digits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ..distributed import world
from ..durable import require_writable, write_atomically, writing
from ..errors import check_option, checked_integer, checked_path, checked_seed
from ..extras import required
from .recipe import Recipe, load_recipe
from .report.reporting import as_text
from .report.results import Results
from .running.study import Study

__all__ = ["TASKS", "Outcome", "demo_recipe", "run_demo"]

#: The pretext tasks that the demo runs, and what the names of their recipes end in.
TASKS = {"simclr": "", "byol": "-byol", "mae": "-mae"}


@dataclass(frozen=True)
class Outcome:
    """What a run of the demo found.

    Parameters
    ----------
    results : Results
        The measured runs.
    report : Path
        Of ``report.html``.
    folder : Path
        Of the study: its recipe, results, records and weights.
    seconds : float
        What this call took; runs that were finished before are not done again.

    Examples
    --------
    >>> from pathlib import Path
    >>> results = bissl.experiments.Results(bissl.experiments.demo.demo_recipe(), [])
    >>> bissl.experiments.demo.Outcome(results, Path("report.html"), Path("study"), 0.0).results.rows()
    []
    """

    results: Results
    report: Path
    folder: Path
    seconds: float

    def __str__(self) -> str:
        """The tables, and what is settled."""
        return as_text(self.results)


def demo_recipe(task: str = "simclr", *, seed: int = 0, seeds: int | None = None, fast: bool = False) -> Recipe:
    """The recipe that the demo runs.

    Parameters
    ----------
    task : str, default "simclr"
        The pretext task, one of `TASKS`.
    seed : int, default 0
        Of the split and of the search, and the first of the seeds of backbones and runs.
    seeds : int or None, optional
        Runs of every arm on each pretrained backbone, at least 2; None takes the recipe's.
    fast : bool, default False
        Take settings with which every step takes seconds.

    Returns
    -------
    Recipe
        For `bissl.experiments.Study`.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown task (the nearest is named), too few seeds.

    Examples
    --------
    >>> bissl.experiments.demo.demo_recipe("mae").pretrain.method
    'mae'
    """
    ending = TASKS[check_option("task", task, TASKS)]
    recipe = load_recipe(f"glyphs-{'quick' if fast else 'digits'}{ending}")
    first = checked_seed("seed", seed)
    runs = len(recipe.seeds.runs) if seeds is None else checked_integer("seeds", seeds, 2)
    # The seed itself is the search's: rates are chosen in runs that are not measured.
    return recipe.changed(
        {
            "data.seed": first,
            "search.seed": first,
            "seeds.pretrain": [first + number for number in recipe.seeds.pretrain],
            "seeds.runs": [first + number for number in range(1, runs + 1)],
        }
    )


def run_demo(
    out: Path,
    *,
    task: str = "simclr",
    seed: int = 0,
    seeds: int | None = None,
    fast: bool = False,
    processes: int = 1,
    progress: bool = True,
) -> Outcome:
    """Runs the demo and writes ``report.html`` into the folder ``out``, beside the study's own folder. What an earlier call
    finished with the same task and seed is not done again. Of processes that were launched together, the first writes it.

    Parameters
    ----------
    out : Path
        The folder, which is made.
    task : str, default "simclr"
        The pretext task, one of `TASKS`.
    seed : int, default 0
        Of the split, and from it on of backbones and runs.
    seeds : int or None, optional
        Runs of every arm on each pretrained backbone; None takes the recipe's.
    fast : bool, default False
        Take settings with which every step takes seconds.
    processes : int, default 1
        Runs side by side, as of `bissl.experiments.Study`.
    progress : bool, default True
        Show progress bars.

    Returns
    -------
    Outcome
        The results, and where the report is.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown task (the nearest is named), too few seeds, fewer than one of ``processes``; a folder that holds
        something else, or runs of another recipe.
    MissingPackage (ImportError)
        Scikit-learn or matplotlib is not installed.
    NotWritable, DiskFull (OSError)
        The folder cannot be written.

    Examples
    --------
    >>> def demo(folder):  # a minute and a half: bissl demo
    ...     return bissl.experiments.demo.run_demo(folder, task="simclr")
    """
    started = time.perf_counter()
    recipe = demo_recipe(task, seed=seed, seeds=seeds, fast=fast)
    required("matplotlib", "demo", "the demo")
    out = Path(checked_path("out", out))
    require_writable(out, "report")
    with Study(recipe, out / f"{recipe.name}-seed-{seed}", processes, progress) as study:
        results = study.run()
        study.report()
    assert study.folder is not None
    report = out / "report.html"
    if world().rank == 0:  # who wrote the study's report
        with writing(out, "report"):
            write_atomically(report, (study.folder / report.name).read_bytes())
    return Outcome(results, report, study.folder, time.perf_counter() - started)
