"""Studies of several tasks that ask the same questions, answered together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ...errors import InvalidArgument
from ...evaluation.statistics import Comparison, MetaAnalysis, Scores, corrected, finding, holm, pooled_finding
from ...evaluation.statistics.comparison import difference_text, p_text
from ...evaluation.tables.formats import markdown_rows
from . import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...plot.scatters import Points
    from .results import Results

#: Of a run: a quantity, the accuracy in per cent, and the seed of the pretrained backbone.
_Told = tuple[float, float, int]
#: Of a table of pairs over all tasks, and of one of answers.
POOLED = ("rows", "tasks", "difference [95 %]", "Hartung-Knapp [95 %]", "fixed effect [95 %]", "τ, points", "p")
ANSWERED = ("question", *POOLED, "Holm's p")
#: Of the table of one pair.
COMPARED = ("task", "difference [95 %]", "p", "Holm's p over tasks", "mixed p", "runs an arm")
_BEFORE = (
    "Before fine-tuning: linear probes on the backbone that each row's fine-tuning begins with. Beside the questions: p is of the "
    "difference with random effects, and is not corrected."
)


@dataclass(frozen=True)
class Pair:
    """Two rows on all tasks that have runs of both.

    Parameters
    ----------
    first, second : str
        The rows, as tables call them.
    comparisons : mapping of str to Comparison
        By task, first minus second, corrected by Holm over the tasks.
    runs : mapping of str to int
        By task, of the row that has fewer.

    Examples
    --------
    >>> one = bissl.statistics.Comparison.of([0.95, 0.94, 0.96], [0.90, 0.91, 0.89])
    >>> bissl.experiments.Pair("BiSSL", "FT", {"digits": one}, {"digits": 3}).p_value
    0.1
    """

    first: str
    second: str
    comparisons: Mapping[str, Comparison]
    runs: Mapping[str, int]

    @property
    def name(self) -> str:
        """Of both rows."""
        return f"{self.first} against {self.second}"

    @cached_property
    def pooled(self) -> MetaAnalysis | None:
        """Over the tasks whose runs tell an error; None where fewer than two do."""
        models = [one.model for one in self.comparisons.values() if one.model.standard_error > 0]  # not NaN
        if len(models) < 2:
            return None
        return MetaAnalysis.of([model.difference for model in models], [model.standard_error for model in models])

    @property
    def p_value(self) -> float:
        """Of the pooled difference with random effects, or of the only task's permutation test; NaN where there is neither."""
        if self.pooled is not None:
            return self.pooled.random.p_value
        return next(iter(self.comparisons.values())).p_value if len(self.comparisons) == 1 else math.nan

    def words(self, p_value: float) -> str:
        """What was settled, with the p that counts."""
        if not self.comparisons:
            return f"{self.name}: no task has runs of both."
        if self.pooled is not None:
            least = min(self.runs.values())
            return pooled_finding(self.first, self.second, self.pooled, p_value, len(self.comparisons), least)
        if len(self.comparisons) == 1:
            ((task, one),) = self.comparisons.items()
            return finding(self.first, self.second, replace(one, corrected_p=p_value), self.runs[task])
        return f"{self.name}: too few runs on {len(self.comparisons)} tasks to tell an error."

    def cells(self) -> list[tuple[str, ...]]:
        """A row of `COMPARED` for every task."""
        return [(task, *one.cells(), str(self.runs[task])) for task, one in self.comparisons.items()]

    def pooled_cells(self) -> tuple[str, ...]:
        """As `POOLED` names them."""
        tasks, p = str(len(self.comparisons)), p_text(self.p_value)
        if self.pooled is None:
            told = [one.cells()[0] for one in self.comparisons.values()]
            return self.name, tasks, told[0] if len(told) == 1 else "", "", "", "", p
        pooled = (self.pooled.random, self.pooled.hartung_knapp, self.pooled.fixed)
        told = [difference_text(each.difference, each.interval) for each in pooled]
        return self.name, tasks, *told, f"{100 * self.pooled.tau:.1f}", p


@dataclass(frozen=True)
class Answer:
    """To a question of `Family`.

    Parameters
    ----------
    question : str
        As the recipes have it.
    pairs : tuple of Pair
        The rows that answer it.
    corrected_p : float
        By Holm over the questions, of the pair that says least.

    Examples
    --------
    >>> one = bissl.statistics.Comparison.of([0.95, 0.94, 0.96], [0.90, 0.91, 0.89])
    >>> pair = bissl.experiments.Pair("BiSSL", "FT", {"digits": one}, {"digits": 3})
    >>> print(bissl.experiments.Answer("Does BiSSL help?", (pair,), 0.1).words()[0])
    Not settled: BiSSL against FT: +5.0 [+2.7, +7.3] points. ...
    """

    question: str
    pairs: tuple[Pair, ...]
    corrected_p: float

    def words(self) -> list[str]:
        """A sentence or two for each pair."""
        return [pair.words(max(self.corrected_p, pair.p_value)) for pair in self.pairs]

    def cells(self) -> list[tuple[str, ...]]:
        """A row of `ANSWERED` for every pair."""
        return [(self.question, *pair.pooled_cells(), p_text(self.corrected_p)) for pair in self.pairs]


