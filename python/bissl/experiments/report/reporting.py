"""The report of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...callbacks.files import read_records
from ...callbacks.writers import replace
from ...evaluation.statistics import Scores
from ...evaluation.tables.formats import markdown_rows
from ..recipe.yamlfiles import dumped
from ..running.jobs import file_name
from ..running.packages import has_matplotlib
from . import Page
from .alignment import add_alignment
from .family import Family
from .results import Results
from .solves import MEANING, SOLVES, SYMBOLS, solve_rows

if TYPE_CHECKING:
    from ...plot.curves import History


def write_report(results: Results, folder: Path) -> str:
    """Writes ``table.md``, with what is settled under it; ``runs.csv``, one line per run; ``table.tex`` where rows are compared;
    and, where matplotlib is installed, ``report.html``: the table, what was measured before fine-tuning, curves of pretraining
    and of both levels, the recipe. Returns the text of the first."""
    text = as_text(results)
    replace(folder / "table.md", text + "\n")
    replace(folder / "runs.csv", results.csv())
    if (table := results.table()) is not None:
        replace(folder / "table.tex", table.latex())
    if has_matplotlib():
        replace(folder / "report.html", report(results, folder))
    return text


def write_family(family: Family, folder: Path) -> str:
    """Writes ``answers.md`` and, where matplotlib is installed, ``report.html``; returns the text."""
    text = family.as_text()
    replace(folder / "answers.md", text + "\n")
    if has_matplotlib():
        replace(folder / "report.html", family.report())
    return text


def as_text(results: Results) -> str:
    """All tables in Markdown, and what is settled."""
    parts = [results.markdown(), results.caption(), "", *(f"- {finding}" for finding in results.findings())]
    parts += [f"- {question}: {words}" for question, words in _answers(results)]
    for measure in results.alignment():
        parts += ["", markdown_rows(measure.header(), measure.cells()), f"{measure.name}: {measure.meaning}."]
    return "\n".join(parts)


def report(results: Results, folder: Path) -> str:
    """One HTML file."""
    from ... import plot

    page = Page(results.recipe.name)
    page.paragraph(results.recipe.description)
    page.table(results.header(), results.cells())
    page.paragraph(results.caption())
    for finding in results.findings():
        page.paragraph(finding)
    for question, words in _answers(results):
        page.paragraph(f"{question}: {words}")
    if results.records:
        page.figure(plot.accuracies(_accuracies(results)), "One dot per run, the bar is the mean.")
    compared = {row.label: row.comparison for row in results.rows() if row.comparison is not None}
    if compared:
        page.figure(plot.differences(compared), "Difference to the row compared with, and its 95 % interval.")
    add_alignment(page, results, folder)
    _bilevel(page, results, folder)
    _pretraining(page, folder)
    page.heading("Recipe")
    page.preformatted(dumped(results.recipe.as_dict()))
    return page.html()


def _answers(results: Results) -> list[tuple[str, str]]:
    """What the study asks, with a sentence or two for each pair of rows."""
    if not results.recipe.study.questions:
        return []
    family = Family({results.recipe.name: results})
    return [(answer.question, words) for answer in family.answers() for words in answer.words()]


def _accuracies(results: Results) -> dict[str, dict[str, Scores]]:
    """By measure and row: of fine-tuned networks, and of linear probes before that where there are any."""
    probed = {
        m.name: {row.label: row.scores for row in m.rows} for m in results.alignment() if m.name == "linear probe"
    }
    first = results.metrics[0]
    name = f"{first}, fine-tuned" if probed else first
    return probed | {name: {row.label: row.scores[first] for row in results.rows()}}


def _pretraining(page: Page, folder: Path) -> None:
    from ... import plot

    for path in sorted(folder.glob("pretrained/*/metrics.jsonl")):
        page.heading(f"Pretraining, {path.parent.name.rpartition('-seed-')[2]}")
        page.figure(plot.pretraining(read_records(path)), "The pretext task on the unlabelled images.")


def _bilevel(page: Page, results: Results, folder: Path) -> None:
    """Both levels, and the solves of those that have any."""
    from ... import plot

    histories = _bilevel_histories(results, folder)
    if not histories:
        return
    page.heading("Both levels of BiSSL")
    page.figure(plot.levels(histories), "Mean over the steps of each alternation, one line per run.")
    page.table(SOLVES, solve_rows(histories))
    page.paragraph(MEANING)
    page.table(("symbol", "meaning"), list(SYMBOLS.items()))
    for name, runs in histories.items():
        if any(_iterated(record) for run in runs for record in run):
            page.figure(
                plot.solves(runs),
                f"{name}: the solver, mean over the upper steps and runs that came to an iteration; darker lines are later "
                "iterations.",
            )


def _iterated(record: Mapping[str, Any]) -> bool:
    """Whether a solver of any upper step told of its iterations."""
    return any(record["curvature"]) or any(len(step) > 1 for step in record["residuals"])


def _bilevel_histories(results: Results, folder: Path) -> Mapping[str, Sequence[History]]:
    found = {
        row.label: [
            read_records(path) for path in sorted(folder.glob(f"runs/{file_name(row.name)}/*/bissl/metrics.jsonl"))
        ]
        for row in results.rows()
    }
    return {name: runs for name, runs in found.items() if any(runs)}
