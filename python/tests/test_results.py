"""Tables of studies, from made-up runs."""

from __future__ import annotations

import json
import math

import pytest

from bissl.experiments import Results
from bissl.experiments.recipe import Recipe, load_recipe
from bissl.experiments.report.references import references
from bissl.experiments.report.reporting import write_report
from bissl.statistics import permutation_test

COUNTS = {"finetune": [480, 485, 490, 484], "bissl": [560, 565, 571, 559], "noisytune": [484, 480, 490, 485]}


def recipe(**study) -> Recipe:
    study = {"approaches": ["bissl", "finetune", "noisytune"], **study}
    return Recipe(seeds={"runs": [1, 2, 3, 4]}, study=study)


def record(variant: str, seed: int, correct: int | None = None, pretrain_seed: int = 0, **scores: float) -> dict:
    key = {"kind": "evaluate", "variant": variant, "seed": seed, "trial": None, "changes": {}}
    key["pretrain_seed"] = pretrain_seed
    counted = {} if correct is None else {"correct": correct}
    return {"key": key, "test": scores, "images": 600, **counted}


def counted(recipe: Recipe) -> Results:
    records = [
        record(name, seed, correct, top1=correct / 600, top5=0.9)
        for name, counts in COUNTS.items()
        for seed, correct in enumerate(counts, 1)
    ]
    return Results(recipe, records)


def test_rows_are_in_the_recipes_order_and_compared_with_plain_fine_tuning():
    bissl, plain, noisy = counted(recipe()).rows()
    assert [row.name for row in (bissl, plain, noisy)] == ["bissl", "finetune", "noisytune"]
    assert plain.comparison is None
    assert bissl.comparison.difference == pytest.approx((2255 - 1939) / 4 / 600)
    assert bissl.compared_with == noisy.compared_with == "FT" and bissl.comparison.corrected_p == 4 / 70
    assert bissl.comparison.p_value == permutation_test(COUNTS["bissl"], COUNTS["finetune"]) == 2 / 70
    assert noisy.comparison.difference == pytest.approx(0, abs=1e-12) and noisy.comparison.p_value == 1.0
    assert str(bissl.spread("top1")) == "94.0 ± 0.9"


def test_tables_hold_what_the_rows_do():
    results = counted(recipe())
    lines = results.markdown().splitlines()
    assert lines[0].split(" | ")[1:3] == ["top1", "top5"]
    assert (
        lines[2].startswith("| BiSSL + FT | 94.0 ± 0.9 | 90.0 ± 0.0 | FT | +13.2 [")
        and "| 0.0286 | 0.0571 |" in lines[2]
    )
    assert r"BiSSL + FT & $94.0 \pm 0.9$ \\" in results.table().latex(), "p = 0.029 is not significant at 0.01"
    assert results.csv().splitlines()[1].startswith("finetune,0,1,80.0,90.0,480,600")
    assert "4 seeds on each of 1 pretrained backbones" in results.caption()


def test_scores_that_are_no_counts_are_compared_with_a_tolerance():
    scores = {"finetune": [0.70, 0.71, 0.70, 0.72, 0.71], "bissl": [0.75, 0.74, 0.76, 0.75, 0.75]}
    records = [record(n, s, map=value) for n, values in scores.items() for s, value in enumerate(values, 1)]
    results = Results(recipe(), records)
    bissl, plain = results.rows()
    assert bissl.comparison.p_value == 2 / 252 and bissl.comparison.difference == pytest.approx(0.042)
    assert r"$\mathbf{75.0 \pm 0.7}$" in results.table().latex()


def test_a_study_without_plain_fine_tuning_compares_nothing():
    study = {"approaches": [], "sweep": {"bissl.lam": [0.1, 1.0]}}
    records = [record(f"bissl.lam={lam}", seed, 500, top1=5 / 6) for lam in (0.1, 1.0) for seed in (1, 2)]
    results = Results(recipe(**study), records)
    assert [row.label for row in results.rows()] == ["bissl.lam=0.1", "bissl.lam=1.0"]
    assert results.table() is None and all(row.comparison is None for row in results.rows())


