"""What a study's folder holds and may be used for: other recipes, moved images, what an earlier call left there."""

from __future__ import annotations

import gzip
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import bissl
from bissl import cli
from bissl.checkpoints import CheckpointStore
from bissl.errors import DiskFull, MissingPackage, NotWritable, WorkerEnded
from bissl.experiments import Study, open_study, search_with_optuna
from bissl.experiments.recipe import Recipe, load_recipe
from bissl.experiments.running import identity, images
from bissl.experiments.running.identity import key, of_evaluation, of_preparation, of_pretraining
from bissl.experiments.running.jobs import Job, file_name
from bissl.training import FineTune, Pretrain

pytest.importorskip("sklearn")

#: A run of a second.
QUICK = {"seeds.runs": [1], "finetune.epochs": 1, "warmup.epochs": 1, "bissl.alternations": 1}
ARGUMENTS = ["digits-quick", "seeds.runs=[1]", "finetune.epochs=1", "warmup.epochs=1", "bissl.alternations=1"]


def quick(**changes) -> Recipe:
    return load_recipe("digits-quick", QUICK | {name.replace("__", "."): value for name, value in changes.items()})


@pytest.fixture
def trained(monkeypatch) -> list[str]:
    """The stages that are fitted."""
    found = []
    for stage in (Pretrain, FineTune, bissl.HeadWarmup, bissl.BiSSL):

        def counted(self, *inputs, fit=stage.fit, **options):
            found.append(type(self).__name__)
            return fit(self, *inputs, **options)

        monkeypatch.setattr(stage, "fit", counted)
    return found


def call(*arguments: object) -> int:
    return cli.main([*map(str, arguments), "--no-progress"])


