"""The stages with objectives that are written in Python: the examples, on handwritten digits."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl.demo.digits import load_digits

pytest.importorskip("sklearn")

RESNET = {"layers": (1,), "widths": (8,), "stem": "small"}
VIT = {"image_size": 8, "patch_size": 4, "width": 8, "depth": 1, "heads": 2}
QUIET = {"augmentation": "small", "progress": False}


def example(name: str):
    path = Path(__file__).parents[1] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digits():
    return load_digits(per_class=3)


def bilevel(pretrained, warm, unlabelled, labelled):
    stage = bissl.BiSSL(
        alternations=2, lower_steps=2, upper_steps=2, lower_batch_size=32, damping=100.0, lower_lr=0.1, upper_lr=0.003,
        progress=False,
    )  # fmt: skip
    return stage.fit(pretrained, warm, unlabelled, labelled)


@pytest.mark.parametrize("backbone", [RESNET, VIT])
@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("rotation", "RotationPrediction", {}),
        ("vicreg", "VICReg", {"projector": (8, 8)}),
        ("barlow_twins", "BarlowTwins", {"projector": (8, 8)}),
    ],
)
def test_pretext_tasks(digits, backbone, name, kind, options):
    ssl = bissl.Pretrain(
        getattr(example(name), kind), method_options=options, backbone=backbone, epochs=4, batch_size=64,
        optimizer=bissl.AdamW(lr=3e-3), **QUIET,
    ).fit(digits.unlabelled)  # fmt: skip
    losses = [record["loss"] for record in ssl.history_]
    assert losses[-1] < losses[0]
    warm = bissl.HeadWarmup(epochs=1, **QUIET).fit(ssl, *digits.few.pair())
    bi = bilevel(ssl, warm, digits.unlabelled, digits.few.pair())
    assert all(step for record in bi.history_ for step in record["finite"])
    assert not np.array_equal(bi.backbone_.vector, ssl.backbone_.vector)


def test_regression_downstream(digits):
    """How dark an image is, from the image: (images, numbers) in place of (images, classes)."""
    regression = example("regression").Regression
    images = digits.few.images
    means = images.mean(axis=(1, 2))
    darkness = (means - means.mean()) / means.std()
    ssl = bissl.SimCLR(bissl.ResNet(**RESNET), projector=(8, 4))
    warm = bissl.HeadWarmup(objective=regression, epochs=2, **QUIET).fit(ssl.backbone, images, darkness)
    pretrained = bissl.Pretrain(ssl, epochs=1, batch_size=64, lr=0.1, **QUIET).fit(digits.unlabelled)
    bi = bilevel(pretrained, warm, digits.unlabelled, (images, darkness))
    assert type(bi.downstream_) is type(warm.downstream_) and np.isfinite(bi.history_[-1]["loss_at_theta_d"]).all()
    ft = bissl.FineTune(objective=regression, epochs=60, optimizer=bissl.AdamW(lr=0.01), **QUIET)
    ft.fit(bi, images, darkness, validation=(images, darkness))
    assert ft.score(images, darkness) == ft.best_validation_ > 0.3
    assert ft.predict(images).shape == (30, 1)
    with pytest.raises(ValueError, match=r"y: expected finite values, got nan at index \(0,\)"):
        bissl.HeadWarmup(objective=regression, **QUIET).fit(ssl.backbone, images, darkness * np.nan)
