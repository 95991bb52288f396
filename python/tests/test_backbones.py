"""Feature maps, stages on other inputs, backbones written in Python, and models by name."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl import ops


class Mixer(bissl.Backbone):
    """Forty lines that a user might write: a stem, a residual block with layer norm and GELU, two maps."""

    def __init__(self, width: int = 8, seed: int = 0) -> None:
        super().__init__(num_features=width, seed=seed)
        self.stem = self.add_parameter("stem.weight", (width, 3, 3, 3), init="kaiming")
        self.stem_norm = self.add_batch_norm("stem.norm", width)
        self.norm_weight = self.add_parameter("norm.weight", (width,), init="ones")
        self.norm_bias = self.add_parameter("norm.bias", (width,), init="zeros")
        self.expand = self.add_parameter("expand.weight", (2 * width, width, 1, 1), init=("normal", 0.3))
        self.contract = self.add_parameter("contract.weight", (width, 2 * width, 1, 1), init="xavier")
        self.scale = self.add_parameter("scale", (width,), init=("constant", 0.5))

    def features(self, images: ops.Variable) -> ops.Variable:
        x = ops.gelu(self.stem_norm(ops.conv2d(images, self.stem, stride=2, padding=1)))
        self.map("stem", x, stride=2)
        y = ops.layer_norm(x, self.norm_weight, self.norm_bias)
        y = ops.conv2d(ops.gelu(ops.conv2d(y, self.expand)), self.contract)
        return ops.global_avg_pool(self.map("block", x + y * self.scale, stride=2))


class Unfinished(bissl.Backbone):
    def __init__(self) -> None:
        super().__init__(num_features=4)


def images(count: int = 4, side: int = 9, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, side, side + 2, 3)).astype(np.float32)


def views(**options: int) -> tuple[np.ndarray, np.ndarray]:
    return images(**options), images(**options | {"seed": 1})


# --- maps of the engine's networks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem, strides", [("small", (1, 1, 2)), ("imagenet", (2, 4, 8))])
def test_maps_of_a_resnet(stem, strides):
    net = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem=stem)
    x = images(3, side=17)
    maps = net.feature_maps(x)
    assert list(maps) == ["stem", "layer1", "layer2"] == [entry.name for entry in net.feature_info]
    assert tuple(entry.stride for entry in net.feature_info) == strides
    for entry in net.feature_info:
        height, width = (-(-side // entry.stride) for side in x.shape[1:3])
        assert maps[entry.name].shape == (3, height, width, entry.channels)
    np.testing.assert_allclose(maps["layer2"].mean(axis=(1, 2)), net(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(net.feature_maps(x, ["layer1"])["layer1"], maps["layer1"])


def test_maps_of_a_transformer_are_tokens_with_the_prefix():
    net = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=2, heads=2, reg_tokens=3)
    maps = net.feature_maps(np.zeros((2, 8, 8, 3), np.float32))
    assert {name: array.shape for name, array in maps.items()} == {"block0": (2, 8, 8), "block1": (2, 8, 8)}


def test_an_unknown_map_names_those_there_are():
    with pytest.raises(ValueError, match="map: expected one of 'stem', 'layer1', got 'layer9'"):
        bissl.ResNet(layers=(1,), widths=(4,)).feature_maps(images(), ["layer9"])


@pytest.mark.parametrize("names", [5, "layer1", [5]])
def test_what_is_no_sequence_of_names_is_told(names):
    with pytest.raises(TypeError, match="names: "):
        bissl.ResNet(layers=(1,), widths=(4,)).feature_maps(images(), names)


class Maps(bissl.Pretext):
    """Takes maps, and runs the last stage again, as it is or read densely."""

    maps = ("layer1", "layer2", "features")

    def __init__(self, net: bissl.Backbone, **reading: int) -> None:
        super().__init__(net, bissl.LinearHead(net.num_features, 2))
        self.reading = reading

    def loss(self, first: dict, second: dict) -> ops.Variable:
        again = self.stage("layer2", first["layer1"], **self.reading)
        self.shapes = again.shape, first["layer2"].shape
        difference = ops.mean(again * again) - ops.mean(first["layer2"] * first["layer2"])
        return difference + ops.mse_loss(self.head(first["features"]), self.head(second["features"]))


def test_a_stage_run_again_gives_the_map_it_gave():
    net = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small")
    objective = Maps(net)
    loss, _ = objective.value_and_gradient(views())
    twin = Maps(net)
    twin.loss = lambda first, second: ops.mse_loss(twin.head(first["features"]), twin.head(second["features"]))
    assert loss == pytest.approx(twin.value_and_gradient(views())[0], rel=1e-5)


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_a_stage_read_densely_keeps_its_resolution(block):
    objective = Maps(bissl.ResNet(block, layers=(1, 2), widths=(4, 6), stem="small"), stride=1, dilation=2)
    objective.value_and_gradient(views())
    (again, own) = objective.shapes
    assert again[1:3] == images().shape[1:3] and own[1:3] == (5, 6)


def test_readings_that_do_not_fit_are_refused():
    net = bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small")
    for reading, message in (({"dilation": 0}, "dilation from 1 to 64"), ({"stride": 2**62}, "stride.* from 1 to 64")):
        with pytest.raises(ValueError, match=message):
            Maps(net, **reading).value_and_gradient(views())


# --- backbones written in Python -----------------------------------------------------------------------------------------


def test_a_python_backbone_in_its_own_right():
    net = Mixer()
    x = images()
    maps = net.feature_maps(x)
    assert net(x).shape == (4, 8) and net.num_features == 8
    np.testing.assert_allclose(maps["block"].mean(axis=(1, 2)), net(x), rtol=1e-5, atol=1e-6)
    assert [(entry.name, entry.channels, entry.stride) for entry in net.feature_info] == [
        ("stem", 8, 2), ("block", 8, 2),
    ]  # fmt: skip
    assert list(net.state_dict())[:3] == ["stem.weight", "stem.norm.weight", "stem.norm.bias"]
    assert "stem.norm.running_var" in net.state_dict() and "stem.norm.running_var" not in list(net.vector.keys())
    assert repr(net) == "Mixer(width=8, seed=0)"


def test_equals_the_same_network_of_the_engine():
    class Plain(bissl.Backbone):
        def __init__(self, seed=0):
            super().__init__(num_features=4, seed=seed)
            self.conv = self.add_parameter("conv1.weight", (4, 3, 3, 3))
            self.norm = self.add_batch_norm("bn1", 4)
            self.convs, self.norms = [], []
            for i in (1, 2):
                self.convs.append(self.add_parameter(f"layer1.0.conv{i}.weight", (4, 4, 3, 3)))
                self.norms.append(self.add_batch_norm(f"layer1.0.bn{i}", 4))

        def features(self, x):
            x = ops.relu(self.norm(ops.conv2d(x, self.conv, padding=1)))
            y = ops.relu(self.norms[0](ops.conv2d(x, self.convs[0], padding=1)))
            return ops.global_avg_pool(ops.relu(self.norms[1](ops.conv2d(y, self.convs[1], padding=1)) + x))

    plain, net = Plain(), bissl.ResNet(layers=(1,), widths=(4,), stem="small", seed=3)
    plain.load_state_dict(net.state_dict())
    for objective in (bissl.SimCLR, bissl.BYOL):
        mine, theirs = (objective(twin.clone(), projector=(6, 4)) for twin in (plain, net))
        rows = [(o, *o.value_and_gradient(views())) for o in (mine, theirs)]
        assert rows[0][1] == pytest.approx(rows[1][1], rel=1e-5)
        np.testing.assert_allclose(rows[0][2].backbone, rows[1][2].backbone, rtol=1e-3, atol=1e-6)
        u = np.random.default_rng(2).standard_normal(net.vector.size).astype(np.float32)
        products = [o.linearize(views()).hvp(u) for o in (mine, theirs)]
        np.testing.assert_allclose(products[0], products[1], rtol=1e-2, atol=1e-4 * np.abs(products[1]).max())
        for o in (mine, theirs):
            o.step(views(), bissl.SGD(lr=0.1))
        for name, value in theirs.backbone.state_dict().items():
            np.testing.assert_allclose(mine.backbone.state_dict()[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


def check_hessian_product(objective, batch, u):
    """Beside central differences of the gradient, which leave the backbone shifted."""
    net, step = objective.backbone, 1e-5
    product, start = np.asarray(objective.linearize(batch).hvp(u)), np.array(net.vector)
    gradients = []
    for sign in (1, -1):
        net.vector = start + sign * step * u
        gradients.append(np.asarray(objective.value_and_gradient(batch)[1].backbone))
    differences = (gradients[0] - gradients[1]) / (2 * step)
    np.testing.assert_allclose(product, differences, rtol=0, atol=1e-6 * np.abs(product).max())


@pytest.mark.float64
def test_hessian_product_agrees_with_differences():
    net = Mixer()
    objective = bissl.SimCLR(net, projector=(6, 4))
    batch = tuple(view.astype(np.float64) for view in views())
    u = np.random.default_rng(2).standard_normal(net.vector.size)
    check_hessian_product(objective, batch, u)


def test_goes_through_all_stages(tmp_path):
    rng = np.random.default_rng(0)
    pictures, labels = rng.integers(0, 256, (24, 12, 12, 3), np.uint8), np.arange(24) % 3
    ssl = bissl.Pretrain("simclr", backbone=Mixer(), epochs=1, batch_size=8, augmentation="small", progress=False)
    ssl.fit(pictures, checkpoint=tmp_path / "pretrain")
    warm = bissl.HeadWarmup(epochs=1, batch_size=8, progress=False).fit(ssl, pictures, labels)
    options = {"alternations": 2, "lower_steps": 1, "upper_steps": 1, "lower_batch_size": 8, "upper_batch_size": 8}
    stage = bissl.BiSSL(**options, damping=100, progress=False).fit(ssl, warm, pictures, (pictures, labels))
    tuned = bissl.FineTune(epochs=1, batch_size=8, progress=False).fit(stage.backbone_, pictures, labels)
    assert isinstance(tuned.backbone_, Mixer)
    assert 0 <= tuned.score(pictures, labels) <= 24


def test_saved_and_made_again(tmp_path):
    net = Mixer(width=6, seed=4)
    net.observe(images())
    for twin in (pickle.loads(pickle.dumps(net)), net.clone()):
        np.testing.assert_array_equal(twin(images()), net(images()))
    net.save_weights(tmp_path / "net.safetensors")
    other = Mixer(width=6)
    other.load_weights(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(other(images()), net(images()))
    net.vector[:] = 0
    assert np.abs(np.asarray(twin.vector)).max() > 0


def test_seeds_draw_other_parameters():
    first, again, other = (np.array(Mixer(seed=seed).vector) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_is_wrong_in_a_python_backbone_is_told():
    with pytest.raises(TypeError, match="Unfinished states no features"):
        Unfinished()

    class Looks(Mixer):
        def features(self, images):
            return images * float(ops.mean(images).numpy())

    with pytest.raises(RuntimeError, match="must not depend on values"):
        Looks()(images())

    class Wide(Mixer):
        def features(self, images):
            return ops.global_avg_pool(ops.conv2d(images, self.stem))[0:1]

    with pytest.raises(ValueError, match=r"features: expected shape \(4, 8\).* got \(1, 8\)"):
        Wide()(images())

    class Array(Mixer):
        def features(self, images):
            return np.zeros((4, 8))

    with pytest.raises(TypeError, match="Array.features: expected a bissl.ops.Variable, got ndarray"):
        Array()(images())

    class Twice(Mixer):
        def __init__(self):
            super().__init__()
            self.add_parameter("scale", (3,))

    with pytest.raises(ValueError, match="scale: a parameter of this name was declared already"):
        Twice()
    with pytest.raises(RuntimeError, match="'scale' is a value only inside the method features"):
        Mixer().scale + 1
    with pytest.raises(ValueError, match="init: expected 'zeros'"):
        type("Odd", (Mixer,), {"__init__": lambda self: _with(self, "w", (3,), "glorot")})()
    with pytest.raises(ValueError, match="w: init: expected a finite number"):
        type("Odd", (Mixer,), {"__init__": lambda self: _with(self, "w", (3,), ("normal", np.nan))})()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (("w", 3), "w: shape: expected several integers"),
        (("w", (3,), None), 'w: init: expected text such as "kaiming" or a pair'),
        (("w", (3,), ("normal", "a")), "w: init: expected a number, got str"),
        ((5, (3,)), "name: expected text"),
    ],
)
def test_parameters_that_are_none_are_told(part, message):
    with pytest.raises(bissl.errors.WrongType, match=message):
        type("Odd", (Mixer,), {"__init__": lambda self: _with(self, *part)})()


class Gained(bissl.Backbone):
    """What it does is an attribute."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(num_features=3, seed=seed)
        self.gain, self.traced = 1.0, 0
        self.norm = self.add_batch_norm("norm", 3)

    def features(self, images: ops.Variable) -> ops.Variable:
        self.traced += 1
        pooled = ops.global_avg_pool(self.map("norm", self.norm(images), stride=1))
        return self.gain * pooled + 0 * self.norm(np.zeros((len(images), 3)))


