"""BYOL: when its target network moves, and when it does not."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import bissl

RANDOM = np.random.default_rng(5)
VIEWS = tuple(RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))


@pytest.fixture
def byol() -> bissl.BYOL:
    net = bissl.ResNet("basic", (1,), (4,), stem="small", seed=1)
    return bissl.BYOL(net, projector=(5, 3), predictor=(7, 3), decay=0.8)


def online(byol: bissl.BYOL) -> dict[str, np.ndarray]:
    """The parameters that the target follows, under the target's names."""
    backbone = {f"backbone.{name}": value for name, value in byol.backbone.vector.as_dict().items()}
    return backbone | {n: v for n, v in byol.head.vector.as_dict().items() if n.startswith("projector.")}


def differences(byol: bissl.BYOL, before: dict[str, np.ndarray]) -> set[str]:
    after = byol.target_state_dict()
    return {name for name, value in before.items() if not np.array_equal(value, after[name])}


def test_names_of_the_head(byol):
    assert list(byol.head.vector.keys()) == [
        "projector.0.weight", "projector.0.bias", "projector.1.weight", "projector.1.bias", "projector.3.weight",
        "predictor.0.weight", "predictor.0.bias", "predictor.1.weight", "predictor.1.bias", "predictor.3.weight",
    ]  # fmt: skip
    shapes = {name: value.shape for name, value in byol.head.vector.as_dict().items()}
    assert shapes["predictor.0.weight"] == (7, 3) and shapes["predictor.3.weight"] == (3, 7)


def test_the_target_begins_as_the_online_network(byol):
    target = byol.target_state_dict()
    assert all(np.array_equal(target[name], value) for name, value in online(byol).items())
    assert byol.updates == 0


@pytest.mark.float64
def test_the_loss_against_numpy(byol):
    """The definition in NumPy on the engine's outputs, with a target that differs from the online network."""
    byol.backbone.vector[:] *= 1.1
    byol.head.vector[:] *= 0.9
    views = [view.astype(np.float64) for view in VIEWS]

    def normalised(x: np.ndarray) -> np.ndarray:
        return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)

    def perceptron(state: dict, name: str, x: np.ndarray) -> np.ndarray:
        y = x @ state[f"{name}.0.weight"].T + state[f"{name}.0.bias"]
        y = (y - y.mean(0)) / np.sqrt(y.var(0) + 1e-5) * state[f"{name}.1.weight"] + state[f"{name}.1.bias"]
        return np.maximum(y, 0) @ state[f"{name}.3.weight"].T

    def features(state: dict, images: np.ndarray) -> np.ndarray:
        net = bissl.ResNet("basic", (1,), (4,), stem="small")
        net.load_state_dict(state)
        # Running statistics that are those of this very batch turn evaluation mode into training mode.
        for _ in range(400):
            net.observe(images)
        adjusted = net.state_dict()
        for name in adjusted:
            if name.endswith("running_var"):
                count = len(images) * 8 * 8
                adjusted[name] = adjusted[name] * (count - 1) / count
        net.load_state_dict(adjusted)
        return net(images)

    head, target = byol.head.state_dict(), byol.target_state_dict()
    target_backbone = {n.removeprefix("backbone."): v for n, v in target.items() if n.startswith("backbone.")}
    projected = [perceptron(head, "projector", features(byol.backbone.state_dict(), view)) for view in views]
    predicted = [normalised(perceptron(head, "predictor", x)) for x in projected]
    targets = [normalised(perceptron(target, "projector", features(target_backbone, view))) for view in views]
    cosines = [(predicted[0] * targets[1]).sum(1), (predicted[1] * targets[0]).sum(1)]
    expected = sum((2 - 2 * cosine).mean() for cosine in cosines)
    loss, _ = byol.value_and_gradient(views)
    np.testing.assert_allclose(loss, expected, rtol=1e-9)