# --- images that move -------------------------------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path) -> Path:
    """Images in folders: 24 without labels, 2 classes of 12 and 6."""
    draw = np.random.default_rng(0)
    for part in ("images/unlabelled", *(f"images/labelled/{p}/{c}" for p in ("train", "test") for c in "ab")):
        (tmp_path / part).mkdir(parents=True)
        for number in range(24 if "unlabelled" in part else 12 if "train" in part else 6):
            pixels = draw.integers(0, 255, (8, 8, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / part / f"{number:02}.png")
    return tmp_path / "images"


def on_images(root: Path, **changes) -> Recipe:
    data = {
        "data__pretext": "unlabeled-folder", "data__pretext_root": str(root / "unlabelled"),
        "data__downstream": "folder", "data__downstream_root": str(root / "labelled"),
        "data__pretext_options": {}, "data__downstream_options": {}, "data__labels_per_class": None,
        "augmentation__statistics": "imagenet", "augmentation__size": 8, "pretrain__batch_size": 12,
    }  # fmt: skip
    return quick(**{"approach": "finetune"} | data | changes)


def test_images_that_were_moved_are_the_same_images(folders, tmp_path, trained):
    Study(on_images(folders), tmp_path / "run", progress=False).run()
    assert trained == ["Pretrain", "FineTune"]
    moved = folders.rename(tmp_path / "elsewhere")
    trained.clear()
    assert Study(on_images(moved), tmp_path / "run", progress=False).run().rows()
    assert trained == [], "500 epochs would be done again"
    roots = (f"data.pretext_root={moved / 'unlabelled'}", f"data.downstream_root={moved / 'labelled'}")
    assert call("resume", tmp_path / "run", *roots) == 0 and trained == []
    (first, *_) = sorted((moved / "unlabelled").iterdir())
    Image.fromarray(np.full((8, 8, 3), 9, np.uint8)).save(first)
    images._opened.cache_clear(), images._whole.cache_clear()  # as in another process
    with pytest.raises(ValueError, match="another recipe: of finetune, data.pretext.content was"):
        Study(on_images(moved), tmp_path / "run", progress=False).run()
    assert trained == [], "it is told before the images are pretrained on"


def test_all_images_that_a_run_may_draw_are_checked(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    drawn = on_images(folders, data__labels_per_class=1, data__redraw_labels=True)
    first, whole = (images.Images.of(recipe.data).training for recipe in (drawn, on_images(folders)))
    other = ({whole.source(n) for n in range(len(whole))} - {first.source(n) for n in range(len(first))}).pop()
    Path(other).write_bytes(b"broken")
    with pytest.raises(ValueError, match=Path(other).name):
        images.Images.check_files(drawn.data, False)


def test_weights_and_options_are_known_by_content_not_by_path(tmp_path):
    net = bissl.ResNet(**{k: v for k, v in quick().pretrain.backbone.items() if k != "kind"}, seed=7)
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        net = bissl.ResNet(**{k: v for k, v in quick().pretrain.backbone.items() if k != "kind"}, seed=seed)
        net.save_weights(tmp_path / f"{name}.safetensors")
    a, b, c = (key(of_pretraining(quick(weights=str(tmp_path / f"{name}.safetensors")))) for name in "abc")
    assert a == b != c
    with pytest.raises(FileNotFoundError, match="weights: there is no file .*none"):
        of_pretraining(quick(weights=str(tmp_path / "none.safetensors")))


def test_a_cache_of_images_that_were_moved_is_kept(folders, tmp_path, caplog):
    def make(root: Path) -> None:
        images = bissl.data.open_dataset("unlabeled-folder", root / "unlabelled")
        bissl.data.cached(images, tmp_path / "cache", 8, progress=False)

    make(folders)
    make(folders.rename(tmp_path / "elsewhere"))
    assert caplog.text == ""


# --- several recipes in one folder, one recipe in several ---------------------------------------------------------------


def test_a_comparison_goes_on_with_a_run(tmp_path, capsys, trained):
    assert call("run", *ARGUMENTS, "--out", tmp_path / "run") == 0
    trained.clear()
    assert call("compare", *ARGUMENTS, "study.approaches=[finetune, bissl]", "--out", tmp_path / "run") == 0
    assert trained == ["FineTune"], "what the run did is not done again"
    printed = capsys.readouterr().out
    assert "| FT |" in printed and "| BiSSL + FT |" in printed


def test_the_rate_that_a_search_found_is_used_in_its_folder(tmp_path, capsys, trained):
    assert call("search", *ARGUMENTS, "--out", tmp_path / "run") == 0
    (way,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("To use it: bissl run digits-quick")
    )
    assert "finetune_after_bissl.lr=" in way and way.endswith(f"--out {tmp_path / 'run'}")
    trained.clear()
    assert call(*shlex.split(way.removeprefix("To use it: bissl "))) == 0
    assert trained == ["HeadWarmup", "BiSSL", "FineTune"], "of the run's seed, which is not the search's"
    trained.clear()
    assert call("search", *ARGUMENTS, "search.trials=3", "--out", tmp_path / "run") == 0
    assert trained == ["FineTune"], "a search goes on beside runs with what it found before"


def test_pretraining_is_shared_with_runs_beside_it(tmp_path, capsys, trained):
    assert call("search", *ARGUMENTS, "approach=finetune", "--out", tmp_path / "first") == 0
    trained.clear()
    other = ("approach=finetune", "finetune.lr=0.03", "name=other", "seeds.runs=[2]")
    assert call("run", *ARGUMENTS, *other, "--out", tmp_path / "second") == 0
    assert trained == ["FineTune"]
    printed = capsys.readouterr().out
    assert (
        f"Pretrained backbones: {tmp_path / 'second' / 'pretrained'} (taken over from {tmp_path / 'first'}" in printed
    )
    shutil.rmtree(tmp_path / "first")
    (kept,) = (tmp_path / "second" / "pretrained").iterdir()
    assert sorted(path.name for path in kept.iterdir()) == ["metrics.csv", "metrics.jsonl", "pretext.safetensors"]
    assert call("run", *ARGUMENTS, "pretrain.lr=0.5", "approach=finetune", "--out", tmp_path / "third") == 0
    assert trained == ["FineTune", "Pretrain", "FineTune"], "of other pretraining nothing is taken"


def test_a_damaged_backbone_is_not_taken_over(tmp_path, trained):
    recipe = quick(approach="finetune")
    Study(recipe, tmp_path / "first", progress=False).pretrain()
    (stored,) = (tmp_path / "first").glob("pretrained/*/pretext.safetensors")
    stored.write_bytes(stored.read_bytes()[:50])
    Study(recipe, tmp_path / "second", progress=False).pretrain()
    assert trained == ["Pretrain", "Pretrain"]
    with pytest.raises(ValueError, match="pretext.safetensors"):
        Study(recipe, tmp_path / "first", progress=False).run()


def test_another_recipe_is_told_by_what_differs(tmp_path):
    Study(quick(), tmp_path / "run", progress=False).run()
    text = r"holds the run of another recipe: of bissl, bissl.lam was 1.0 when .* now it is 0.5\. Give another folder .*bissl resume"
    with pytest.raises(ValueError, match=text):
        Study(quick(bissl__lam=0.5), tmp_path / "run", progress=False).run()
    with pytest.raises(ValueError, match="finetune.lr was .* now it is 0.07"):
        Study(quick(finetune_after_bissl__lr=0.07), tmp_path / "run", progress=False).run()
    same = {"name": "mine", "callbacks__plot_every": 3, "seeds__runs": [1], "search__trials": 9}
    assert Study(quick(**same), tmp_path / "run", progress=False).run().rows()


#: A run of a blink.
ALONE = [
    "digits-quick",
    "approach=random-initialization",
    "seeds.runs=[1]",
    "finetune.epochs=1",
    "data.labels_per_class=2",
]


@pytest.fixture
def finished(tmp_path, capsys) -> Path:
    assert call("run", *ALONE, "--out", tmp_path / "run") == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.mark.parametrize(
    "command, change, differing",
    [
        *((command, "finetune.lr=0.77", "finetune.lr was 0.01") for command in ("pretrain", "warmup", "bissl", "run")),
        ("pretrain", "study.tune=true", "study.tune was false"),
    ],
)
def test_no_call_replaces_the_recipe_of_finished_runs(finished, capsys, command, change, differing):
    before = (finished / "recipe.yaml").read_bytes()
    assert call(command, *ALONE, change, "--out", finished) == 1
    told = capsys.readouterr().err
    assert differing in told and f"or go on with it: bissl resume {finished}" in told
    assert (finished / "recipe.yaml").read_bytes() == before
    assert call("resume", finished) == 0


def test_a_recipe_that_was_changed_in_its_folder_is_not_the_way_on(finished, capsys):
    path = finished / "recipe.yaml"
    path.write_text(path.read_text().replace("lr: 0.01", "lr: 0.77"))
    assert call("resume", finished) == 1
    told = capsys.readouterr().err
    assert "holds the run of another recipe" in told and told.endswith("or put back what it was\n")


def test_the_rate_that_a_search_found_is_not_for_the_folder_of_other_runs(finished, capsys):
    before = (finished / "recipe.yaml").read_bytes()
    assert call("search", *ALONE, "finetune.lr=0.77", "search.trials=1", "--out", finished) == 0
    assert (finished / "recipe.yaml").read_bytes() == before, "a search goes on beside runs, whose recipe stays"
    (way,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("To use it: "))
    assert way.endswith(f"--out {finished}-tuned")
    assert call(*shlex.split(way.removeprefix("To use it: bissl "))) == 0


def test_what_is_searched_for_is_told_before_the_recipe_is_replaced(tmp_path, capsys):
    assert call("search", *ARGUMENTS, "search.trials=1", "--out", tmp_path / "run") == 0
    before = (tmp_path / "run" / "recipe.yaml").read_bytes()
    for way in (["search"], ["run", "study.tune=true"]):
        assert call(way[0], *ARGUMENTS, *way[1:], "bissl.lam=0.5", "--out", tmp_path / "run") == 1
        assert "bissl.lam was 1.0" in capsys.readouterr().err
        assert (tmp_path / "run" / "recipe.yaml").read_bytes() == before


def test_a_comparison_is_not_reduced_to_one_row(tmp_path, capsys):
    folder = tmp_path / "run"
    rates = "study.sweep={finetune.lr: [0.01, 0.02]}"
    assert call("compare", *ALONE, rates, "--out", folder) == 0
    kept = {name: (folder / name).read_bytes() for name in ("recipe.yaml", "table.md")}
    capsys.readouterr()
    for again in (["run", folder], ["run", *ALONE, rates, "--out", folder], ["pretrain", *ALONE, "--out", folder]):
        assert call(*again) == 1
        told = capsys.readouterr().err
        assert "holds a comparison" in told and told.endswith(f"or go on with it: bissl resume {folder}\n")
        assert kept == {name: (folder / name).read_bytes() for name in kept}
    assert call("compare", folder, "study.approaches=[linear-probe]") == 0, "of more rows"
    assert call("run", folder, "--out", tmp_path / "alone") == 0


def test_a_recipe_that_somebody_wrote_is_not_replaced(tmp_path, capsys):
    own = tmp_path / "recipe.yaml"
    own.write_text("# mine\nextends: digits-quick\n")
    (tmp_path / "runs").mkdir()
    for arguments in (["pretrain", own, "--out", tmp_path], ["pretrain", tmp_path], ["resume", tmp_path]):
        assert call(*arguments) == 1
        assert "holds no run: its recipe.yaml was not written by one" in capsys.readouterr().err
    assert own.read_text().startswith("# mine")


@pytest.mark.parametrize("beside", ["results.jsonl", "results.jsonl.gz", "pretrained"])
def test_a_recipe_of_an_earlier_version_is_known_by_what_lies_beside_it(finished, beside):
    path = finished / "recipe.yaml"
    path.write_text("".join(path.read_text().splitlines(True)[1:]))
    results = finished / "results.jsonl"
    if beside == "results.jsonl.gz":
        (finished / beside).write_bytes(gzip.compress(results.read_bytes()))
    if beside == "pretrained":
        (finished / beside / f"{'0' * 16}-seed-0").mkdir(parents=True)
    if beside != "results.jsonl":
        results.unlink()
    assert open_study(finished, progress=False).recipe.approach == "random-initialization"


def test_a_call_that_a_checkpoint_refuses_leaves_the_recipe(tmp_path, monkeypatch):
    recipe, folder = quick(bissl__alternations=2), tmp_path / "run"

    class Stopped(Exception):
        pass

    def stopping(self, stage, record):
        if isinstance(stage, bissl.BiSSL):
            raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr("bissl.callbacks.NaNMonitor.on_record", stopping)
        Study(recipe, folder, progress=False).prepare()
    (checkpoints,) = folder.glob("runs/*/*/bissl/checkpoints")
    assert CheckpointStore(checkpoints).latest().step > 0
    before = (folder / "recipe.yaml").read_bytes()
    study = Study(recipe.changed({"bissl.lam": 0.5}), folder, progress=False)
    for _ in range(2):
        with pytest.raises(ValueError, match="is of another run: settings.lam was 1.0"):
            study.prepare()
        assert (folder / "recipe.yaml").read_bytes() == before
    assert call("resume", folder) == 0


def test_a_folder_of_the_name_of_a_recipe_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("run", *ALONE, "finetune.lr=0.02", "--out", "digits") == 0
    assert open_study("digits", progress=False).recipe.finetune.lr == 0.02
    assert call("resume", "digits") == 0 and call("pretrain", "digits", *ALONE[1:]) == 0
    assert load_recipe(tmp_path / "digits").finetune.lr == 0.02 and (tmp_path / "runs" / "digits").is_dir()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"task__objective": "fcn"}, 'task.objective: expected "classifier" .*labelled with classes, got "fcn"'),
        (
            {"data__downstream": "scenes-segmentation", "task__objective": "faster-rcnn"},
            'task.objective: expected "fcn" .* a class per pixel, got "faster-rcnn"',
        ),
        (
            {"data__downstream": "scenes-segmentation", "task": {"objective": "fcn", "options": {"dilation": 0}}},
            "^task.options.dilation: expected",
        ),
    ],
)
def test_a_task_that_does_not_fit_is_told_before_pretraining(tmp_path, monkeypatch, trained, changes, message):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    small = {"training": 4, "validation": 3, "test": 3, "height": 32, "width": 48}
    if "data__downstream" in changes:
        changes = {"data__downstream_options": small, "data__labels_per_class": None} | changes
    with pytest.raises(ValueError, match=message):
        Study(quick(**changes), tmp_path / "run", progress=False).run()
    assert not trained and not (tmp_path / "run").exists()


