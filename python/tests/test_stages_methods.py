"""Every stage with every pretext task, on handwritten digits."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from handwritten import load_digits

import bissl
from bissl.data import DownstreamViews, OneView, TwoViews, View
from bissl.training.batches import PretextBatches

pytest.importorskip("sklearn")

RESNET = {"layers": (1,), "widths": (8,), "stem": "small"}
VIT = {"image_size": 8, "patch_size": 2, "width": 8, "depth": 1, "heads": 2}
PROJECTOR = {"projector": (8, 4)}
METHODS = {
    "simclr": PROJECTOR | {"temperature": 0.2},
    "byol": PROJECTOR | {"predictor": (6, 4), "decay": 0.9},
    "mae": {"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2, "mask_ratio": 0.5, "normalize_pixels": True},
}


@pytest.fixture(scope="module")
def digits():
    return load_digits(per_class=2)


def pretrain(method, backbone=VIT, **options):
    options = {"epochs": 1, "batch_size": 64, "lr": 0.01, "augmentation": "small", "progress": False} | options
    return bissl.Pretrain(method, method_options=METHODS.get(method), backbone=backbone, **options)


def bilevel(**options):
    options = {"alternations": 2, "lower_steps": 2, "upper_steps": 2, "lower_batch_size": 16} | options
    options = {"damping": 100.0, "lower_lr": 0.01, "upper_lr": 0.003, "progress": False} | options
    return bissl.BiSSL(**{"pretext_augmentation": "small", "downstream_augmentation": "small"} | options)


def warmed(ssl, digits):
    return bissl.HeadWarmup(epochs=1, augmentation="small", progress=False).fit(ssl, *digits.few.pair())


@pytest.mark.parametrize(
    ("method", "backbone"), [("simclr", RESNET), ("simclr", VIT), ("byol", RESNET), ("byol", VIT), ("mae", VIT)]
)
def test_all_stages(digits, method, backbone):
    ssl = pretrain(method, backbone).fit(digits.unlabelled)
    assert len(ssl.history_) == 1 and np.isfinite(ssl.history_[0]["loss"])
    warm = warmed(ssl, digits)
    bi = bilevel().fit(ssl, warm, digits.unlabelled, digits.few.pair())
    assert not np.array_equal(bi.backbone_.vector, ssl.backbone_.vector)
    assert not np.array_equal(bi.upper_backbone_.vector, ssl.backbone_.vector)
    assert all(step for record in bi.history_ for step in record["finite"])
    ft = bissl.FineTune(lr=0.01, epochs=2, augmentation="small", progress=False)
    ft.fit(bi, *digits.few.pair(), validation=digits.validation.pair())
    assert ft.score(*digits.validation.pair()) == ft.best_validation_
    probe = bissl.LinearProbe(augmentation="small", recalibration_batches=2).fit(bi, *digits.few.pair())
    images, labels = digits.validation.pair()
    assert probe.score(images, labels) == np.mean(probe.predict(images) == labels)


@pytest.mark.parametrize("method", METHODS)
def test_pretraining_lowers_the_loss_and_has_the_same_bits_again(digits, method):
    first, second = (pretrain(method, epochs=8, lr=0.003, optimizer=bissl.AdamW(lr=1.0)) for _ in range(2))
    losses = [record["loss"] for record in first.fit(digits.unlabelled).history_]
    assert losses[-1] < 0.97 * losses[0]
    assert np.array_equal(first.backbone_.vector, second.fit(digits.unlabelled).backbone_.vector)


# --- the objective: by name, by what makes it, as an object -----------------------------------------------------------


def test_options_reach_the_objective(digits):
    ssl = pretrain("byol").fit(digits.unlabelled)
    assert ssl.pretext_.decay == 0.9 and (ssl.pretext_.projector, ssl.pretext_.predictor) == ((8, 4), (6, 4))
    mae = pretrain("mae").fit(digits.unlabelled).pretext_
    assert (mae.mask_ratio, mae.normalize_pixels) == (0.5, True)


def test_a_callable_makes_the_same_objective_as_a_name(digits):
    def make(net, seed):
        return bissl.SimCLR(net, seed=seed, **METHODS["simclr"])

    named, made = (pretrain(method).fit(digits.unlabelled) for method in ("simclr", make))
    assert np.array_equal(named.backbone_.vector, made.backbone_.vector)
    classed = pretrain(bissl.SimCLR).set_params(method_options=METHODS["simclr"]).fit(digits.unlabelled)
    assert np.array_equal(named.backbone_.vector, classed.backbone_.vector)


def test_an_objective_is_copied_with_its_backbone(digits):
    byol = bissl.BYOL(bissl.ResNet(**RESNET), **METHODS["byol"])
    byol.backbone.vector[:] *= 1.5
    target, before = byol.target_state_dict(), byol.backbone.vector.copy()
    ssl = pretrain(byol, backbone=None).fit(digits.unlabelled)
    assert np.array_equal(byol.backbone.vector, before)
    assert all(np.array_equal(target[name], value) for name, value in byol.target_state_dict().items())
    assert ssl.pretext_.decay == 0.9 and not np.array_equal(ssl.backbone_.vector, before)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"method": "simclrr"}, ValueError, 'method: .*did you mean "simclr"'),
        ({"method_options": {"temprature": 1}}, ValueError, 'method_options: .*did you mean "temperature"'),
        ({"method_options": ["projector"]}, TypeError, "method_options: expected a dict of options by name, got list"),
        ({"method": 3}, TypeError, "method: expected one of simclr, byol, mae, a callable .*got int"),
        ({"method": lambda net: None}, ValueError, "method: expected a callable that takes net and seed"),
        ({"method": lambda net, seed, more: None}, TypeError, "method: expected a callable .*: missing .*'more'"),
        ({"method": dict}, TypeError, "method: expected a callable that takes net and seed, got dict"),
        (
            {"method": lambda net, seed: net},
            TypeError,
            "method: expected it to make a bissl.Pretext, got .*Transformer",
        ),
        ({"method": "mae", "backbone": RESNET}, ValueError, "MAE expects a vision transformer .*got ResNet"),
        ({"optimizer": "adamw"}, TypeError, "optimizer: expected an optimiser such as bissl.AdamW.*got str"),
        ({"optimizer": bissl.AdamW(lr=1.0), "momentum": 0.9}, ValueError, "momentum: AdamW has none; leave it out"),
        ({"weight_decay": -1.0}, ValueError, "weight_decay: expected a finite number"),
    ],
)
def test_wrong_choices(digits, options, error, text):
    stage = pretrain("simclr").set_params(method_options=None).set_params(**options)
    with pytest.raises(error, match=text):
        stage.fit(digits.unlabelled)


@pytest.mark.parametrize("name", ["temperature", "projector", "mask_ratio"])
def test_options_of_the_objective_have_their_place(name):
    with pytest.raises(ValueError, match=f'{name}: an option of the objective; give it as method_options=."{name}"'):
        bissl.Pretrain("simclr", **{name: 1})


def test_an_objective_has_its_own_backbone_and_options(digits):
    simclr = bissl.SimCLR(bissl.ResNet(**RESNET), **METHODS["simclr"])
    with pytest.raises(ValueError, match="backbone: the objective .*has its own; leave backbone out"):
        pretrain(simclr).fit(digits.unlabelled)
    with pytest.raises(ValueError, match="method_options: the objective .*has its own"):
        pretrain(simclr, backbone=None).set_params(method_options={"temperature": 1.0}).fit(digits.unlabelled)


# --- the backbone by options ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("backbone", "expected"),
    [
        (RESNET, bissl.ResNet(**RESNET)),
        (VIT, bissl.VisionTransformer(**VIT)),
        ({"kind": "resnet", **RESNET}, bissl.ResNet(**RESNET)),
        (
            {"kind": "resnet18", "widths": (4, 4, 4, 4), "stem": "small"},
            bissl.resnet18(widths=(4, 4, 4, 4), stem="small"),
        ),
        ({"kind": "vit_tiny", "image_size": 8, "patch_size": 4}, bissl.vit_tiny(4, image_size=8)),
    ],
)
def test_backbones_from_options(backbone, expected):
    from bissl.training.backbones import new_backbone

    made = new_backbone(backbone, 0)
    assert type(made) is type(expected)
    assert np.array_equal(made.vector, expected.vector) and made._layout == expected._layout


@pytest.mark.parametrize(
    ("backbone", "error", "text"),
    [
        ({"layer": (1,)}, ValueError, r'backbone \(resnet\): .*did you mean "layers"'),
        ({"image_size": 8, "patchsize": 4}, ValueError, r'backbone \(vit\): .*did you mean "patch_size"'),
        ({"kind": "vit_tiny", "width": 8}, ValueError, r'backbone \(vit_tiny\): .*got "width"'),
        ({"kind": "resnet20"}, ValueError, r'backbone\["kind"\]: .*did you mean "resnet'),
        (7, TypeError, "backbone: expected one of .*got int"),
    ],
)
def test_backbones_that_do_not_exist(digits, backbone, error, text):
    with pytest.raises(error, match=text):
        pretrain("simclr", backbone).fit(digits.unlabelled)


# --- views and their sizes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_batch_has_as_many_views_as_the_recipe(digits, count):
    from bissl.data.stacks import Stack

    views = (View(8, crop_scale=(0.5, 1.0)),) * count
    with PretextBatches(bissl.data.ArrayDataset(digits.unlabelled[:50]), Stack(50, 6), views, seed=0) as batches:
        batch = batches.draw()
    arrays = batch if count > 1 else (batch,)
    assert len(arrays) == count and all(array.shape == (6, 8, 8, 3) for array in arrays)
    assert len({array.tobytes() for array in arrays}) == count, "every view is drawn on its own"


def test_the_objective_says_how_many_views_it_takes(digits):
    seen = []

    class Triple(bissl.SimCLR):
        views = 3

        def _arrays(self, batch):
            seen.append(len(batch))
            return super()._arrays(batch[:2])

    pretrain(lambda net, seed: Triple(net, projector=(4, 4), seed=seed)).fit(digits.unlabelled)
    assert set(seen) == {3}


@pytest.mark.parametrize(
    ("method", "augmentation", "error", "text"),
    [
        (
            "mae",
            TwoViews.small(8),
            ValueError,
            "augmentation: the pretext task takes 1 view of an image, got 2.*OneView",
        ),
        (
            "byol",
            OneView.small(8),
            ValueError,
            "augmentation: the pretext task takes 2 views of an image, got 1.*TwoViews",
        ),
        ("mae", "authors-code", ValueError, 'augmentation: expected one of "paper", "small"'),
        ("mae", View(8), TypeError, "augmentation: expected a name, bissl.data.OneView.*got View"),
        ("mae", 3, TypeError, "augmentation: .*got int"),
        (
            "mae",
            "paper",
            ValueError,
            "augmentation: makes images of 96 pixels, but the vision transformer takes images of 8",
        ),
        ("simclr", (View(8), View(12)), ValueError, "makes images of 12 pixels.*image_size=12"),
    ],
)
def test_views_that_do_not_fit(digits, method, augmentation, error, text):
    with pytest.raises(error, match=text):
        pretrain(method, augmentation=augmentation).fit(digits.unlabelled)


def test_every_stage_compares_sizes_before_it_trains(digits):
    net, views = bissl.VisionTransformer(**VIT), DownstreamViews.small(12)
    text = "augmentation: makes images of 12 pixels, but the vision transformer takes images of 8"
    stages = (
        bissl.HeadWarmup(augmentation=views, progress=False),
        bissl.FineTune(augmentation=views, progress=False),
        bissl.LinearProbe(augmentation=views),
    )
    for stage in stages:
        with pytest.raises(ValueError, match=text):
            stage.fit(net, *digits.few.pair())
    with pytest.raises(ValueError, match=text):
        bissl.recalibrate(net, digits.unlabelled, augmentation=views)
    mae, head = bissl.MAE(net, **METHODS["mae"]), bissl.Classifier(8, 10)
    both = {"pretext_augmentation": OneView.small(8), "downstream_augmentation": DownstreamViews.small(8)}
    for name, wrong in (("pretext_augmentation", OneView.small(12)), ("downstream_augmentation", views)):
        with pytest.raises(ValueError, match=f"{name}: makes images of 12 pixels"):
            bilevel(**both | {name: wrong}).fit(mae, head, digits.unlabelled, digits.few.pair())


# --- what the paper does with transformers ----------------------------------------------------------------------------


def test_default_optimizers_are_those_of_the_task(digits):
    ssl = pretrain("mae").set_params(lr=None, epochs=3).fit(digits.unlabelled)
    assert max(record["learning_rate"] for record in ssl.history_) == pytest.approx(5e-4, rel=0.5)
    bi = bilevel(lower_lr=None, upper_lr=None).fit(ssl, warmed(ssl, digits), digits.unlabelled, digits.few.pair())
    lower, upper = bi.loop_.lower_optimizer.settings, bi.loop_.upper_optimizer.settings
    assert (lower["weight_decay"], lower["betas"], lower["exclude_vectors"]) == (0.05, (0.9, 0.95), True)
    assert bi.history_[0]["lower_rate"] == pytest.approx(1e-4, rel=0.5)
    assert bi.loop_.upper_backbone.drop_path == 0.1 and bi.loop_.backbone.drop_path == 0
    assert [group.lr_scale for group in upper["groups"]] == [0.75**2, 0.75]
    contrastive = bilevel(alternations=1, lower_lr=None)
    contrastive.fit(
        pretrain("simclr").fit(digits.unlabelled), bissl.Classifier(8, 10), digits.unlabelled, digits.few.pair()
    )
    assert isinstance(contrastive.loop_.lower_optimizer, bissl.LARS)


def finetuned(net, digits, **options):
    options = {"epochs": 1, "augmentation": "small", "progress": False} | options
    return bissl.FineTune(**options).fit(net, *digits.few.pair()).backbone_


def test_transformers_are_fine_tuned_with_layer_decay_and_drop_path(digits):
    net = bissl.VisionTransformer(**VIT)
    default, same = finetuned(net, digits), finetuned(net, digits, layer_decay=0.75, drop_path=0.1)
    assert np.array_equal(default.vector, same.vector) and default.drop_path == 0.1
    for other in ({"layer_decay": 1.0}, {"drop_path": 0.0}):
        assert not np.array_equal(default.vector, finetuned(net, digits, **other).vector)
    assert finetuned(net.with_drop_path(0.4), digits).drop_path == 0.4, "its own is kept"
    frozen = [{"match": "backbone.*", "lr_scale": 0.0}]
    kept = finetuned(net, digits, optimizer=bissl.SGD(lr=0.1, groups=frozen))
    assert np.array_equal(kept.vector, net.vector), "groups of the optimiser's own count last"


def test_a_drop_path_that_was_stated_is_kept(digits):
    stated, unstated = bissl.VisionTransformer(**VIT, drop_path=0.0), bissl.VisionTransformer(**VIT)
    assert (stated.drop_path, unstated.drop_path) == (0.0, 0.0)
    twins = stated.clone(), pickle.loads(pickle.dumps(stated)), stated.with_drop_path(0.3).with_drop_path(0.0)
    assert [finetuned(net, digits).drop_path for net in (stated, *twins)] == [0.0] * 4
    assert [finetuned(net, digits).drop_path for net in (unstated, unstated.clone())] == [0.1] * 2
    mae = bissl.MAE(stated, **METHODS["mae"])
    bi = bilevel(alternations=1).fit(mae, bissl.Classifier(8, 10), digits.unlabelled, digits.few.pair())
    assert bi.upper_backbone_.drop_path == 0.0


def test_dropped_paths_follow_from_the_seed_of_the_stage(digits):
    net = bissl.VisionTransformer(**VIT, drop_path=0.5, seed=3)
    objective, few = bissl.SimCLR(net, **METHODS["simclr"]), digits.few.pair()
    batch = np.random.default_rng(0).normal(size=(8, 8, 8, 3)).astype(np.float32), np.arange(8)

    def stages(seed):
        """All networks that the stages train, at the parameters of ``net``."""
        still = {"optimizer": bissl.SGD(lr=0.0), "random_state": seed}
        levels = {f"{level}_optimizer": bissl.SGD(lr=0.0) for level in ("lower", "upper")}
        loop = bilevel(alternations=1, lower_lr=None, upper_lr=None, random_state=seed, **levels)
        loop.fit(objective, bissl.Classifier(8, 10), digits.unlabelled, few)
        quiet = {"epochs": 1, "augmentation": "small", "progress": False}
        return {
            "pretraining": bissl.Pretrain(objective, batch_size=64, **quiet, **still).fit(digits.unlabelled).backbone_,
            "warm-up": bissl.HeadWarmup(**quiet, **still).fit(net, *few).backbone_,
            "fine-tuning": bissl.FineTune(**quiet, **still).fit(net, *few).backbone_,
            "lower": loop.backbone_,
            "upper": loop.upper_backbone_,
        }  # fmt: skip

    def loss(network):
        return bissl.Classifier(8, 10).value_and_gradient(network, batch)[0]

    first, same, other = ({name: loss(made) for name, made in stages(seed).items()} for seed in (0, 0, 1))
    assert first == same and all(first[name] != other[name] for name in first)


def test_resnets_have_no_paths_to_drop(digits):
    net = bissl.ResNet(**RESNET)
    assert np.array_equal(finetuned(net, digits).vector, finetuned(net, digits, layer_decay=1.0).vector)
    assert not np.array_equal(finetuned(net, digits).vector, finetuned(net, digits, layer_decay=0.5).vector)
    with pytest.raises(ValueError, match="drop_path: only vision transformers.*ResNet"):
        finetuned(net, digits, drop_path=0.1)


def test_drop_path_may_be_changed_in_a_copy():
    net = bissl.VisionTransformer(**VIT, seed=3)
    images = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype(np.float32)
    dropping = net.with_drop_path(0.3)
    assert dropping.drop_path == 0.3 and np.array_equal(dropping(images), net(images))
    assert dropping.with_drop_path(0.0).state_dict().keys() == net.state_dict().keys()
    with pytest.raises(ValueError, match="drop_path"):
        net.with_drop_path(1.0)


def test_an_optimizer_given_is_a_description(digits):
    optimizer = bissl.AdamW(lr=0.01)
    stage = pretrain("simclr", optimizer=optimizer, lr=None)
    first = stage.fit(digits.unlabelled).backbone_.vector.copy()
    assert np.array_equal(stage.fit(digits.unlabelled).backbone_.vector, first), "no state is left over"
    assert optimizer.lr == 0.01 and not optimizer.state(stage.backbone_)["exp_avg"].any()


# --- what pretext objectives keep of their own ------------------------------------------------------------------------


def test_bissl_begins_with_a_target_equal_to_the_online_network(digits):
    ssl = pretrain("byol", lr=1.0, epochs=2).fit(digits.unlabelled)
    weights = ssl.backbone_.vector.as_dict()
    target = ssl.pretext_.target_state_dict()
    assert any(not np.array_equal(target[f"backbone.{name}"], value) for name, value in weights.items())

    class Begins(bissl.callbacks.Callback):
        def on_begin(self, stage):
            begun = stage.loop_.pretext.target_state_dict()
            assert all(np.array_equal(begun[f"backbone.{name}"], value) for name, value in weights.items())
            assert stage.loop_.pretext.updates == 0

    loop = bilevel(callbacks=[Begins()])
    next(loop.iterate(ssl, bissl.Classifier(8, 10), digits.unlabelled, digits.few.pair()))
    assert loop.loop_.pretext.updates == 2, "one per lower step, none by the Hessian products"
    assert ssl.pretext_.updates == 2 * (len(digits.unlabelled) // 64)


def test_masks_follow_from_the_seed_of_the_stage(digits):
    ssl = pretrain("mae").fit(digits.unlabelled)
    assert ssl.pretext_.draws == len(digits.unlabelled) // 64
    stored = bissl.MAE(ssl.backbone_.clone(), seed=0, **METHODS["mae"])  # as a study reloads what was pretrained

    def fitted(seed):
        stage = bilevel(random_state=seed).fit(stored, bissl.Classifier(8, 10), digits.unlabelled, digits.few.pair())
        return stage.loop_.pretext

    first, same, other = (fitted(seed) for seed in (0, 0, 1))
    assert (stored.draws, first.draws) == (0, 2 * 2), "one per lower step of its own, none by the Hessian products"
    images = np.zeros((4, 8, 8, 3), np.float32)
    masks = [mae.predict_patches(images)[1] for mae in (first, same, other, stored)]
    assert np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2]) and not np.array_equal(masks[0], masks[3])