@pytest.mark.float64
def test_gradient_and_hessian_product_against_differences():
    net = bissl.ResNet("basic", (1,), (4,), stem="small", activation="gelu", seed=1)
    # No ReLU anywhere: a head of one layer each.
    byol = bissl.BYOL(net, projector=(5,), predictor=(5,), seed=2)
    net.vector[:] += 0.1 * RANDOM.standard_normal(len(net.vector))
    point, theta = byol.linearize(VIEWS), net.vector.copy()
    u = RANDOM.standard_normal(len(theta))
    (plus, gradient_plus), (minus, gradient_minus) = (shifted(byol, theta + step * u) for step in (1e-6, -1e-6))
    np.testing.assert_allclose((plus - minus) / 2e-6, np.dot(point.gradient.backbone, u), rtol=1e-6)
    product = (gradient_plus - gradient_minus) / 2e-6
    np.testing.assert_allclose(point.hvp(u), product, rtol=0, atol=1e-6 * np.abs(product).max())


def shifted(byol: bissl.BYOL, theta: np.ndarray) -> tuple[float, np.ndarray]:
    byol.backbone.vector[:] = theta
    loss, gradient = byol.value_and_gradient(VIEWS)
    return loss, np.asarray(gradient.backbone)


def test_a_step_moves_the_target_first_and_towards_the_parameters_before_it(byol):
    optimizer = bissl.SGD(lr=0.5)
    byol.step(VIEWS, optimizer)
    first = online(byol)
    target = byol.target_state_dict()
    byol.step(VIEWS, optimizer)
    after = byol.target_state_dict()
    for name, value in first.items():
        np.testing.assert_allclose(after[name], 0.8 * target[name] + 0.2 * value, rtol=1e-4, atol=1e-6)
    assert byol.updates == 2
    assert after["backbone.bn1.num_batches_tracked"] == 4, "once per view and step"


def test_the_first_step_leaves_the_parameters_of_the_target(byol):
    before = online(byol)
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    target = byol.target_state_dict()
    assert all(np.array_equal(target[name], value) for name, value in before.items()), "it was equal, to the bit"


def test_only_lower_steps_move_the_target(byol):
    loop = bissl.Bilevel(byol, bissl.Classifier(4, 3), lower_optimizer=bissl.LARS(lr=50.0))
    loop.lower_step(VIEWS)
    loop.lower_step(VIEWS)
    before = byol.target_state_dict()
    byol.value_and_gradient(VIEWS)
    point = loop.linearize(VIEWS)
    point.hvp(loop.backbone.vector)
    loop.upper_step(LABELLED)
    assert differences(byol, before) == set()
    loop.lower_step(VIEWS)
    assert "backbone.conv1.weight" in differences(byol, before) and byol.updates == 3


def test_a_linearization_does_not_see_the_target_move(byol):
    optimizer = bissl.SGD(lr=0.5)
    byol.step(VIEWS, optimizer)
    point = byol.linearize(VIEWS)
    before = np.array(point.hvp(byol.backbone.vector.copy() * 0 + 1))
    byol.step(VIEWS, optimizer)
    byol.reset_target()
    assert np.array_equal(point.hvp(np.ones(len(before))), before)


def test_a_refused_step_leaves_the_target(byol):
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    before = byol.target_state_dict()
    kept = byol.head.vector.copy()
    byol.head.vector["predictor.3.weight"][...] = np.nan
    with pytest.raises(FloatingPointError, match="loss is nan"):
        byol.step(VIEWS, bissl.SGD(lr=0.5))
    assert differences(byol, before) == set()
    byol.head.vector[:] = kept
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    assert "backbone.conv1.weight" in differences(byol, before)


def test_saving_and_resuming(byol):
    """Weights, target and optimiser state restored elsewhere go on with the same bits."""
    optimizer = bissl.AdamW(lr=0.01)
    for _ in range(3):
        byol.step(VIEWS, optimizer)
    twin = bissl.BYOL(bissl.ResNet("basic", (1,), (4,), stem="small"), projector=(5, 3), predictor=(7, 3), decay=0.8)
    twin.backbone.load_state_dict(byol.backbone.state_dict())
    twin.head.load_state_dict(byol.head.state_dict())
    twin.load_target_state_dict(byol.target_state_dict())
    resumed = bissl.AdamW(lr=0.01)
    for ours, theirs in ((byol.backbone, twin.backbone), (byol.head, twin.head)):
        for name, value in optimizer.state(ours).items():
            resumed.state(theirs)[name][...] = value
    byol.step(VIEWS, optimizer)
    twin.step(VIEWS, resumed)
    assert twin.updates == 4
    assert np.array_equal(byol.backbone.vector, twin.backbone.vector)
    assert np.array_equal(byol.head.vector, twin.head.vector)
    assert differences(byol, twin.target_state_dict()) == set()


