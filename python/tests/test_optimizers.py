"""Optimisers and parameter groups against plain NumPy loops."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl.optim.parameter_groups import settings_of

RANDOM = np.random.default_rng(7)
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))
STEPS = 3


@pytest.fixture
def net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1, 1), (4, 6), stem="small", seed=1)


def tolerance() -> dict[str, float]:
    return {"rtol": 1e-10, "atol": 1e-13} if bissl.precision == "float64" else {"rtol": 1e-3, "atol": 1e-5}


def train(net: bissl.ResNet, optimizer) -> tuple[list, dict[str, np.ndarray]]:
    """The gradients of a few steps and the parameters after them, by full name."""
    downstream = bissl.Classifier(net.num_features, 3)
    gradients = [named(net, downstream)]
    for _ in range(STEPS):
        _, gradient = downstream.value_and_gradient(net, LABELLED)
        gradients.append(
            {f"backbone.{n}": v.astype(float) for n, v in gradient.backbone.as_dict().items()}
            | {f"head.{n}": v.astype(float) for n, v in gradient.head.as_dict().items()}
        )
        downstream.step(net, LABELLED, optimizer)
    return gradients, named(net, downstream)


def named(net: bissl.ResNet, downstream: bissl.Classifier) -> dict[str, np.ndarray]:
    return {f"backbone.{n}": v.astype(float) for n, v in net.vector.as_dict().items()} | {
        f"head.{n}": v.astype(float) for n, v in downstream.head.vector.as_dict().items()
    }


def adamw(start, gradients, lr, decay, betas=(0.9, 0.999), eps=1e-8):
    """torch.optim.AdamW, parameter by parameter; ``lr`` and ``decay`` are functions of the name."""
    p = {name: value.copy() for name, value in start.items()}
    m, v = ({name: np.zeros_like(value) for name, value in p.items()} for _ in range(2))
    for step, gradient in enumerate(gradients, 1):
        for name, g in gradient.items():
            p[name] *= 1 - lr(name) * decay(name)
            m[name] = betas[0] * m[name] + (1 - betas[0]) * g
            v[name] = betas[1] * v[name] + (1 - betas[1]) * g**2
            root = np.sqrt(v[name]) / np.sqrt(1 - betas[1] ** step) + eps
            p[name] -= lr(name) / (1 - betas[0] ** step) * m[name] / root
    return p


def assert_same(given, expected):
    for name, value in expected.items():
        np.testing.assert_allclose(given[name], value, **tolerance(), err_msg=name)


def test_adamw(net):
    gradients, after = train(net, bissl.AdamW(lr=0.01, weight_decay=0.1, betas=(0.8, 0.95), eps=1e-3))
    start, gradients = gradients[0], gradients[1:]
    expected = adamw(start, gradients, lambda _: 0.01, lambda _: 0.1, (0.8, 0.95), 1e-3)
    assert_same(after, expected)


def test_adamw_state_is_shared(net):
    optimizer = bissl.AdamW(lr=0.01)
    train(net, optimizer)
    state = optimizer.state(net)
    assert list(state) == ["exp_avg", "exp_avg_sq", "step"] and state["step"] == [STEPS]
    assert state["exp_avg"]["conv1.weight"].any() and (state["exp_avg_sq"] >= 0).all()
    state["step"][:] = 10
    assert optimizer.state(net)["step"] == [10]


def test_groups_of_adamw(net):
    groups = [
        {"match": ["*.bias", "bn?.*", "*.bn?.*"], "weight_decay": 0},
        {"match": "layer2.*", "lr_scale": 0.5},
        {"match": "head.*", "lr_scale": 2, "weight_decay": 0.3},
    ]
    gradients, after = train(net, bissl.AdamW(lr=0.01, weight_decay=0.1, eps=1e-3, groups=groups))

    def lr(name: str) -> float:
        return 0.01 * (2 if name.startswith("head.") else 0.5 if ".layer2." in name else 1)

    def decay(name: str) -> float:
        if name.startswith("head."):
            return 0.3
        return 0 if name.endswith(".bias") or ".bn" in name else 0.1

    assert_same(after, adamw(gradients[0], gradients[1:], lr, decay, eps=1e-3))


@pytest.mark.parametrize("adapt", [True, False])
def test_groups_of_lars(net, adapt):
    groups = [{"match": "conv1.weight", "lr_scale": 0.5, "weight_decay": 0.2, "adapt": adapt}]
    gradients, after = train(net, bissl.LARS(lr=0.1, weight_decay=0.01, momentum=0.9, groups=groups))
    p, m = gradients[0], dict.fromkeys(gradients[0], 0.0)
    for gradient in gradients[1:]:
        for name, g in gradient.items():
            ours = name == "backbone.conv1.weight"
            d = g + (0.2 if ours else 0.01) * p[name]
            norms = np.linalg.norm(p[name]), np.linalg.norm(d)
            if min(norms) > 0 and (adapt or not ours):
                d = d * 0.001 * norms[0] / norms[1]
            m[name] = 0.9 * m[name] + d
            p[name] = p[name] - (0.05 if ours else 0.1) * m[name]
    assert_same(after, p)


def test_groups_of_sgd_and_their_withdrawal(net):
    optimizer = bissl.SGD(lr=0.1, groups=[{"match": "backbone.*", "lr_scale": 0}])
    before = net.vector.copy()
    train(net, optimizer)
    assert np.array_equal(net.vector, before)
    optimizer.groups = []
    train(net, optimizer)
    assert not np.array_equal(net.vector, before)


def test_groups_in_both_levels(net):
    frozen = [{"match": "conv1.weight", "lr_scale": 0}]
    loop = bissl.Bilevel(
        bissl.SimCLR(net, projector=(5, 3)), bissl.Classifier(6, 3),
        lower_optimizer=bissl.LARS(lr=1.0, groups=frozen), upper_optimizer=bissl.AdamW(lr=0.1, groups=frozen),
    )  # fmt: skip
    before = net.vector.copy()
    loop.lower_step((LABELLED[0], LABELLED[0][::-1]))
    loop.linearize((LABELLED[0], LABELLED[0][::-1]))
    loop.upper_step(LABELLED)
    for backbone in (loop.backbone, loop.upper_backbone):
        moved = {name for name, value in backbone.vector.as_dict().items() if not np.array_equal(value, before[name])}
        assert "conv1.weight" not in moved and "layer1.0.conv1.weight" in moved


def test_layer_decay(net):
    groups = bissl.layer_decay(net, 0.75)
    optimizer = bissl.SGD(lr=0.1, groups=groups)
    gradients, after = train(net, optimizer)
    scale = {"conv1": 0.75**3, "bn1": 0.75**3, "layer1": 0.75**2, "layer2": 0.75}
    expected = gradients[0]
    for gradient in gradients[1:]:
        for name, g in gradient.items():
            expected[name] = expected[name] - 0.1 * scale.get(name.split(".")[1], 1) * g
    assert_same(after, expected)
    with pytest.raises(ValueError, match="0 < decay"):
        bissl.layer_decay(net, 0)


def transformer(**options) -> bissl.VisionTransformer:
    return bissl.VisionTransformer(8, 4, 12, 3, 2, **options)


@pytest.mark.parametrize(
    ("make", "factors"),
    [
        # BEiT and MAE: embeddings are layer 0 and block k is layer k + 1 of depth + 1; what comes after has the full rate.
        (
            lambda: transformer(positions="learned"),
            {
                "cls_token": 4,
                "pos_embed": 4,
                "patch_embed.": 4,
                "blocks.0.": 3,
                "blocks.1.": 2,
                "blocks.2.": 1,
                "norm.": 0,
            },
        ),
        (
            lambda: bissl.ResNet("basic", (1, 2, 1), (4, 4, 4), stem="small"),
            {"conv1.": 4, "bn1.": 4, "layer1.": 3, "layer2.": 2, "layer3.": 1},
        ),
    ],
)
def test_factors_of_layer_decay(make, factors):
    net = make()
    head = bissl.Classifier(net.num_features, 3).head
    layouts = (("backbone", net._layout), ("head", head._layout))
    backbone, other = settings_of(tuple(bissl.layer_decay(net, 0.5)), layouts, 0.1, False)
    for row, (name, _) in zip(backbone, net._layout, strict=True):
        (power,) = [power for start, power in factors.items() if name.startswith(start)]
        assert row[0] == 0.5**power, name
    assert (other[:, 0] == 1).all()


@pytest.mark.parametrize("kind", [bissl.SGD, bissl.LARS, bissl.AdamW])
def test_no_weight_decay_by_pattern_in_every_optimizer(kind):
    """Where the gradient is zero, weight decay alone moves parameters."""
    net = transformer()
    head = bissl.MultiLabelClassifier(net.num_features, 3)
    head.head.vector[:] = 0  # so that no gradient reaches the backbone
    groups = [{"match": ["*.bias", "*norm*", "*_token"], "weight_decay": 0, "adapt": False}]
    before = net.vector.copy()
    images = RANDOM.standard_normal((2, 8, 8, 3)).astype(np.float32)
    head.step(net, (images, np.zeros((2, 3))), kind(lr=0.5, weight_decay=0.5, groups=groups))
    moved = {name for name, value in net.vector.as_dict().items() if not np.array_equal(value, before[name])}
    spared = {name for name in net.vector.keys() if name.endswith(".bias") or "norm" in name or name == "cls_token"}
    assert moved == set(net.vector.keys()) - spared


def test_copies_have_the_settings_and_no_state(net):
    groups = [{"match": "conv1.weight", "lr_scale": 0}]
    optimizer = bissl.AdamW(lr=0.1, weight_decay=0.2, betas=(0.8, 0.9), eps=1e-4, exclude_vectors=True, groups=groups)
    train(net, optimizer)
    twin = optimizer.copy(lr=0.3)
    assert twin.settings == optimizer.settings | {"lr": 0.3} and optimizer.lr == 0.1
    assert twin.state(net)["step"] == [0] and optimizer.state(net)["step"] == [STEPS]
    assert repr(bissl.SGD(lr=0.5)).startswith("SGD(lr=0.5, weight_decay=0.0, momentum=0.0")
    with pytest.raises(ValueError, match='LARS: .*got "moment"; did you mean "momentum"'):
        bissl.LARS(lr=1.0).copy(moment=0.5)


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ({"match": "*"}, TypeError, "groups: expected a list of dicts, got dict"),
        (["*.bias"], TypeError, r"groups\[0\]: expected a dict"),
        ([{"match": "*.bias", "weight_decy": 0}], ValueError, 'did you mean "weight_decay"'),
        ([{"weight_decay": 0}], ValueError, "one or more patterns"),
        ([{"match": 5}], ValueError, "one or more patterns .* got 5"),
        ([{"match": "*", "lr_scale": -1}], ValueError, "lr_scale"),
        ([{"match": "*", "weight_decay": float("nan")}], ValueError, "weight_decay"),
    ],
)
def test_wrong_groups(groups, error, message):
    with pytest.raises(error, match=message):
        bissl.SGD(lr=0.1, groups=groups)


def test_a_pattern_that_matches_nothing(net):
    optimizer = bissl.SGD(lr=0.1, groups=[{"match": "layer2.0.conv1.weigth", "lr_scale": 0}])
    before = net.vector.copy()
    with pytest.raises(ValueError, match="matches no parameter.*layer2.0.conv1.weight"):
        bissl.Classifier(net.num_features, 3).step(net, LABELLED, optimizer)
    assert np.array_equal(net.vector, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"betas": (0.9, 1.0)}, r"betas\[1\]"),
        ({"betas": (0.9,)}, "betas: expected two numbers"),
        ({"eps": 0}, "eps"),
        ({"weight_decay": -1}, "weight_decay"),
        ({"lr": float("inf")}, "lr"),
    ],
)
def test_wrong_settings_of_adamw(options, message):
    with pytest.raises(ValueError, match=message):
        bissl.AdamW(**{"lr": 0.1} | options)
