"""The stages with objectives that are written in Python: the examples, on handwritten digits."""

from __future__ import annotations

import functools
import importlib.util
import textwrap
from pathlib import Path

import numpy as np
import pytest
from handwritten import load_digits

import bissl

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
        ("lejepa", "LeJEPA", {"projector": (8, 8), "directions": 16, "spread": 0.5}),
        ("dino", "DINO", {"projector": (8, 8), "momentum": 0.9}),
    ],
)
def test_pretext_tasks(digits, backbone, name, kind, options):
    ssl = bissl.Pretrain(
        getattr(example(name), kind), method_options=options, backbone=backbone, epochs=4, batch_size=64,
        optimizer=bissl.AdamW(lr=3e-3), **QUIET,
    ).fit(digits.unlabelled)  # fmt: skip
    losses = [record["loss"] for record in ssl.history_]
    # DINO's is a distance to a teacher that moves and grows sharper, which need not fall at once.
    assert np.isfinite(losses).all() and (losses[-1] < losses[0] or name == "dino")
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


def documented_regression():
    """The class in the documentation of `bissl.Downstream`."""
    text = bissl.Downstream.__doc__
    names = {"bissl": bissl}
    exec(textwrap.dedent(text[text.index("        class Regression") : text.index("    A batch is")]), names)
    return names["Regression"]


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_documented_regression_can_be_fine_tuned(outputs):
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    means = images.mean(axis=(1, 2))[:, :outputs] / 255
    targets = means if outputs > 1 else means[:, 0]
    regression = documented_regression()
    objective = regression if outputs == 1 else functools.partial(regression, outputs=outputs)
    stage = bissl.FineTune(objective=objective, epochs=2, **QUIET)
    stage.fit(bissl.ResNet(**RESNET), images, targets, validation=(images, targets))
    assert stage.score(images, targets) == stage.best_validation_ and stage.predict(images).shape == (12, outputs)


def test_a_stage_tells_its_objectives_its_seed():
    seeds = []

    class Noisy(documented_regression()):
        def begin_training(self, seed):
            seeds.append(seed)

    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    for random_state in (0, 0, 1):
        stage = bissl.HeadWarmup(objective=Noisy, epochs=1, random_state=random_state, **QUIET)
        stage.fit(bissl.ResNet(**RESNET), images, np.arange(12.0))
    assert seeds[0] == seeds[1] != seeds[2]


def test_a_begin_of_training_that_takes_no_seed_is_refused():
    with pytest.raises(TypeError, match=r"Mine.begin_training: expected a method that takes a seed: \(self, seed\)"):
        type("Mine", (bissl.Pretext,), {"begin_training": lambda self: None})
