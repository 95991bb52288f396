"""What a study measured of its backbones before they were fine-tuned (paper, section B.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...evaluation.analysis import Alignment, Similarity, embed, knn_accuracy, silhouette
from ...evaluation.statistics import Comparison, Scores, Spread, percent
from ...evaluation.statistics.comparison import COLUMNS
from ..running.alignment import kept_features
from ..running.jobs import file_name

if TYPE_CHECKING:
    from . import Page
    from .results import Results

#: By the name of a measure: what it is.
MEANINGS: Mapping[str, str] = {
    "linear probe": "test accuracy of a linear classifier on the backbone's features, trained on the labelled images that "
    "fine-tuning gets; in the row FT of the backbone before alignment, in the others of the backbone after it",
    "features": "cosine similarity × 100 of the features of a test image before and after fine-tuning, mean over the images: "
    "100 where fine-tuning had nothing to change",
    "parameters": "cosine similarity × 100 of all parameters of the backbone, as one vector, before and after fine-tuning",
}


@dataclass(frozen=True)
class MeasuredRow:
    """A variant's runs by one measure. compared_with : the label of the row it is compared with, "" for none. comparison :
    corrected over the measure's rows."""

    label: str
    scores: Scores
    compared_with: str
    comparison: Comparison | None

    def cells(self) -> list[str]:
        """As `Measure.header` names them."""
        tests = self.comparison.cells() if self.comparison else ("",) * len(COLUMNS)
        return [self.label, str(Spread.of(self.scores)), self.compared_with, *tests]


@dataclass(frozen=True)
class Measure:
    """One measure of all rows, before fine-tuning. name : of `MEANINGS`."""

    name: str
    rows: tuple[MeasuredRow, ...]

    def header(self) -> list[str]:
        """The names of the columns of `cells`."""
        return ["", self.name, "compared with", *COLUMNS]

    def cells(self) -> list[list[str]]:
        """The rows as text: mean ± standard deviation, the difference to the row named, p-values."""
        return [row.cells() for row in self.rows]


def add_alignment(page: Page, results: Results, folder: Path) -> None:
    """The page's part on backbones before fine-tuning, where the study looked at them."""
    from ... import plot

    measures = {measure.name: measure for measure in results.alignment()}
    if not measures:
        return
    page.heading("Before fine-tuning")
    for name, measure in measures.items():
        page.table(measure.header(), measure.cells())
        page.paragraph(f"{name[0].upper()}{name[1:]}: {MEANINGS[name]}.")
    page.figure(
        plot.similarities(_alignments(measures)),
        "How near each backbone is to what fine-tuning makes of it (paper, Figure 3): mean over runs, with the deviation. Running "
        "statistics of batch norm were renewed on the labelled images first (section B.10.1).",
    )
    features, labels, classes = _features(results, folder)
    if features:
        page.figure(
            plot.embeddings(
                embed(features, shared=False).points, labels, classes=classes, notes=_notes(features, labels)
            ),
            "t-SNE of the features of validation images before and after alignment, none of them fine-tuned, one run each, "
            "coloured by class; the accuracy of 10 nearest neighbours and the silhouette are of the features themselves.",
        )


def _alignments(measures: Mapping[str, Measure]) -> dict[str, Alignment]:
    def similarity(row: MeasuredRow) -> Similarity:
        return Similarity(tuple(row.scores.fractions.tolist()))

    rows = zip(measures["parameters"].rows, measures["features"].rows, strict=True)
    return {_prepared(one.label): Alignment(similarity(one), similarity(other), {}) for one, other in rows}


def _features(results: Results, folder: Path) -> tuple[dict[str, np.ndarray], np.ndarray, Sequence[str]]:
    """Of the first run of every row, by what its backbone is; of rows that share one, once."""
    seeds = results.recipe.seeds
    run = f"pretrain-{seeds.pretrain[0]}-seed-{seeds.runs[0]}"
    found: dict[str, Any] = {}
    labels: np.ndarray = np.empty(0, np.int64)
    classes: Sequence[str] = ()
    for row in results.rows():
        kept = kept_features(folder / "runs" / file_name(row.name) / run)
        if kept is not None and not any(np.array_equal(kept[0], other) for other in found.values()):
            found[_prepared(row.label)], labels, classes = kept
    return found, labels, classes


def _prepared(label: str) -> str:
    """What a row's backbone is before fine-tuning."""
    return "pretrained" if label == "FT" else label.removesuffix(" + FT")


def _notes(features: Mapping[str, np.ndarray], labels: np.ndarray) -> dict[str, str]:
    return {
        name: f"kNN {percent(knn_accuracy(values, labels))} %, silhouette {silhouette(values, labels):.2f}"
        for name, values in features.items()
    }
