"""The demo's result in text."""

from __future__ import annotations

import math

from ...evaluation.statistics import Spread, described_tests
from ...evaluation.statistics.comparison import COLUMNS
from ...evaluation.tables.formats import aligned_rows
from .outcome import Outcome

HEADER = ("", "linear probe", "fine-tuned", *COLUMNS, "rate")


def rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """One row per arm: accuracies in percent (mean ± standard deviation), difference in points, p-values, rate."""
    table = []
    for arm, comparison in zip(outcome.arms, outcome.against_plain(), strict=True):
        accuracies = (str(Spread.of(outcome.on_test(counts))) for counts in (arm.probe, arm.tuned))
        compared = ("",) * len(COLUMNS) if comparison is None else comparison.cells()
        table.append((arm.name, *accuracies, *compared, f"{arm.rate:g}"))
    return table


def verdict(outcome: Outcome) -> str:
    """What these runs can and cannot say."""
    runs = len(outcome.arms[0].tuned)
    least = 2 / math.comb(2 * runs, runs)
    return (
        f"{runs} runs per arm cannot settle whether BiSSL helps here: they share one pretrained backbone, one split "
        f"and one choice of labels, and with {runs} against {runs} runs no p-value can be below {min(least, 1):.2g}. "
        "Read the interval, not the difference. A table that means something takes 16 to 20 seeds and three or more "
        "pretrained backbones."
    )


def setting(outcome: Outcome) -> str:
    """How the figures came about, in a sentence or two."""
    return (
        f"Accuracy in percent on {outcome.test_images} test images, mean ± standard deviation over seeds. "
        f"Fine-tuning rates and best epochs were chosen on {outcome.validation_images} validation images, with the "
        "same number of trials for each arm; the test images were read once, at the end. Differences are to FT. "
        + described_tests(outcome.against_plain())
    )


def as_text(outcome: Outcome) -> str:
    """The table and the words under it.

    Parameters
    ----------
    outcome : Outcome
        Of `run_demo` or `Experiment.run`.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.

    Examples
    --------
    >>> def told(experiment):
    ...     return bissl.experiments.demo.as_text(experiment.run())
    """
    table = aligned_rows([HEADER, *rows(outcome)])
    return f"{table}\n\n{setting(outcome)}\n\n{verdict(outcome)}"
