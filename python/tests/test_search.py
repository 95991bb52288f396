"""Search, journals, studies that are resumed, processes side by side."""

from __future__ import annotations

import gzip
import json
from types import SimpleNamespace

import numpy as np
import pytest

import bissl
from bissl.experiments import Images, Journal, Run, Study, best_trade_off, open_study, sampled, search_with_optuna
from bissl.experiments.recipe import Recipe, Search, load_recipe
from bissl.experiments.running import study as study_module
from bissl.experiments.running.jobs import Job
from bissl.experiments.running.model import class_loss

pytest.importorskip("sklearn")

#: A run of a second.
QUICK = {"seeds.runs": [1], "finetune.epochs": 1, "warmup.epochs": 1, "bissl.alternations": 1}


def quick(**changes) -> Recipe:
    return load_recipe("digits-quick", QUICK | {name.replace("__", "."): value for name, value in changes.items()})


@pytest.fixture
def jobs(monkeypatch) -> list[str]:
    """The kinds of the jobs that are run."""
    done = []
    run = Job.run

    def counted(self):
        done.append(self.kind)
        return run(self)

    monkeypatch.setattr(Job, "run", counted)
    return done


# --- sampling and selection --------------------------------------------------------------------------------------------


def test_samples_are_log_uniform_in_their_ranges():
    pairs = sampled(Search(trials=600, lr=(1e-4, 1.0), weight_decay=(1e-5, 1e-2), seed=3))
    rates, decays = (np.log10([pair[name] for pair in pairs]) for name in ("lr", "weight_decay"))
    for values, least, most in ((rates, -4, 0), (decays, -5, -2)):
        assert values.min() >= least and values.max() <= most
        counts, _ = np.histogram(values, bins=4, range=(least, most))
        assert (abs(counts - 150) < 5 * np.sqrt(150 * 0.75)).all()
    assert abs(np.corrcoef(rates, decays)[0, 1]) < 0.15
    assert pairs[:5] == sampled(Search(trials=5, lr=(1e-4, 1.0), weight_decay=(1e-5, 1e-2), seed=3))
    assert pairs[:5] != sampled(Search(trials=5, lr=(1e-4, 1.0), weight_decay=(1e-5, 1e-2), seed=4))
    assert all(pair["lr"] == 0.5 for pair in sampled(Search(trials=3, lr=(0.5, 0.5))))


def trial(score: float, loss: float) -> dict[str, float]:
    return {"validation": score, "validation_loss": loss}


def test_the_best_trade_off_takes_the_lowest_loss_within_a_standard_error():
    # √(0.9 · 0.1 / 100) = 0.03
    best, close, far = trial(0.90, 2.0), trial(0.875, 0.4), trial(0.86, 0.1)
    assert best_trade_off([best, close, far], 100) is close
    assert best_trade_off([best, close, far], 10_000) is best
    assert best_trade_off([best, close, far], 10) is far
    assert best_trade_off([trial(1.0, 0.5), trial(0.99, 0.1)], 100)["validation"] == 1.0
    with pytest.raises(ValueError, match="trials: expected at least one"):
        best_trade_off([], 10)


def test_a_trial_that_is_no_number_is_not_the_best():
    good = {"validation": 0.5, "validation_loss": 1.0}
    for wrong in (np.nan, None):
        for name in good:
            assert best_trade_off([good | {name: wrong}, good, good | {name: wrong}], 100) is good
            with pytest.raises(ValueError, match="trials: expected a trial with a score and a loss"):
                best_trade_off([good | {name: wrong}], 100)


def test_losses_leave_pairs_out():
    logits, labels = np.array([[1.0, -2], [3, 0.5]]), np.array([[1, -1], [0, 1]])
    expected = np.logaddexp(0, [-1, 3, -0.5]).mean()
    assert class_loss(logits, labels) == pytest.approx(expected)
    assert class_loss(logits, np.full((2, 2), -1)) == 0


def test_losses_are_those_of_both_kinds_of_labels():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(6, 4)) * 50, rng.integers(0, 4, 6)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert class_loss(logits, labels) == pytest.approx(-np.log(shares[np.arange(6), labels]).mean())
    small, sets = rng.normal(size=(6, 4)), rng.integers(0, 2, (6, 4))
    sigmoid = 1 / (1 + np.exp(-small))
    binary = -np.where(sets, np.log(sigmoid), np.log(1 - sigmoid)).mean()
    assert class_loss(small, sets) == pytest.approx(binary)