def test_attributes_that_are_assigned_count_from_the_next_call_on_for_images_of_every_shape():
    net, x = Gained(), images()
    expected = net(x)
    twin = net.clone()
    twin(x)
    assert net.traced == twin.traced == 1  # copies share what the engine knows
    twin.gain = 2.0
    for own, factor in ((twin, 2), (net, 1), (twin, 2)):
        for count in (4, 3):
            np.testing.assert_allclose(own(x[:count]), factor * expected[:count], rtol=1e-6)
    traced = twin.traced
    twin.vector = 2 * twin.vector
    twin(x)
    twin(x[:3])
    assert twin.traced == traced  # of numbers, and of what features itself assigns, no trace depends
    objective, batch = bissl.Classifier(3, 2), (x, [0, 1, 0, 1])
    before = objective.value_and_gradient(net, batch)[0]
    net.gain = -1.0
    assert objective.value_and_gradient(net, batch)[0] != before
    del twin.gain
    with pytest.raises(AttributeError, match="gain"):
        twin(x)


class Dense(bissl.Pretext):
    """Runs a stage on an array."""

    maps = ("stem",)

    def __init__(self, net: bissl.Backbone) -> None:
        super().__init__(net, bissl.LinearHead(net.num_features, 2))

    def loss(self, first: dict, second: dict) -> ops.Variable:
        return ops.mean(self.stage("layer1", np.ones(first["stem"].shape)))


