"""Makes the tables and figures of the study on whether BiSSL helps anew: ``python docs/study.py`` reads the journals under
docs/evidence, and writes docs/evidence/answers.md, docs/evidence/tasks.md and docs/_static/evidence-*.svg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib.figure import Figure

import bissl
from bissl.experiments import Family, Results, open_study

FOLDER = Path(__file__).parent
JOURNALS = FOLDER / "evidence"
#: The studies that ask the four questions, in the order of docs/evidence-preregistration.md.
SHIFTS = (
    "clothes-digits", "glyphs-digits", "glyphs-style", "icons-oxygen", "pictures-stamps", "pictures-clothes", "clothes-clothes",
)  # fmt: skip
#: Figures in the order of the questions' pairs.
QUESTIONS = ("finetuning", "implicit-term", "solver", "seconds-of-finetuning", "seconds-of-pretraining")


def results_of(names: tuple[str, ...]) -> dict[str, Results]:
    """By name of a study whose journal is there."""
    return {
        name: open_study(JOURNALS / name, progress=False).results()
        for name in names
        if (JOURNALS / name / "results.jsonl.gz").is_file()
    }


def tables(studies: Mapping[str, Results]) -> dict[str, str]:
    """By file name, the text of its tables."""
    parts = [f"### {name}\n\n{one.recipe.description}.\n\n{one.markdown()}\n\n{one.caption()}" for name, one in studies.items()]
    return {"answers.md": Family(studies).as_text() + "\n", "tasks.md": "\n\n".join(parts) + "\n"}


def figures(studies: Mapping[str, Results]) -> Iterator[tuple[str, Figure]]:
    """Every figure with its name."""
    family = Family(studies)
    yield from zip(QUESTIONS, family.forest_plots().values(), strict=True)
    for name, figure in (("seconds", family.accuracy_against_seconds()), ("cosine", family.gain_against_cosine())):
        if figure is not None:
            yield name, figure


def main() -> None:
    studies = results_of(SHIFTS)
    for name, text in tables(studies).items():
        (JOURNALS / name).write_text(text)
    matplotlib.rcParams["svg.hashsalt"] = "bissl"
    for name, figure in figures(studies):
        figure.savefig(FOLDER / "_static" / f"evidence-{name}.svg", metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
