"""What a study measured of its backbones before they were fine-tuned (paper, section B.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError, InvalidArgument, NonFinite
from ...evaluation.analysis import Alignment, Similarity, embed, knn_accuracy, silhouette
from ...evaluation.statistics import Comparison, Scores, Spread, percent
from ...evaluation.statistics.comparison import COLUMNS
from ..running.alignment import kept_features
from ..running.jobs import file_name

if TYPE_CHECKING:
    from . import Page
    from .results import Results

#: Neighbours that t-SNE and the accuracy of nearest neighbours count, where there are images enough.
_PERPLEXITY, _NEIGHBORS = 30.0, 10
#: Below it, a map shows no more than chance.
_LEAST_PERPLEXITY = 5.0

#: By the name of a measure: what it is; ``metric`` is the study's first.
_MEANINGS: Mapping[str, str] = {
    "linear probe": "test {metric} of a linear classifier on the features of the backbone that each row's fine-tuning begins "
    "with, trained on the labelled images that fine-tuning gets",
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
    """One measure of all rows, before fine-tuning. name : of `_MEANINGS`. metric : the study's first."""

    name: str
    rows: tuple[MeasuredRow, ...]
    metric: str

    @property
    def meaning(self) -> str:
        """What it is."""
        return _MEANINGS[self.name].format(metric="accuracy" if self.metric == "top1" else self.metric)

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
        page.paragraph(f"{name[0].upper()}{name[1:]}: {measure.meaning}.")
    page.figure(plot.similarities(_alignments(measures)), _caption_of_similarities(results))
    try:
        _add_map(page, results, folder)
    except (InvalidArgument, NonFinite, DataError) as error:
        page.paragraph(f"No map of the features: {error}")


def _caption_of_similarities(results: Results) -> str:
    caption = "How near each backbone is to what fine-tuning makes of it (paper, Figure 3): mean over runs, with the deviation."
    if all(variant.probe.recalibration_batches for variant in results.recipe.variants().values()):
        caption += " Running statistics of batch norm were renewed on the labelled images first (section B.10.1)."
    return caption


def _add_map(page: Page, results: Results, folder: Path) -> None:
    """t-SNE of the first run of every row, side by side."""
    from ... import plot

    found = _features(results, folder)
    if found is None:
        return
    count = len(found.labels)
    perplexity, neighbors = min(_PERPLEXITY, (count - 1) / 3), min(_NEIGHBORS, count - 1)
    if perplexity < _LEAST_PERPLEXITY:
        page.paragraph(f"No map of the features: {count} validation images are too few for one.")
        return
    points = embed(found.features, shared=False, perplexity=perplexity).points
    page.figure(
        plot.embeddings(
            points, found.labels, classes=found.classes, notes=_notes(found.features, found.labels, neighbors)
        ),
        f"t-SNE (perplexity {perplexity:.3g}) of the features of validation images before and after alignment, none of them "
        f"fine-tuned, one run each, coloured by class; the accuracy of {neighbors} nearest neighbours and the silhouette are of "
        f"the features themselves.{found.left_out()}",
    )


def _alignments(measures: Mapping[str, Measure]) -> dict[str, Alignment]:
    def similarity(row: MeasuredRow) -> Similarity:
        return Similarity(tuple(row.scores.fractions.tolist()))

    names = _prepared([row.label for row in measures["parameters"].rows])
    rows = zip(measures["parameters"].rows, measures["features"].rows, strict=True)
    return {names[one.label]: Alignment(similarity(one), similarity(other), {}) for one, other in rows}


@dataclass(frozen=True)
class _Features:
    """features : (N, M) by what the row's backbone is, of rows that share one, once. labels : (N,), of all of them, with the
    names of the classes. others : rows whose validation images are not those of the first."""

    features: dict[str, np.ndarray]
    labels: np.ndarray
    classes: Sequence[str]
    others: list[str]

    def left_out(self) -> str:
        return f" Not shown, since their validation images are others: {', '.join(self.others)}." if self.others else ""


def _features(results: Results, folder: Path) -> _Features | None:
    """Of the first run of every row; None where no row has any."""
    seeds = results.recipe.seeds
    run = f"pretrain-{seeds.pretrain[0]}-seed-{seeds.runs[0]}"
    names = _prepared([row.label for row in results.rows()])
    found: _Features | None = None
    for row in results.rows():
        kept = kept_features(folder / "runs" / file_name(row.name) / run)
        if kept is None:
            continue
        features, labels, classes = kept
        found = found or _Features({}, labels, classes, [])
        if not np.array_equal(labels, found.labels) or list(classes) != list(found.classes):
            found.others.append(row.label)
        elif not any(np.array_equal(features, other) for other in found.features.values()):
            found.features[names[row.label]] = features
    return found


def _prepared(labels: Sequence[str]) -> dict[str, str]:
    """By a row's label, what its backbone is before fine-tuning; the labels themselves where rows would share a name."""
    names = {label: "pretrained" if label == "FT" else label.removesuffix(" + FT") for label in labels}
    return names if len(set(names.values())) == len(names) else dict(zip(labels, labels, strict=True))


def _notes(features: Mapping[str, np.ndarray], labels: np.ndarray, neighbors: int) -> dict[str, str]:
    return {
        name: f"kNN {percent(knn_accuracy(values, labels, neighbors=neighbors))} %, "
        f"silhouette {silhouette(values, labels):.2f}"
        for name, values in features.items()
    }
