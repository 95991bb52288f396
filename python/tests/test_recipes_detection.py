"""Recipes of detection: a comparison on generated scenes, and dry runs of the rows of Table 2."""

from __future__ import annotations

from dataclasses import replace

import pytest

import bissl
from bissl.cli import main
from bissl.errors import InvalidArgument, OutOfMemory
from bissl.experiments import Study
from bissl.experiments.recipe import load_recipe, recipe_names
from bissl.experiments.running import dryrun
from bissl.experiments.running.dryrun import Demand, dry_run, require_memory

#: Seconds.
QUICK = {
    "data.pretext_options": {"count": 12, "height": 32, "width": 48},
    "data.downstream_options": {"training": 8, "validation": 4, "test": 4, "height": 48, "width": 64},
    "augmentation.size": 16, "task.options": {"anchor_sizes": [8, 16], "rois_per_image": 4, "pooled_size": 4},
    "pretrain.backbone": {"kind": "resnet", "layers": [1, 1], "widths": [4, 6], "stem": "small"},
    "pretrain.epochs": 1, "pretrain.batch_size": 6, "pretrain.method_options": {"projector": [8, 4]},
    "warmup.epochs": 1, "warmup.batch_size": 4, "bissl.alternations": 1, "bissl.lower_steps": 1, "bissl.upper_steps": 1,
    "bissl.lower_batch_size": 4, "bissl.upper_batch_size": 4, "bissl.hessian_batch_size": 4, "finetune.epochs": 2,
    "finetune.batch_size": 4, "finetune.validate_every": 1, "seeds.runs": [1],
}  # fmt: skip
#: What makes a row of Table 2 small enough for a test.
SMALL = {
    "pretrain.backbone": {"kind": "resnet", "layers": [1, 1, 1], "widths": [8, 16, 24], "stem": "imagenet"},
    "pretrain.batch_size": 16, "pretrain.method_options": {"projector": [16, 8]}, "bissl.lower_batch_size": 16,
    "augmentation.size": 32,
}  # fmt: skip


def test_a_comparison_on_generated_scenes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    recipe = load_recipe("shapes-detection", QUICK)
    rows = Study(recipe, tmp_path / "run", progress=False).run().rows()
    assert len(rows) == 2
    assert len(list((tmp_path / "caches/bissl").rglob("Annotations/*.xml"))) == 16
    assert Study(recipe, tmp_path / "run", progress=False).run().rows() == rows


@pytest.mark.parametrize(
    "name", [name for name in recipe_names() if "2007+2012-" in name or name.endswith("cityscapes")]
)
def test_rows_of_table_2_have_the_papers_sizes(name):
    recipe = load_recipe(name)
    assert recipe.finetune.epochs == 50 and recipe.finetune.batch_size == recipe.bissl.upper_batch_size == 16
    assert recipe.warmup.epochs == 5 and recipe.search.trials == 50
    assert recipe.task.objective == ("faster-rcnn" if name.endswith("detection") else "fcn")


def test_a_dry_run_tells_shapes_and_memory():
    recipe = load_recipe("simclr/voc2007+2012-detection", SMALL)
    down, pretrain, products = dry_run(recipe)
    assert "images (16, 224, 320, 3)" in down.shapes and "crops (8192, 14, 14, 16)" in down.shapes
    assert "layer2 (16, 28, 40, 16)" in down.shapes
    assert pretrain.shapes == products.shapes == "2 × images (16, 32, 32, 3)"
    # Which takes more depends on the kernels of the instruction set.
    assert 0.5 < products.bytes / pretrain.bytes < 4
    # The crops alone take this much; what the last stage makes of them, some more.
    assert 1 < down.bytes / (8192 * 14 * 14 * 16 * 4) < 10
    half = dry_run(recipe.changed({"finetune.batch_size": 8}))[0]
    assert 0.4 < half.bytes / down.bytes < 0.7
    segmentation = dry_run(load_recipe("simclr/cityscapes", SMALL))[0]
    assert "images (16, 192, 384, 3)" in segmentation.shapes and segmentation.bytes > 0


def test_the_estimate_is_what_a_step_takes():
    recipe = load_recipe("simclr/voc2007+2012-detection", {**SMALL, "finetune.batch_size": 3})
    estimate = dry_run(recipe)[0].bytes
    net = bissl.ResNet(layers=(1, 1, 1), widths=(8, 16, 24))
    taken = dryrun._peak(dryrun._step(bissl.FasterRCNN(net, 20), net, (224, 320)), 3)
    assert taken == pytest.approx(estimate, rel=0.15)


def test_too_little_memory_is_refused_before_anything_begins(capsys, monkeypatch):
    demands = [Demand("downstream step", "", 10**9), Demand("Hessian products", "", 3 * 10**9)]
    require_memory(demands, 4 * 10**9)
    with pytest.raises(OutOfMemory, match="Hessian products: takes 3 GB of tensors, 2 GB of memory are available"):
        require_memory(demands, 2 * 10**9)
    monkeypatch.setattr("bissl.experiments.commands.available_memory", lambda: 10**6)
    changes = [f"{key}={value}" for key, value in SMALL.items()]
    assert main(["run", "simclr/voc2007+2012-detection", *changes, "--dry-run"]) != 0
    output = capsys.readouterr()
    assert "crops (8192, 14, 14, 16)" in output.out and "GB of tensors" in output.err


def test_dry_runs_are_of_published_dense_sets():
    with pytest.raises(InvalidArgument, match="a dry run knows the published data sets of detection and segmentation"):
        dry_run(load_recipe("digits"))
    recipe = load_recipe("simclr/cityscapes", SMALL)
    with pytest.raises(InvalidArgument, match='task.objective: expected "fcn" .*a class per pixel, got "classifier"'):
        dry_run(replace(recipe, task=replace(recipe.task, objective="classifier")))
