"""Vision transformers and masked autoencoding: names, sizes, inputs, noise, drop path, and the bilevel loop."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import bissl
from bissl import _engine

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])
NOISE = RANDOM.random((6, 16))


def small(**options) -> bissl.VisionTransformer:
    return bissl.VisionTransformer(**{"image_size": 8, "patch_size": 2, "width": 12, "depth": 2, "heads": 3} | options)


@pytest.fixture
def net() -> bissl.VisionTransformer:
    return small()


@pytest.fixture
def mae(net) -> bissl.MAE:
    return bissl.MAE(net, decoder_width=8, decoder_depth=1, decoder_heads=2)


# --- the network ------------------------------------------------------------------------------------------------------


def test_names_are_timms(net):
    state = net.state_dict()
    assert list(state)[:6] == [
        "cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias", "blocks.0.norm1.weight",
        "blocks.0.norm1.bias",
    ]  # fmt: skip
    assert list(state)[-2:] == ["norm.weight", "norm.bias"]
    assert state["pos_embed"].shape == (1, 17, 12) and state["patch_embed.proj.weight"].shape == (12, 3, 2, 2)
    assert "pos_embed" not in net.vector.keys()
    assert "pos_embed" in small(positions="learned").vector.keys()


@pytest.mark.parametrize(
    ("make", "parameters", "features"),
    # timm's vit_*_patch16_224 without their head, their positions for 14 × 14 patches and with ours fixed
    [(bissl.vit_tiny, 5_486_592, 192), (bissl.vit_small, 21_590_016, 384), (bissl.vit_base, 85_647_360, 768)],
)
def test_presets(make, parameters, features):
    net = make(patch_size=16)
    assert len(net.vector) == parameters
    assert net.num_features == features


def test_positions_load_without_being_trained(net):
    state = net.state_dict()
    before = net(IMAGES)
    net.load_state_dict(state | {"pos_embed": 2 * state["pos_embed"]})
    assert not np.allclose(net(IMAGES), before)
    net.load_state_dict({name: value for name, value in state.items() if name != "pos_embed"})


@pytest.mark.parametrize("options", [{}, {"pooling": "mean"}, {"positions": "learned"}, {"drop_path": 0.5}])
def test_copies(options):
    net = small(**options, seed=4)
    for other in (net.clone(), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(other(IMAGES), net(IMAGES))
        other.vector[:] = 0
    assert net(IMAGES).shape == (6, 12) and net(IMAGES).any()


def test_patch_embedding_is_a_convolution():
    """One patch of one image, by the weight in its PyTorch layout."""
    net = small(image_size=2, depth=1)
    state = net.state_dict()
    shifted = state | {"patch_embed.proj.bias": state["patch_embed.proj.bias"] + 1}
    weight = state["patch_embed.proj.weight"].copy()
    image = IMAGES[:1, :2, :2]
    # A weight that sees one pixel's one channel acts as that number in the bias.
    weight[:] = 0
    weight[:, 1, 0, 1] = 1 / image[0, 0, 1, 1]
    net.load_state_dict(shifted | {"patch_embed.proj.weight": 0 * weight})
    expected = net(image)
    net.load_state_dict(state | {"patch_embed.proj.weight": weight})
    np.testing.assert_allclose(net(image), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 100, "patch_size": 8}, "image_size: .*multiple of patch_size 8, got 100: .*96 and 104"),
        ({"image_size": 3, "patch_size": 8}, "nearest valid sizes are 8"),
        ({"patch_size": 0}, "patch_size"),
        ({"heads": 5}, "heads: expected a number that divides the width 12"),
        ({"width": 6, "heads": 1}, 'multiple of 4, got 6: use positions="learned"'),
        ({"depth": 0}, "depth"),
        ({"mlp_ratio": 0}, "mlp_ratio"),
        ({"mlp_ratio": float("nan")}, "mlp_ratio"),
        ({"drop_path": 1.0}, "drop_path"),
        ({"drop_path": float("nan")}, "drop_path"),
        ({"positions": "sincosine"}, 'did you mean "sincos"'),
        ({"pooling": "clas"}, 'did you mean "class"'),
    ],
)
def test_wrong_architectures(options, message):
    with pytest.raises(ValueError, match=message):
        small(**options)


def test_networks_that_memory_does_not_hold():
    with pytest.raises(MemoryError):
        bissl.VisionTransformer(image_size=65536, patch_size=1, width=65536, heads=1, depth=1)


def test_images_of_another_size(net):
    with pytest.raises(ValueError, match=r"takes 8 × 8 pixels, got 9 × 8: .*image_size=10"):
        net(np.zeros((2, 9, 8, 3), np.float32))


# --- drop path --------------------------------------------------------------------------------------------------------


def test_drop_path_is_fixed_between_steps_and_moves_with_them():
    net, task = small(drop_path=0.5), bissl.Classifier(12, 3)
    first = task.value_and_gradient(net, (IMAGES, LABELS))
    again = task.value_and_gradient(net, (IMAGES, LABELS))
    assert first[0] == again[0] and np.array_equal(first[1].backbone, again[1].backbone)
    still = bissl.SGD(lr=0.0)
    losses = {task.step(net, (IMAGES, LABELS), still).loss for _ in range(5)}
    assert len(losses) > 1, "each step draws anew"
    assert net.state_dict()["drop_path.num_batches_tracked"] == 5
    assert np.array_equal(net(IMAGES), net(IMAGES)), "nothing is dropped in evaluation"


def test_drop_path_survives_saving():
    net, task, still = small(drop_path=0.5, seed=3), bissl.Classifier(12, 3), bissl.SGD(lr=0.0)
    task.step(net, (IMAGES, LABELS), still)
    twin = pickle.loads(pickle.dumps(net))
    assert [task.step(net, (IMAGES, LABELS), still).loss for _ in range(3)] == [
        task.step(twin, (IMAGES, LABELS), still).loss for _ in range(3)
    ]


# --- masked autoencoding ----------------------------------------------------------------------------------------------


def test_names_are_maes(mae):
    names = list(mae.head.state_dict())
    assert names[:4] == ["mask_token", "decoder_pos_embed", "decoder_embed.weight", "decoder_embed.bias"]
    assert names[-2:] == ["decoder_pred.weight", "decoder_pred.bias"]


@pytest.mark.parametrize("ratio", [0.75, 0.5, 0.9])
def test_the_patches_of_least_noise_are_kept(net, ratio):
    mae = bissl.MAE(net, decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=ratio)
    _, mask = mae.predict_patches(IMAGES, NOISE)
    kept = int(16 * (1 - ratio))
    assert np.array_equal(
        np.argsort(NOISE, axis=1)[:, :kept], np.argsort(np.where(mask == 0, NOISE, 2), axis=1)[:, :kept]
    )
    assert (mask.sum(axis=1) == 16 - kept).all()


def test_removed_patches_are_not_seen(mae):
    prediction, mask = mae.predict_patches(IMAGES, NOISE)
    changed = IMAGES.reshape(6, 4, 2, 4, 2, 3).transpose(0, 1, 3, 2, 4, 5).copy().reshape(6, 16, 12)
    changed[mask > 0] += 1
    changed = changed.reshape(6, 4, 4, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(6, 8, 8, 3)
    assert np.array_equal(mae.predict_patches(changed, NOISE)[0], prediction)


@pytest.mark.parametrize("normalize", [False, True])
def test_loss_is_the_mean_square_over_removed_patches(net, normalize):
    mae = bissl.MAE(net, decoder_width=8, decoder_depth=1, decoder_heads=2, normalize_pixels=normalize)
    prediction, mask = mae.predict_patches(IMAGES, NOISE)
    target = IMAGES.reshape(6, 4, 2, 4, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(6, 16, 12)
    if normalize:
        target = (target - target.mean(-1, keepdims=True)) / np.sqrt(target.var(-1, ddof=1, keepdims=True) + 1e-6)
    expected = (((prediction - target) ** 2).mean(-1) * mask).sum() / mask.sum()
    assert mae.value_and_gradient(IMAGES, NOISE)[0] == pytest.approx(expected, rel=1e-4)


def test_pictures_keep_what_was_seen(net):
    for normalize in (False, True):
        mae = bissl.MAE(net, decoder_width=8, decoder_depth=1, decoder_heads=2, normalize_pixels=normalize)
        picture = mae.reconstruct(IMAGES, NOISE)
        _, mask = mae.predict_patches(IMAGES, NOISE)
        seen = np.repeat(np.repeat(mask.reshape(6, 4, 4) == 0, 2, axis=1), 2, axis=2)
        assert picture.shape == IMAGES.shape
        assert np.array_equal(picture[seen], IMAGES[seen])
        assert not np.isclose(picture[~seen], IMAGES[~seen]).all()


def test_noise_belongs_to_the_step(mae):
    optimizer = bissl.SGD(lr=0.0)
    loss = mae.value_and_gradient(IMAGES)[0]
    assert mae.value_and_gradient(IMAGES)[0] == mae.linearize(IMAGES).loss == loss, "queries change nothing"
    assert mae.step(IMAGES, optimizer).loss == loss, "a query answers what the next step sees"
    assert mae.draws == 1
    assert mae.step(IMAGES, optimizer).loss != loss
    mae.draws = 0
    assert mae.step(IMAGES, optimizer).loss == loss, "draws resumes a run"


def test_copies_of_the_objective_go_the_same_way(mae):
    optimizer = bissl.SGD(lr=0.0)
    mae.step(IMAGES, optimizer)
    twins = [mae.clone(), pickle.loads(pickle.dumps(mae))]
    loss = mae.step(IMAGES, optimizer).loss
    assert [twin.step(IMAGES, optimizer).loss for twin in twins] == [loss, loss]


def test_seeds_of_the_noise(net):
    decoder = {"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2}
    first, same, other = (bissl.MAE(net, **decoder, seed=seed) for seed in (1, 1, 2))
    masks = [mae.predict_patches(IMAGES)[1] for mae in (first, same, other)]
    assert np.array_equal(masks[0], masks[1]) and not np.array_equal(masks[0], masks[2])
    assert not np.array_equal(masks[0][0], masks[0][1]), "every image has its own"


@pytest.mark.parametrize(
    ("noise", "error", "message"),
    [
        (NOISE[:3], ValueError, r"noise: expected shape \(6, 16\)"),
        (NOISE[:, :9], ValueError, "noise: expected shape"),
        (np.where(NOISE < 0.5, NOISE, np.nan), ValueError, r"noise: expected finite values, got nan at index"),
        (NOISE.astype(np.float16), TypeError, "noise: .*float16"),
    ],
)
def test_wrong_noise(mae, noise, error, message):
    with pytest.raises(error, match=message):
        mae.value_and_gradient(IMAGES, noise)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decoder_heads": 3}, "decoder_heads: expected a number that divides the width 8"),
        ({"decoder_width": 6, "decoder_heads": 1}, "decoder_width"),
        ({"decoder_depth": 0}, "decoder_depth"),
        ({"mask_ratio": 0.0}, "mask_ratio"),
        ({"mask_ratio": 0.99}, "mask_ratio: .* keeps 0"),
        ({"mask_ratio": float("nan")}, "mask_ratio"),
    ],
)
def test_wrong_settings(net, options, message):
    with pytest.raises(ValueError, match=message):
        bissl.MAE(net, **{"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2} | options)


def test_only_transformers_can_be_masked():
    with pytest.raises(ValueError, match="MAE expects a vision transformer .* got ResNet"):
        bissl.MAE(bissl.ResNet("basic", (1,), (4,), stem="small"))


# --- in the bilevel loop ----------------------------------------------------------------------------------------------


def test_bilevel(mae):
    net = mae.backbone
    task = bissl.Classifier(net.num_features, 3)
    loop = bissl.Bilevel(mae, task, upper_backbone=small(drop_path=0.2))
    loop.upper_backbone.load_state_dict(net.state_dict())
    losses = []
    for _ in range(3):
        for _ in range(2):
            losses.append(loop.lower_step(IMAGES).loss)
        loop.linearize(IMAGES)
        for _ in range(2):
            info = loop.upper_step((IMAGES, LABELS))
            assert info.solve.finite
    assert mae.draws == 6 and len(set(losses)) == 6


@pytest.mark.skipif(_engine.precision == "float32", reason="differences need double precision")
@pytest.mark.parametrize("options", [{}, {"positions": "learned", "pooling": "mean", "drop_path": 0.4}])
def test_derivatives_against_central_differences(options):
    net = small(**options)
    decoder = {"decoder_width": 8, "decoder_depth": 1, "decoder_heads": 2}
    objectives = {
        "mae": (
            lambda: bissl.MAE(net, **decoder, normalize_pixels=True),
            lambda o: o.value_and_gradient(IMAGES, NOISE),
        ),
        "classifier": (lambda: bissl.Classifier(12, 3), lambda o: o.value_and_gradient(net, (IMAGES, LABELS))),
    }
    for make, evaluate in objectives.values():
        objective = make()
        direction, start = np.random.default_rng(1).standard_normal(len(net.vector)), net.vector.copy()
        gradient = evaluate(objective)[1].backbone
        values = []
        for sign in (1, -1):
            net.vector = start + sign * 1e-6 * direction
            values.append(evaluate(objective))
        net.vector = start
        assert (values[0][0] - values[1][0]) / 2e-6 == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-8)
        if isinstance(objective, bissl.MAE):
            product = objective.linearize(IMAGES, NOISE).hvp(direction)
            quotient = (values[0][1].backbone - values[1][1].backbone) / 2e-6
            np.testing.assert_allclose(product, quotient, atol=1e-6 * np.abs(product).max())
