"""Makes the tables and figures of the study on whether BiSSL helps anew.

    python docs/study.py

reads the journals under docs/evidence, and writes docs/evidence/answers.md, tasks.md and arms.md there and
docs/_static/evidence-*.svg.

    python docs/study.py --same NAME FOLDER

says of every piece of work in a run's FOLDER that the study NAME has too whether its results are the same, to the bit.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib.figure import Figure

import bissl
from bissl.evaluation.tables.formats import markdown_rows
from bissl.experiments import Family, Journal, Results, open_study
from bissl.statistics import Scores, Spread

FOLDER = Path(__file__).parent
JOURNALS = FOLDER / "evidence"
#: The studies that ask the four questions, in the order of docs/evidence-preregistration.md.
SHIFTS = (
    "clothes-digits", "glyphs-digits", "glyphs-style", "icons-oxygen", "pictures-stamps", "pictures-clothes", "clothes-clothes",
)  # fmt: skip
OTHER_ARMS = "other-arms"
#: Of a table of what fine-tuning begins with: the columns of measures are in the order of `Results.scores_before`.
BEFORE = (
    "before fine-tuning", "linear probe, %", "features × 100", "parameters × 100", "true residual / ‖v‖", "damping",
    "cos(v_IJ, v)", "products",
)  # fmt: skip
#: What the last columns are in the journal.
SOLVES = ("true_residual", "damping", "v_cosine", "products")
#: Figures in the order of the questions' pairs.
QUESTIONS = ("finetuning", "implicit-term", "solver", "seconds-of-finetuning", "seconds-of-pretraining")


def results_of(names: Iterable[str]) -> dict[str, Results]:
    """By name of a study whose journal is there."""
    return {
        name: open_study(JOURNALS / name, progress=False).results()
        for name in names
        if (JOURNALS / name / "results.jsonl.gz").is_file()
    }


def tables(family: Family) -> dict[str, str]:
    """By file name, the text of its tables."""
    parts = [f"### {name}\n\n{one.recipe.description}.\n\n{tables_of(one)}" for name, one in family.studies.items()]
    arms = [tables_of(one) for one in results_of((OTHER_ARMS,)).values()]
    texts = {"answers.md": family.as_text(), "tasks.md": "\n\n".join(parts), "arms.md": "\n\n".join(arms)}
    return {name: f"{text}\n" for name, text in texts.items()}


def tables_of(results: Results) -> str:
    """A study's own table, and that of what its rows' fine-tuning begins with."""
    return f"{results.markdown()}\n\n{results.caption()}\n\n{markdown_rows(BEFORE, before_finetuning(results))}"


def before_finetuning(results: Results) -> list[list[str]]:
    """A row of `BEFORE` for each of a study's rows."""
    measures = results.scores_before()
    rows = []
    for name, runs in results.runs().items():
        told = [str(Spread.of(scores[name])) if name in scores else "" for scores in measures.values()]
        found = [one for run in runs if (one := results.work(run).get("prepare", {}).get("solves")) is not None]
        rows.append([results.label(name), *told, *_solves(found)])
    return rows


def _solves(runs: Sequence[Mapping[str, float]]) -> list[str]:
    """Of a row's runs: the medians of the medians of each run's solves."""
    known = ([one[name] for one in runs if name in one] for name in SOLVES)
    return [f"{np.median(values):.2g}" if values else "" for values in known]


def figures(family: Family) -> Iterator[tuple[str, Figure]]:
    """Every figure of the studies that ask, with its name."""
    yield from zip(QUESTIONS, family.forest_plots().values(), strict=True)
    helps = family.before_finetuning()[0]
    yield "probe", bissl.plot.differences(helps.comparisons, helps.pooled)
    for name, figure in (("seconds", family.accuracy_against_seconds()), ("cosine", family.gain_against_cosine())):
        if figure is not None:
            yield name, figure


