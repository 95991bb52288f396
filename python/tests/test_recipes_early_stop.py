"""The recipe's section early_stop: which stages it ends, and what depends on it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bissl.callbacks import scalars
from bissl.experiments import Study, open_study
from bissl.experiments.recipe import Recipe, load_recipe
from bissl.experiments.recipe.earlystops import METRICS
from bissl.experiments.running.identity import key, of_pretraining
from bissl.experiments.running.run import Run

pytest.importorskip("sklearn")

#: So much better no record is: the second one ends the stage.
AT_ONCE = {"patience": 1, "least": 1e9}


def quick(**sections) -> Recipe:
    changes = {"seeds.runs": [1], "finetune.epochs": 6, "finetune.validate_every": 2, "warmup.epochs": 4}
    changes |= {"bissl.alternations": 4, "callbacks.knn_every": 1, "callbacks.probe_every": 1}
    changes |= {"callbacks.rankme_every": 1, "callbacks.lidar_every": 1}
    recipe = load_recipe("digits-quick", changes)
    pretrain = replace(recipe.pretrain, epochs=3)
    joint = replace(recipe.weighted_sum, steps=4, record_every=1)
    return replace(recipe, **{"pretrain": pretrain, "weighted_sum": joint} | sections)


@pytest.fixture(scope="module")
def records():
    """Of every stage, by the key of its section: in full, and with early stops."""
    return {stopped: _records(stopped) for stopped in (False, True)}


def _records(stopped: bool) -> dict[str, list[dict]]:
    recipe = quick(early_stop={stage: AT_ONCE for stage in METRICS} if stopped else {})
    found = {}
    for approach in ("bissl", "weighted-sum"):
        run = Run(replace(recipe, approach=approach), None, approach, 0, 1, progress=False)
        fitted, fit = {}, run.fit

        def kept(key, section, *inputs, **options):
            fitted[section.key] = fit(key, section, *inputs, **options)
            return fitted[section.key]

        run.fit, pretrain = kept, run._pretrain
        run._pretrain = lambda: fitted.setdefault("pretrain", pretrain())
        run.finetuned({})
        found |= {key: stage.history_ for key, stage in fitted.items()}
    return found


def test_every_metric_is_in_the_records_of_its_stage(records):
    assert set(records[False]) == set(METRICS)
    for stage, metrics in METRICS.items():
        seen = {name for record in records[False][stage] for name in scalars(record)}
        assert set(metrics) <= seen, stage


def test_every_stage_is_ended(records):
    lengths = {stopped: {stage: len(found) for stage, found in records[stopped].items()} for stopped in records}
    assert lengths[False] == {"pretrain": 3, "warmup": 4, "bissl": 4, "finetune": 6, "weighted_sum": 4}
    assert lengths[True] == {"pretrain": 2, "warmup": 2, "bissl": 2, "finetune": 4, "weighted_sum": 2}, (
        "fine-tuning is looked at every other epoch"
    )


def test_a_run_with_an_early_stop_keeps_the_best_epoch_and_goes_on(tmp_path):
    recipe = quick(early_stop={"finetune": AT_ONCE}, approach="finetune")
    with Study(recipe, tmp_path, progress=False) as study:
        study.run()
    (line,) = (line for line in study.journal if line["key"]["kind"] == "finetune")
    path = tmp_path / "runs" / "finetune" / "pretrain-0-seed-1" / "finetune" / "metrics.jsonl"
    seen = [json.loads(row) for row in path.read_text().splitlines()]
    assert len(seen) == 4
    scores = {record["epoch"]: record["validation"] for record in seen if "validation" in record}
    assert line["validation"] == max(scores.values()) == scores[line["best_epoch"]]
    assert open_study(tmp_path).recipe == recipe


def test_another_early_stop_is_another_run(tmp_path):
    recipe = quick(approach="random-initialization", early_stop={"finetune": AT_ONCE})
    with Study(recipe, tmp_path, progress=False) as study:
        study.finetune()
    with pytest.raises(ValueError, match="holds the run of another recipe: .* finetune's early stop was"):
        Study(quick(approach="random-initialization"), tmp_path, progress=False).finetune()


def test_pretrained_backbones_are_shared_where_nothing_ends_them_otherwise():
    plain, other_task = quick(), load_recipe("digits").data
    other = quick(early_stop={"finetune": AT_ONCE}, data=other_task)
    assert key(of_pretraining(plain)) == key(of_pretraining(other))
    stopped = quick(early_stop={"pretrain": {"metric": "knn"}})
    few = replace(other_task, labels_per_class=2)
    keys = {key(of_pretraining(each)) for each in (plain, stopped, replace(stopped, data=few))}
    assert len(keys) == 3, "a score on downstream images may end it"
