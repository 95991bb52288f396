"""The bilevel loop: what its steps change, in which order they may come, and what stops them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import bissl

RANDOM = np.random.default_rng(3)
VIEWS = tuple(RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))


@pytest.fixture
def make_loop():
    def make(**settings) -> bissl.Bilevel:
        net = bissl.ResNet("basic", (1,), (4,), stem="small", seed=1)
        return bissl.Bilevel(bissl.SimCLR(net, projector=(5, 3)), bissl.Classifier(4, 3), **settings)

    return make


def state(loop: bissl.Bilevel) -> dict[str, np.ndarray]:
    modules = {
        "theta_p": loop.backbone, "phi_p": loop.pretext.head, "theta_d": loop.upper_backbone, "phi_d": loop.downstream.head,
    }  # fmt: skip
    return {f"{module}.{name}": value for module, net in modules.items() for name, value in net.state_dict().items()}


def changed(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    """Of which modules parameters ("theta_p") and buffers ("theta_p buffers") moved."""
    names = set()
    for name, value in before.items():
        if not np.array_equal(value, after[name]):
            module = name.split(".")[0]
            buffer = "running" in name or "num_batches" in name
            names.add(f"{module} buffers" if buffer else module)
    return names


def test_what_each_step_changes(make_loop):
    loop = make_loop()
    before = state(loop)
    loop.lower_step(VIEWS)
    after_lower = state(loop)
    assert changed(before, after_lower) == {"theta_p", "theta_p buffers", "phi_p", "phi_p buffers"}
    loop.linearize(VIEWS)
    assert changed(after_lower, state(loop)) == set()
    loop.upper_step(LABELLED)
    assert changed(after_lower, state(loop)) == {"theta_d", "theta_d buffers", "phi_d"}
    assert state(loop)["theta_p.bn1.num_batches_tracked"] == 2, "once per view, and not by v or a Hessian product"


def test_queries_change_nothing(make_loop):
    loop = make_loop()
    before = state(loop)
    loop.pretext.value_and_gradient(VIEWS)
    loop.pretext.linearize(VIEWS).hvp(loop.backbone.vector)
    loop.downstream.value_and_gradient(loop.backbone, LABELLED)
    assert changed(before, state(loop)) == set()


def test_the_upper_step_needs_a_linearization(make_loop):
    loop = make_loop()
    with pytest.raises(RuntimeError, match="call loop.linearize"):
        loop.upper_step(LABELLED)
    loop.linearize(VIEWS)
    loop.upper_step(LABELLED)
    loop.upper_step(LABELLED)
    loop.lower_step(VIEWS)
    with pytest.raises(RuntimeError, match="after the last lower_step"):
        loop.upper_step(LABELLED)


def test_regularizer_and_its_gradient(make_loop):
    loop = make_loop(lam=0.5, clip_norm=None, lower_optimizer=bissl.SGD(lr=1.0))
    loop.upper_backbone.vector[:] += 0.1
    difference = loop.backbone.vector - loop.upper_backbone.vector
    _, gradient = loop.pretext.value_and_gradient(VIEWS)
    before = loop.backbone.vector.copy()
    info = loop.lower_step(VIEWS)
    np.testing.assert_allclose(info.regularizer, 0.25 * float((difference**2).sum()), rtol=1e-5)
    np.testing.assert_allclose(
        before - loop.backbone.vector, gradient.backbone + 0.5 * difference, rtol=1e-4, atol=1e-6
    )
    norm = np.sqrt(((gradient.backbone + 0.5 * difference) ** 2).sum() + (gradient.head**2).sum())
    np.testing.assert_allclose(info.gradient_norm, norm, rtol=1e-5)


@pytest.mark.parametrize(
    ("solver", "expected"),
    [(bissl.Identity(), lambda v: v), (bissl.DiscardedImplicitTerm(), np.zeros_like)],
)
def test_implicit_term_switches(make_loop, solver, expected):
    loop = make_loop(solver=solver)
    loop.linearize(VIEWS)
    info = loop.upper_step(LABELLED)
    assert np.array_equal(info.v_ij, expected(np.asarray(info.v)))


@pytest.mark.float64
@pytest.mark.parametrize("layerwise", [True, False])
def test_conjugate_gradients_against_numpy(make_loop, layerwise):
    """Five iterations against a plain NumPy loop over the engine's own Hessian products."""
    loop = make_loop(
        damping=5.0, solver=bissl.ConjugateGradient(5, layerwise=layerwise, guard="authors", true_residual=True)
    )
    point = loop.linearize(VIEWS)
    info = loop.upper_step(LABELLED)

    def product(d: np.ndarray) -> np.ndarray:
        return d + np.asarray(point.hvp(d), float) / (loop.lam + loop.damping)

    sizes = [value.size for value in info.v.as_dict().values()] if layerwise else [info.v.size]
    edges = np.cumsum([0, *sizes])[:-1]

    def dots(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.repeat(np.add.reduceat(a * b, edges), sizes)

    r = np.asarray(info.v, float)
    x, p = np.zeros_like(r), r.copy()
    for _ in range(5):
        ap = product(p)
        alpha = dots(r, r) / (dots(p, ap) + 1e-12)
        x, r_next = x + alpha * p, r - alpha * ap
        p = r_next + dots(r_next, r_next) / (dots(r, r) + 1e-12) * p
        r = r_next
    np.testing.assert_allclose(info.v_ij, x, rtol=0, atol=1e-10 * np.abs(x).max())
    true_residual = np.linalg.norm(np.asarray(info.v, float) - product(np.asarray(info.v_ij, float)))
    np.testing.assert_allclose(info.solve.true_residual, true_residual, rtol=1e-6)
    assert info.solve.iterations == 5 and len(info.solve.residuals) == 6
    np.testing.assert_allclose(info.solve.residuals[0], np.linalg.norm(info.v), rtol=1e-5)


def test_steps_stop_before_anything_changes(make_loop):
    loop = make_loop()
    loop.linearize(VIEWS)
    loop.backbone.vector["layer1.0.conv1.weight"][...] = np.nan
    before = state(loop)
    with pytest.raises(FloatingPointError, match="lower level: the pretext loss is nan"):
        loop.lower_step(VIEWS)
    with pytest.raises(FloatingPointError, match=r"upper level: the downstream \(at θ_P\) loss is nan"):
        loop.upper_step(LABELLED)
    assert all(np.array_equal(value, before[name], equal_nan=True) for name, value in state(loop).items())


def test_learning_rates_count_from_the_next_step(make_loop):
    loop = make_loop(lower_optimizer=bissl.SGD(lr=0.0))
    before = loop.backbone.vector.copy()
    loop.lower_step(VIEWS)
    assert np.array_equal(loop.backbone.vector, before)
    loop.lower_optimizer.lr = 0.1
    loop.lower_step(VIEWS)
    assert not np.array_equal(loop.backbone.vector, before)
    with pytest.raises(ValueError, match="lr"):
        loop.lower_optimizer.lr = -1


def test_training_with_one_level(make_loop):
    loop = make_loop()
    net, downstream = loop.backbone, loop.downstream
    optimizer = bissl.SGD(lr=0.1, momentum=0.9)
    frozen = net.vector.copy()
    first = downstream.step(net, LABELLED, optimizer, train_backbone=False)
    assert np.array_equal(net.vector, frozen)
    assert net.state_dict()["bn1.num_batches_tracked"] == 1, "batch norm stays in training mode"
    losses = [downstream.step(net, LABELLED, optimizer).loss for _ in range(30)]
    assert losses[-1] < 0.5 * first.loss
    assert optimizer.momentum(net).any()
    assert downstream.predict_logits(net, LABELLED[0]).shape == (5, 3)


def test_pretraining_lowers_the_loss(make_loop):
    pretext = make_loop().pretext
    optimizer = bissl.LARS(lr=2.0, momentum=0.9)
    losses = [pretext.step(VIEWS, optimizer).loss for _ in range(100)]
    assert losses[-1] < losses[0] - 0.05


def test_objectives_and_solvers_can_be_copied_and_pickled(make_loop):
    loop = make_loop(solver=bissl.ConjugateGradient(3, layerwise=False))
    expected, _ = loop.pretext.value_and_gradient(VIEWS)
    for twin in (loop.pretext.clone(), copy.deepcopy(loop.pretext), pickle.loads(pickle.dumps(loop.pretext))):
        assert twin.value_and_gradient(VIEWS)[0] == expected
        twin.backbone.vector[:] = 0
        twin.head.vector[:] = 0
    assert loop.pretext.value_and_gradient(VIEWS)[0] == expected
    downstream = pickle.loads(pickle.dumps(loop.downstream))
    assert np.array_equal(
        downstream.predict_logits(loop.backbone, LABELLED[0]),
        loop.downstream.predict_logits(loop.backbone, LABELLED[0]),
    )
    solver = pickle.loads(pickle.dumps(loop.solver))
    point = loop.linearize(VIEWS)
    v = np.ones_like(loop.backbone.vector)
    assert np.array_equal(point.solve(v, solver, 1, 10)[0], point.solve(v, loop.solver, 1, 10)[0])
