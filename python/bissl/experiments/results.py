"""The table of a study."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..recipes import Recipe
from ..statistics import Comparison, Spread, difference_interval, permutation_test
from ..tables import Table
from .approaches import APPROACHES

#: The approach that the others are compared with, where it is among them.
REFERENCE = "finetune"
#: Difference of mean scores, in percentage points, that counts as none.
TIE = 1e-6


@dataclass(frozen=True)
class Row:
    """A variant's measured runs. scores : by metric, one number in percent per run. comparison : with the reference."""

    name: str
    label: str
    scores: Mapping[str, Sequence[float]]
    comparison: Comparison | None
    settings: str

    def spread(self, metric: str) -> Spread:
        return Spread.of(self.scores[metric])


@dataclass(frozen=True)
class Results:
    """records : of the measured runs, as the journal has them."""

    recipe: Recipe
    records: Sequence[Mapping[str, Any]]

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the first is the one that epochs were chosen by."""
        return list(self.records[0]["test"]) if self.records else []

    def rows(self) -> list[Row]:
        """One row per variant that has runs, in the recipe's order."""
        variants = self.recipe.variants()
        runs = {name: [r for r in self.records if r["key"]["variant"] == name] for name in variants}
        reference = next((runs[n] for n, recipe in variants.items() if recipe.approach == REFERENCE and runs[n]), None)
        return [self._row(name, variants[name], found, reference) for name, found in runs.items() if found]

    def _row(self, name: str, recipe: Recipe, runs: list, reference: list | None) -> Row:
        scores = {metric: [100 * run["test"][metric] for run in runs] for metric in self.metrics}
        label = APPROACHES[recipe.approach].label if name == recipe.approach else name
        settings = sorted({" ".join(f"{n}={v:g}" for n, v in run["key"]["changes"].items()) for run in runs})
        compared = runs is not reference and reference is not None
        return Row(name, label, scores, _compared(runs, reference) if compared else None, "; ".join(settings))

    def table(self) -> Table | None:
        """The first metric as the paper's tables have it: rows are methods, the column is the data set; significant
        improvements over plain fine-tuning are marked. None where that is not among the rows."""
        rows = self.rows()
        baseline = next((row.label for row in rows if self.recipe.variants()[row.name].approach == REFERENCE), None)
        if baseline is None:
            return None
        column, first = self.recipe.data.downstream, self.metrics[0]
        return Table.of({row.label: {column: row.scores[first]} for row in rows}, baseline, tolerance=TIE)

    def header(self) -> list[str]:
        return ["", *self.metrics, "difference [95 %]", "exact p", "runs", "settings"]

    def cells(self) -> list[list[str]]:
        """The table's rows as text: mean ± standard deviation in percent, the difference of the first metric to the
        reference in points."""
        return [
            [row.label, *(str(row.spread(metric)) for metric in self.metrics), *(row.comparison.cells() if row.comparison else ("", "")),
             str(len(row.scores[self.metrics[0]])), row.settings]
            for row in self.rows()
        ]  # fmt: skip

    def markdown(self) -> str:
        header, *rows = [self.header(), *self.cells()]
        lines = [header, ["---"] * len(header), *rows]
        return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)

    def csv(self) -> str:
        """One line per run, with every metric in percent."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["variant", "pretrain_seed", "seed", *self.metrics, "correct", "images"])
        for record in self.records:
            key, scores = record["key"], [100 * record["test"][metric] for metric in self.metrics]
            last = [record.get("correct", ""), record["images"]]
            writer.writerow([key["variant"], key["pretrain_seed"], key["seed"], *scores, *last])
        return text.getvalue()

    def caption(self) -> str:
        """How the figures came about."""
        seeds, images = self.recipe.seeds, self.records[0]["images"] if self.records else 0
        chosen = (
            "fine-tuning's rate and weight decay by a search with as many trials for each row, "
            * self.recipe.study.tune
        )
        return (
            f"Percent on {images} test images, mean ± standard deviation over {len(seeds.runs)} seeds on each of "
            f"{len(seeds.pretrain)} pretrained backbones. Chosen on validation images: {chosen}best epochs. Differences "
            f"are to plain fine-tuning; p is of the exact two-sided permutation test over all runs of both rows, which "
            "takes runs that share a backbone for independent."
        )


def _compared(runs: list, reference: list) -> Comparison:
    """By counts of correct predictions where images have one class each, else by scores in percent."""
    groups = (runs, reference)
    if "correct" in runs[0]:
        return Comparison.of(*([run["correct"] for run in group] for group in groups), runs[0]["images"])
    first = next(iter(runs[0]["test"]))
    ours, theirs = ([100 * run["test"][first] for run in group] for group in groups)
    difference, interval = float(np.mean(ours) - np.mean(theirs)), difference_interval(ours, theirs)
    return Comparison(difference, interval, permutation_test(ours, theirs, TIE))
