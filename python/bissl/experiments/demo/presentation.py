"""The demo's report."""

from __future__ import annotations

import json
from collections.abc import Callable

from ... import plot
from ...evaluation.statistics import percent
from ..report import Page
from .arms import BILEVEL
from .outcome import ArmOutcome, Outcome
from .table import HEADER, rows, setting, verdict


def report(outcome: Outcome) -> str:
    """One HTML file: the table, what it means, and figures of everything that happened.

    Parameters
    ----------
    outcome : Outcome
        Of `run_demo` or `Experiment.run`.

    Returns
    -------
    str
        The file's content.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.

    Examples
    --------
    >>> def written(experiment, path):
    ...     path.write_text(bissl.experiments.demo.report(experiment.run()))
    """
    page = Page("BiSSL on handwritten digits")
    page.paragraph(setting(outcome))
    page.table(HEADER, rows(outcome))
    page.paragraph(verdict(outcome))
    measures: dict[str, Callable[[ArmOutcome], list[int]]] = {
        "linear probe": lambda arm: arm.probe,
        "fine-tuned": lambda arm: arm.tuned,
    }
    page.figure(
        plot.accuracies(
            {
                measure: {arm.name: outcome.on_test(counts(arm)) for arm in outcome.arms}
                for measure, counts in measures.items()
            }
        ),
        "Test accuracy per arm; one dot per run, the bar is the mean.",
    )
    page.heading("Pretraining")
    page.figure(
        plot.pretraining(outcome.pretraining),
        f"The pretext task ({outcome.settings['task']}) on the unlabelled training images.",
    )
    page.heading("Both levels of BiSSL")
    histories = {arm.name: arm.histories for arm in outcome.arms}
    page.figure(plot.levels(histories), "Mean over the steps of each alternation, one line per run.")
    page.heading("Conjugate gradients")
    page.figure(
        plot.solves(histories[BILEVEL.name]),
        "Mean over upper steps and runs; darker lines are later iterations. A residual above 1 or a negative curvature "
        "says that the implicit system was not positive definite.",
    )
    page.heading("Features")
    page.figure(
        plot.embeddings(outcome.embeddings, outcome.embedded_labels, notes=outcome.separations),
        "t-SNE of the backbones' features of the validation images before fine-tuning, coloured by digit; the accuracy of "
        "10 nearest neighbours and the silhouette are of the features themselves.",
    )
    page.heading("Settings")
    page.paragraph(choices(outcome))
    page.preformatted(json.dumps(outcome.settings | {"seed": outcome.seed}, indent=1))
    page.paragraph(f"Made in {outcome.seconds:.0f} seconds.")
    return page.html()


def choices(outcome: Outcome) -> str:
    """The validation accuracies that the fine-tuning rates were chosen by."""
    trials = (
        f"{arm.name}: " + ", ".join(f"{percent(accuracy)} at {rate:g}" for rate, accuracy in arm.validation.items())
        for arm in outcome.arms
    )
    return "Validation accuracy in percent by fine-tuning rate, one run each. " + "; ".join(trials) + "."
