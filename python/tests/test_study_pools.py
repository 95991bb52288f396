"""What the study on whether BiSSL helps takes of recipes: mixtures, images kept small, packages, searches apart."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from dataset_files import write_clipart, write_icons, write_stamps

import bissl
from bissl.data.readers.package import Package
from bissl.errors import InvalidArgument, WrongType
from bissl.experiments import Images, Study
from bissl.experiments.recipe import Data, load_recipe, recipe_names

ICONS = {"themes": ["crayon", "pencil"], "label": "context"}
WITHOUT_QUESTIONS = ("evidence/other-arms", "evidence/sweeps")
SHIFTS = [name for name in recipe_names() if name.startswith("evidence/") and name not in WITHOUT_QUESTIONS]


@pytest.fixture
def pools(tmp_path, monkeypatch) -> Path:
    """Collections side by side; caches go to a folder of the test's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    for write in (write_clipart, write_icons, write_stamps):
        write(tmp_path / "pools")
    return tmp_path / "pools"


def test_several_collections_serve_one_pretext_task(pools, monkeypatch):
    monkeypatch.setattr(bissl.data.Clipart, "package", Package(("openclipart-png",), str(pools)))
    parts = {"clipart": {"test_share": 0.0}, "stamps": {"root": str(pools), "split": "train"}}
    data = Data(
        pretext="mixture",
        pretext_options=parts,
        downstream="icons",
        downstream_root=str(pools),
        downstream_options=ICONS,
    )
    images = Images.of(data)
    assert len(images.unlabeled) == 60 + len(bissl.data.Stamps(pools, "train")) and images.unlabeled.labels is None
    assert len(images.training) + len(images.validation) + len(images.test) == 60


def test_images_in_files_are_decoded_once_and_kept_small(pools, tmp_path):
    data = Data(
        pretext="stamps",
        pretext_root=str(pools),
        downstream="icons",
        downstream_root=str(pools),
        downstream_options=ICONS,
        kept_side=6,
        labels_per_class=3,
    )
    images = Images.of(data)
    kept = sorted((tmp_path / "caches/bissl").glob("images-*/images.npy"))
    assert len(kept) == 4  # of both levels, and of the downstream task's three parts
    for part in (images.unlabeled, images.training, images.validation, images.test):
        assert part.image_shape == (6, 6, 3)
    assert np.bincount(images.training.labels).tolist() == [3, 3] and images.training.classes == ("actions", "places")
    times = [os.stat(path).st_mtime_ns for path in kept]
    Images.of(Data(**{**data.as_dict(), "check_files": False}))
    assert [os.stat(path).st_mtime_ns for path in kept] == times


@pytest.mark.parametrize(
    "values, error, told",
    [
        ({"pretext": "mixture"}, InvalidArgument, "pretext_options: a mixture has the options of each data set"),
        ({"pretext": "mixture", "pretext_options": {"stamp": {}}}, InvalidArgument, 'did you mean "stamps"'),
        (
            {"pretext": "mixture", "pretext_options": {"stamps": 3}},
            WrongType,
            "stamps: expected options by name, got 3",
        ),
        ({"pretext": "mixture", "pretext_options": {"icons": {"theme": 1}}}, InvalidArgument, 'did you mean "themes"'),
        ({"downstream": "mixture"}, InvalidArgument, "data.downstream: expected one of"),
        ({"kept_side": 0}, InvalidArgument, "data.kept_side: expected at least 1, got 0"),
    ],
)
def test_what_is_wrong_with_a_mixture_is_told(values, error, told):
    with pytest.raises(error, match=told):
        Data(**values)


def test_only_data_sets_in_packages_need_no_folder():
    with pytest.raises(InvalidArgument, match="data.pretext_root: cifar10 lies in files; give the folder"):
        Images.of(Data(pretext="cifar10", downstream="digits"))
    with pytest.raises(InvalidArgument, match="data.pretext_options.cifar10.root: cifar10 lies in files"):
        Images.of(Data(pretext="mixture", pretext_options={"cifar10": {}}, downstream="digits"))