def test_stages_take_arrays():
    net = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
    assert np.isfinite(Dense(net).value_and_gradient(views())[0])


def _with(net: Mixer, *part) -> None:
    Mixer.__init__(net)
    net.add_parameter(*part)


# --- models by name ------------------------------------------------------------------------------------------------------


def test_models_by_name():
    assert "resnet18" in bissl.list_models() and set(bissl.list_models("vit_*_patch16_224")) == {
        "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224",
    }  # fmt: skip
    net = bissl.create_model("vit_small_patch14_reg4_dinov2", img_size=28)
    assert net.image_size == 28 and net.state_dict()["pos_embed"].shape == (1, 4, 384)
    assert list(net.state_dict())[:3] == ["cls_token", "reg_token", "pos_embed"]
    assert isinstance(bissl.create_model("resnet18", widths=(4, 4, 4, 4), stem="small"), bissl.ResNet)
    with pytest.raises(ValueError, match='did you mean "resnet18"'):
        bissl.create_model("resnet19")
    with pytest.raises(ValueError, match="image_size"):
        bissl.create_model("vit_tiny", imge_size=32)
    with pytest.raises(ValueError, match="img_size is image_size by another name; give one of them"):
        bissl.create_model("vit_tiny", img_size=32, image_size=64)
    with pytest.raises(bissl.errors.WrongType, match="pattern: expected text"):
        bissl.list_models(5)


