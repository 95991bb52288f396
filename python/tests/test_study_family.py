"""Several studies that ask the same questions, answered together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bissl import cli
from bissl.checkpoints.environment import ROUNDING
from bissl.errors import InvalidArgument
from bissl.evaluation.statistics.comparison import difference_text
from bissl.experiments import Family, Results
from bissl.experiments.recipe import Recipe, load_recipe
from bissl.statistics import Comparison, Fractions, MetaAnalysis, holm, pooled_finding

QUESTIONS = {
    "Does BiSSL help?": [["bissl", "finetune"]],
    "Does its implicit term?": [["bissl", "bissl-discarded"]],
    "At equal effort?": [["bissl", "finetune"], ["bissl", "noisytune"]],
}
ARMS = ("finetune", "bissl", "bissl-discarded", "noisytune")


def recipe(questions=QUESTIONS) -> Recipe:
    study = {"approaches": ARMS, "questions": questions}
    return Recipe(seeds={"pretrain": [0, 1], "runs": [1, 2, 3, 4]}, study=study)


def task(gains: dict[str, float], seed: int, arms=ARMS, probed: dict[str, float] | None = None) -> Results:
    """Made-up runs: a level for each backbone, an arm's gain, and noise of half a point; with ``probed``, linear probes whose
    gains these are."""
    random = np.random.default_rng(seed)
    records, trained, aligned = [], [], []
    for arm in arms:
        for backbone in (0, 1):
            for run in (1, 2, 3, 4):
                key = {"variant": arm, "pretrain_seed": backbone, "seed": run, "trial": None, "changes": {}}
                score = 0.8 + 0.02 * backbone + gains.get(arm, 0.0) + random.normal(0, 0.005)
                records.append({"key": key | {"kind": "evaluate"}, "test": {"top1": score}, "images": 1000})
                if probed is not None:
                    probe = {"test": {"top1": 0.7 + probed.get(arm, 0.0) + random.normal(0, 0.005)}, "images": 1000}
                    similarity = {"features": 0.9, "parameters": 0.99}
                    aligned.append({"key": key | {"kind": "alignment"}, "probe": probe, "similarity": similarity})
                solves = {"solves": {"count": 2, "converged": 2, "v_cosine": 0.9}} if arm.startswith("bissl") else {}
                trained += [
                    {"key": key | {"kind": "prepare"}, "seconds": 10.0 + run, **solves},
                    {"key": key | {"kind": "finetune"}, "seconds": 2.0},
                ]
    return Results(recipe(), records, aligned, trained)


@pytest.fixture
def family() -> Family:
    return Family(
        {"easy": task({"bissl": 0.03}, 1), "hard": task({"bissl": 0.02}, 2), "other": task({"bissl": 0.025}, 3)}
    )


def test_differences_are_pooled_over_tasks_and_corrected_over_questions(family):
    helps, term, equal = family.answers()
    compared = []
    for results in family.studies.values():
        arms = [
            Fractions(tuple(run["test"]["top1"] for run in results.runs()[arm]), ("a",) * 4 + ("b",) * 4)
            for arm in ("bissl", "finetune")
        ]
        compared.append(Comparison.of(*arms))
    wanted = MetaAnalysis.of([c.difference for c in compared], [c.model.standard_error for c in compared])
    (pair,) = helps.pairs
    assert pair.pooled.random.difference == pytest.approx(wanted.random.difference)
    assert pair.p_value == pytest.approx(wanted.random.p_value) and 0.015 < wanted.random.difference < 0.035
    assert difference_text(wanted.random.difference, wanted.hartung_knapp.interval) in helps.cells()[0]
    over_tasks = [one.corrected_p for one in pair.comparisons.values()]
    assert over_tasks == pytest.approx(holm([one.p_value for one in compared]))
    ps = [max(pair.p_value for pair in answer.pairs) for answer in (helps, term, equal)]
    assert [answer.corrected_p for answer in (helps, term, equal)] == pytest.approx(holm(ps))
    assert ps[2] == max(p.p_value for p in equal.pairs), "of a question's rows the greatest p counts"
    assert helps.words()[0].startswith("Settled: BiSSL + FT against FT: +")


def test_linear_probes_before_finetuning_are_pooled_beside_the_questions():
    pytest.importorskip("matplotlib")
    probed = [{"bissl": gain} for gain in (0.03, 0.04, 0.05)]
    family = Family({str(i): task({}, i, probed=gains) for i, gains in enumerate(probed)} | {"none": task({}, 9)})
    helps, term, other = family.before_finetuning()
    assert [pair.second for pair in (helps, term, other)] == [
        "FT",
        "BiSSL, implicit term discarded (B.9.5) + FT",
        "NoisyTune (B.9.2)",
    ]
    assert list(helps.comparisons) == ["0", "1", "2"] and set(helps.runs.values()) == {8}
    assert helps.pooled.random.difference == pytest.approx(0.04, abs=0.01) and helps.p_value < 0.001
    text, page = family.as_text(), family.report()
    before = text[text.index("Before fine-tuning: linear probes") :]
    assert f"| {helps.name} | 3 | +" in before and before.count("\n| ") == 2 + 3
    assert page.count("<figure>") == 4 + 3 + 2 and "Before fine-tuning" in page
    assert list(family.probe_plots()) == [pair.name for pair in (helps, term, other)]


def test_nothing_is_said_of_probes_that_were_not_measured(family):
    assert family.before_finetuning() == [] and "Before fine-tuning" not in family.as_text()


def test_nothing_is_settled_where_nothing_differs():
    (helps, *_) = Family({"a": task({}, 1), "b": task({}, 2)}).answers()
    assert helps.words()[0].startswith("Not settled: ") and "with probability 80 %" in helps.words()[0]


def test_how_many_runs_it_takes():
    pooled = MetaAnalysis.of([0.004, 0.004], [0.004, 0.004])  # no difference between tasks
    text = pooled_finding("A", "B", pooled, 0.2, tasks=2, runs=10)
    # (1.96 + 0.84)² errors² / difference² times as many: 7.849 · 0.004² / 2 / 0.004² = 3.92
    assert "takes 40." in text and "10 runs an arm find a difference of 0.8 points" in text
    varied = MetaAnalysis.of([0.03, -0.02, 0.004], [0.001, 0.001, 0.001])
    assert "only more of them would settle" in pooled_finding("A", "B", varied, 0.8, tasks=3, runs=10)
    with pytest.raises(InvalidArgument, match="level"):
        pooled_finding("A", "B", pooled, 0.2, tasks=2, runs=10, level=1.0)


def test_a_task_without_runs_of_both_rows_does_not_count():
    found = Family({"all": task({"bissl": 0.03}, 1), "half": task({}, 2, arms=("finetune",))}).answers()[0]
    assert list(found.pairs[0].comparisons) == ["all"] and found.pairs[0].pooled is None
    assert found.pairs[0].p_value == found.pairs[0].comparisons["all"].p_value
    nothing = Family({"half": task({}, 2, arms=("finetune",))}).answers()[0]
    assert nothing.words() == ["BiSSL + FT against FT: no task has runs of both."]


def test_the_report_has_answers_and_figures(family):
    pytest.importorskip("matplotlib")
    page = family.report()
    for text in (*QUESTIONS, "Accuracy against seconds", "Gain against cos"):
        assert text in page, text
    assert page.count("<figure>") == 4 + 2
    assert "| Does BiSSL help? | BiSSL + FT against FT | 3 | +" in family.as_text()


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ({"?": [["bisl", "finetune"]]}, r'study.questions.\?: expected one of .*did you mean "bissl"'),
        ({"?": ["bissl", "finetune"]}, r"study.questions.\?: expected pairs of rows, such as"),
        ({"?": []}, r"study.questions.\?: expected pairs of rows"),
        ({"?": [["bissl", "bissl"]]}, r"study.questions.\?: expected another row"),
    ],
)
def test_questions_that_no_rows_answer_are_refused(questions, message):
    with pytest.raises(InvalidArgument, match=message):
        recipe(questions)


def test_studies_that_ask_other_things_are_refused():
    asking, other, silent = (Results(recipe(q), []) for q in (QUESTIONS, {"Else?": [["bissl", "finetune"]]}, {}))
    with pytest.raises(InvalidArgument, match="b: its study.questions are not those of a"):
        Family({"a": asking, "b": other})
    with pytest.raises(InvalidArgument, match="b: its recipe asks nothing"):
        Family({"a": asking, "b": silent})
    with pytest.raises(InvalidArgument, match="at least one"):
        Family({})


def test_the_study_of_evidence_asks_its_four_questions():
    asked = load_recipe("evidence/clothes-digits").study.questions
    assert len(asked) == 4
    shifts = ("glyphs-digits", "glyphs-style", "icons-oxygen", "pictures-stamps", "pictures-clothes", "clothes-clothes")
    assert all(load_recipe(f"evidence/{shift}").study.questions == asked for shift in shifts)


def test_reports_are_made_from_journals_alone(tmp_path, capsys):
    pytest.importorskip("sklearn")
    asked = ["study.approaches=[finetune,bissl]", 'study.questions={"Helps?": [[bissl, finetune]]}']
    short = ["finetune.epochs=1", "warmup.epochs=1", "bissl.alternations=1"]
    for name in ("first", "second"):
        folder = str(tmp_path / name)
        assert cli.main(["compare", "digits-quick", *asked, *short, "--out", folder, "--no-progress"]) == 0
        kept = {file: (tmp_path / name / file).read_bytes() for file in ("recipe.yaml", "results.jsonl")}
        (tmp_path / "kept" / name).mkdir(parents=True)
        for file, content in kept.items():
            (tmp_path / "kept" / name / file).write_bytes(content)
    journal = [json.loads(line) for line in (tmp_path / "first" / "results.jsonl").read_text().splitlines()]
    assert all(record["made_with"]["bissl"] and record["made_with"]["simd"] for record in journal)
    assert all(set(ROUNDING) <= set(record["made_with"]) for record in journal)
    (solves, *_) = [r["solves"] for r in journal if r["key"]["kind"] == "prepare" and r["key"]["variant"] == "bissl"]
    assert solves["count"] == 2 and -1 <= solves["v_cosine"] <= 1
    assert not any("solves" in r for r in journal if r["key"]["variant"] == "finetune")
    capsys.readouterr()
    folders = [str(tmp_path / "kept" / name) for name in ("first", "second")]
    assert cli.main(["report", *folders, "--out", str(tmp_path / "answers")]) == 0
    printed = capsys.readouterr().out
    assert "| Helps? | BiSSL + FT against FT | 2 |" in printed
    assert (tmp_path / "answers" / "answers.md").read_text().strip() in printed
    assert cli.main(["report", folders[0]]) == 0
    whole = (tmp_path / "first" / "table.md").read_text()
    assert "- Helps?: " in whole, "a study alone answers what it asks, too"
    assert (tmp_path / "kept" / "first" / "table.md").read_text() == whole, "the same table, from the journal alone"
    assert cli.main(["report", str(tmp_path)]) == 1