def test_rows_of_the_same_runs_are_refused_before_work(tmp_path, trained):
    plotted = {"study__approaches": ["bissl"], "study__variants": {"plotted": {"callbacks.plot_every": 3}}}
    with pytest.raises(ValueError, match="got 'plotted', whose results are those of 'bissl'.*leave one of them out"):
        Study(quick(**plotted), tmp_path / "run", progress=False).run()
    probed = plotted | {"study__variants": {"probed": {"probe.C": 0.5}}}
    with pytest.raises(ValueError, match="got 'probed', whose results are those of 'bissl'"):
        Study(quick(**probed), tmp_path / "run", progress=False).prepare()
    assert not trained and not (tmp_path / "run").exists()
    Study(quick(**probed, study__alignment=True), progress=False)._require_unlike()


def test_runs_without_pretraining_depend_on_what_they_receive_of_it():
    def of(approach="random-initialization", **changes):
        return key(of_evaluation(quick(approach=approach, **changes), {}))

    other = {"data__pretext": "glyphs", "data__pretext_options": {"side": 8, "count": 40}}
    assert quick().augmentation.statistics == "measured" and of(**other) != of(), "images are normalised by theirs"
    imagenet = {"augmentation__statistics": "imagenet"}
    assert of(**imagenet, **other) == of(**imagenet) == of(**imagenet, pretrain__epochs=7)
    usual = {"pretrain__backbone": None, "pretrain__method_options": {}}
    assert of(**usual) == of(**usual, pretrain__method="byol") == of(pretrain__backbone="resnet18")
    assert of(**usual) != of(**usual, pretrain__method="mae") == of(pretrain__backbone="vit_small")