def on_two_backbones(recipe: Recipe, **counts: list[int]) -> Results:
    """Two seeds on each of two backbones."""
    places = [(0, 1), (0, 2), (1, 1), (1, 2)]
    return Results(
        recipe,
        [
            record(name.replace("_", "-"), seed, correct, pretrain_seed, top1=correct / 600)
            for name, found in counts.items()
            for (pretrain_seed, seed), correct in zip(places, found, strict=True)
        ],
    )


def test_runs_are_compared_within_their_backbones():
    results = on_two_backbones(recipe(), finetune=[400, 401, 500, 501], bissl=[402, 403, 502, 503])
    bissl = results.rows()[0].comparison
    assert (bissl.p_value, bissl.permutation.permuted) == (2 / 36, "runs within backbones")
    assert bissl.model.p_value < 0.01 < bissl.p_value and bissl.model.backbone_std > 10 * bissl.model.run_std
    assert "permutes the arms' labels among the runs of each pretrained backbone" in results.caption()
    assert "all permutations are counted" in results.caption()


def test_runs_without_pretraining_do_not_count_once_for_every_backbone():
    study = recipe(approaches=["finetune", "random-initialization"])
    results = on_two_backbones(study, finetune=[480, 485, 490, 484], random_initialization=[300, 320, 300, 320])
    random = results.rows()[1]
    assert len(random.scores["top1"]) == 2
    assert (random.comparison.p_value, random.comparison.permutation.permuted) == (2 / 6, "whole backbones")


def test_runs_that_draw_their_own_labelled_images_are_not_the_same_run():
    drawn = Recipe(
        data={"labels_per_class": 5, "redraw_labels": True},
        seeds={"pretrain": [0, 1], "runs": [1, 2]},
        study={"approaches": ["finetune", "random-initialization"]},
    )
    counts = {"finetune": [480, 485, 490, 484], "random_initialization": [300, 320, 310, 330]}
    results = on_two_backbones(drawn, **counts)
    scores = results.rows()[1].scores["top1"]
    assert len(scores) == 4 and len(set(scores.backbones)) == 2, "one initialization for every seed"
    assert "Every run drew its own labelled images." in results.caption()
    assert "one random initialization for each seed: Random initialization" in results.caption()
    shared = on_two_backbones(recipe(approaches=["finetune", "random-initialization"]), **counts).caption()
    assert "drew its own" not in shared and "one run for each seed: Random initialization" in shared


def test_a_large_study_of_scores_keeps_its_table():
    # Thirteen runs against thirteen could not be enumerated, and the whole table was lost.
    tops = {"finetune": 0.7, "bissl": 0.71}
    records = [record(name, seed, map=top + seed / 1000) for name, top in tops.items() for seed in range(13)]
    results = Results(recipe(), records)
    assert results.rows()[0].comparison.permutation.resamples == 100_000
    assert "p is of 100,000 (seed 0) random permutations, (b + 1)/(m + 1)" in results.caption()


def test_findings_say_what_is_settled_and_what_would_settle_the_rest():
    settled, open_question = counted(recipe(approaches=["finetune", "bissl", "noisytune"])).findings()
    assert settled.startswith("Not settled: BiSSL + FT against FT: +13.2 ["), (
        "four runs against four: Holm's p is 0.057"
    )
    assert settled.endswith("No permutation is more extreme: 4 runs an arm are too few for a smaller p.")
    assert open_question.endswith("with probability 80 %.")
    alone = counted(recipe(approaches=["finetune", "bissl"])).findings()
    assert len(alone) == 1 and alone[0].startswith("Settled: BiSSL + FT against FT: +13.2 [")


def test_a_study_without_runs_has_an_empty_report(tmp_path):
    results = Results(recipe(), [])
    assert (results.rows(), results.table(), results.findings()) == ([], None, [])
    write_report(results, tmp_path)
    assert "p is of" not in (tmp_path / "table.md").read_text()


def test_like_is_compared_with_like():
    assert references(load_recipe("paper/stl10")) == {
        "100 epochs, BiSSL + FT": "100 epochs, FT",
        "500 epochs, BiSSL + FT": "500 epochs, FT",
    }
    ablations = references(load_recipe("digits-ablations"))
    assert ablations["bissl.lam=0.1"] == ablations["N_U = 1"] == "finetune"
    assert ablations["15 epochs of pretraining, BiSSL + FT"] == "15 epochs of pretraining, FT"
    assert set(references(load_recipe("digits-study")).values()) == {"finetune"}


