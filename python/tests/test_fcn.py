"""`bissl.FCN`: loss and gradients as PyTorch has them, Hessian products, predictions of images of several sizes, copies, bad
input."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl import ops
from bissl.errors import NonFinite

GOLDEN = Path(__file__).parent / "golden"
spec = importlib.util.spec_from_file_location("fcn_tiny", GOLDEN / "fcn_tiny.py")
tiny = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tiny)
RNG = np.random.default_rng(0)


def network(**options) -> bissl.ResNet:
    return bissl.ResNet(**({"layers": (1, 1, 1, 1), "widths": (3, 4, 5, 6)} | options))


def images(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal((*shape, 3))


@pytest.mark.float64
def test_loss_and_gradients_are_pytorchs():
    net = bissl.ResNet(block="bottleneck", layers=tiny.LAYERS, widths=tiny.WIDTHS)
    fcn = bissl.FCN(net, tiny.CLASSES, channels=tiny.CHANNELS, dilation=tiny.DILATION)
    parameters = tiny.parameters()
    ours = dict(net.vector.as_dict()) | dict(fcn.head.vector.as_dict())
    assert {name: values.shape for name, values in ours.items()} == tiny.shapes()
    for module in (net, fcn.head):
        names = set(module.vector.as_dict())
        module.load_state_dict(module.state_dict() | {name: parameters[name] for name in names})
    loss, gradient = fcn.value_and_gradient(net, tiny.batch())
    found = gradient.backbone.as_dict() | gradient.head.as_dict()
    with np.load(GOLDEN / "fcn_tiny.npz") as recorded:
        assert loss == pytest.approx(float(recorded["loss"]), rel=1e-12)
        for name in tiny.shapes():
            expected = recorded[name]
            np.testing.assert_allclose(
                found[name], expected, rtol=0, atol=1e-9 * (1 + abs(expected).max()), err_msg=name
            )


@pytest.mark.float64
def test_gradients_agree_with_differences():
    """Of a smooth network and its maps at stride 8; the head's ReLUs do not switch within the step."""
    net = network(layers=(1, 1), widths=(3, 4), activation="gelu")
    fcn = bissl.FCN(net, 3, channels=4, dilation=2)
    batch = images(2, 24, 32), RNG.integers(0, 3, (2, 24, 32))
    _, gradient = fcn.value_and_gradient(net, batch)
    direction = RNG.standard_normal(net.vector.size)
    start = net.vector.copy()

    def loss_at(step: float) -> float:
        net.vector[:] = start + step * direction
        return fcn.value_and_gradient(net, batch)[0]

    difference = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5
    assert float(np.dot(gradient.backbone, direction)) == pytest.approx(difference, rel=1e-6)


@pytest.mark.float64
def test_hessian_products_agree_with_differences():
    net = network(layers=(1, 1), widths=(3, 4), activation="gelu")
    fcn = bissl.FCN(net, 3, channels=4, dilation=2)
    batch = images(2, 24, 32), RNG.integers(0, 3, (2, 24, 32))
    linearization = bissl.objectives.linearization.Linearization(fcn._linearize(net, batch), net, fcn.head)
    direction = RNG.standard_normal(net.vector.size)
    product = linearization.hvp(direction)
    start = net.vector.copy()

    def gradient_at(step: float) -> np.ndarray:
        net.vector[:] = start + step * direction
        return np.asarray(fcn.value_and_gradient(net, batch)[1].backbone)

    difference = (gradient_at(1e-5) - gradient_at(-1e-5)) / 2e-5
    np.testing.assert_allclose(product, difference, rtol=0, atol=1e-6 * abs(difference).max())


class Own(bissl.Backbone):
    def __init__(self, seed=0):
        super().__init__(num_features=6, seed=seed)
        self.first = self.add_parameter("first", (4, 3, 3, 3))
        self.second = self.add_parameter("second", (6, 4, 3, 3))

    def features(self, images):
        x = self.map("half", ops.relu(ops.conv2d(images, self.first, stride=2, padding=1)), stride=2)
        x = self.map("quarter", ops.relu(ops.conv2d(x, self.second, stride=2, padding=1)), stride=4)
        return ops.global_avg_pool(x)


@pytest.mark.parametrize(
    "net, stage, channels",
    [
        (network(), "layer4", 6),
        (network(stem="small"), None, 6),
        (bissl.ConvNeXt(depths=(1, 1, 1, 1), widths=(4, 4, 6, 8)), None, 6),
        (Own(), None, 6),
    ],
)
def test_networks_with_maps(net, stage, channels):
    fcn = bissl.FCN(net, 3, channels=4, dilation=1)
    assert (fcn._reading.stage, fcn.head.inputs) == (stage, channels)
    batch = images(2, 64, 48), RNG.integers(0, 3, (2, 64, 48))
    optimizer = bissl.SGD(lr=0.02, momentum=0.9)
    losses = [fcn.step(net, batch, optimizer).loss for _ in range(5)]
    assert losses[-1] < losses[0]
    assert [each.shape for each in fcn.predict(net, batch[0])] == [(64, 48)] * 2


def test_running_statistics_move_by_steps_alone():
    net = network()
    fcn = bissl.FCN(net, 3, channels=4)
    batch = images(2, 64, 64), RNG.integers(0, 3, (2, 64, 64))
    before = fcn.head.state_dict()
    fcn.value_and_gradient(net, batch)
    fcn.predict(net, batch[0])
    assert all((value == before[name]).all() for name, value in fcn.head.state_dict().items())
    fcn.step(net, batch, bissl.SGD(lr=0.1))
    after = fcn.head.state_dict()
    assert after["fcn.1.num_batches_tracked"] == 1
    assert (after["fcn.4.running_var"] != before["fcn.4.running_var"]).any()