def test_what_finished_runs_are_known_by():
    """Another key, and studies that are finished are so no more."""
    found = [of_evaluation(quick(approach=name, pretrain__backbone=None), {}) for name in ("finetune", "bissl")]
    assert all(of["pretrain"]["backbone"] is None and "statistics" not in of for of in found)


NAMES = ["a b", "a_b", "a/b", "a\\b", "", ".", "..", "...", "x" * 255, "x" * 256, "x" * 300, "é" * 127, "é" * 128]


def test_every_row_has_a_folder_of_its_own(tmp_path):
    names = [*NAMES, *map(file_name, NAMES), file_name("a b").replace("@", "_"), "bissl.lam=0.1", "bissl-identity"]
    folders = {name: file_name(name) for name in dict.fromkeys(names)}
    assert len({*folders.values()} | {"a b"}) == len(folders) + 1 and ".." not in folders.values()
    for name in ("a_b", "...", "x" * 255, "é" * 127, "bissl.lam=0.1", "bissl-identity"):
        assert folders[name] == name, "folders of earlier runs are found again"
    assert folders["a b"].startswith("a_b@") and folders["x" * 300].startswith("x" * 200)
    for folder in folders.values():
        (tmp_path / folder).mkdir()
    assert {path.name for path in tmp_path.iterdir()} == {*folders.values()}