def test_trials_of_a_row_are_judged_on_its_own_validation_images(monkeypatch):
    recipe = quick(study__approaches=["finetune"], study__variants={"other": {"data.seed": 3}})
    study, judged = Study(recipe, progress=False), []
    monkeypatch.setattr(study_module, "best_trade_off", lambda trials, images: judged.append(images))
    counts = {0: 299, 3: 1200}
    validation = {seed: SimpleNamespace(validation=range(count)) for seed, count in counts.items()}
    monkeypatch.setattr(study, "trials", lambda name: [])
    monkeypatch.setattr(Images, "of", lambda data: validation[data.seed])
    for name in study.variants:
        study.best_trial(name)
    assert judged == [299, 1200]


# --- the journal ------------------------------------------------------------------------------------------------------


def test_a_journal_outlives_a_crash_in_the_middle_of_a_line(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    journal = Journal(path)
    for number in range(3):
        journal.add({"trial": number}, {"score": np.float32(number)})
    whole = path.read_bytes()
    second_line = len(whole.splitlines(keepends=True)[0]) * 2
    for cut in range(second_line, len(whole)):
        path.write_bytes(whole[:cut])
        again = Journal(path)
        assert len(again) == 2 and {"trial": 1} in again and {"trial": 2} not in again
        assert path.read_bytes() == whole[:cut], "another process may be writing the line"
        again.add({"trial": 2}, {"score": 2.0})
        assert path.read_bytes() == whole
    assert Journal(path)[{"trial": 2}]["score"] == 2.0


def test_a_line_that_is_being_written_is_left_to_its_writer(tmp_path):
    path = tmp_path / "journal.jsonl"
    writer = Journal(path)
    for number in range(2):
        writer.add({"trial": number}, {})
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert len(Journal(path)) == 1
    with open(path, "ab") as file:
        file.write(whole[-9:])
    assert len(Journal(path)) == 2


def test_a_broken_line_in_the_middle_is_told(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"key": {"a": 1}}\nnot json\n{"key": {"a": 2}}\n')
    with pytest.raises(ValueError, match="journal.jsonl: line 2 is no record"):
        Journal(path)


def test_records_that_gzip_made_smaller_count_and_newer_ones_before_them(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for number in range(3):
        journal.add({"trial": number}, {"score": 1.0})
    compressed = tmp_path / "journal.jsonl.gz"
    compressed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert len(Journal(path)) == 3 and not path.exists()
    Journal(path).add({"trial": 2}, {"score": 2.0})
    assert [record["score"] for record in Journal(path)] == [1.0, 1.0, 2.0]
    for content, reason in (
        (compressed.read_bytes()[:-9], "not the whole"),
        (gzip.compress(b"not json\n"), "line 1 is no"),
    ):
        compressed.write_bytes(content)
        with pytest.raises(ValueError, match=f"journal.jsonl.gz: {reason}"):
            Journal(path)


def test_keys_do_not_depend_on_their_order():
    journal = Journal(None)
    journal.add({"a": 1, "b": {"c": 2.0, "d": 3}}, {})
    assert {"b": {"d": 3, "c": 2.0}, "a": 1} in journal


# --- studies ----------------------------------------------------------------------------------------------------------


def test_a_study_is_taken_up_where_it_was_left(tmp_path, jobs):
    recipe = quick(study__approaches=["finetune", "bissl"], study__tune=True)
    whole = Study(recipe, tmp_path / "whole", progress=False).run()
    everything = list(jobs)
    assert {kind: everything.count(kind) for kind in everything} == {
        "pretrain": 1, "prepare": 4, "trial": 4, "finetune": 2, "evaluate": 2,
    }  # fmt: skip

    lines = (tmp_path / "whole" / "results.jsonl").read_text().splitlines(keepends=True)
    path = tmp_path / "whole" / "results.jsonl"
    path.write_text("".join(lines[:6]) + lines[6][:20])
    (tmp_path / "whole" / "runs" / "bissl" / "pretrain-0-seed-1" / "finetuned.safetensors").unlink()
    jobs.clear()
    again = open_study(tmp_path / "whole", progress=False).run()
    assert jobs == everything[6:]
    assert again.markdown() == whole.markdown()

    jobs.clear()
    assert open_study(tmp_path / "whole", progress=False).run().markdown() == whole.markdown()
    assert jobs == []
    assert not list((tmp_path / "whole").glob("**/checkpoints")), "what they led to is kept"


def test_processes_side_by_side_give_the_same_runs(tmp_path):
    recipe = quick(seeds__runs=[1, 2], approach="finetune")
    with Study(recipe, tmp_path / "two", processes=2, progress=False) as study:
        two = study.run()
    one = Study(recipe, tmp_path / "one", progress=False).run()
    assert one.markdown() == two.markdown()
    for name in ("pretrain-0-seed-1", "pretrain-0-seed-2"):
        models = [
            (tmp_path / count / "runs/finetune" / name / "finetuned.safetensors").read_bytes()
            for count in ("one", "two")
        ]
        assert models[0] == models[1]


def test_the_same_numbers_without_a_folder(tmp_path):
    recipe = quick()
    assert Study(recipe, progress=False).run().csv() == Study(recipe, tmp_path / "run", progress=False).run().csv()


def test_validation_alone_decides_and_the_best_epoch_is_kept(tmp_path):
    recipe = quick(finetune__epochs=4, approach="finetune", finetune__lr=0.3)
    study = Study(recipe, tmp_path / "run", progress=False)
    study.finetune()
    assert not any(record["key"]["kind"] == "evaluate" for record in study.journal)
    folder = tmp_path / "run/runs/finetune/pretrain-0-seed-1"
    curve = [json.loads(line)["validation"] for line in (folder / "finetune/metrics.jsonl").read_text().splitlines()]
    (record,) = (record for record in study.journal if record["key"]["kind"] == "finetune")
    assert len(curve) == 4 and record["best_epoch"] == int(np.argmax(curve)) and record["validation"] == max(curve)


def test_a_run_begins_with_the_weights_given(tmp_path):
    recipe = quick(weights=str(tmp_path / "net.safetensors"), pretrain__freeze_backbone=True, approach="finetune")
    net = bissl.ResNet(**{name: value for name, value in recipe.pretrain.backbone.items() if name != "kind"}, seed=77)
    net.save_weights(tmp_path / "net.safetensors")
    run = Run(recipe, None, "run", pretrain_seed=0, seed=1, progress=False)
    assert np.array_equal(run.prepared().vector, net.vector)
    thawed = Run(quick(weights=recipe.weights, approach="finetune"), None, "run", 0, 1, progress=False)
    assert not np.array_equal(thawed.prepared().vector, net.vector)


def test_optuna_searches_in_the_same_journal(tmp_path, jobs):
    pytest.importorskip("optuna")
    recipe = quick(approach="finetune", search__trials=2)
    study = Study(recipe, tmp_path / "run", progress=False)
    best = search_with_optuna(study)
    tried = study.trials("finetune")
    assert len(tried) == 2 and best["finetune"] in tried and jobs.count("trial") == 2
    for record in tried:
        assert 0.002 <= record["key"]["changes"]["lr"] <= 0.05
    jobs.clear()
    assert search_with_optuna(open_study(tmp_path / "run", progress=False)) == best and jobs == []


def test_wrong_folders_and_counts_are_told(tmp_path):
    Study(quick(), tmp_path / "run", progress=False).prepare()
    Study(quick(data__downstream_root="elsewhere", callbacks__plot_every=3), tmp_path / "run", progress=False).prepare()
    with pytest.raises(ValueError, match="run: holds the run of another recipe.*bissl resume"):
        Study(quick(bissl__lam=0.5), tmp_path / "run", progress=False).prepare()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    with pytest.raises(ValueError, match="full: is not empty and holds no run"):
        Study(quick(), tmp_path / "full")
    with pytest.raises(ValueError, match="processes: expected a whole number of at least 1, got 0"):
        Study(quick(), tmp_path / "run", processes=0)
    with pytest.raises(ValueError, match="processes: .*give one"):
        Study(quick(), None, processes=2)
    with pytest.raises(ValueError, match="data.downstream_root: pets lies in files.*bissl data check pets"):
        Study(quick(data__downstream="pets"), tmp_path / "pets", progress=False).run()
    assert not (tmp_path / "pets").exists(), "the folder is free for the corrected call"