def test_rows_of_other_pretraining_or_data_are_not_compared_untold():
    variants = {
        "longer": {"pretrain.epochs": 900},
        "fewer": {"data.labels_per_class": 2},
        "steps": {"bissl.upper_steps": 1},
    }
    assert references(recipe(variants=variants, approaches=["finetune"])) == {"steps": "finetune"}
    told = references(recipe(variants=variants, approaches=["finetune"], compared_with={"longer": "steps"}))
    assert told == {"steps": "finetune", "longer": "steps"}


def test_rows_on_other_images_have_their_own_column_and_number():
    variants = {
        "on dtd": {"data.downstream": "dtd"},
        "on dtd, FT": {"data.downstream": "dtd", "approach": "finetune"},
        "other split": {"data.seed": 7, "approach": "finetune"},
    }
    study = recipe(approaches=["finetune", "bissl"], variants=variants)
    counts = {"finetune": (480, 600), "bissl": (560, 600), "on dtd": (900, 1200), "on dtd, FT": (800, 1200)}
    counts["other split"] = 470, 600
    records = [
        record(name, seed, correct + seed, top1=(correct + seed) / images, top5=0.9) | {"images": images}
        for name, (correct, images) in counts.items()
        for seed in (1, 2, 3, 4)
    ]
    results = Results(study, records)
    table = results.table()
    assert table.datasets == ("pets (FT)", "dtd", "pets (other split)")
    assert set(table.cells) == {
        ("FT", "pets (FT)"), ("BiSSL + FT", "pets (FT)"), ("on dtd", "dtd"), ("on dtd, FT", "dtd"),
        ("other split", "pets (other split)"),
    }  # fmt: skip
    assert table.cells["on dtd", "dtd"].comparison.difference == pytest.approx(100 / 1200)
    assert results.caption().startswith(
        "Percent on test images (600 for FT, BiSSL + FT, other split; 1200 for on dtd, on dtd, FT), mean"
    )


@pytest.mark.parametrize(
    ("compared_with", "text"),
    [
        ({"bisl": "finetune"}, 'study.compared_with: expected one of .*did you mean "bissl"'),
        ({"bissl": "finetunes"}, 'study.compared_with.bissl: expected one of .*did you mean "finetune"'),
        ({"bissl": "bissl"}, "study.compared_with.bissl: expected another row"),
        ({"bissl": "other"}, "study.compared_with.bissl: expected a row measured on the same test images"),
    ],
)
def test_rows_that_cannot_be_compared(compared_with, text):
    with pytest.raises(ValueError, match=text):
        recipe(compared_with=compared_with, variants={"other": {"data.downstream": "dtd"}})


def test_a_report_of_runs_of_different_lengths(tmp_path):
    pytest.importorskip("matplotlib")
    results = counted(recipe())
    lengths = {1: [[2, 1], [1, 1]], 2: [[3, 3]], 3: []}  # alternations → upper steps → iterations
    for seed, alternations in lengths.items():
        folder = tmp_path / "runs" / "bissl" / f"pretrain-0-seed-{seed}" / "bissl"
        folder.mkdir(parents=True)
        lines = [json.dumps(alternation(number, steps)) + "\n" for number, steps in enumerate(alternations)]
        (folder / "metrics.jsonl").write_text("".join(lines))
    write_report(results, tmp_path)
    html = (tmp_path / "report.html").read_text()
    assert html.count("<figure>") == 4 and "BiSSL + FT: the solver" in html


def alternation(number: int, steps: list[int]) -> dict:
    means = ("lower_loss", "regularizer", "loss_at_theta_p", "loss_at_theta_d", "v_norm", "v_ij_norm")
    residuals = [[1.0] + [math.exp(-i) for i in range(count)] for count in steps]
    return {"alternation": number, "residuals": residuals, "curvature": [[1.0] * count for count in steps]} | {
        name: [1.0] * len(steps) for name in means
    }