def test_rows_whose_names_differ_in_blanks_do_not_share_files(tmp_path):
    variants = {"a b": {"finetune.lr": 0.1}, "a_b": {"finetune.lr": 0.3}, "a/b": {"finetune.lr": 0.2}}
    recipe = quick(approach="finetune", study__variants=variants)
    with Study(recipe, tmp_path / "run", progress=False) as study:
        assert len(study.run().rows()) == 3
    assert len(list((tmp_path / "run" / "runs").glob("*/*/finetuned.safetensors"))) == 3
    with Study(recipe, tmp_path / "run", progress=False) as study:
        assert len(study.run().rows()) == 3


def test_another_precision_is_another_run(tmp_path, monkeypatch):
    Study(quick(approach="finetune"), tmp_path / "run", progress=False).prepare()
    monkeypatch.setattr(identity, "_engine", SimpleNamespace(precision="float16"))
    with pytest.raises(ValueError, match="precision was 'float(32|64)' when it was saved, now it is 'float16'"):
        Study(quick(approach="finetune"), tmp_path / "run", progress=False).prepare()


def test_what_another_recipe_left_unrecorded_is_not_taken(tmp_path):
    """A crash between a file and its record: the next recipe must not take the file for its own."""
    first = quick(bissl__lam=0.5)
    Study(first, tmp_path / "run", progress=False).prepare()
    journal = tmp_path / "run" / "results.jsonl"
    journal.write_text("".join(line for line in journal.read_text().splitlines(True) if '"prepare"' not in line))
    Study(quick(), tmp_path / "run", progress=False).prepare()
    Study(quick(), tmp_path / "alone", progress=False).prepare()
    prepared = "runs/bissl/pretrain-0-seed-1/prepared.safetensors"
    assert (tmp_path / "run" / prepared).read_bytes() == (tmp_path / "alone" / prepared).read_bytes()
    assert key(of_preparation(first)) != key(of_preparation(quick()))


