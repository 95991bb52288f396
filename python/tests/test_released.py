"""The released models of BiSSL's authors: files with their keys, as torch.save wrote them (`released/make_files.py`)."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl.errors import DataError, FileMissing, InvalidArgument
from bissl.experiments import Release
from bissl.experiments.recipe import load_recipe
from bissl.models import registry

FILES = Path(__file__).parent / "released"
SIMCLR = FILES / "Pretext_simclr_arch-resnet_tiny_config_id-s1.json"
BYOL = FILES / "Pretext_byol_arch-resnet_tiny_config_id-b1.json"
BISSL = FILES / "BiSSL_simclr_classification_flowers_arch-resnet_tiny_config_id-f1.json"


@pytest.fixture(autouse=True)
def tiny_architecture(monkeypatch):
    make = partial(bissl.ResNet, "bottleneck", (1, 1), (4, 3))
    monkeypatch.setattr(registry, "_MODELS", dict(registry._MODELS))
    bissl.register_model("resnet_tiny", make)


def written(name: str) -> dict[str, np.ndarray]:
    with np.load(FILES / "numbers.npz") as numbers:
        return {key.removeprefix(f"{name}/"): numbers[key] for key in numbers.files if key.startswith(f"{name}/")}


def holds(module, name: str) -> bool:
    state, expected = module.state_dict(), written(name)
    return set(state) == set(expected) and all(np.array_equal(state[key], expected[key]) for key in state)


@pytest.mark.parametrize(
    ("path", "weights"),
    [
        (SIMCLR, "Pretext_simclr_arch-resnet_tiny_backbone_id-s1"),
        (BYOL, "Pretext_byol_arch-resnet_tiny_backbone_id-b1"),
        (BISSL, "BiSSL_simclr_classification_flowers_arch-resnet_tiny_lower_backbone_id-f1"),
    ],
)
def test_a_backbone_in_two_lines(path, weights):
    release = Release(path)
    net = release.backbone()
    assert holds(net, weights)
    assert release.is_bilevel == (path == BISSL)


def test_the_pretext_task_has_its_head():
    task = Release(SIMCLR).pretext()
    assert isinstance(task, bissl.SimCLR) and task.temperature == 0.5
    assert holds(task.head, "Pretext_simclr_arch-resnet_tiny_head_id-s1")
    after = Release(BISSL).pretext()
    assert holds(after.backbone, "BiSSL_simclr_classification_flowers_arch-resnet_tiny_lower_backbone_id-f1")
    assert holds(after.head, "Pretext_simclr_arch-resnet_tiny_head_id-s1")


def test_byols_target_is_the_loaded_network():
    task = Release(BYOL).pretext()
    assert holds(task.head, "Pretext_byol_arch-resnet_tiny_head_id-b1") and task.decay == 0.9995 and task.updates == 0
    views = np.random.default_rng(0).standard_normal((2, 4, 32, 32, 3))
    before = task.value_and_gradient(tuple(views))[0]
    task.reset_target()
    assert task.value_and_gradient(tuple(views))[0] == before


def test_pretraining_as_a_recipe():
    recipe, paper = Release(SIMCLR).recipe(), load_recipe("paper/simclr")
    assert recipe.pretrain.optimizer == paper.pretrain.optimizer
    assert recipe.pretrain.method_options == {"projector": [5, 4, 3], "temperature": 0.5}
    assert (recipe.pretrain.backbone, recipe.pretrain.epochs, recipe.pretrain.batch_size) == ("resnet_tiny", 500, 1024)
    assert recipe.augmentation.pretext == "authors-code" and recipe.weights is None
    byol = Release(BYOL).recipe()
    assert byol.pretrain.method_options == {"projector": [5, 4, 3], "predictor": [5, 4, 3], "decay": 0.9995}


def test_bissl_as_a_recipe_is_the_papers():
    """Table 6's rates of Flowers stand in the file that comes with bissl and in the authors' configuration."""
    recipe, paper = Release(BISSL).recipe(), load_recipe("simclr/flowers102")
    ours, theirs = recipe.as_dict(), paper.as_dict()
    assert ours["bissl"].pop("upper_optimizer") == {"kind": "sgd", "lr": 0.05, "weight_decay": 0.0005, "momentum": 0.9}
    assert theirs["bissl"].pop("upper_optimizer") is None
    rates = theirs["bissl"] | {"upper_lr": None, "upper_weight_decay": None}
    assert (theirs["bissl"]["upper_lr"], theirs["bissl"]["upper_weight_decay"]) == (0.05, 0.0005)
    assert ours["bissl"] == rates
    assert ours["warmup"] == theirs["warmup"]
    assert ours["data"] == theirs["data"]
    assert recipe.weights == str(FILES / "Pretext_simclr_arch-resnet_tiny_backbone_id-s1.pth")


def changed(folder: Path, path: Path, **changes: object) -> Path:
    config = json.loads(path.read_text())
    config = {name: value for name, value in (config | changes).items() if value is not ...}
    (folder / path.name).write_text(json.dumps(config))
    return folder / path.name


def test_settings_of_the_lower_level_and_of_the_warm_up_win_where_they_are_stated(tmp_path):
    path = changed(
        tmp_path, BISSL, p_batch_size=64, p_optimizer="adamw", p_wd=0.05, d_linear_warmup_lr=0.2, d_optimizer="lars"
    )
    recipe = Release(path).recipe()
    assert recipe.bissl.lower_batch_size == 64 and recipe.pretrain.batch_size == 1024
    assert recipe.bissl.lower_optimizer == {"kind": "adamw", "lr": 1.0, "weight_decay": 0.05, "betas": [0.9, 0.999]}
    assert (recipe.warmup.lr, recipe.warmup.weight_decay) == (0.2, 0.0005)
    assert recipe.bissl.upper_optimizer["kind"] == "lars"


def test_weights_that_are_not_there(tmp_path):
    shutil.copy(SIMCLR, tmp_path)
    release = Release(tmp_path / SIMCLR.name)
    with pytest.raises(FileMissing, match=r"resnet_tiny_backbone_id-s1.pth: the weights of .* are not there"):
        release.backbone()
    shutil.copy(FILES / "Pretext_simclr_arch-resnet_tiny_backbone_id-s1.pth", tmp_path)
    with pytest.raises(FileMissing, match="resnet_tiny_head_id-s1.pth"):
        release.pretext()


def test_files_that_are_no_release(tmp_path):
    with pytest.raises(FileMissing, match="no such file"):
        Release(tmp_path / "Pretext_config_id-1.json")
    for name, text, told in (
        ("a_config_id-1.json", "{", "no JSON"),
        ("a_config_id-1.json", "[]", "expected a configuration of the authors"),
        ("a.json", SIMCLR.read_text(), "_config_id-"),
        ("a_config_id-1.json", '{"PT": 3}', "which states pretext_task, backbone_arch"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match=told):
            Release(tmp_path / name)


def test_settings_that_are_missing_or_that_bissl_has_not(tmp_path):
    with pytest.raises(DataError, match="it states no 'cg_lam'"):
        Release(changed(tmp_path, BISSL, cg_lam=...)).recipe()
    with pytest.raises(InvalidArgument, match='pretext_task: expected "simclr" or "byol", got "mae"'):
        Release(changed(tmp_path, SIMCLR, pretext_task="mae")).pretext()
    detection = Release(changed(tmp_path, BISSL, downstream_task="detection", d_dataset="voc07+12detection"))
    with pytest.raises(InvalidArgument, match='downstream_task: .* withdrawn .*"simclr/voc2007.2012-detection"'):
        detection.recipe()
    load_recipe("simclr/voc2007+2012-detection")  # which the message names
    with pytest.raises(InvalidArgument, match="ma_use_scheduler"):
        Release(changed(tmp_path, BYOL, ma_use_scheduler=1)).recipe()
    with pytest.raises(InvalidArgument, match='hinv_solver: expected .*, got "lu"'):
        Release(changed(tmp_path, BISSL, hinv_solver="lu")).recipe()


def test_a_folder_in_the_place_of_a_configuration_is_told(tmp_path):
    with pytest.raises(bissl.errors.DataError, match="this is a folder; give the .json file of a model in it"):
        Release(tmp_path)
