"""Objectives written in Python: derivatives against differences, the same numbers as the engine's own losses, errors."""

from __future__ import annotations

import importlib.util
import pickle
import traceback
from pathlib import Path

import numpy as np
import pytest

import bissl
from bissl import ops

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name: str):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def network(seed: int = 0) -> bissl.ResNet:
    """Smooth, so that differences have no kinks to cross."""
    return bissl.ResNet(layers=(1, 1), widths=(4, 6), stem="small", activation="gelu", seed=seed)


class PrototypeClassifier(bissl.Downstream):
    """Logits are similarities to trained prototypes, at a trained temperature: a head of parameters."""

    def __init__(self, num_features, classes=3):
        prototypes = np.random.default_rng(0).normal(size=(classes, num_features))
        super().__init__(bissl.Parameters(prototypes=prototypes, log_scale=np.zeros(1)))

    def loss(self, features, labels):
        prototypes = ops.l2_normalize(self.head["prototypes"])
        similarities = ops.l2_normalize(features) @ prototypes.T
        return ops.cross_entropy(similarities * ops.exp(self.head["log_scale"]), labels)


def pretexts() -> dict[str, bissl.Pretext]:
    return {
        "rotation": example("rotation").RotationPrediction(network()),
        "vicreg": example("vicreg").VICReg(network(), projector=(5, 4)),
        "barlow_twins": example("barlow_twins").BarlowTwins(network(), projector=(5, 4)),
        "lejepa": example("lejepa").LeJEPA(network(), projector=(5, 4), directions=6, spread=0.5),
        "dino": example("dino").DINO(network(), projector=(5, 4)),
    }


def downstreams() -> dict[str, bissl.Downstream]:
    return {
        "regression": example("regression").Regression(6, outputs=2),
        "prototypes": PrototypeClassifier(6),
        "classifier": bissl.Classifier(6, 3),
        "multilabel": bissl.MultiLabelClassifier(6, 3),
    }


def images(seed: int, count: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 8, 8, 3))


def batch_for(name: str):
    targets = {
        "regression": np.random.default_rng(2).normal(size=(5, 2)),
        "multilabel": np.random.default_rng(3).integers(0, 2, (5, 3)),
    }
    if name in ("vicreg", "barlow_twins", "lejepa", "dino"):
        return images(0), images(1)
    return images(0) if name == "rotation" else (images(0), targets.get(name, np.array([0, 1, 2, 1, 0])))


def along(function, vector: np.ndarray, direction: np.ndarray, step: float = 1e-5):
    """The central difference of ``function()`` while ``vector`` moves along ``direction``."""
    start = np.array(vector)
    values = []
    for sign in (1, -1):
        vector[:] = start + sign * step * direction
        values.append(function())
    vector[:] = start
    return (values[0] - values[1]) / (2 * step)


def relative(difference: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(difference) - np.asarray(exact)) / np.linalg.norm(exact))


@pytest.mark.float64
@pytest.mark.parametrize("name", ["rotation", "vicreg", "barlow_twins", "lejepa", "dino"])
def test_pretext_derivatives_against_differences(name):
    pretext, batch = pretexts()[name], batch_for(name)
    lin, random = pretext.linearize(batch), np.random.default_rng(7)
    loss, gradient = pretext.value_and_gradient(batch)
    assert loss == lin.loss and np.array_equal(gradient.backbone, lin.gradient.backbone)
    for module, flat in ((pretext.backbone, gradient.backbone), (pretext.head, gradient.head)):
        u = random.normal(size=flat.shape)
        slope = along(lambda: pretext.value_and_gradient(batch)[0], module.vector, u)
        assert slope == pytest.approx(flat @ u, rel=1e-6, abs=1e-8)
    u, w = random.normal(size=(2, gradient.backbone.size))
    product = along(lambda: np.array(pretext.value_and_gradient(batch)[1].backbone), pretext.backbone.vector, u)
    assert relative(product, lin.hvp(u)) < 1e-6
    assert w @ lin.hvp(u) == pytest.approx(u @ lin.hvp(w), rel=1e-9)


@pytest.mark.float64
@pytest.mark.parametrize("name", ["regression", "prototypes", "classifier", "multilabel"])
def test_downstream_derivatives_against_differences(name):
    """A downstream objective has no linearization of its own: its Hessian product is one of the same loss as a pretext."""
    downstream, batch, net = downstreams()[name], batch_for(name), network()
    gradient = downstream.value_and_gradient(net, batch)[1]
    random = np.random.default_rng(8)
    for module, flat in ((net, gradient.backbone), (downstream.head, gradient.head)):
        u = random.normal(size=flat.shape)
        slope = along(lambda: downstream.value_and_gradient(net, batch)[0], module.vector, u)
        assert slope == pytest.approx(flat @ u, rel=1e-6, abs=1e-8)
    point = bissl.Linearization(downstream._linearize(net, batch), net, downstream.head)
    u = random.normal(size=gradient.backbone.shape)
    product = along(lambda: np.array(downstream.value_and_gradient(net, batch)[1].backbone), net.vector, u)
    assert relative(product, point.hvp(u)) < 1e-6


