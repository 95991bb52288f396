"""Backbones looked at before fine-tuning, and labelled images that every run draws anew."""

import os
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")

import bissl
from bissl import analysis
from bissl.errors import DataError, MissingPackage
from bissl.experiments import Images, Results, Study
from bissl.experiments.recipe import load_recipe
from bissl.experiments.report import Page
from bissl.experiments.report.alignment import add_alignment
from bissl.experiments.report.reporting import as_text
from bissl.experiments.running.alignment import kept_features, require_alignment
from bissl.experiments.running.run import Run


def recipe(**changes):
    study = {"study.alignment": True, "study.approaches": ["finetune", "bissl-identity"], "seeds.runs": [1]}
    return load_recipe("digits-quick", study | {name.replace("__", "."): value for name, value in changes.items()})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    made = Study(recipe(data__redraw_labels=True), tmp_path_factory.mktemp("study") / "run", progress=False)
    made.run()
    return made


def test_what_is_measured_is_what_the_stages_measure(study):
    run = Run(study.variants["bissl-identity"], study.folder, "bissl-identity", 0, 1, False)
    (record,) = [r for r in study.results().aligned if r["key"]["variant"] == "bissl-identity"]
    views, few, test = run.views.downstream, run.images.training, run.images.test
    probe = bissl.LinearProbe(augmentation=views, random_state=1, recalibration_batches=2).fit(run.prepared(), few)
    assert record["probe"]["correct"] == probe.correct(test) and record["probe"]["images"] == len(test)
    tuned = run.kept({}).backbone
    options = {"augmentation": views, "progress": False}
    found = analysis.alignment(run.prepared(), tuned, test, calibration=few, batches=2, random_state=1, **options)
    assert record["similarity"]["parameters"] == pytest.approx(found.parameters.mean, abs=1e-12)
    assert record["similarity"]["features"] == pytest.approx(found.features.mean, abs=1e-6)
    features, labels, classes = kept_features(run.folder)
    assert np.array_equal(features, probe.features(run.images.validation))
    assert np.array_equal(labels, run.images.validation.labels) and classes == [str(digit) for digit in range(10)]


def test_every_measure_has_its_tests(study):
    measures = {measure.name: measure for measure in study.results().alignment()}
    assert list(measures) == ["linear probe", "features", "parameters"]
    for measure in measures.values():
        plain, other = measure.rows
        assert plain.comparison is None and other.compared_with == plain.label == "FT"
        assert other.comparison.corrected_p == pytest.approx(other.comparison.p_value)
        assert len(measure.cells()[1]) == len(measure.header())
    assert "linear probe: test accuracy of a linear classifier" in as_text(study.results())


def test_nothing_of_it_without_being_asked():
    plain = load_recipe("digits-quick")
    assert not plain.study.alignment and Results(plain, []).alignment() == []


def test_a_probe_with_other_options_is_another_one(study):
    key = study._job("alignment", "finetune", 0, 1).key
    changed = Study(study.recipe.changed({"probe.C": 0.5}), None, progress=False)
    assert changed._job("alignment", "finetune", 0, 1).key != key
    assert changed._job("evaluate", "finetune", 0, 1).key == study._job("evaluate", "finetune", 0, 1).key


def test_images_without_classes_are_refused_before_work(tmp_path):
    scenes = {
        "data": {"downstream": "scenes-segmentation", "downstream_root": str(tmp_path / "scenes"),
                 "pretext": "scenes", "pretext_options": {"count": 4, "height": 32, "width": 32},
                 "downstream_options": {"training": 3, "validation": 3, "test": 3, "height": 32, "width": 32}},
        "study": {"alignment": True, "approaches": ["finetune"]},
    }  # fmt: skip
    with pytest.raises(ValueError, match="study.alignment: a linear probe takes images with classes"):
        Study(load_recipe("shapes-segmentation").changed(scenes), tmp_path / "run", progress=False).run()
    assert not (tmp_path / "run").exists()


