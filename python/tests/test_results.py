"""Tables of studies, from made-up runs."""

from __future__ import annotations

import pytest

from bissl.experiments import Results
from bissl.recipes import Recipe
from bissl.statistics import permutation_test

COUNTS = {"finetune": [480, 485, 490, 484], "bissl": [560, 565, 571, 559], "noisytune": [484, 480, 490, 485]}


def recipe(**study) -> Recipe:
    study = {"approaches": ["bissl", "finetune", "noisytune"], **study}
    return Recipe(seeds={"runs": [1, 2, 3, 4]}, study=study)


def record(variant: str, seed: int, correct: int | None = None, **scores: float) -> dict:
    key = {"kind": "evaluate", "variant": variant, "pretrain_seed": 0, "seed": seed, "trial": None, "changes": {}}
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
    assert lines[2].startswith("| BiSSL + FT | 94.0 ± 0.9 | 90.0 ± 0.0 | FT | +13.2 [") and "| 0.0286 | 0.0571 |" in lines[2]
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