class RecordedSimCLR(bissl.Pretext):
    """SimCLR from Python, with NT-Xent spelt out."""

    def __init__(self, net, temperature=0.5):
        super().__init__(net, bissl.Projector(net.num_features, (8, 4)))
        self.temperature = temperature

    def loss(self, first, second):
        z = ops.l2_normalize(ops.concatenate([self.head(first), self.head(second)]))
        logits = z @ z.T / self.temperature - 1e9 * np.eye(len(z))
        return ops.cross_entropy(logits, np.roll(np.arange(len(z)), len(z) // 2))


@pytest.mark.float64
def test_a_recorded_loss_equals_the_engines_own_through_a_whole_alternation():
    loops = []
    for make in (lambda net: bissl.SimCLR(net, projector=(8, 4)), RecordedSimCLR):
        loop = bissl.Bilevel(make(network()), bissl.Classifier(6, 3))
        for step in range(2):
            loop.lower_step((images(step), images(step + 10)))
        loop.linearize((images(20), images(21)))
        loop.info = loop.upper_step((images(30), np.array([0, 1, 2, 1, 0])))
        loops.append(loop)
    own, recorded = loops
    assert relative(recorded.info.v_ij, own.info.v_ij) < 1e-9
    assert relative(recorded.backbone.vector, own.backbone.vector) < 1e-11
    for name, values in own.backbone.state_dict().items():  # running statistics too
        np.testing.assert_allclose(recorded.backbone.state_dict()[name], values, rtol=1e-11)


@pytest.mark.parametrize("name", ["rotation", "vicreg", "barlow_twins", "lejepa", "dino"])
def test_training_lowers_the_loss(name):
    pretext, batch = pretexts()[name], batch_for(name)
    before = pretext.value_and_gradient(batch)[0]
    assert pretext.value_and_gradient(batch)[0] == before
    optimizer = bissl.AdamW(lr=3e-3, weight_decay=0)
    for _ in range(20):
        pretext.step(batch, optimizer)
    assert pretext.value_and_gradient(batch)[0] < 0.9 * before


def test_copies_are_independent_and_pickles_are_equal():
    pretext = example("vicreg").VICReg(network(), projector=(5, 4), invariance=7.0)
    twin, batch = pretext.clone(), batch_for("vicreg")
    twin.step(batch, bissl.SGD(lr=0.1))
    assert twin.value_and_gradient(batch)[0] != pretext.value_and_gradient(batch)[0]
    recorded = PrototypeClassifier(6)
    again = pickle.loads(pickle.dumps(recorded))
    labelled, net = batch_for("prototypes"), network()
    assert again.value_and_gradient(net, labelled)[0] == recorded.value_and_gradient(net, labelled)[0]


def test_an_error_in_a_loss_is_a_traceback_of_its_own():
    class Broken(RecordedSimCLR):
        def loss(self, first, second):
            return self.head(first) @ undefined_name  # noqa: F821

    pretext = Broken(network())
    with pytest.raises(NameError, match="undefined_name") as raised:
        pretext.step((images(0), images(1)), bissl.SGD(lr=0.1))
    assert "self.head(first) @ undefined_name" in "".join(traceback.format_exception(raised.value))
    with pytest.raises(bissl.errors.InvalidState, match="inside the loss of its objective"):
        pretext.head["projector.0.weight"]


@pytest.mark.parametrize(
    "loss, error, message",
    [
        (lambda self, a, b: 1.0, TypeError, "expected a bissl.ops.Variable, got float"),
        (lambda self, a, b: self.head(a), ValueError, r"expected one number, got shape \(5, 4\): take its mean"),
        (lambda self, a, b: ops.mean(ops.stop_gradient(a)), ValueError, "does not depend on any parameter"),
        (lambda self, a, b: ops.mean(bissl.LinearHead(6, 2)(a)), RuntimeError, "not the objective's own head"),
        (lambda self, a, b: ops.mean(self.head(a[:1])), ValueError, "one value per channel|batch"),
        (lambda self, a, b: np.linalg.norm(a), TypeError, "use bissl.ops"),
    ],
)
def test_losses_that_cannot_be(loss, error, message):
    kind = type("Odd", (RecordedSimCLR,), {"loss": loss})
    with pytest.raises(error, match=message):
        kind(network()).value_and_gradient((images(0), images(1)))


def test_variables_of_another_loss_are_refused():
    class Keeper(RecordedSimCLR):
        kept = None

        def loss(self, first, second):
            if self.kept is None:
                Keeper.kept = first
            return ops.mean(first + self.kept)

    pretext = Keeper(network())
    pretext.value_and_gradient((images(0), images(1)))
    with pytest.raises(ValueError, match="recorded for another loss"):
        pretext.value_and_gradient((images(0), images(1)))


def test_batches_and_bases_that_cannot_be():
    with pytest.raises(ValueError, match="expects 2 arrays of images, got 1"):
        RecordedSimCLR(network()).value_and_gradient(images(0))
    with pytest.raises(TypeError, match="bissl.data.normalize"):
        RecordedSimCLR(network()).value_and_gradient((images(0).astype(np.uint8),) * 2)
    with pytest.raises(NotImplementedError, match="states no loss"):
        bissl.Pretext(network(), bissl.LinearHead(6, 2)).value_and_gradient((images(0), images(1)))
    with pytest.raises(TypeError, match="head: expected a head"):
        bissl.Downstream("head")
    with pytest.raises(ValueError, match="at least one name=array"):
        bissl.Parameters()


def test_a_frozen_backbone_gets_no_gradient_and_heads_compute_on_arrays():
    downstream, net = example("regression").Regression(6), network()
    before = np.array(net.vector)
    downstream.step(net, (images(0), np.arange(5.0)), bissl.SGD(lr=0.1), train_backbone=False)
    assert np.array_equal(net.vector, before)
    assert downstream.predict(net, images(0)).shape == (5, 1)
    features = net(images(0))
    assert np.array_equal(downstream.head(features), downstream.predict(net, images(0)))