def test_every_run_draws_its_own_labelled_images():
    data = recipe(data__redraw_labels=True).data
    shared = recipe().data
    first, again, other, elsewhere = (Images.of(data, *seeds) for seeds in ((0, 1), (0, 1), (0, 2), (1, 1)))
    drawn = [images.training.gather(np.arange(50)) for images in (first, again, other, elsewhere)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not any(np.array_equal(drawn[0], others) for others in drawn[2:])
    assert np.bincount(other.training.labels).tolist() == [5] * 10
    assert np.array_equal(first.test.labels, Images.of(shared, 0, 2).test.labels)
    assert Images.of(shared, 0, 1) is Images.of(shared, 0, 2), "without being asked, all runs share them"


def test_other_draws_are_other_runs():
    keys = {
        Study(recipe(**changes), None, progress=False)._job("finetune", "finetune", 0, 1).key["of"]
        for changes in ({}, {"data__redraw_labels": True}, {"data__redraw_labels": True, "data__labels_per_class": 4})
    }
    assert len(keys) == 3


# --- the report's part, from made-up runs --------------------------------------------------------------------------------


def made_up(metric="top1", records=True, **changes):
    """Two rows of one run each."""
    chosen = recipe(**changes)
    keys = [
        {"variant": name, "pretrain_seed": 0, "seed": 1, "trial": None, "changes": {}} for name in chosen.variants()
    ]
    scores = {"test": {metric: 0.5}, "images": 600}
    measured = [{"key": key | {"kind": "evaluate"}} | scores for key in keys if records]
    similarity = {"parameters": 0.9, "features": 0.8}
    aligned = [{"key": key | {"kind": "alignment"}, "probe": scores, "similarity": similarity} for key in keys]
    return Results(chosen, measured, aligned)


def keep_features(folder, variant, labels, features=None):
    path = folder / "runs" / variant / "pretrain-0-seed-1" / "features.npz"
    path.parent.mkdir(parents=True)
    draw = np.random.default_rng(len(variant))
    values = draw.normal(size=(len(labels), 4)) if features is None else features
    np.savez(path, features=values, labels=labels, classes=np.array(["a", "b"]))
    return path


def page_of(results, folder):
    pytest.importorskip("matplotlib")
    page = Page("title")
    add_alignment(page, results, folder)
    return page.html()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (30, "t-SNE (perplexity 9.67) of"),
        (16, "accuracy of 10 nearest"),
        (9, "No map of the features: 9 validation images are too few"),
    ],
)
def test_few_validation_images_do_not_cost_the_report(tmp_path, count, text):
    keep_features(tmp_path, "finetune", np.arange(count) % 2)
    assert text in page_of(made_up(), tmp_path)


@pytest.mark.parametrize("features", [np.ones((30, 4)), np.full((30, 4), np.nan)])
def test_features_without_a_map_do_not_cost_the_report(tmp_path, features):
    keep_features(tmp_path, "finetune", np.arange(30) % 2, features)
    html = page_of(made_up(), tmp_path)
    assert "No map of the features: " in html and "linear probe" in html