def test_a_model_of_ones_own_is_known_everywhere():
    bissl.register_model("tests_mixer", Mixer)
    bissl.register_model("tests_mixer", Mixer)
    assert isinstance(bissl.create_model("tests_mixer", width=4), Mixer)
    with pytest.raises(ValueError, match="is taken"):
        bissl.register_model("tests_mixer", bissl.resnet18)
    with pytest.raises(bissl.errors.WrongType, match="name: expected text, got int 5"):
        bissl.register_model(5, Mixer)
    with pytest.raises(TypeError, match="argument seed"):
        bissl.register_model("tests_seedless", lambda: Mixer())
    pictures = np.random.default_rng(0).integers(0, 256, (8, 12, 12, 3), np.uint8)
    stage = bissl.Pretrain(
        "simclr", backbone={"kind": "tests_mixer", "width": 4}, epochs=1, batch_size=4, augmentation="small",
        progress=False,
    ).fit(pictures)  # fmt: skip
    assert stage.backbone_.num_features == 4


@pytest.mark.parametrize("prefix_positions, rows", [(True, 4), (False, 0)])
def test_positions_of_registers_are_resampled(prefix_positions, rows):
    def net(side: int) -> bissl.VisionTransformer:
        return bissl.VisionTransformer(
            image_size=side, patch_size=4, width=8, depth=1, heads=2, positions="learned", reg_tokens=3,
            prefix_positions=prefix_positions,
        )  # fmt: skip

    large, small = net(16), net(8)
    report = small.load_weights(large.state_dict(), resize_positions=True)
    assert "resampled from 4 × 4 to 2 × 2" in str(report)
    before, after = (twin.state_dict()["pos_embed"] for twin in (large, small))
    assert after.shape == (1, rows + 4, 8)
    np.testing.assert_array_equal(after[:, :rows], before[:, :rows])


