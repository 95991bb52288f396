"""The table of a study."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...evaluation.statistics import Comparison, Counts, Fractions, Scores, Spread, corrected, described_tests, finding
from ...evaluation.statistics.comparison import COLUMNS
from ...evaluation.tables import Table
from ...evaluation.tables.formats import csv_rows, markdown_rows
from ..recipe import Recipe
from ..recipe.recipe import test_images_of
from ..recipe.rows import label_of
from ..running.approaches import APPROACHES
from .alignment import Measure, MeasuredRow
from .references import backbone, measured, references


@dataclass(frozen=True)
class Row:
    """A variant's measured runs.

    recipe : the variant's own. images : how many its runs were measured on. scores : by metric, of the runs, with the
    backbones that these began from. compared_with : the label of the row that it is compared with, "" for none.
    comparison : of the first metric with that row, corrected over the table's rows.
    """

    name: str
    label: str
    recipe: Recipe
    images: int
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
    aligned : sequence of mapping, optional
        Likewise, of what was measured before fine-tuning (``study.alignment``).
    trained : sequence of mapping, optional
        Likewise, of what came before: kinds "prepare" and "finetune".

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits")
    >>> bissl.experiments.Results(recipe, []).rows()
    []
    """

    recipe: Recipe
    records: Sequence[Mapping[str, Any]]
    aligned: Sequence[Mapping[str, Any]] = ()
    trained: Sequence[Mapping[str, Any]] = ()

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the same for all rows of a recipe; the first is the one that epochs were chosen by."""
        return list(self.records[0]["test"]) if self.records else []

    def rows(self) -> list[Row]:
        """One row per variant that has runs, in the recipe's order. Which row each is compared with is the recipe's
        ``study.compared_with``, or plain fine-tuning on the same data after the same pretraining."""
        return list(self._rows)

    def runs(self) -> dict[str, list[Mapping[str, Any]]]:
        """By name of a variant, in the recipe's order, the records of its measured runs that count."""
        return dict(self._measured)

    @cached_property
    def _measured(self) -> dict[str, list[Mapping[str, Any]]]:
        return self._runs(self.records)

    def scores(self) -> dict[str, Scores]:
        """By name of a variant, those of its runs by the first metric."""
        return {name: scores[self.metrics[0]] for name, scores in self._all_scores.items()}

    @cached_property
    def _all_scores(self) -> dict[str, dict[str, Scores]]:
        return {name: self._scores(name, found) for name, found in self._measured.items()}

    def work(self, run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """By kind, the records of what led to a measured run."""
        return self._work.get(_run_of(run), {})

    @cached_property
    def _work(self) -> dict[Hashable, dict[str, Mapping[str, Any]]]:
        found: dict[Hashable, dict[str, Mapping[str, Any]]] = {}
        for record in self.trained:
            found.setdefault(_run_of(record), {})[record["key"]["kind"]] = record
        return found

    @cached_property
    def _rows(self) -> list[Row]:
        compared = self._compared(self.scores())
        return [
            Row(
                name,
                self.label(name),
                self._variants[name],
                found[0]["images"],
                self._all_scores[name],
                *compared[name],
                _settings(found),
            )
            for name, found in self._measured.items()
        ]

    @cached_property
    def _variants(self) -> dict[str, Recipe]:
        return self.recipe.variants()

    def _runs(self, records: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
        """The records that count of every variant that has any, in the recipe's order."""
        found = {
            name: measured(recipe, [record for record in records if record["key"]["variant"] == name])
            for name, recipe in self._variants.items()
        }
        return {name: runs for name, runs in found.items() if runs}

    def _compared(self, scores: Mapping[str, Scores]) -> dict[str, tuple[str, Comparison | None]]:
        """By variant, the label of the row that it is compared with ("" for none) and the comparison, corrected over all."""
        others = {name: other for name, other in references(self.recipe).items() if name in scores and other in scores}
        comparisons = corrected([Comparison.of(scores[n], scores[others[n]]) if n in others else None for n in scores])
        labels = [self.label(others[name]) if name in others else "" for name in scores]
        return dict(zip(scores, zip(labels, comparisons, strict=True), strict=True))

    def _scores(self, name: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Scores]:
        """By metric; of the first as counts of correct predictions where images have one class each."""
        backbones = self._backbones(name, runs)
        scores: dict[str, Scores] = {
            metric: Fractions(tuple(float(run["test"][metric]) for run in runs), backbones) for metric in self.metrics
        }
        if all("correct" in run for run in runs):
            scores[self.metrics[0]] = Counts(tuple(run["correct"] for run in runs), runs[0]["images"], backbones)
        return scores

    def _backbones(self, name: str, runs: Sequence[Mapping[str, Any]]) -> tuple[Hashable, ...]:
        return tuple(backbone(self._variants[name], run["key"]) for run in runs)

    def alignment(self) -> list[Measure]:
        """What was measured of the rows before they were fine-tuned, each measure with its comparisons; empty where the
        recipe's study does not ask for it, or no run is finished."""
        return list(self._alignment)

    def scores_before(self) -> dict[str, dict[str, Scores]]:
        """By measure ("linear probe", "features", "parameters") and name of a variant: scores of the backbones that its
        fine-tuning begins with; empty where `alignment` is."""
        return {measure: dict(scores) for measure, scores in self._scores_before.items()}

    @cached_property
    def _scores_before(self) -> dict[str, dict[str, Scores]]:
        runs = self._runs(self.aligned)
        if not runs or not self.metrics:
            return {}
        probed = {name: [run["probe"] | {"key": run["key"]} for run in found] for name, found in runs.items()}
        measures: dict[str, dict[str, Scores]] = {
            "linear probe": {name: self._scores(name, found)[self.metrics[0]] for name, found in probed.items()}
        }
        for part in ("features", "parameters"):
            measures[part] = {
                name: Fractions(tuple(min(run["similarity"][part], 1.0) for run in found), self._backbones(name, found))
                for name, found in runs.items()
            }
        return measures

    @cached_property
    def _alignment(self) -> list[Measure]:
        return [self._measure(name, scores) for name, scores in self._scores_before.items()]

    def _measure(self, name: str, scores: Mapping[str, Scores]) -> Measure:
        compared = self._compared(scores)
        return Measure(
            name, tuple(MeasuredRow(self.label(row), scores[row], *compared[row]) for row in scores), self.metrics[0]
        )

    def label(self, name: str) -> str:
        """What tables call a variant."""
        return label_of(name, self._variants[name])

    def table(self) -> Table | None:
        """The first metric as the paper's tables have it: rows are methods, columns are what they are measured on; significant
        improvements over the row that a row is compared with are marked. None where no rows are compared."""
        rows = self.rows()
        compared = {row.label: row.compared_with for row in rows if row.compared_with}
        if not compared:
            return None
        columns, first = _columns(rows), self.metrics[0]
        return Table.of({row.label: {columns[row.name]: row.scores[first]} for row in rows}, compared)

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
        seeds = self.recipe.seeds
        chosen = (
            "fine-tuning's rate and weight decay by a search with as many trials for each row, "
            * self.recipe.study.tune
        )
        tests = described_tests([row.comparison for row in self.rows()]) if self.records else ""
        return (
            f"Percent on {self._counts()}, mean ± standard deviation over {len(seeds.runs)} seeds on each of "
            f"{len(seeds.pretrain)} pretrained backbones.{self._exceptions()} Chosen on validation images: {chosen}best epochs. "
            f"{tests}"
        ).rstrip()

    def _counts(self) -> str:
        """How many test images there are; where rows have others, of each number."""
        labels: dict[int, list[str]] = {}
        for row in self.rows():
            labels.setdefault(row.images, []).append(row.label)
        if len(labels) < 2:
            return f"{next(iter(labels), 0)} test images"
        return "test images (" + "; ".join(f"{count} for {', '.join(rows)}" for count, rows in labels.items()) + ")"

    def _exceptions(self) -> str:
        """Sentences on rows whose runs differ by more or by less than the seeds of fine-tuning and a pretrained backbone."""
        variants = self._variants
        redrawn = [name for name, variant in variants.items() if variant.data.redraw_labels]
        random = [name for name, variant in variants.items() if not APPROACHES[variant.approach].pretrained]
        once = [name for name in random if name not in redrawn]
        again = [name for name in random if name in redrawn]
        sentences = {
            "Every run drew its own labelled images"
            + (f" in {self._labels(redrawn)}" if len(redrawn) < len(variants) else ""): redrawn,
            f"Without pretraining, one run for each seed: {self._labels(once)}": once,
            f"Without pretraining, one random initialization for each seed: {self._labels(again)}": again,
        }
        return "".join(f" {sentence}." for sentence, rows in sentences.items() if rows)

    def _labels(self, names: Sequence[str]) -> str:
        return ", ".join(map(self.label, names))


def _columns(rows: Sequence[Row]) -> dict[str, str]:
    """By name of a row, the column of what it is measured on: the data set's name, with the first row that is measured on
    these images where others are measured on other images of that name."""
    seen = {row.name: repr(test_images_of(row.recipe)) for row in rows}
    first = {seen[row.name]: row for row in reversed(rows)}
    names = [row.recipe.data.downstream for row in first.values()]
    columns = {
        images: name if names.count(name) == 1 else f"{name} ({row.label})"
        for (images, row), name in zip(first.items(), names, strict=True)
    }
    return {row.name: columns[seen[row.name]] for row in rows}


def _run_of(record: Mapping[str, Any]) -> Hashable:
    return tuple(record["key"][name] for name in ("variant", "pretrain_seed", "seed"))


def _settings(runs: Sequence[Mapping[str, Any]]) -> str:
    """What runs were fine-tuned with, where it was searched."""
    return "; ".join(sorted({" ".join(f"{n}={v:g}" for n, v in run["key"]["changes"].items()) for run in runs}))