def test_a_map_is_of_the_same_validation_images(tmp_path):
    keep_features(tmp_path, "finetune", np.arange(30) % 2)
    assert "Not shown" not in page_of(made_up(), tmp_path)
    keep_features(tmp_path, "bissl-identity", np.arange(30) // 15)
    html = page_of(made_up(), tmp_path)
    assert "Not shown, since their validation images are others: BiSSL, identity Jacobian + FT." in html


def test_a_broken_file_of_features_is_named(tmp_path):
    path = keep_features(tmp_path, "finetune", np.arange(30) % 2)
    for content in (path.read_bytes()[:200], b"", b"nonsense"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"features.npz: not the features .*; remove the file"):
            kept_features(path.parent)
    assert "No map of the features: " in page_of(made_up(), tmp_path)


def test_a_write_of_features_that_fails_leaves_no_part_of_them(study, tmp_path, monkeypatch):
    from bissl.experiments.running import alignment

    run = Run(study.variants["finetune"], study.folder, "finetune", 0, 1, False)
    stage = bissl.LinearProbe(augmentation=run.views.downstream, recalibration_batches=0)
    probe = stage.fit(run.prepared(), run.images.training)

    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(bissl.errors.DiskFull, match="no room for a features file"):
        alignment._keep(probe, run.images.validation, tmp_path / "features.npz")
    assert list(tmp_path.iterdir()) == []


def test_sentences_are_of_this_study(tmp_path):
    meaning = made_up().alignment()[0].meaning
    assert "test accuracy of" in meaning and "each row's fine-tuning begins with" in meaning and "FT" not in meaning
    assert "test map of" in made_up("map").alignment()[0].meaning
    renewed = "Running statistics of batch norm were renewed"
    assert renewed in page_of(made_up(), tmp_path)
    assert renewed not in page_of(made_up(probe__recalibration_batches=0), tmp_path)


def test_rows_of_names_that_differ_in_their_ending_are_all_shown(tmp_path, monkeypatch):
    from bissl import plot

    shown = []
    monkeypatch.setattr(plot, "similarities", lambda found, draw=plot.similarities: shown.extend(found) or draw(found))
    variants = {"pretrained": {"finetune.lr": 0.1}, "mine": {"bissl.lam": 0.5}, "mine + FT": {"bissl.lam": 0.1}}
    page_of(made_up(study__variants=variants), tmp_path)
    assert shown == ["FT", "BiSSL, identity Jacobian + FT", *variants]
    shown.clear()
    page_of(made_up(), tmp_path)
    assert shown == ["pretrained", "BiSSL, identity Jacobian"]


def test_what_was_measured_before_needs_runs_that_are_finished():
    assert made_up(records=False).alignment() == []


# --- one folder, other recipes -------------------------------------------------------------------------------------------


def test_results_are_of_the_recipes_seeds_and_measures(study):
    fewer = Study(study.recipe.changed({"seeds.runs": [2]}), study.folder, progress=False).results()
    assert fewer.rows() == [] and fewer.alignment() == []
    unasked = Study(study.recipe.changed({"study.alignment": False}), study.folder, progress=False).results()
    assert len(unasked.rows()) == 2 and unasked.alignment() == []


@pytest.mark.parametrize("tune", [False, True])
def test_another_probe_is_refused_before_training(tmp_path, monkeypatch, tune):
    quick = {"finetune__epochs": 1, "search__trials": 1, "study__tune": tune, "study__approaches": ["finetune"]}
    Study(recipe(**quick), tmp_path, progress=False).run()
    journal = tmp_path / "results.jsonl"
    kept = [line for line in journal.read_text().splitlines(True) if '"kind": "finetune"' not in line]
    journal.write_text("".join(kept))
    monkeypatch.setattr(bissl.FineTune, "fit", lambda *given, **options: pytest.fail("it is trained"))
    with pytest.raises(ValueError, match="holds the run of another recipe: of finetune, probe.C was"):
        Study(recipe(**quick, probe__C=0.5), tmp_path, progress=False).run()


def test_every_row_is_looked_at_before_work(tmp_path, monkeypatch):
    options = {"training": 3, "validation": 3, "test": 3, "height": 32, "width": 32}
    scenes = {"data.downstream": "scenes-segmentation", "data.downstream_root": str(tmp_path / "scenes")}
    changes = scenes | {"data.downstream_options": options, "data.labels_per_class": None}
    with pytest.raises(ValueError, match=r"those of scenes-segmentation \(row scenes\) have not"):
        require_alignment(recipe(study__approaches=[], study__variants={"scenes": changes}))
    monkeypatch.setitem(sys.modules, "sklearn", None)
    opened = []
    monkeypatch.setattr(Images, "of", lambda *given: opened.append(given))
    monkeypatch.setattr(Images, "check_files", lambda *given: opened.append(given))
    glyphs = {"data__pretext": "glyphs", "data__downstream": "glyphs", "data__downstream_options": {}}
    with pytest.raises(MissingPackage, match="study.alignment needs sklearn"):
        Study(recipe(**glyphs), None, progress=False)._open()
    assert opened == []
