"""`net.to_onnx` against onnxruntime."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import bissl
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
