"""Backbones looked at before fine-tuning, and labelled images that every run draws anew."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

import bissl
from bissl import analysis
from bissl.experiments import Images, Results, Study
from bissl.experiments.recipe import load_recipe
from bissl.experiments.report.reporting import as_text
from bissl.experiments.running.alignment import kept_features
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