class Family:
    """Studies that ask the same ``study.questions`` of different tasks: differences are pooled over tasks with random
    effects, and p-values corrected by Holm over the questions. Of a question's several pairs the one with the greatest p counts.

    Parameters
    ----------
    studies : mapping of str to Results
        By task.

    Raises
    ------
    InvalidArgument (ValueError)
        No study, one that asks nothing, or something else than the first.

    Examples
    --------
    >>> questions = {"Does BiSSL help?": [["bissl", "finetune"]]}
    >>> changes = {"study.approaches": ["finetune", "bissl"], "study.questions": questions}
    >>> recipe = bissl.experiments.recipe.load_recipe("digits", changes)
    >>> family = bissl.experiments.Family({"digits": bissl.experiments.Results(recipe, [])})
    >>> family.answers()[0].words()
    ['BiSSL + FT against FT: no task has runs of both.']
    """

    def __init__(self, studies: Mapping[str, Results]) -> None:
        asked = {task: _pairs(results) for task, results in studies.items()}
        if not asked:
            raise InvalidArgument("studies: expected at least one, got none")
        first = next(iter(asked))
        for task, questions in asked.items():
            if not questions:
                raise InvalidArgument(f"{task}: its recipe asks nothing; write what is asked into study.questions")
            if questions != asked[first]:
                raise InvalidArgument(f"{task}: its study.questions are not those of {first}; report it alone")
        self.studies, self._questions = dict(studies), asked[first]

    def answers(self) -> list[Answer]:
        """To all questions, in their order."""
        return list(self._answers)

    @cached_property
    def _answers(self) -> list[Answer]:
        scores = {task: results.scores() for task, results in self.studies.items()}
        found = {
            question: tuple(self._pair(*rows, scores) for rows in pairs) for question, pairs in self._questions.items()
        }
        greatest = [max((pair.p_value for pair in pairs), key=_not_known_last) for pairs in found.values()]
        return [Answer(*of, p) for of, p in zip(found.items(), holm(greatest), strict=True)]

    def before_finetuning(self) -> list[Pair]:
        """The questions' pairs, by linear probes on the backbones that their fine-tuning begins with; those that some task
        measured (``study.alignment``)."""
        return list(self._before)

    @cached_property
    def _before(self) -> list[Pair]:
        scores = {task: results.scores_before().get("linear probe", {}) for task, results in self.studies.items()}
        asked = dict.fromkeys(rows for pairs in self._questions.values() for rows in pairs)
        return [pair for rows in asked if (pair := self._pair(*rows, scores)).comparisons]

    def as_text(self) -> str:
        """Tables in Markdown, and what is settled."""
        answers = self.answers()
        parts = [markdown_rows(ANSWERED, [cells for answer in answers for cells in answer.cells()]), self.caption(), ""]
        for answer in answers:
            parts += [f"- {answer.question}: {words}" for words in answer.words()]
        for pair in _each(answers):
            parts += ["", pair.name, "", markdown_rows(COMPARED, pair.cells())]
        if before := self.before_finetuning():
            parts += ["", _BEFORE, "", markdown_rows(POOLED, [pair.pooled_cells() for pair in before])]
        return "\n".join(parts)

    def caption(self) -> str:
        """How the figures came about."""
        return (
            "Differences in percentage points over tasks, with random effects (DerSimonian and Laird), which p is of; τ is their "
            "standard deviation between tasks. Hartung and Knapp's interval does not take τ for known: where tasks are few and "
            "differ it is the wider one, and the safer. p is corrected by Holm over the questions; of a question's several rows "
            "the greatest p counts. Of one task alone: mixed model and permutation test within backbones."
        )

    def report(self) -> str:
        """One HTML file: answers, forest plots, linear probes before fine-tuning, accuracy against seconds, gain against
        cos(v_IJ, v), all tables."""
        answers, plots = self.answers(), self.forest_plots()
        page = Page(" · ".join(self._questions) if len(self._questions) == 1 else "Answers")
        page.table(ANSWERED, [cells for answer in answers for cells in answer.cells()])
        page.paragraph(self.caption())
        for answer in answers:
            page.heading(answer.question)
            for words, pair in zip(answer.words(), answer.pairs, strict=True):
                page.paragraph(words)
                if pair.comparisons:
                    page.figure(plots[pair.name], f"{pair.name}: differences with their 95 % intervals, by task.")
                    page.table(COMPARED, pair.cells())
        if before := self.before_finetuning():
            page.heading("Before fine-tuning")
            page.paragraph(_BEFORE)
            page.table(POOLED, [pair.pooled_cells() for pair in before])
            for name, forest in self.probe_plots().items():
                page.figure(forest, f"{name}, linear probes: differences with their 95 % intervals, by task.")
        if (figure := self.accuracy_against_seconds()) is not None:
            page.heading("Accuracy against seconds")
            page.figure(
                figure, "One dot per run, a cross at the mean: of what comes after pretraining, fine-tuning included."
            )
        if (figure := self.gain_against_cosine()) is not None:
            page.heading("Gain against cos(v_IJ, v)")
            page.figure(
                figure,
                "One dot per run: how much the implicit Jacobian turned the gradient, and how much better the run was than the "
                "fine-tuned ones of the same backbone.",
            )
        for task, results in self.studies.items():
            page.heading(task)
            page.paragraph(results.recipe.description)
            page.table(results.header(), results.cells())
            page.paragraph(results.caption())
        return page.html()

    def forest_plots(self) -> dict[str, Figure]:
        """By name of every pair that has runs: its differences with their 95 % intervals, by task. Needs matplotlib."""
        return _forests(_each(self.answers()))

    def probe_plots(self) -> dict[str, Figure]:
        """Likewise of `before_finetuning`. Needs matplotlib."""
        return _forests(self.before_finetuning())

    def accuracy_against_seconds(self) -> Figure | None:
        """Of every run the test accuracy against the seconds after pretraining, one panel per task; None without runs whose
        seconds are told. Needs matplotlib."""
        return self._scattered(_against_seconds, "seconds of a run after pretraining", "test accuracy (%)")

    def gain_against_cosine(self) -> Figure | None:
        """Of every run how much better it was than plain fine-tuning on the same backbone, against the cosine of v_IJ and v, one
        panel per task; None without runs that solved. Needs matplotlib."""
        return self._scattered(_against_cosine, "cos(v_IJ, v), median of a run", "gain over FT (points)")

    def _scattered(self, points_of: Callable[[Results], dict[str, Points]], x: str, y: str) -> Figure | None:
        from ... import plot

        found = {task: points for task, results in self.studies.items() if (points := points_of(results))}
        return plot.scatter(found, x, y) if found else None

    def _pair(self, first: str, second: str, scores: Mapping[str, Mapping[str, Scores]]) -> Pair:
        """``scores`` : by task and row."""
        compared: dict[str, Comparison] = {}
        runs: dict[str, int] = {}
        for task, of in scores.items():
            if first in of and second in of:
                compared[task] = Comparison.of(of[first], of[second])
                runs[task] = min(len(of[first]), len(of[second]))
        fitted = zip(compared, corrected(list(compared.values())), strict=True)
        labels = next(iter(self.studies.values())).label
        return Pair(labels(first), labels(second), {task: one for task, one in fitted if one is not None}, runs)