# --- timm's networks -----------------------------------------------------------------------------------------------------

#: Of the sizes that timm computed the recorded features with (timm 1.0, float64).
TIMM = {
    "convnext_conv_mlp": (36, lambda: bissl.ConvNeXt((1, 2, 1, 1), (4, 8, 6, 10), conv_mlp=True)),
    "convnext_linear_mlp": (40, lambda: bissl.ConvNeXt((1, 1, 2, 1), (4, 8, 6, 12))),
    "vit_reg4": (28, lambda: tiny_dinov2(reg_tokens=4, prefix_positions=False)),
    "vit_layer_scale": (28, lambda: tiny_dinov2()),
}


def tiny_dinov2(**options) -> bissl.VisionTransformer:
    return bissl.VisionTransformer(28, 14, 8, 2, 2, positions="learned", init_values=1e-5, **options)


@pytest.mark.parametrize("name", TIMM)
def test_features_equal_timms(name):
    """Parameters and images are drawn by seed, as the script of the recording drew them: by sorted names."""
    recorded = json.loads((Path(__file__).parent / "golden/timm_features.json").read_text())[name]
    side, make = TIMM[name]
    net = make()
    assert list(net.state_dict()) == recorded["names"]
    rng = np.random.default_rng(7)
    net.load_state_dict(
        {key: rng.standard_normal(value.shape) * 0.2 for key, value in sorted(net.state_dict().items())}
    )
    x = np.random.default_rng(3).standard_normal((2, side, side, 3)).astype(bissl._engine.dtype)
    tolerance = {"float64": 1e-10, "float32": 2e-4}[bissl.precision]
    expected = np.array(recorded["features"])
    np.testing.assert_allclose(net(x), expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.float64
def test_features_equal_timms_in_double_precision():
    for name in TIMM:
        test_features_equal_timms(name)


@pytest.mark.float64
def test_hessian_product_of_convnext_agrees_with_differences():
    net = bissl.ConvNeXt((1, 1), (4, 8), init_values=0.5)
    objective = bissl.SimCLR(net, projector=(6, 4))
    rng = np.random.default_rng(0)
    batch = tuple(rng.standard_normal((4, 16, 16, 3)) for _ in range(2))
    net.vector = 0.3 * rng.standard_normal(net.vector.size)  # away from zeros, whose layer norms are steep
    check_hessian_product(objective, batch, rng.standard_normal(net.vector.size))


def test_convnext_drops_paths_as_transformers_do():
    net = bissl.ConvNeXt((1, 1), (4, 8), drop_path=0.5, init_values=1.0)
    objective = bissl.SimCLR(net, projector=(6, 4))
    batch = tuple(np.random.default_rng(seed).standard_normal((4, 16, 16, 3)).astype(np.float32) for seed in (0, 1))
    losses = [objective.value_and_gradient(batch)[0] for _ in range(2)]
    assert losses[0] == losses[1]
    undropped = bissl.SimCLR(net.with_drop_path(0.0), projector=(6, 4)).value_and_gradient(batch)[0]
    assert losses[0] != undropped
    assert {entry.name: entry.stride for entry in net.feature_info} == {"stem": 4, "stages.0": 4, "stages.1": 8}