def test_a_run_that_was_refused_before_its_first_step_leaves_its_folder_free(tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(ValueError, match="batch_size"):
        Study(quick(pretrain__batch_size=10**6), folder, progress=False).run()
    assert Study(quick(), folder, progress=False).run().rows()


def test_a_checkpoint_without_a_step_does_not_block_its_folder(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3)).astype(np.uint8)
    options = {"epochs": 1, "batch_size": 10, "method_options": {"projector": (8, 4)}, "progress": False}
    options |= {"backbone": {"layers": (1,), "widths": (4,), "stem": "small"}, "augmentation": "small"}

    def refused(self, *arguments, **options):
        raise ValueError("refused at the first step")

    with monkeypatch.context() as patch:
        patch.setattr(bissl.SimCLR, "step", refused)
        with pytest.raises(ValueError, match="at the first step"):
            bissl.Pretrain("simclr", lr=0.5, **options).fit(images, checkpoint=tmp_path)
    assert CheckpointStore(tmp_path).latest().step == 0
    bissl.Pretrain("simclr", lr=0.02, **options).fit(images, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="settings.lr was 0.02"):
        bissl.Pretrain("simclr", lr=0.5, **options).fit(images, checkpoint=tmp_path)


# --- Optuna -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seeded", [True, False])
def test_optuna_goes_on_where_it_was_stopped(tmp_path, monkeypatch, seeded):
    optuna = pytest.importorskip("optuna")
    recipe = quick(approach="finetune", search__trials=4, finetune__epochs=2)

    def sampler():
        return None if seeded else optuna.samplers.RandomSampler()

    class Stopped(Exception):
        pass

    def stopping(self, stage, record, seen=[0]):  # noqa: B006
        seen[0] += stage.__class__ is FineTune
        if seen[0] == 4:  # after an epoch of the second trial
            raise Stopped

    folder = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr("bissl.callbacks.NaNMonitor.on_record", stopping)
        search_with_optuna(Study(recipe, folder, progress=False), sampler())
    began = open_study(folder, progress=False).proposals("finetune")
    assert len(began) == 2
    study = open_study(folder, progress=False)
    search_with_optuna(study, sampler())
    tried = [record["key"]["changes"] for record in study.trials("finetune")]
    assert len(tried) == 4 and tried[:2] == [began[0], began[1]]
    assert len({pair["lr"] for pair in tried}) == 4, "no trial is repeated"
    if seeded:
        whole = Study(recipe, tmp_path / "whole", progress=False)
        search_with_optuna(whole, sampler())
        assert [record["key"]["changes"] for record in whole.trials("finetune")] == tried
    again = open_study(folder, progress=False)
    monkeypatch.setattr(Job, "run", lambda job: pytest.fail("all is done"))
    search_with_optuna(again, sampler())


def test_trials_of_another_search_do_not_count(tmp_path):
    first = quick(approach="finetune", search__lr=[0.01, 0.02])
    study = Study(first, tmp_path / "run", progress=False)
    study.search()
    assert len(study.trials("finetune")) == 2
    for changes in ({"search__lr": [0.1, 0.2]}, {"finetune__momentum": 0.5}):
        assert Study(quick(approach="finetune", **changes), tmp_path / "run", progress=False).trials("finetune") == []


# --- what is missing, told first ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, package",
    [
        ({}, "sklearn"),
        ({"data__pretext": "glyphs", "data__downstream": "glyphs", "callbacks__knn_every": 1}, "sklearn"),
        ({"callbacks__plot_every": 1}, "matplotlib"),
        ({"callbacks__tensorboard": True}, "tensorboardX"),
        ({"callbacks__wandb": "mine"}, "wandb"),
    ],
)
def test_a_missing_package_is_named_before_anything_is_done(tmp_path, monkeypatch, changes, package):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None) if package == "sklearn" else None
    with pytest.raises(MissingPackage, match=rf"needs {package}: pip install 'bissl\["):
        Study(quick(**changes), tmp_path / "run", progress=False).run()
    assert not (tmp_path / "run").exists()