def test_states_that_do_not_fit_change_nothing(byol):
    before = byol.target_state_dict()
    state = {name: value + 1 for name, value in before.items()}
    with pytest.raises(ValueError, match="projector.3.weight"):
        byol.load_target_state_dict({name: value for name, value in state.items() if name != "projector.3.weight"})
    with pytest.raises(ValueError, match="updates"):
        byol.load_target_state_dict(state | {"updates": -1})
    for wrong, text in ((5, "arrays: expected a mapping"), (state | {"updates": [1, 2]}, "updates: expected a whole")):
        with pytest.raises(bissl.errors.BisslError, match=text):
            byol.load_target_state_dict(wrong)
    assert differences(byol, before) == set()


def test_reset_after_loading_weights(byol):
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    byol.backbone.vector[:] += 1
    byol.reset_target()
    target = byol.target_state_dict()
    assert all(np.array_equal(target[name], value) for name, value in online(byol).items())
    assert byol.updates == 0


@pytest.mark.parametrize(
    "copied", [bissl.BYOL.clone, copy.copy, copy.deepcopy, lambda byol: pickle.loads(pickle.dumps(byol))]
)
def test_copies_are_independent(byol, copied):
    byol.decay = bissl.CosineDecay(0.8, 10)
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    twin = copied(byol)
    before = byol.target_state_dict()
    assert differences(twin, before) == set() and twin.updates == 1
    twin.step(VIEWS, bissl.SGD(lr=0.5))
    assert differences(byol, before) == set()
    assert differences(twin, before)
    byol.step(VIEWS, bissl.SGD(lr=0.5))
    assert np.array_equal(twin.backbone.vector, byol.backbone.vector)


def test_the_decay_may_follow_the_steps(byol):
    given = []

    def decay(step: int) -> float:
        given.append(step)
        return bissl.CosineDecay(0.5, 4)(step)

    byol.decay = decay
    for _ in range(3):
        byol.step(VIEWS, bissl.SGD(lr=0.1))
    assert given == [0, 1, 2]
    schedule = bissl.CosineDecay(0.5, 4)
    assert [schedule(step) for step in (0, 2, 4, 9)] == pytest.approx([0.5, 0.75, 1, 1])


def test_bad_settings(byol):
    net = byol.backbone
    with pytest.raises(ValueError, match="predictor: its last width must be the projector's, 3"):
        bissl.BYOL(net, projector=(5, 3), predictor=(5, 4))
    for decay in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="decay"):
            bissl.BYOL(net, decay=decay)
    with pytest.raises(ValueError, match="decay"):
        byol.decay = lambda step: 2.0
        byol.step(VIEWS, bissl.SGD(lr=0.1))
    with pytest.raises(ValueError, match="at least 2 pairs, got 1"):
        byol.value_and_gradient((VIEWS[0][:1], VIEWS[1][:1]))
    with pytest.raises(ValueError, match="total"):
        bissl.CosineDecay(0.5, 0)


def test_the_stages():
    """Pretrain, head warm-up and BiSSL with BYOL; the same seed gives the same bits."""
    images = RANDOM.integers(0, 255, (48, 8, 8, 3)).astype(np.uint8)
    labels = np.arange(48) % 3
    quiet = {"augmentation": "small", "progress": False}

    def run() -> tuple[bissl.Pretrain, bissl.BiSSL]:
        backbone = {"layers": (1,), "widths": (8,), "stem": "small"}
        ssl = bissl.Pretrain(
            "byol", method_options={"projector": (8, 4), "decay": 0.9}, backbone=backbone, epochs=2, batch_size=16, lr=0.5,
            **quiet,
        ).fit(images)  # fmt: skip
        warm = bissl.HeadWarmup(epochs=1, **quiet).fit(ssl, images, labels)
        bi = bissl.BiSSL(
            alternations=2, lower_steps=2, upper_steps=1, lower_batch_size=16, upper_batch_size=16, progress=False
        )
        return ssl, bi.fit(ssl, warm, images, (images, labels))

    ssl, bi = run()
    assert ssl.pretext_.updates == 6 and bi.loop_.pretext.updates == 4, "each stage begins with a target of its own"
    assert np.array_equal(bi.backbone_.vector, run()[1].backbone_.vector)