def test_scores_that_are_no_numbers_are_no_prediction():
    net = network()
    fcn = bissl.FCN(net, 3, channels=4, dilation=1)
    fcn.head.vector[:] = np.nan
    with pytest.raises(NonFinite, match="scores: expected finite values, got nan .*; has training diverged"):
        fcn.predict(net, [images(37, 64)])


def test_images_of_several_sizes():
    net = network()
    fcn = bissl.FCN(net, 3, channels=4, dilation=1)
    several = [images(37, 64), images(64, 50), images(80, 90)]
    together = fcn.predict(net, several)
    assert [each.shape for each in together] == [(37, 64), (64, 50), (80, 90)]
    for image, label in zip(several, together):
        np.testing.assert_array_equal(fcn.predict(net, [image])[0], label)
    labels = [RNG.integers(0, 3, image.shape[:2]) for image in several]
    loss, _ = fcn.value_and_gradient(net, (several, labels))
    padded = np.full((3, 80, 96), 255)
    pixels = np.zeros((3, 80, 96, 3))
    for place, (image, label) in enumerate(zip(several, labels)):
        padded[place, : label.shape[0], : label.shape[1]] = label
        pixels[place, : label.shape[0], : label.shape[1]] = image
    sizes = [image.shape[:2] for image in several]
    assert fcn.value_and_gradient(net, (pixels, padded, np.array(sizes)))[0] == loss


def test_pixels_that_are_left_out_do_not_count():
    net = network()
    fcn = bissl.FCN(net, 3, channels=4)
    labels = RNG.integers(0, 3, (2, 64, 64))
    labels[:, 32:] = 255
    loss, gradient = fcn.value_and_gradient(net, (images(2, 64, 64), labels))
    scores = None
    with fcn.evaluating(net, images(2, 64, 64)) as maps:
        scores = fcn._coarse_scores(maps)
    assert scores.shape == (2, 4, 4, 3)
    assert np.isfinite(loss) and np.isfinite(gradient.backbone).all()


def test_copies():
    net = network()
    fcn = bissl.FCN(net, 3, channels=4, dilation=2, seed=5)
    twin = pickle.loads(pickle.dumps(fcn))
    for copy in (twin, fcn.clone()):
        assert (copy.num_classes, copy.channels, copy.dilation, copy.seed) == (3, 4, 2, 5)
        np.testing.assert_array_equal(copy.head.vector, fcn.head.vector)
        copy.head.vector[:] = 0
        assert fcn.head.vector.any()
    state = fcn.state_dict()
    twin.load_state_dict(state)
    np.testing.assert_array_equal(twin.head.vector, fcn.head.vector)
    with pytest.raises(AttributeError, match="dilation"):
        fcn.dilation = 3


def test_weights_of_the_whole(tmp_path):
    net = network(seed=1)
    fcn = bissl.FCN(net, 3, channels=4, seed=2)
    fcn.step(net, (images(2, 64, 64), RNG.integers(0, 3, (2, 64, 64))), bissl.SGD(lr=0.1))
    fcn.save_weights(tmp_path / "fcn.safetensors", net)
    other, its_net = bissl.FCN(net, 3, channels=4), network()
    report = other.load_weights(tmp_path / "fcn.safetensors", its_net)
    assert "head.fcn.6.bias" in report.loaded and "backbone.layer4.0.conv1.weight" in report.loaded
    for image, same in zip(fcn.predict(net, IMAGES), other.predict(its_net, IMAGES)):
        np.testing.assert_array_equal(image, same)
    before = its_net.vector.copy()
    with pytest.raises(ValueError, match="fcn.6.weight"):
        bissl.FCN(net, 4, channels=4).load_weights(tmp_path / "fcn.safetensors", its_net)
    np.testing.assert_array_equal(its_net.vector, before)


NET = network()
FCN = bissl.FCN(NET, 3, channels=4)
IMAGES = images(2, 64, 64)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: bissl.FCN(bissl.VisionTransformer(32, 8, 12, 1, 2)), "net: a vision transformer gives tokens"),
        (lambda: bissl.FCN(NET, 1), "num_classes"),
        (lambda: bissl.FCN(NET, 256), "num_classes: label maps number at most 255"),
        (lambda: bissl.FCN(NET, 3, dilation=0), "dilation"),
        (lambda: bissl.FCN(NET, 3, dilation=65), "dilation from 1 to 64"),
        (
            lambda: FCN.value_and_gradient(NET, (IMAGES, np.full((2, 64, 64), 255))),
            "labels: expected pixels that are not",
        ),
        (
            lambda: FCN.value_and_gradient(NET, (IMAGES, np.full((2, 64, 64), 3))),
            r"labels\[0\]: expected class numbers 0 to 2",
        ),
        (lambda: FCN.value_and_gradient(NET, (IMAGES, np.zeros((2, 64, 60), int))), "label map of its image's height"),
        (lambda: FCN.value_and_gradient(NET, (IMAGES, np.zeros((1, 64, 64), int))), "labels"),
        (lambda: FCN.value_and_gradient(NET, IMAGES), "batch: expected .images, labels."),
        (
            lambda: FCN.value_and_gradient(network(widths=(3, 4, 5, 7)), (IMAGES, np.zeros((2, 64, 64), int))),
            "FCN head",
        ),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
