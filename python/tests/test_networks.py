"""Backbones and heads: names, layouts, state dicts, vectors, copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import bissl


@pytest.fixture
def net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1, 1), (4, 6), stem="small", seed=1)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((3, 9, 7, 3)).astype(np.float32)


def test_state_dict_has_torchvisions_names_in_order(net):
    state = net.state_dict()
    assert list(state)[:7] == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
        "layer1.0.conv1.weight",
    ]  # fmt: skip
    assert state["conv1.weight"].shape == (4, 3, 3, 3)
    assert state["bn1.num_batches_tracked"].dtype == np.int64
    assert len(bissl.resnet18().state_dict()) == 120


@pytest.mark.parametrize(
    ("make", "parameters", "features"),
    [(bissl.resnet18, 11_176_512, 512), (bissl.resnet34, 21_284_672, 512), (bissl.resnet50, 23_508_032, 2048)],
)
def test_presets(make, parameters, features):
    net = make(stem="small")
    large_stem = 64 * 3 * (49 - 9)
    assert len(net.vector) == parameters - large_stem
    assert net.num_features == features


def test_state_dict_round_trip(net, images):
    other = bissl.ResNet("basic", (1, 1), (4, 6), stem="small", seed=2)
    assert not np.array_equal(other(images), net(images))
    other.load_state_dict(net.state_dict())
    assert np.array_equal(other(images), net(images))


def test_missing_buffers_are_allowed_and_nothing_else(net):
    state = net.state_dict()
    net.load_state_dict({name: value for name, value in state.items() if "running" not in name and "num_b" not in name})
    before = net.vector.copy()
    broken = dict(state)
    del broken["conv1.weight"]
    broken["fc.weight"] = np.zeros((2, 6))
    broken["bn1.bias"] = np.ones(5)
    with pytest.raises(
        ValueError, match=r"1 missing: conv1.weight; 1 unexpected: fc.weight; 1 of another shape: bn1.bias"
    ):
        net.load_state_dict(broken)
    assert np.array_equal(net.vector, before), "nothing may be half loaded"
    del broken["bn1.bias"]
    net.load_state_dict(broken, strict=False)


def test_only_the_first_ten_names_are_listed(net):
    with pytest.raises(ValueError, match="18 missing: .*, …"):
        net.load_state_dict({})


def test_shared_prefixes_are_taken_off(net):
    state = {f"module.backbone.{name}": 2 * value for name, value in net.vector.as_dict().items()}
    expected = 2 * net.vector
    net.load_state_dict(state)
    assert np.array_equal(net.vector, expected)


def test_vector_is_the_network(net, images):
    before = net(images)
    net.vector[:] = 0
    assert not np.array_equal(net(images), before)
    assert not net.state_dict()["conv1.weight"].any()
    net.vector = np.arange(len(net.vector))
    assert net.vector[3] == 3
    assert np.array_equal(net.vector["conv1.weight"], np.arange(108).reshape(4, 3, 3, 3))


@pytest.mark.parametrize("wrong", [np.nan, -np.inf, np.longdouble("1e400")])
def test_a_vector_that_is_assigned_is_finite(net, wrong):
    before = net.vector.copy()
    values = before.astype(np.longdouble)
    values[2] = wrong
    message = r"vector\['conv1.weight'\]: expected finite values, got -?(nan|inf) at index \(0, 0, 0, 2\)"
    with pytest.raises(ValueError, match=message):
        net.vector = values
    assert np.array_equal(net.vector, before)


@pytest.mark.parametrize("wrong", [5.0, [7.0], np.zeros(3), "1", "abc", {"a": 1}, 1j], ids=repr)
def test_a_vector_that_is_assigned_has_a_number_for_each_parameter(net, wrong):
    before = net.vector.copy()
    with pytest.raises((bissl.errors.InvalidArgument, bissl.errors.WrongType), match="vector: "):
        net.vector = np.ones(before.size) * wrong if isinstance(wrong, complex) else wrong
    assert np.array_equal(net.vector, before)
    net.vector = net.vector.as_dict()
    assert np.array_equal(net.vector, before)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bissl.ConvNeXt((1,), (4,), init_values=2 * bissl._engine.LARGEST), "init_values: expected a finite"),
        (lambda: bissl.LoRA(bissl.resnet18(), alpha=2 * bissl._engine.LARGEST), "alpha: expected a finite number > 0"),
        (lambda: bissl.Parameters(a=[[1], [1, 2]]), "a: expected entries of one shape"),
        (lambda: bissl.resnet18().load_weights(None), "source: expected the path of a file or a mapping"),
        (
            lambda: bissl.resnet18().to_onnx("net.onnx", image_size=2**62),
            "image_size: expected an integer from 1 to 65536",
        ),
    ],
)
def test_numbers_and_arrays_that_are_none_for_a_network(make, message):
    with pytest.raises(bissl.errors.InvalidArgument, match=message):
        make()


def test_lists_of_arrays_of_other_shapes_are_refused(net):
    with pytest.raises(bissl.errors.InvalidArgument, match="conv1.weight: expected entries of one shape"):
        net.load_state_dict(net.state_dict() | {"conv1.weight": [[1], [1, 2]]})


def test_vector_outlives_its_network(net):
    vector = net.vector
    expected = vector.copy()
    del net
    assert np.array_equal(vector, expected)


def test_copies_are_independent(net, images):
    expected = net(images)
    for other in (net.clone(), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(other(images), expected)
        other.vector[:] = 0
    assert np.array_equal(net(images), expected)


def test_heads_can_be_pickled(net):
    for head in (bissl.SimCLR(net, projector=(5, 3)).head, bissl.Classifier(6, 4).head):
        assert np.array_equal(pickle.loads(pickle.dumps(head)).vector, head.vector)


def test_seeds(images):
    first, same, other = (bissl.ResNet("basic", (1,), (4,), stem="small", seed=s) for s in (5, 5, 6))
    assert np.array_equal(first.vector, same.vector)
    assert not np.array_equal(first.vector, other.vector)


def test_features_do_not_depend_on_how_many_come_at_once(net):
    images = np.random.default_rng(0).standard_normal((300, 4, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(net(images), np.concatenate([net(images[:7]), net(images[7:])]), rtol=1e-5, atol=1e-6)


def test_observing_moves_running_statistics_only(net, images):
    parameters, before = net.vector.copy(), net.state_dict()
    net.observe(images)
    after = net.state_dict()
    assert np.array_equal(net.vector, parameters)
    assert after["bn1.num_batches_tracked"] == 1
    assert not np.array_equal(after["bn1.running_mean"], before["bn1.running_mean"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block": "botleneck"}, 'block: .*did you mean "bottleneck"'),
        ({"stem": "large"}, "stem: expected one of"),
        ({"layers": (1, 2)}, "same number"),
        ({"layers": (0,), "widths": (4,)}, "layers"),
        ({"layers": (1,), "widths": (-4,)}, "widths"),
        ({"activation": "swish"}, "activation"),
    ],
)
def test_wrong_architectures(options, message):
    with pytest.raises(ValueError, match=message):
        bissl.ResNet(**options)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_wrong_seeds(seed):
    with pytest.raises(ValueError, match="seed"):
        bissl.ResNet("basic", (1,), (4,), seed=seed)


def test_exact_convolution_agrees_with_winograd():
    images = np.random.default_rng(1).standard_normal((16, 13, 11, 3)).astype(np.float32)
    net = bissl.ResNet("basic", (2,), (48,), stem="small")
    with_winograd = net(images)
    bissl.set_exact_convolution(True)
    try:
        exact = net(images)
        assert bissl.show_config(mode="dict")["exact_convolution"] is True
    finally:
        bissl.set_exact_convolution(False)
    assert not np.array_equal(exact, with_winograd), "the switch switches nothing"
    np.testing.assert_allclose(with_winograd, exact, rtol=0, atol=2e-6 * np.abs(exact).max())
    with pytest.raises(TypeError, match="exact: expected True or False"):
        bissl.set_exact_convolution("yes")


def test_names_keep_what_they_have_settled():
    for make, option in ((bissl.vit_tiny, {"heads": 0}), (bissl.resnet18, {"layers": (1, 1)})):
        with pytest.raises(ValueError, match=f"{[*option][0]}: the name .* has settled it"):
            make(**option)
