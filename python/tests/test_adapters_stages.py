"""Adapters and frozen parameters through the stages, checkpoints and recipes."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.experiments.recipe import Recipe
from bissl.experiments.running.run import Run

VIT = {"kind": "vit", "image_size": 8, "patch_size": 4, "width": 8, "depth": 2, "heads": 2}
QUIET = {"augmentation": "small", "progress": False}
ADAM = {"optimizer": bissl.AdamW(lr=3e-3)}
SMALL = {
    "simclr": {"projector": (8, 6)},
    "byol": {"projector": (8, 6)},
    "mae": {"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2},
}


@pytest.fixture(scope="module")
def data():
    drawn = np.random.default_rng(0)
    return (
        drawn.integers(0, 256, (48, 8, 8), dtype=np.uint8),
        drawn.integers(0, 256, (24, 8, 8), dtype=np.uint8),
        np.arange(24) % 3,
    )


def bissl_stage(**options):
    return bissl.BiSSL(
        alternations=2, lower_steps=2, upper_steps=2, lower_batch_size=24, damping=50.0, progress=False,
        lower_optimizer=bissl.AdamW(lr=1e-3), upper_optimizer=bissl.SGD(lr=0.01), **options,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["simclr", "byol", "mae"])
@pytest.mark.parametrize(
    "partial", [{"lora": {"rank": 2, "targets": "qkv|proj"}}, {"freeze": r"patch_embed|blocks\.0"}]
)
def test_all_stages_train_what_is_trained_alone(data, method, partial):
    unlabelled, images, labels = data
    options = {"method_options": SMALL[method], "backbone": VIT | partial, "epochs": 1, "batch_size": 24}
    ssl = bissl.Pretrain(method, **options, **ADAM, **QUIET).fit(unlabelled)
    warm = bissl.HeadWarmup(epochs=1, **QUIET).fit(ssl, images, labels)
    bi = bissl_stage(drop_path=0.2).fit(ssl, warm, unlabelled, (images, labels))
    ft = bissl.FineTune(epochs=1, **QUIET).fit(bi.backbone_, images, labels, validation=(images, labels))
    backbones = [ssl.backbone_, bi.backbone_, bi.upper_backbone_, ft.backbone_]
    frozen, states = ssl.backbone_.frozen, [net.state_dict() for net in backbones]
    assert frozen and all(net.frozen == frozen for net in backbones)
    assert all(np.array_equal(state[name], states[0][name]) for state in states for name in frozen)
    vectors = [np.asarray(net.vector) for net in backbones]
    assert all(not np.array_equal(vectors[0], vector) for vector in vectors[1:])
    assert bi.history_[-1]["finite"] == [True] * 2


def test_a_network_with_adapters_is_trained_as_it_is_given(data):
    unlabelled, images, labels = data
    net = bissl.LoRA(bissl.VisionTransformer(**{k: v for k, v in VIT.items() if k != "kind"}), rank=2)
    ssl = bissl.Pretrain("simclr", backbone=net, epochs=1, batch_size=24, **ADAM, **QUIET).fit(unlabelled)
    assert ssl.backbone_.adapters == net.adapters and not np.array_equal(ssl.backbone_.vector, net.vector)
    whole = bissl.Pretrain("simclr", backbone=VIT, epochs=1, batch_size=24, **ADAM, **QUIET).fit(unlabelled)
    warm = bissl.HeadWarmup(epochs=1, **QUIET).fit(whole, images, labels)
    bi = bissl_stage().fit(bissl.LoRA(whole, rank=2), warm, unlabelled, (images, labels))
    assert bi.backbone_.adapters and np.asarray(bi.backbone_.vector["blocks.0.attn.qkv.lora_B.weight"]).any()
    assert not whole.backbone_.adapters and not whole.pretext_.backbone.adapters
    with pytest.raises(RuntimeError, match="Pretrain is not fitted yet"):
        bissl.LoRA(bissl.Pretrain())
    np.testing.assert_array_equal(bi.backbone_.state_dict()["norm.weight"], whole.backbone_.state_dict()["norm.weight"])


def test_a_run_goes_on_from_its_checkpoint_to_the_same_bits(data, tmp_path):
    unlabelled, images, labels = data
    ssl = bissl.Pretrain("byol", backbone=VIT | {"lora": {"rank": 2}}, epochs=1, batch_size=24, **ADAM, **QUIET)
    ssl.fit(unlabelled)
    warm = bissl.HeadWarmup(epochs=1, **QUIET).fit(ssl, images, labels)
    whole = bissl_stage().fit(ssl, warm, unlabelled, (images, labels))
    given = (ssl, warm, unlabelled, (images, labels))
    alternations = bissl_stage().iterate(*given, checkpoint=tmp_path, checkpoint_every="1 alternation")
    next(alternations)
    alternations.close()
    resumed = bissl_stage().fit(*given, checkpoint=tmp_path)
    assert np.array_equal(resumed.backbone_.vector, whole.backbone_.vector)
    assert resumed.backbone_.adapters == whole.backbone_.adapters
    tune = bissl.FineTune(epochs=2, **QUIET).fit(whole, images, labels, validation=(images, labels))
    saved = bissl.FineTune(epochs=2, **QUIET)
    saved.fit(whole, images, labels, validation=(images, labels), checkpoint=tmp_path / "tune")
    again = bissl.FineTune(epochs=2, **QUIET)
    again.fit(whole, images, labels, validation=(images, labels), checkpoint=tmp_path / "tune")
    assert np.array_equal(again.backbone_.vector, tune.backbone_.vector)


def test_checkpoints_are_of_the_size_of_what_is_trained(data, tmp_path):
    sizes = {}
    for name, partial in (("whole", {}), ("lora", {"lora": {"rank": 1, "targets": "qkv"}})):
        wide = VIT | {"width": 64}
        stage = bissl.Pretrain("simclr", backbone=wide | partial, epochs=1, batch_size=24, **ADAM, **QUIET)
        stage.fit(data[0], checkpoint=tmp_path / name)
        heads = stage.pretext_.head.vector.size
        sizes[name] = max(path.stat().st_size for path in (tmp_path / name).rglob("*") if path.is_file())
        trained = stage.backbone_.vector.size + heads
    # AdamW keeps two numbers for each that is trained; float64 is twice as long.
    assert sizes["lora"] < 3 * trained * np.dtype(bissl.precision).itemsize + 60_000 < sizes["whole"]


@pytest.mark.parametrize(
    ("partial", "message"),
    [
        ({"lora": {"rnk": 2}}, r'backbone.lora: expected one of .*, got "rnk"; did you mean "rank"'),
        ({"lora": {"rank": 0}}, r"backbone.lora.rank: expected a whole number of at least 1, got 0"),
        ({"lroa": {"rank": 2}}, r'got "lroa"; did you mean "lora"'),
        ({"freeze": "no such part"}, "is found in the name of no parameter"),
    ],
)
def test_options_that_are_none_are_refused(data, partial, message):
    with pytest.raises(ValueError, match=message):
        bissl.Pretrain("simclr", backbone=VIT | partial, epochs=1, **QUIET).fit(data[0])


def test_a_recipe_trains_adapters_on_both_levels(tmp_path):
    recipe = Recipe.of(
        {
            "data": {"pretext": "digits", "downstream": "digits", "labels_per_class": 3},
            "augmentation": {"pretext": "small", "downstream": "small"},
            "pretrain": {
                "backbone": VIT | {"lora": {"rank": 2, "targets": "qkv|proj"}},
                "epochs": 1,
                "batch_size": 256,
            },
            "warmup": {"epochs": 1},
            "bissl": {"alternations": 1, "lower_steps": 1, "upper_steps": 1, "lower_batch_size": 64},
            "finetune": {"epochs": 1},
        }
    )
    run = Run(recipe, tmp_path, "bissl", 0, 0, progress=False)
    tuned = run.finetuned({})
    assert tuned.backbone_.adapters and tuned.backbone_.frozen
    again = Run(recipe, tmp_path, "bissl", 0, 0, progress=False).prepared()
    assert again.adapters == tuned.backbone_.adapters and np.array_equal(again.vector, run.prepared().vector)
    assert recipe.changed({"pretrain.backbone.lora.rank": 3}).pretrain.backbone["lora"]["rank"] == 3