def test_searches_have_a_backbone_of_their_own_and_pretraining_goes_on(tmp_path):
    changes = {"study.approaches": ["finetune", "continued"], "study.alignment": False, "study.tune": True}
    changes |= {"search.pretrain": 5, "search.trials": 1, "seeds.pretrain": [0], "seeds.runs": [1]}
    with Study(load_recipe("glyphs-quick", changes), tmp_path / "study", progress=False) as study:
        study.run()
        keys = [record["key"] for record in study.journal]
    by_kind = Counter((key["kind"], key["pretrain_seed"]) for key in keys)
    assert by_kind["trial", 5] == by_kind["evaluate", 0] == 2 and not by_kind["trial", 0] and not by_kind["evaluate", 5]
    prepared = {key["variant"]: key["of"] for key in keys if key["kind"] == "prepare"}
    assert prepared["finetune"] != prepared["continued"]


def test_every_run_draws_the_images_on_which_pretraining_goes_on(tmp_path, monkeypatch):
    changes = {"study.approaches": ["continued", "data-mix"], "study.alignment": False, "seeds.pretrain": [0]}
    changes |= {
        "seeds.runs": [1, 2],
        "data_mix.images": 30,
        "data_mix.epochs": 1,
        "pretrain.batch_size": 16,
        "study.tune": False,
    }
    fitted, fit = [], bissl.Pretrain.fit

    def noted(stage, images, **options):
        fitted.append(images)
        return fit(stage, images, **options)

    monkeypatch.setattr(bissl.Pretrain, "fit", noted)
    recipe = load_recipe("glyphs-quick", changes)
    with Study(recipe, tmp_path / "study", progress=False) as study:
        study.run()
    whole, *drawn = fitted
    of_both = Images.of(recipe.data)
    assert len(whole) == len(of_both.unlabeled) == 200
    assert sorted(map(len, drawn)) == [30, 30] + [30 + len(of_both.training)] * 2
    pixels = Counter(b"".join(images.read(n).tobytes() for n in range(30)) for images in drawn)
    assert sorted(pixels.values()) == [2, 2]  # each run's own, the same in both arms


def test_more_images_than_there_are_cannot_be_drawn_nor_fewer_than_a_batch(tmp_path):
    for approach, count, least in (("continued", 10**6, 64), ("continued", 63, 64), ("data-mix", 13, 14)):
        changes = {"study.approaches": ["finetune", approach], "data_mix.images": count, "pretrain.batch_size": 64}
        told = f"data_mix.images: expected {least}, .* to 200, .*, got {count}"
        with Study(load_recipe("glyphs-quick", changes), tmp_path / f"{approach}-{count}", progress=False) as study:
            with pytest.raises(InvalidArgument, match=told):
                study.run()
            assert not list(study.journal)


@pytest.mark.parametrize("name", SHIFTS)
def test_every_shift_has_the_eight_arms_and_searches_apart(name):
    recipe = load_recipe(name)
    assert len(recipe.variants()) == 8 and recipe.study.tune and recipe.data.redraw_labels
    assert recipe.search.pretrain not in recipe.seeds.pretrain and recipe.search.seed not in recipe.seeds.runs
    assert len(recipe.seeds.pretrain) == 5 and len(recipe.seeds.runs) in (4, 8)
    published = recipe.variants()["BiSSL, published CG + FT"].bissl
    assert (published.damping, published.solver["layerwise"]) == (10.0, True)
    assert recipe.variants()["FT, equal seconds"].finetune.epochs > recipe.finetune.epochs


@pytest.mark.parametrize("name", SHIFTS)
def test_the_packages_have_what_a_shift_takes(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    recipe = load_recipe(name, {"data.kept_side": None})  # decodes nothing
    if not _is_installed(recipe):
        pytest.skip("needs the Debian packages of docs/evidence-preregistration.md")
    images = Images.of(recipe.data)
    count = recipe.data.labels_per_class
    assert np.bincount(images.training.labels).tolist() == [count] * len(images.training.classes)
    assert len(images.test) >= 400 and len(images.unlabeled) > 1000


def _is_installed(recipe) -> bool:
    try:
        Images.of(recipe.data)
    except FileNotFoundError:
        return False
    return True