def sweeps(results: Results) -> Iterator[tuple[str, Figure]]:
    """λ (Figure 5 of the paper), damping, N_U (Table 12) and the length of pretraining (Figure 2), as far as there are runs."""
    scores, recipe = results.scores(), results.recipe
    own, plain = scores.get("bissl"), scores.get("finetune")
    if own is None or plain is None:
        return

    def swept(option: str, *here: float) -> dict[float, Scores]:
        found = {value: scores.get(f"{option}={value}") for value in recipe.study.sweep[option]}
        return {value: runs for value, runs in {**found, **dict.fromkeys(here, own)}.items() if runs is not None}

    yield "lambda", bissl.plot.lam_sweep(swept("bissl.lam", recipe.bissl.lam), baseline=plain)
    baselines = {"fine-tuning only": plain, "damping that chooses itself": own}
    if damping := swept("bissl.damping"):
        yield "damping", bissl.plot.sweep({"BiSSL": damping}, "damping", baselines=baselines, logarithmic=True)
    steps = swept("bissl.upper_steps", recipe.bissl.upper_steps)
    yield "upper-steps", bissl.plot.sweep({"BiSSL": steps}, "upper steps N_U", baselines={"fine-tuning only": plain})
    after = {
        arm: {n: scores[name] for n in (2, 4) if (name := f"{arm} after {n} epochs of pretraining") in scores}
        for arm in ("BiSSL", "FT")
    }
    whole = recipe.pretrain.epochs
    yield "pretraining", bissl.plot.duration_sweep({**after["BiSSL"], whole: own}, {**after["FT"], whole: plain})


def features() -> Figure:
    """t-SNE of the features of validation images by arm, one run each, before fine-tuning."""
    found = {}
    for path in sorted((JOURNALS / "features").glob("*.npz")):
        with np.load(path, allow_pickle=False) as kept:
            found[str(kept["arm"])] = kept["features"].astype(np.float32)
            labels, classes = kept["labels"], kept["classes"].tolist()
    points = bissl.analysis.embed(found, shared=False, perplexity=30.0).points
    return bissl.plot.embeddings(points, labels, classes=classes)


#: Of a record: not what came of the work, but how and on what it was done.
CIRCUMSTANCES = ("seconds", "made_with", "taken_from")


def results_by_piece(folder: Path) -> dict[str, dict[str, Any]]:
    """Of every record of a folder's journal, by its key: what came of it."""
    return {
        json.dumps(record["key"], sort_keys=True): {n: v for n, v in record.items() if n not in CIRCUMSTANCES}
        for record in Journal(folder / "results.jsonl")
    }


def same(name: str, folder: Path) -> bool:
    """Prints how many pieces both journals have, and those whose results differ; whether there are none of these."""
    first, second = results_by_piece(JOURNALS / name), results_by_piece(folder)
    common = [of for of in second if of in first]
    different = [of for of in common if first[of] != second[of]]
    print(
        f"{len(common)} pieces are in both journals, of which {len(different)} have other results", *different, sep="\n"
    )
    return bool(common) and not different


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--same", nargs=2, metavar=("NAME", "FOLDER"), help="compare a run with the study's journal")
    options = parser.parse_args()
    if options.same:
        raise SystemExit(not same(options.same[0], Path(options.same[1])))
    make()


def make() -> None:
    """All tables and figures."""
    family = Family(results_of(SHIFTS))
    for name, text in tables(family).items():
        (JOURNALS / name).write_text(text)
    drawn = [figures(family)]
    drawn += [sweeps(one) for one in results_of(("sweeps",)).values()]
    if any((JOURNALS / "features").glob("*.npz")):
        drawn.append(iter([("features", features())]))
    matplotlib.rcParams["svg.hashsalt"] = "bissl"
    for name, figure in chain.from_iterable(drawn):
        figure.savefig(FOLDER / "_static" / f"evidence-{name}.svg", metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
