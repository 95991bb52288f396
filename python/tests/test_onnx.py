"""`net.to_onnx` against onnxruntime."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from test_backbones import Mixer

import bissl
from bissl import ops
from bissl.errors import InvalidArgument, MissingPackage, WrongType

NETWORKS = {
    "basic": lambda: bissl.ResNet("basic", (2, 1), (8, 16)),
    "bottleneck": lambda: bissl.ResNet("bottleneck", (1, 2), (4, 8), seed=1),
    "small stem": lambda: bissl.ResNet("basic", (1, 1), (8, 12), stem="small", activation="gelu"),
    "convnext": lambda: bissl.ConvNeXt((1, 2), (8, 16), init_values=0.5),
    "convnext, 1×1 convolutions": lambda: bissl.ConvNeXt(
        (2, 1), (8, 16), conv_mlp=True, init_values=0.5, drop_path=0.2
    ),
    "transformer": lambda: vit(),
    "mean": lambda: vit(pooling="mean", positions="learned", drop_path=0.3),
    "registers": lambda: vit(reg_tokens=3, init_values=0.7, positions="learned"),
    "registers without positions": lambda: vit(
        reg_tokens=2, prefix_positions=False, positions="learned", pooling="mean"
    ),
}


def vit(**options) -> bissl.VisionTransformer:
    return bissl.VisionTransformer(32, 8, width=24, depth=2, heads=3, **options)


def trained(net):
    """With statistics, biases and factors that are not those it begins with."""
    numbers = np.random.default_rng(0)
    state = net.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        noise = numbers.standard_normal(value.shape) * 0.1
        state[name] = np.abs(value + noise) + 0.1 if name.endswith("running_var") else value + noise
    net.load_state_dict(state)
    return net


def images(side: int = 32, count: int = 3) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, side, side, 3)).astype(np.float32)


def answered(path, values: np.ndarray) -> list[np.ndarray]:
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"images": values})


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_onnxruntime_answers_the_same(tmp_path, name, layout):
    pytest.importorskip("onnx")
    net = trained(NETWORKS[name]())
    net.to_onnx(tmp_path / "net.onnx", layout=layout)
    given = images()
    (features,) = answered(tmp_path / "net.onnx", given if layout == "NHWC" else np.moveaxis(given, 3, 1))
    expected = net(given)
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["basic", "bottleneck", "convnext"])
def test_images_of_any_size_and_number(tmp_path, name):
    pytest.importorskip("onnx")
    net = trained(NETWORKS[name]())
    net.to_onnx(tmp_path / "net.onnx")
    for given in (images(47, 1), images(64, 5)):
        (features,) = answered(tmp_path / "net.onnx", np.moveaxis(given, 3, 1))
        expected = net(given)
        np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_a_head_on_top(tmp_path):
    pytest.importorskip("onnx")
    net = trained(NETWORKS["basic"]())
    classifier = bissl.Classifier(net.num_features, num_classes=5, seed=2)
    net.to_onnx(tmp_path / "net.onnx", head=classifier.head)
    (logits,) = answered(tmp_path / "net.onnx", np.moveaxis(images(), 3, 1))
    expected = classifier.predict(net, images())
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_what_is_refused(tmp_path):
    pytest.importorskip("onnx")
    net = NETWORKS["basic"]()
    with pytest.raises(InvalidArgument, match='path: expected a name that ends in ".onnx", got "net.pth"'):
        net.to_onnx(tmp_path / "net.pth")
    with pytest.raises(InvalidArgument, match="layout: expected .*NCHW"):
        net.to_onnx(tmp_path / "net.onnx", layout="CHW")
    with pytest.raises(WrongType, match="head: expected a bissl.LinearHead"):
        net.to_onnx(tmp_path / "net.onnx", head=bissl.Projector(16, (8,)))
    with pytest.raises(InvalidArgument, match="head: expected one for 16 features, got one for 8"):
        net.to_onnx(tmp_path / "net.onnx", head=bissl.LinearHead(8, 2))
    with pytest.raises(FileNotFoundError):
        net.to_onnx(tmp_path / "nowhere" / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingPackage, match=r"to_onnx needs onnx: pip install 'bissl\[onnx\]'"):
        NETWORKS["basic"]().to_onnx(tmp_path / "net.onnx")


# --- backbones written in Python -----------------------------------------------------------------------------------------

SIDES = (9, 11)


class Tokens(bissl.Backbone):
    """Patches and a class token that attend to one another; a parameter has a name that the graph has as well."""

    def __init__(self, width: int = 8, seed: int = 0) -> None:
        super().__init__(num_features=width, seed=seed)
        self.patch = self.add_parameter("patch.weight", (width, 3, 3, 3), init="kaiming")
        self.token = self.add_parameter("images", (1, width), init="xavier")
        self.mix = self.add_parameter("mix.weight", (3 * width, width), init="torch")
        self.mix_bias = self.add_parameter("mix.bias", (3 * width,), init=("constant", 0.1))

    def features(self, images: ops.Variable) -> ops.Variable:
        x = ops.conv2d(images * np.float32([1, 0.5, 2]), self.patch, stride=3)
        count, height, width, channels = x.shape
        tokens = ops.concatenate([ops.repeat(self.token, count), x.reshape(count, height * width, channels)], axis=1)
        qkv = ops.linear(tokens.reshape(-1, channels), self.mix, self.mix_bias)
        return ops.transpose(ops.attention(qkv.reshape(count, -1, 3 * channels), heads=2), (1, 0, 2))[0]


class Single(bissl.Backbone):
    """One operation between images and features; takes part in no file, so that a lambda may state it."""

    def __init__(self, operation=None, seed: int = 0) -> None:
        super().__init__(num_features=4, seed=seed)
        self.operation = operation
        self.matrix = self.add_parameter("matrix", (4, 3), init="xavier")
        self.kernel = self.add_parameter("kernel.weight", (4, 3, 3, 2), init="kaiming")
        self.other = self.add_parameter("other", (3,), init=("uniform", 1.0))
        self.row = self.add_parameter("row", (3,), init=("uniform", 1.0))
        self.low = self.add_parameter("low", (2, 3), init="xavier")
        self.high = self.add_parameter("high", (4, 2), init="xavier")

    def features(self, images: ops.Variable) -> ops.Variable:
        x = self.operation(self, images)
        if x.ndim == 4:
            x = ops.transpose(x.mean(axis=(1, 2)), (1, 0))
        elif x.ndim == 3:
            x = ops.transpose(x.mean(axis=1), (1, 0))
        elif x.ndim == 2:
            x = ops.transpose(x)
        # (channels, N) to (N, 4), whatever the number of channels.
        return ops.transpose(ops.concatenate([x] * 4)[:4])


def rows(images: ops.Variable) -> ops.Variable:
    return images.reshape(-1, 3)


def maps(made: ops.Variable, images: ops.Variable) -> ops.Variable:
    """Rows (N·H·W, C) as maps again."""
    return made.reshape(*images.shape[:3], -1)


def products(images: ops.Variable) -> ops.Variable:
    """Of every two images: a matrix with two axes that grow."""
    means = ops.global_avg_pool(images)
    return ops.matmul(means, means, transpose_right=True).reshape(len(images), len(images))


def statistics(images: ops.Variable):
    """Given for two images only."""
    return (np.zeros(3), np.ones(3)) if len(images) == 2 else None


#: By the catalogue's names; each with what the features see, and settings that are not those it has by itself.
OPERATIONS = {
    "ReLU": lambda net, x: ops.relu(x),
    "GELU": lambda net, x: ops.gelu(x),
    "Softplus": lambda net, x: ops.softplus(x),
    "SmoothL1": lambda net, x: ops.smooth_l1(x, beta=0.7) + ops.smooth_l1(x, beta=0.0),
    "Exp": lambda net, x: ops.exp(x),
    "Log": lambda net, x: ops.log(ops.exp(x) + 1.0),
    "Power": lambda net, x: (x * x + 0.5) ** 1.5 + x**3,
    "Sine": lambda net, x: ops.sin(x),
    "Cosine": lambda net, x: ops.cos(x),
    "Tanh": lambda net, x: ops.tanh(x),
    "Sigmoid": lambda net, x: ops.sigmoid(x),
    "Add": lambda net, x: x + np.arange(3) + ops.sin(x),
    "Scale": lambda net, x: -3 * x,
    "AddBias": lambda net, x: ops.add_bias(x, net.row),
    "Mean": lambda net, x: x + ops.mean(net.matrix),
    "Sum": lambda net, x: x * ops.sum(net.matrix, axis=0),
    "Repeat": lambda net, x: x + ops.repeat(ops.repeat(net.row, x.shape[2]), x.shape[0] * x.shape[1]).reshape(x.shape),
    "Transpose": lambda net, x: ops.transpose(x, (0, 2, 1, 3)),
    "Multiply": lambda net, x: x * ops.sin(x) * net.row,
    "MatrixProduct": lambda net, x: maps(
        ops.matmul(ops.matmul(rows(x), net.matrix, transpose_right=True), net.matrix), x
    ),
    "ScaleChannels": lambda net, x: ops.scale_channels(x, net.row),
    "Linear": lambda net, x: maps(ops.linear(rows(x), net.matrix, ops.sum(net.matrix, axis=1)), x),
    "LowRankLinear": lambda net, x: maps(
        ops.low_rank_linear(rows(x), net.matrix, net.low, net.high, ops.sum(net.matrix, axis=1), scale=0.3)
        + ops.low_rank_linear(rows(x), net.matrix, net.low, net.high),
        x,
    ),
    "Convolution": lambda net, x: ops.conv2d(x, net.kernel, stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    .mean(axis=(1, 2))
    .reshape(-1, 2, 2, 1)
    + ops.conv2d(ops.concatenate([x, x], axis=3), net.kernel.reshape(12, 1, 3, 2)[:6], groups=6)
    .mean(axis=(1, 2, 3))
    .reshape(-1, 1, 1, 1),
    "Reshape": lambda net, x: x.reshape(-1, 9, 11 * 3).reshape(x.shape[0] * 3, 3, 11, 3).reshape(x.shape),
    "Concatenate": lambda net, x: ops.concatenate([x, x * x], axis=2),
    "Pad": lambda net, x: ops.pad(x, ((0, 0), (2, -3), (-1, 1), (0, 0)), value=0.5),
    "SelectRows": lambda net, x: x.reshape(-1, 99, 3)[
        np.repeat(np.arange(x.shape[0]), 2), np.tile([98, 3], x.shape[0])
    ].reshape(-1, 2, 3),
    "Patchify": lambda net, x: ops.patchify(ops.pad(x, ((0, 0), (0, 1), (0, -1), (0, 0))), size=5)
    - ops.patchify(ops.pad(x, ((0, 0), (0, 1), (0, -1), (0, 0))), size=5, channels_first=True) ** 2,
    "MaxPool": lambda net, x: ops.max_pool2d(x, (3, 2), stride=(2, 1), padding=(1, 0)),
    "AveragePool": lambda net, x: ops.avg_pool2d(x, 3, padding=1),
    "GlobalAveragePool": lambda net, x: ops.global_avg_pool(x),
    "Interpolate": lambda net, x: ops.interpolate(x, (17, 5)) ** 2,
    "BatchNorm": lambda net, x: ops.batch_norm(
        x, net.row, net.row, residual=x, relu=True, eps=0.1, statistics=([0.1, 0.2, 0.3], [1.0, 2.0, 0.5])
    ),
    "LayerNorm": lambda net, x: ops.layer_norm(x, net.row, net.row, eps=0.1),
    "L2Normalize": lambda net, x: ops.l2_normalize(x) + ops.l2_normalize(x * 0.0),
    "Attention": lambda net, x: ops.attention(ops.concatenate([x.reshape(-1, 99, 3)] * 2, axis=2), heads=2),
}  # fmt: skip

#: Further ways to use them.
USES = {
    "two axes that grow": lambda net, x: ops.matmul(products(x), ops.global_avg_pool(x)),
    "NaN": lambda net, x: x * np.float32([1, np.nan, 2]),
    "NaN for each image": lambda net, x: x + np.tile(np.float32([1, np.nan, 2]), (len(x), 1, 1, 1)),
}

#: What has no counterpart in ONNX: losses, and what looks at a batch as a whole.
REFUSED = {
    "Gather": lambda net, x: ops.gather(ops.global_avg_pool(x)),
    "ScaleSamples": lambda net, x: ops.scale_samples(x, [2.0]),
    "RoIAlign": lambda net, x: ops.roi_align(x, [[0, 0, 9, 9]] * len(x), list(range(len(x))), 2),
    "SoftmaxCrossEntropy": lambda net, x: ops.global_avg_pool(x) * ops.cross_entropy(net.matrix, [0, 1, 2, 0]),
    "NTXent": lambda net, x: ops.global_avg_pool(x) * ops.nt_xent(net.matrix),
}


def own_images(count: int = 5) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((count, *SIDES, 3)).astype(np.float32)


def check_own(path, net: bissl.Backbone, layout: str = "NHWC") -> None:
    """Numbers of images that were not traced."""
    net.to_onnx(path, layout=layout, image_size=SIDES)
    for given in (own_images(1), own_images(5)):
        (features,) = answered(path, given if layout == "NHWC" else np.moveaxis(given, 3, 1))
        expected = net(given)
        np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5 * np.nanmax(np.abs(expected)))


@pytest.mark.parametrize("kind", [Mixer, Tokens])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_a_backbone_written_in_python(tmp_path, kind, layout):
    pytest.importorskip("onnx")
    check_own(tmp_path / "net.onnx", trained(kind()), layout)


def test_every_operation_is_written_or_refused():
    from bissl import _engine
    from bissl.models.onnxfile import traced

    written = {*traced._OPERATORS, *traced._NODES} - {traced.NAMED_BATCH_NORM}
    assert written == set(OPERATIONS)
    assert {entry["name"] for entry in json.loads(_engine.catalogue_describe())} == {*OPERATIONS, *REFUSED}


@pytest.mark.parametrize("name", OPERATIONS | USES)
def test_operations_of_a_backbone_written_in_python(tmp_path, name):
    pytest.importorskip("onnx")
    check_own(tmp_path / "net.onnx", Single((OPERATIONS | USES)[name]))


@pytest.mark.parametrize("name", REFUSED)
def test_operations_that_onnx_has_not_are_named(tmp_path, name):
    pytest.importorskip("onnx")
    with pytest.raises(InvalidArgument, match=f"Single.features uses {name}, which has no counterpart in ONNX"):
        Single(REFUSED[name]).to_onnx(tmp_path / "net.onnx", image_size=SIDES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "operation, told",
    [
        (
            lambda net, x: x - x.mean(axis=0),
            "the setting by of Scale: its values differ .* or depend on the number of im",
        ),
        (
            lambda net, x: x * np.arange(len(x)).reshape(-1, 1, 1, 1),
            "a constant of Multiply: its values .* depend on the number",
        ),
        (lambda net, x: x[np.arange(len(x))[::-1]], "what SelectRows selects depends on the number"),
        (lambda net, x: ops.relu(x) if len(x) == 2 else x * 2, "operations of Single.features depend on the number"),
        (lambda net, x: ops.batch_norm(x, net.row, net.row), "own statistics has no counterpart"),
        (
            lambda net, x: ops.sin((ops.relu(x), ops.relu(x * -1))[len(x) % 2]),
            "what goes into Sine depends on the number of images",
        ),
        (lambda net, x: ops.scale_channels(x, net.row if len(x) == 2 else net.other), "what goes into ScaleChannels"),
        (lambda net, x: ops.scale_channels(x, net.row if len(x) == 2 else np.ones(3)), "what goes into ScaleChannels"),
        (lambda net, x: ops.scale_channels(x, np.ones(3) if len(x) == 2 else net.row), "what goes into ScaleChannels"),
        (lambda net, x: x * ops.concatenate([net.matrix] * len(x))[:1], "what goes into Concatenate depends"),
        (
            lambda net, x: ops.batch_norm(x, net.row, net.row, statistics=statistics(x)),
            "what goes into BatchNorm depends",
        ),
        (lambda net, x: x * np.random.standard_normal(3), "a constant of Multiply: its values differ from one call to"),
        (lambda net, x: x * net.matrix[[len(x) - 2]], "the setting indices of SelectRows: its values differ"),
        (lambda net, x: x * np.random.random(), "the setting by of Scale: its values differ from one call to the next"),
    ],
)
def test_what_depends_on_the_number_of_images_is_refused(tmp_path, operation, told):
    pytest.importorskip("onnx")
    with pytest.raises(InvalidArgument, match=told):
        Single(operation).to_onnx(tmp_path / "net.onnx", image_size=SIDES)
    assert not list(tmp_path.iterdir())


class Alternating(Single):
    """Which of two results are its features depends on the number of images, while the operations are the same."""

    def features(self, images: ops.Variable) -> ops.Variable:
        both = super().features(images), super().features(images * 2)
        return both[len(images) % 2]


def test_features_that_depend_on_the_number_of_images_are_refused(tmp_path):
    pytest.importorskip("onnx")
    with pytest.raises(InvalidArgument, match="what goes into the features depends on the number of images"):
        Alternating(lambda net, x: x).to_onnx(tmp_path / "net.onnx", image_size=SIDES)


def test_a_network_is_not_changed_by_its_export(tmp_path):
    pytest.importorskip("onnx")

    class Noting(Mixer):
        def features(self, images: ops.Variable) -> ops.Variable:
            self.seen = images.shape
            return super().features(images)

    net = Noting()
    net(own_images(1))
    before = net.seen
    net.to_onnx(tmp_path / "net.onnx", image_size=SIDES)
    assert net.seen == before


def test_sizes_of_images(tmp_path):
    pytest.importorskip("onnx")
    with pytest.raises(
        InvalidArgument, match="image_size: expected the size of the images, as Mixer is written in Python"
    ):
        Mixer().to_onnx(tmp_path / "net.onnx")
    with pytest.raises(InvalidArgument, match="image_size: expected 32, that of the network, got 48"):
        vit().to_onnx(tmp_path / "net.onnx", image_size=48)
    with pytest.raises(InvalidArgument, match="image_size: expected one number or .height, width., got 3"):
        Mixer().to_onnx(tmp_path / "net.onnx", image_size=(3, 4, 5))
    with pytest.raises(WrongType, match="image_size: expected an integer from 1 to .*32"):
        NETWORKS["basic"]().to_onnx(tmp_path / "net.onnx", image_size="32")
    with pytest.raises(WrongType, match="image_size: expected an integer"):
        NETWORKS["basic"]().to_onnx(tmp_path / "net.onnx", image_size=np.array([40.0, 32.0]))
    with pytest.raises(InvalidArgument, match="image height of 2 .* is smaller than the window of 4"):
        NETWORKS["convnext"]().to_onnx(tmp_path / "net.onnx", image_size=(2, 2))
    assert not list(tmp_path.iterdir())
    runtime = pytest.importorskip("onnxruntime")
    for size in ((40, 32), np.array([40, 32]), np.array((40, 32), np.uint8)):
        NETWORKS["basic"]().to_onnx(tmp_path / "net.onnx", image_size=size)
        (given,) = runtime.InferenceSession(tmp_path / "net.onnx").get_inputs()
        assert given.shape == ["batch", 3, 40, 32]


def test_adapters_and_a_head_on_a_backbone_written_in_python(tmp_path):
    pytest.importorskip("onnx")
    net = bissl.LoRA(trained(Tokens()), rank=2, targets="patch|mix")
    numbers = np.random.default_rng(3)
    net.load_state_dict(
        {name: value + 0.1 * numbers.standard_normal(value.shape) if "lora" in name else value
         for name, value in net.state_dict().items()}
    )  # fmt: skip
    check_own(tmp_path / "net.onnx", net)
    classifier = bissl.Classifier(net.num_features, num_classes=5, seed=2)
    net.to_onnx(tmp_path / "head.onnx", head=classifier.head, layout="NHWC", image_size=SIDES)
    (logits,) = answered(tmp_path / "head.onnx", own_images())
    expected = classifier.predict(net, own_images())
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
