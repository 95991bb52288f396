"""Recipes of segmentation on generated scenes, from drawing to the table, and the stages beneath them."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.callbacks import Callback
from bissl.data import DenseView, DownstreamViews, TwoViews
from bissl.experiments import Images, Study
from bissl.experiments.recipe import load_recipe

SCENES = {"training": 8, "validation": 4, "test": 4, "height": 48, "width": 64}
#: Seconds.
QUICK = {
    "data.pretext_options": {"count": 12, "height": 32, "width": 48}, "data.downstream_options": SCENES,
    "augmentation.size": 16, "task.options": {"channels": 4, "dilation": 1},
    "pretrain.backbone": {"kind": "resnet", "layers": [1, 1], "widths": [4, 6], "stem": "small"},
    "pretrain.epochs": 1, "pretrain.batch_size": 6, "warmup.epochs": 1, "bissl.alternations": 1, "bissl.lower_steps": 1,
    "bissl.upper_steps": 1, "bissl.lower_batch_size": 4, "bissl.hessian_batch_size": 4, "finetune.epochs": 2,
    "finetune.validate_every": 1, "seeds.runs": [1], "pretrain.method_options": {"projector": [8, 4]},
}  # fmt: skip


@pytest.fixture
def caches(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches" / "bissl"


def test_a_comparison_on_generated_scenes(caches, tmp_path):
    recipe = load_recipe("shapes-segmentation", QUICK)
    rows = Study(recipe, tmp_path / "run", progress=False).run().rows()
    assert len(rows) == 2 and len(list(caches.glob("scenes-*"))) == 1
    written = list(caches.rglob("*_gtFine_labelIds.png"))
    assert len(written) == 16
    again = Study(recipe, tmp_path / "run", progress=False).run().rows()
    assert again == rows
    other = load_recipe("shapes-segmentation", QUICK | {"task.options": {"channels": 5, "dilation": 1}})
    with pytest.raises(ValueError, match="task"):
        Study(other, tmp_path / "run", progress=False).run()


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    root = bissl.data.write_scenes(tmp_path_factory.mktemp("scenes") / "tree", "cityscapes", **SCENES)
    return [bissl.data.open_dataset("cityscapes", root, part) for part in ("train", "validation", "test")]


NET = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small", seed=1)
VIEW = DenseView(32, multiple=16)
OPTIONS = {
    "augmentation": DownstreamViews(DenseView(32, flip_probability=0.5, multiple=16), VIEW), "batch_size": 4,
    "progress": False, "random_state": 3,
}  # fmt: skip


def small(net, num_classes, seed=0):
    return bissl.FCN(net, num_classes, seed, channels=4, dilation=1)


def test_every_stage_trains_an_fcn(parts):
    training, validation, test = parts
    simclr = bissl.SimCLR(NET.clone(), projector=(8, 4))
    warm = bissl.HeadWarmup(epochs=2, objective=small, **OPTIONS).fit(simclr.backbone, training)
    assert warm.downstream_.num_classes == 19 and (warm.backbone_.vector == NET.vector).all()
    bi = bissl.BiSSL(
        alternations=1, lower_steps=1, upper_steps=2, lower_batch_size=4, upper_batch_size=4, progress=False,
        pretext_augmentation=TwoViews.small(16), random_state=3,
    ).fit(simclr, warm, training, (training, None))  # fmt: skip
    assert (bi.backbone_.vector != NET.vector).any()
    ft = bissl.FineTune(lr=0.05, epochs=2, objective=bi.downstream_, **OPTIONS)
    ft.fit(bi, training, validation=(validation, None))
    scores = ft.score(test, metrics=("miou", "pixel_accuracy"))
    assert 0 < scores["miou"] <= scores["pixel_accuracy"] <= 1
    predicted = ft.predict(test)
    assert [label.shape for label in predicted] == [(48, 64)] * 4
    assert ft.class_names_[0] == "road"
    measured = bissl.targets.mean_iou(
        sum(bissl.targets.confusion_matrix(predicted[n], test.target(n), 19) for n in range(4))
    )
    assert scores["miou"] == pytest.approx(measured, rel=1e-12)


def test_a_run_goes_on_exactly(parts, tmp_path):
    training, validation, _ = parts

    class Stop(Callback):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                raise KeyboardInterrupt

    def tuned(callbacks=(), **options):
        stage = bissl.FineTune(lr=0.05, epochs=3, objective=small, callbacks=callbacks, validate_every=1, **OPTIONS)
        return stage.fit(NET, training, validation=(validation, None), **options)

    whole = tuned()
    with pytest.raises(KeyboardInterrupt):
        tuned([Stop()], checkpoint=tmp_path / "run")
    resumed = tuned(checkpoint=tmp_path / "run")
    for module, twin in ((whole.backbone_, resumed.backbone_), (whole.downstream_.head, resumed.downstream_.head)):
        assert all(np.array_equal(value, twin.state_dict()[name]) for name, value in module.state_dict().items())
    assert resumed.best_validation_ == whole.best_validation_


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.expanduser", homeless)
    with pytest.raises(FileNotFoundError, match="XDG_CACHE_HOME: .*no home folder; set XDG_CACHE_HOME=FOLDER"):
        Images.of(load_recipe("shapes-segmentation", QUICK | {"data.downstream_options": SCENES | {"test": 3}}).data)