def test_a_report_without_pictures_is_announced(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(Study, "run", lambda study: pytest.fail("ends here"))
    with pytest.raises(pytest.fail.Exception):
        call("run", *ARGUMENTS, "--out", tmp_path / "run")
    assert "no report.html, tables only; pip install 'bissl[plot]'" in caplog.text


def test_a_folder_that_cannot_be_written_to_is_told_first(tmp_path, monkeypatch, trained):
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(NotWritable, match="recipes cannot be written here"):
        Study(quick(), tmp_path / "run", progress=False).run()
    monkeypatch.undo()
    (tmp_path / "file").write_text("a file")
    with pytest.raises(ValueError, match="file: is a file; give the folder"):
        Study(quick(), tmp_path / "file", progress=False)
    with pytest.raises(NotWritable, match="runs cannot be written here"):
        Study(quick(), "/proc/run", progress=False).run()
    assert trained == []


def test_a_disk_that_is_full_at_the_end_of_a_stage_costs_nothing(tmp_path, monkeypatch, trained):
    import bissl.weights.saving as saving

    def full(path, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(DiskFull, match="no room for a weights file.*run it again"):
        patch.setattr(saving, "write_atomically", full)
        Study(quick(approach="finetune"), tmp_path / "run", progress=False).run()
    steps = []
    monkeypatch.setattr(bissl.SimCLR, "step", lambda *a, **o: steps.append(1))
    assert open_study(tmp_path / "run", progress=False).run().rows() and steps == []


# --- what is said when a run ends early ---------------------------------------------------------------------------------


def _killed(self) -> dict:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def test_a_process_that_was_killed_is_told_with_its_run(tmp_path):
    """As the kernel does it to who takes too much memory."""
    recipe = quick(seeds__pretrain=[0, 1], approach="finetune")
    with Study(recipe, tmp_path / "my run", processes=2, progress=False) as study:
        study._job = lambda *arguments, make=study._job: KilledJob(**vars(make(*arguments)))
        text = (
            r"pretrain of finetune \(pretraining seed [01].*: its process was killed .* more memory than there is.*"
            rf"Lower --processes \(now 2\) or the batch sizes .* bissl resume '{tmp_path}/my run'"
        )
        with pytest.raises(WorkerEnded, match=text):
            study.run()
    assert open_study(tmp_path / "my run", progress=False).run().rows(), "the folder goes on"


class KilledJob(Job):
    run = _killed


@pytest.mark.parametrize(
    "error, status, how", [(KeyboardInterrupt(), 130, "interrupted"), (SystemExit(143), 143, "terminated")]
)
def test_a_run_that_was_stopped_says_how_it_goes_on(tmp_path, monkeypatch, capsys, error, status, how):
    def stopped(job):
        raise error

    monkeypatch.setattr(Job, "run", stopped)
    folder = tmp_path / "my run"
    for command in (["run", *ARGUMENTS, "--out", folder], ["compare", *ARGUMENTS, "--out", folder], ["resume", folder]):
        assert call(*command) == status
        assert capsys.readouterr().err == f"bissl: {how}; to go on: bissl resume '{folder}'\n"
    assert call("search", *ARGUMENTS, "--out", folder) == status
    assert capsys.readouterr().err == f"bissl: {how}; to go on: the same command again\n"


def test_run_alone_asks_for_a_recipe(capsys):
    with pytest.raises(SystemExit):
        cli.main(["run"])
    message = capsys.readouterr().err
    assert message.splitlines()[-1].endswith("the following arguments are required: RECIPE")


def test_options_that_are_paths_are_known_by_what_lies_there(tmp_path):
    for place in ("a", "b"):
        (tmp_path / place / "fonts").mkdir(parents=True)
        (tmp_path / place / "list.txt").write_text("1.png\n")
        (tmp_path / place / "fonts" / "one.ttf").touch()

    def known(place: str) -> object:
        found = tmp_path / place
        return identity._pathless(
            {"list": str(found / "list.txt"), "fonts": [found / "fonts"], "side": 8, "workers": 3}
        )

    assert known("a") == known("b")
    (tmp_path / "b" / "list.txt").write_text("2.png\n")
    assert known("a") != known("b")
