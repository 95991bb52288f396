"""The table of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ...evaluation.statistics import Comparison, Counts, Fractions, Scores, Spread, corrected, described_tests, finding
from ...evaluation.statistics.comparison import COLUMNS
from ...evaluation.tables import Table
from ...evaluation.tables.formats import csv_rows, markdown_rows
from ..recipe import Recipe
from ..running.approaches import APPROACHES
from .references import backbone, measured, references


@dataclass(frozen=True)
class Row:
    """A variant's measured runs.

    scores : by metric, of the runs, with the backbones that these began from. compared_with : the label of the row that
    it is compared with, "" for none. comparison : of the first metric with that row, corrected over the table's rows.
    """

    name: str
    label: str
    scores: Mapping[str, Scores]
    compared_with: str
    comparison: Comparison | None
    settings: str

    def spread(self, metric: str) -> Spread:
        return Spread.of(self.scores[metric])


@dataclass(frozen=True)
class Results:
    """The measured runs of a study, and what follows from them.

    Parameters
    ----------
    recipe : Recipe
        What was run.
    records : sequence of mapping
        Of the measured runs, as the journal has them.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> bissl.experiments.Results(recipe, []).rows()
    []
    """

    recipe: Recipe
    records: Sequence[Mapping[str, Any]]

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the first is the one that epochs were chosen by."""
        return list(self.records[0]["test"]) if self.records else []

    def rows(self) -> list[Row]:
        """One row per variant that has runs, in the recipe's order. Which row each is compared with is the recipe's
        ``study.compared_with``, or plain fine-tuning on the same data after the same pretraining."""
        return list(self._rows)

    @cached_property
    def _rows(self) -> list[Row]:
        variants, others = self.recipe.variants(), references(self.recipe)
        runs = {name: measured(variants[name], self._records(name)) for name in variants}
        scores = {name: self._scores(variants[name], found) for name, found in runs.items() if found}
        compared = {name: others[name] for name in scores if others.get(name) in scores}
        rows = [self._row(name, runs[name], scores, compared.get(name, "")) for name in scores]
        comparisons = corrected([row.comparison for row in rows])
        return [replace(row, comparison=comparison) for row, comparison in zip(rows, comparisons, strict=True)]

    def _records(self, name: str) -> list[Mapping[str, Any]]:
        return [record for record in self.records if record["key"]["variant"] == name]

    def _scores(self, recipe: Recipe, runs: list[Any]) -> dict[str, Scores]:
        """By metric; of the first as counts of correct predictions where images have one class each."""
        backbones = tuple(backbone(recipe, run["key"]) for run in runs)
        scores: dict[str, Scores] = {
            metric: Fractions(tuple(float(run["test"][metric]) for run in runs), backbones) for metric in self.metrics
        }
        if all("correct" in run for run in runs):
            scores[self.metrics[0]] = Counts(tuple(run["correct"] for run in runs), runs[0]["images"], backbones)
        return scores

    def _row(self, name: str, runs: list[Any], scores: Mapping[str, Mapping[str, Scores]], other: str) -> Row:
        settings = sorted({" ".join(f"{n}={v:g}" for n, v in run["key"]["changes"].items()) for run in runs})
        first = self.metrics[0]
        comparison = Comparison.of(scores[name][first], scores[other][first]) if other else None
        compared_with = self._label(other) if other else ""
        return Row(name, self._label(name), scores[name], compared_with, comparison, "; ".join(settings))

    def _label(self, name: str) -> str:
        approach = self.recipe.variants()[name].approach
        return APPROACHES[approach].label if name == approach else name

    def table(self) -> Table | None:
        """The first metric as the paper's tables have it: rows are methods, the column is the data set; significant
        improvements over the row that a row is compared with are marked. None where no rows are compared."""
        rows = self.rows()
        compared = {row.label: row.compared_with for row in rows if row.compared_with}
        if not compared:
            return None
        column, first = self.recipe.data.downstream, self.metrics[0]
        return Table.of({row.label: {column: row.scores[first]} for row in rows}, compared)

    def header(self) -> list[str]:
        """The names of the columns of `cells`."""
        return ["", *self.metrics, "compared with", *COLUMNS, "runs", "settings"]

    def cells(self) -> list[list[str]]:
        """The table's rows as text: mean ± standard deviation in percent, the difference of the first metric to that of
        the row named in points."""
        return [
            [row.label, *(str(row.spread(metric)) for metric in self.metrics), row.compared_with,
             *(row.comparison.cells() if row.comparison else ("",) * len(COLUMNS)),
             str(len(row.scores[self.metrics[0]])), row.settings]
            for row in self.rows()
        ]  # fmt: skip

    def markdown(self) -> str:
        """`header` and `cells` as a table in Markdown."""
        return markdown_rows(self.header(), self.cells())

    def findings(self) -> list[str]:
        """For every comparison of the table, whether it is settled, and if not, how many runs would settle it."""
        rows, first = self.rows(), self.metrics[:1]
        runs = {row.label: len(row.scores[metric]) for row in rows for metric in first}
        return [
            finding(row.label, row.compared_with, row.comparison, min(runs[row.label], runs[row.compared_with]))
            for row in rows
            if row.comparison is not None
        ]

    def csv(self) -> str:
        """One line per run, with every metric in percent."""
        lines: list[list[Any]] = [["variant", "pretrain_seed", "seed", *self.metrics, "correct", "images"]]
        for record in self.records:
            key, scores = record["key"], [100 * record["test"][metric] for metric in self.metrics]
            last = [record.get("correct", ""), record["images"]]
            lines.append([key["variant"], key["pretrain_seed"], key["seed"], *scores, *last])
        return csv_rows(lines)

    def caption(self) -> str:
        """How the figures came about."""
        seeds, images = self.recipe.seeds, self.records[0]["images"] if self.records else 0
        chosen = (
            "fine-tuning's rate and weight decay by a search with as many trials for each row, "
            * self.recipe.study.tune
        )
        tests = described_tests([row.comparison for row in self.rows()]) if self.records else ""
        return (
            f"Percent on {images} test images, mean ± standard deviation over {len(seeds.runs)} seeds on each of "
            f"{len(seeds.pretrain)} pretrained backbones. Chosen on validation images: {chosen}best epochs. {tests}"
        ).rstrip()