def _pairs(results: Results) -> dict[str, list[tuple[str, str]]]:
    asked = results.recipe.study.questions
    return {question: [(row, other) for row, other in pairs] for question, pairs in asked.items()}


def _forests(pairs: Iterable[Pair]) -> dict[str, Figure]:
    from ... import plot

    return {pair.name: plot.differences(pair.comparisons, pair.pooled) for pair in pairs}


def _not_known_last(p_value: float) -> float:
    return math.inf if math.isnan(p_value) else p_value


def _each(answers: Sequence[Answer]) -> Iterator[Pair]:
    """Pairs with runs, once each."""
    seen = set()
    for pair in (pair for answer in answers for pair in answer.pairs):
        if pair.comparisons and pair.name not in seen:
            seen.add(pair.name)
            yield pair


def _against_seconds(results: Results) -> dict[str, Points]:
    """By row: of every run the seconds after pretraining, and its accuracy in per cent."""
    found = _gathered(results, lambda work: sum(part["seconds"] for part in work.values()))
    return {row: ([value for value, *_ in runs], [accuracy for _, accuracy, _ in runs]) for row, runs in found.items()}


def _against_cosine(results: Results) -> dict[str, Points]:
    """By row with solves: of every run the median cosine, and its gain in points over plain fine-tuning on the same
    backbone."""
    plain = _means(results)
    told = _gathered(results, lambda work: work.get("prepare", {}).get("solves", {}).get("v_cosine"))
    found = {row: [run for run in runs if run[2] in plain] for row, runs in told.items()}
    return {
        row: ([cosine for cosine, *_ in runs], [accuracy - plain[seed] for _, accuracy, seed in runs])
        for row, runs in found.items()
        if runs
    }


def _means(results: Results) -> dict[int, float]:
    """By seed of the pretrained backbone: the mean accuracy of plain fine-tuning, in per cent."""
    found: dict[int, list[float]] = {}
    for run in results.runs().get("finetune", ()):
        found.setdefault(run["key"]["pretrain_seed"], []).append(_accuracy(results, run))
    return {seed: fmean(values) for seed, values in found.items()}


def _gathered(results: Results, x: Callable[[Mapping[str, Any]], float | None]) -> dict[str, list[_Told]]:
    """By row: of every run whose ``work`` is told and has an ``x``, that, its accuracy and its backbone's seed."""
    found: dict[str, list[_Told]] = {}
    for row, runs in results.runs().items():
        for run in runs:
            work = results.work(run)
            value = x(work) if work else None
            if value is not None:
                told = value, _accuracy(results, run), run["key"]["pretrain_seed"]
                found.setdefault(results.label(row), []).append(told)
    return found


def _accuracy(results: Results, run: Mapping[str, Any]) -> float:
    """By the first metric, in per cent."""
    return 100 * float(run["test"][results.metrics[0]])
