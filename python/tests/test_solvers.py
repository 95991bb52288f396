"""Solvers of the implicit system: against SciPy on real systems, what they report, solvers of the user's own."""

from __future__ import annotations

import functools
import pickle

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, cg, minres

import bissl
from bissl import solvers

RANDOM = np.random.default_rng(3)
VIEWS = tuple(RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))


def small_net() -> bissl.ResNet:
    return bissl.ResNet("basic", (1,), (4,), stem="small", seed=1)


def make_loop(**settings) -> bissl.Bilevel:
    return bissl.Bilevel(bissl.SimCLR(small_net(), projector=(5, 3)), bissl.Classifier(4, 3), **settings)


@pytest.fixture(scope="module")
def point() -> bissl.Linearization:
    return make_loop().pretext.linearize(VIEWS)


@pytest.fixture(scope="module")
def v() -> np.ndarray:
    return make_loop().downstream.value_and_gradient(small_net(), LABELLED)[1].backbone


@pytest.fixture(scope="module")
def system_of(point):
    """Systems with λ = 0 by damping and product; their dense matrices are made once."""
    return functools.cache(
        lambda damping, product="exact": solvers.ImplicitSystem(point, 0.0, damping, product=product)
    )


def state(loop: bissl.Bilevel) -> np.ndarray:
    modules = loop.backbone, loop.upper_backbone, loop.pretext.head, loop.downstream.head
    return np.concatenate([value.ravel() for module in modules for value in module.state_dict().values()])


def operator(system: solvers.ImplicitSystem) -> LinearOperator:
    return LinearOperator((system.size,) * 2, matvec=lambda d: np.asarray(system.product(d)), dtype=np.float64)


def relative(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(x, float) - y) / np.linalg.norm(y))


# --- the system -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", solvers.PRODUCTS)
def test_the_system_of_either_rule(point, v, product):
    lam, damping = 0.5, 2.0
    hessian = np.asarray(point.hvp(v, product), float)
    paper = solvers.ImplicitSystem(point, lam, damping, product=product)
    tikhonov = solvers.ImplicitSystem(point, lam, damping, product=product, damping_rule="tikhonov")
    np.testing.assert_allclose(paper.product(v), v + hessian / (lam + damping), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tikhonov.product(v), v + (hessian + damping * v) / lam, rtol=1e-4, atol=1e-6)
    assert (paper.products, paper.size) == (1, v.size)


@pytest.mark.float64
def test_tikhonov_solutions_are_the_papers_shortened(point, v):
    lam, damping = 0.5, 2.0
    x, _ = point.solve(v, bissl.Exact(), lam, damping)
    shorter, _ = point.solve(v, bissl.Exact(), lam, damping, damping_rule="tikhonov")
    np.testing.assert_allclose(shorter, np.asarray(x) * lam / (lam + damping), rtol=1e-9)


def test_settings_that_no_system_has(point):
    for settings, text in [
        ({"lam": -1, "damping": 1}, "lam: expected a finite number"),
        ({"lam": 0, "damping": 0}, "expected a positive sum, got 0"),
        ({"lam": 0, "damping": 1, "damping_rule": "tikhonov"}, "lam: expected a positive number with damping_rule"),
        ({"lam": 1, "damping": 1, "damping_rule": "papper"}, 'did you mean "paper"'),
        ({"lam": 1, "damping": 1, "product": "gaus-newton"}, 'did you mean "gauss-newton"'),
    ]:
        with pytest.raises(ValueError, match=text):
            solvers.ImplicitSystem(point, **settings)
        with pytest.raises(ValueError, match=text):
            make_loop(**settings)
    for settings, text in [
        ({"damping": "10"}, "damping: expected a number, got str"),
        ({"warm_start": 1}, "warm_start: expected True or False, got int"),
    ]:
        with pytest.raises(TypeError, match=text):
            make_loop(**settings)


# --- solutions --------------------------------------------------------------------------------------------------------


@pytest.mark.float64
def test_exact_is_the_dense_solution(point, v):
    system = solvers.ImplicitSystem(point, 0.001, 0.3)
    matrix = np.stack([np.asarray(system.product(unit)) for unit in np.eye(system.size)])
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9 * np.abs(matrix).max())
    before = system.products
    x, info = bissl.Exact(true_residual=True).solve(system, v)
    assert relative(x, np.linalg.solve(matrix, np.asarray(v))) < 1e-8
    assert info.products == system.size + 1 == system.products - before
    assert info.relative_residual < 1e-9
    assert bissl.Exact().solve(system, v)[1].products == 0, "the matrix is made once"


@pytest.mark.float64
@pytest.mark.parametrize("iterations", [1, 2, 5, 40])
@pytest.mark.parametrize("damping", [20.0, 200.0])
def test_minres_is_scipys(system_of, v, iterations, damping):
    system = system_of(damping)
    x, info = bissl.MINRES(iterations, true_residual=True).solve(system, v)
    expected, _ = minres(operator(system), np.asarray(v), rtol=0, maxiter=iterations)
    # Rounding drives long runs on an ill-conditioned system apart, on the way to the same end.
    assert relative(x, expected) < (1e-2 if (iterations, damping) == (40, 20.0) else 1e-9)
    assert info.residuals[-1] == pytest.approx(info.true_residual, rel=1e-6, abs=1e-12)
    assert info.products == info.iterations + 1
    assert info.iterations == iterations or iterations == 40, "it ends once rounding is all that is left"


@pytest.mark.float64
def test_global_conjugate_gradients_are_scipys(system_of, v):
    system = system_of(50.0, "gauss-newton")
    x, info = bissl.ConjugateGradient(6, layerwise=False).solve(system, v)
    expected, _ = cg(operator(system), np.asarray(v), rtol=0, maxiter=6)
    assert relative(x, expected) < 1e-6
    assert min(info.curvature) > 0


@pytest.mark.float64
def test_where_conjugate_gradients_fail_minres_converges(system_of, v):
    """With little damping, batch norm makes A indefinite."""
    system = system_of(20.0)
    spectrum = np.linalg.eigvalsh(system.matrix())
    assert spectrum[0] < -10 and spectrum[-1] > 10
    exact, _ = bissl.Exact().solve(system, v)
    _, layerwise = bissl.ConjugateGradient(100, true_residual=True).solve(system, v)
    assert layerwise.relative_residual > 10 * (layerwise.residuals[0] / layerwise.v_norm)
    assert max(layerwise.negative_segments) > 0
    x, info = bissl.MINRES(300, tolerance=1e-10, true_residual=True).solve(system, v)
    assert relative(x, np.asarray(exact)) < 1e-7 and info.relative_residual < 1.1e-10
    assert info.iterations < 300
    assert all(after <= before * (1 + 1e-6) for before, after in zip(info.residuals, info.residuals[1:]))
    _, series = bissl.NeumannSeries(500, true_residual=True).solve(system, v)
    assert series.diverged and series.iterations < 500
    assert series.residuals[-1] <= series.residuals[0]


@pytest.mark.float64
@pytest.mark.parametrize("scale", [None, 6.0])
def test_neumann_series_converges_for_definite_systems(system_of, v, scale):
    system = system_of(200.0, "gauss-newton")
    top = np.linalg.eigvalsh(system.matrix())[-1]
    assert scale is None or scale > top / 2
    exact, _ = bissl.Exact().solve(system, v)
    x, info = bissl.NeumannSeries(200, scale=scale).solve(system, v)
    assert not info.diverged and relative(x, np.asarray(exact)) < 1e-6
    short, too_long = bissl.NeumannSeries(100, scale=top / 3, true_residual=True).solve(system, v)
    assert too_long.diverged and too_long.relative_residual <= 1 and np.isfinite(short).all()


@pytest.mark.parametrize("solver", [bissl.Identity(true_residual=True), bissl.ConjugateGradient(2, true_residual=True)])
def test_the_true_residual(point, v, solver):
    system = solvers.ImplicitSystem(point, 0.0, 10.0)
    x, info = solver.solve(system, v)
    residual = np.linalg.norm(np.asarray(v, float) - np.asarray(system.product(x), float))
    assert info.relative_residual == pytest.approx(residual / np.linalg.norm(v), rel=1e-3)
    assert info.v_norm == pytest.approx(np.linalg.norm(v))
    assert info.seconds > 0 and info.products == info.iterations + 1
    assert bissl.Identity().solve(system, v)[1].relative_residual is None


EVERY_SOLVER = [
    bissl.ConjugateGradient(3),
    bissl.ConjugateGradient(3, layerwise=False),
    bissl.MINRES(3),
    bissl.Krylov(3),
    solvers.RecycledKrylov(3),
    solvers.Nystrom(3),
    bissl.NeumannSeries(3),
    bissl.Exact(),
    bissl.Identity(),
    bissl.DiscardedImplicitTerm(),
    solvers.OwnSolver(lambda product, v: v),
]


def test_products_refuse_what_is_no_number(point, v):
    broken = v.copy()
    broken["bn1.weight"][1] = np.inf
    system = solvers.ImplicitSystem(point, 1.0, 1.0)
    for name, product in (("u", point.hvp), ("d", system.product), ("d", system.hessian_product)):
        with pytest.raises(
            bissl.errors.NonFiniteArgument, match=rf"{name}\['bn1.weight'\]: expected finite values, got inf"
        ):
            product(broken)
    with pytest.raises(bissl.errors.NonFiniteArgument, match=r"u\['conv1.weight'\]: expected finite values"):
        point.hvp(np.full(v.size, 2 * np.longdouble(np.finfo(bissl._engine.dtype).max)))


@pytest.mark.parametrize("solver", EVERY_SOLVER, ids=repr)
def test_every_solver_refuses_what_is_no_vector_of_numbers(point, v, solver):
    broken = v.copy()
    broken["bn1.weight"][1] = np.nan
    expected = r"v\['bn1.weight'\]: expected finite values, got nan at index \(1,\)"
    for given, error, text in [
        (broken, bissl.errors.NonFiniteArgument, expected),
        (broken.as_dict(), bissl.errors.NonFiniteArgument, expected),
        (np.full(v.size, 10**400, object), TypeError, "v: expected an array of real numbers, .* use v.astype"),
        (np.asarray(v) * 1j, TypeError, "v: expected an array of real numbers, got ndarray of complex.*; use v.real"),
        (
            v.as_dict() | {"bn1.weight": v["bn1.weight"] * 1j},
            TypeError,
            r"v\['bn1.weight'\]: .* use v\['bn1.weight'\].real",
        ),
        (np.asarray(v) > 0, TypeError, "v: expected an array of real numbers, got ndarray of bool"),
    ]:
        with pytest.raises(error, match=text):
            point.solve(given, solver, 1.0, 10.0, product="gauss-newton")
        with pytest.raises(error, match=text):
            solver.solve(solvers.ImplicitSystem(point, 1.0, 10.0, product="gauss-newton"), given)
    if solver.takes_start:
        with pytest.raises(ValueError, match=expected.replace("v", "start", 1)):
            solver.solve(solvers.ImplicitSystem(point, 1.0, 10.0), v, broken)
    if bissl.precision == "float32":
        with pytest.raises(ValueError, match="expected finite values, got inf"):
            point.solve(np.full(v.size, 1e200), solver, 1.0, 10.0, product="gauss-newton")


@pytest.mark.float64
@pytest.mark.parametrize("solver", EVERY_SOLVER, ids=repr)
@pytest.mark.parametrize("scale", [2.0**-600, 2.0**600])
def test_solutions_scale_with_v_beyond_what_can_be_squared(point, v, solver, scale):
    x, info = point.solve(v, solver, 1.0, 10.0, product="gauss-newton")
    scaled, told = point.solve(np.asarray(v) * scale, solver, 1.0, 10.0, product="gauss-newton")
    assert not np.any(x) or relative(np.asarray(scaled) / scale, np.asarray(x)) < 1e-9
    assert told.verdict == info.verdict or info.relative_residual < 1e-9
    assert told.v_norm == pytest.approx(info.v_norm * scale, rel=1e-12)
    assert told.residuals == pytest.approx([each * scale for each in info.residuals], rel=1e-9, abs=0.0)
    assert (told.cosine, told.distance) == pytest.approx((info.cosine, info.distance), rel=1e-9)


def test_a_residual_without_the_norm_of_v_proves_nothing():
    for v_norm in (float("nan"), float("inf"), 0.0):
        info = solvers.SolveInfo(iterations=3, true_residual=5.0, v_norm=v_norm)
        assert info.relative_residual is None and info.converged is None
        assert not info.verdict.startswith("converged")
    assert "the true residual 5 counts, is not known" in solvers.SolveInfo(iterations=3, true_residual=5.0).verdict


# --- Gauss-Newton -----------------------------------------------------------------------------------------------------


class Quadratic(bissl.Pretext):
    """½ ‖head(features)‖²: its Hessian at the outputs is the identity, so Gauss-Newton is JᵀJ."""

    views = 1

    def __init__(self, net):
        super().__init__(net, bissl.Projector(net.num_features, (5, 3), seed=2))

    def loss(self, features):
        outputs = self.head(features)
        return bissl.ops.sum(outputs * outputs) * 0.5


class SummedOutput(Quadratic):
    """The sum of outputs times a matrix of the same shape: the gradient is a row of Jᵀ."""

    def loss(self, features, weights):
        return bissl.ops.sum(self.head(features) * np.asarray(weights))


def dense(product, size: int) -> np.ndarray:
    return np.stack([np.asarray(product(unit.astype(bissl.precision)), float) for unit in np.eye(size)])


@pytest.mark.float64
def test_gauss_newton_is_the_dense_product():
    net, images = small_net(), VIEWS[0]
    quadratic, linear = Quadratic(net), SummedOutput(net)
    rows = []
    for place in range(6 * 3):
        weights = np.zeros(18)
        weights[place] = 1
        rows.append(linear.value_and_gradient((images, weights.reshape(6, 3)))[1].backbone)
    jacobian = np.stack(rows)
    point = quadratic.linearize(images)
    ours = dense(lambda u: point.hvp(u, "gauss-newton"), net.vector.size)
    np.testing.assert_allclose(ours, jacobian.T @ jacobian, atol=1e-10 * np.abs(ours).max())
    exact = dense(point.hvp, net.vector.size)
    assert np.abs(exact - ours).max() > 1e-3 * np.abs(ours).max(), "the networks's own curvature is left out"


@pytest.mark.float64
@pytest.mark.parametrize("pretext", ["simclr", "byol", "quadratic"])
def test_gauss_newton_is_positive_semi_definite(pretext):
    net = bissl.ResNet("basic", (1,), (2,), stem="small", seed=1)
    if pretext == "quadratic":
        objective, batch = Quadratic(net), VIEWS[0]
    elif pretext == "byol":
        objective, batch = bissl.BYOL(net, projector=(8, 4), predictor=(8, 4), seed=5), VIEWS
        objective.backbone.vector[:] += 0.05 * RANDOM.standard_normal(net.vector.size)
    else:
        objective, batch = bissl.SimCLR(net, projector=(5, 3)), VIEWS
    point = objective.linearize(batch)
    size = objective.backbone.vector.size
    matrix = dense(lambda u: point.hvp(u, "gauss-newton"), size)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-10 * np.abs(matrix).max())
    spectrum = np.linalg.eigvalsh(matrix)
    assert spectrum[-1] > 1e-3 and spectrum[0] > -1e-10 * spectrum[-1]
    assert np.linalg.eigvalsh(dense(point.hvp, size))[0] < -1e-3, "the Hessian itself is indefinite"


def test_gauss_newton_of_a_masked_autoencoder():
    vit = bissl.VisionTransformer(image_size=8, patch_size=4, width=8, depth=1, heads=2, seed=0)
    point = bissl.MAE(vit, decoder_width=8, decoder_depth=1, decoder_heads=2).linearize(VIEWS[0])
    directions = RANDOM.standard_normal((20, vit.vector.size)).astype(bissl.precision)
    images = np.stack([point.hvp(u, "gauss-newton") for u in directions])
    assert (np.einsum("ij,ij->i", directions, images) > 0).all()
    np.testing.assert_allclose(directions @ images.T, images @ directions.T, rtol=1e-3, atol=1e-3)


@pytest.mark.float64
def test_a_marked_embedding_moves_the_line():
    """Marked before the loss ends, a convex outer function; marked after all of it, nothing is curved."""

    class Outer(Quadratic):
        def loss(self, features):
            return 0.5 * bissl.ops.sum(bissl.ops.embedding(bissl.ops.tanh(self.head(features))) ** 2)

    class Ends(Quadratic):
        def loss(self, features):
            return bissl.ops.embedding(bissl.ops.sum(self.head(features) ** 2))

    net, u = small_net(), RANDOM.standard_normal(small_net().vector.size)
    inner, outer = (kind(net).linearize(VIEWS[0]) for kind in (Quadratic, Outer))
    assert u @ np.asarray(outer.hvp(u, "gauss-newton")) > 0
    assert not np.allclose(inner.hvp(u, "gauss-newton"), outer.hvp(u, "gauss-newton"))
    assert not np.any(Ends(net).linearize(VIEWS[0]).hvp(u, "gauss-newton"))
    assert bissl.ops.embedding(np.ones(3)).numpy().tolist() == [1, 1, 1]


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy", "mse_loss"])
def test_gauss_newton_of_the_losses_that_python_has(name):
    class Labelled(Quadratic):
        def loss(self, features, targets):
            return getattr(bissl.ops, name)(self.head(features), targets)

    net = small_net()
    targets = np.arange(6) % 3 if name == "cross_entropy" else RANDOM.uniform(size=(6, 3)).astype(bissl.precision)
    point = Labelled(net).linearize((VIEWS[0], targets))
    matrix = dense(lambda u: point.hvp(u, "gauss-newton"), net.vector.size)
    spectrum = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    assert spectrum[-1] > 0 and spectrum[0] > -1e-4 * spectrum[-1]


@pytest.mark.parametrize("loss", ["concave", "saddle"])
def test_a_gauss_newton_product_of_negative_curvature_is_refused(loss):
    class Bent(Quadratic):
        def loss(self, features):
            outputs = self.head(features)
            signs = -1.0 if loss == "concave" else np.array([1.0, 1.0, -1.0], bissl.precision)
            return bissl.ops.sum(outputs * outputs * signs)

    net = small_net()
    loop = bissl.Bilevel(Bent(net), bissl.Classifier(4, 3), product="gauss-newton", damping=1.0, solver=bissl.Exact())
    loop.linearize(VIEWS[0])
    before = state(loop)
    with pytest.raises(ValueError, match="negative curvature, as the loss is not convex in its embeddings .*embedding"):
        loop.upper_step(LABELLED)
    assert np.array_equal(state(loop), before)
    loop.product = "exact"
    loop.linearize(VIEWS[0])
    loop.upper_step(LABELLED)


# --- solvers of one's own ---------------------------------------------------------------------------------------------


def richardson(product, v):
    x = 0.5 * v
    for _ in range(3):
        x = x + 0.5 * (v - product(x))
    return x


def test_a_callable_is_a_solver():
    ours, theirs = (
        make_loop(solver=solver, product="gauss-newton", damping=2000.0)
        for solver in (richardson, bissl.NeumannSeries(4, scale=2.0))
    )
    for loop in (ours, theirs):
        loop.linearize(VIEWS)
        loop.info = loop.upper_step(LABELLED)
    np.testing.assert_allclose(ours.info.v_ij, theirs.info.v_ij, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(state(ours), state(theirs), rtol=1e-4, atol=1e-6)
    assert (ours.info.solve.products, len(ours.info.solve.curvature)) == (4, 3), "one for the true residual"
    assert repr(ours.solver) == "OwnSolver(richardson)"


def test_a_callable_may_give_directions_by_name(point, v):
    flat, named = (
        point.solve(v, solver, 1.0, 10.0)
        for solver in (lambda product, v: product(v), lambda product, v: product(v.as_dict()))
    )
    assert np.array_equal(flat[0], named[0]) and flat[1].curvature == named[1].curvature
    with pytest.raises(ValueError, match="d: .*missing"):
        point.solve(v, lambda product, v: product({}), 1.0, 10.0)


def failing(product, v):
    product(v)
    raise ZeroDivisionError("mine")


@pytest.mark.parametrize(
    ("solver", "error", "text"),
    [
        (failing, ZeroDivisionError, "mine"),
        (lambda product, v: v[:-1], ValueError, r"expected it to return shape \(\d+,\), got"),
        (lambda product, v: None, TypeError, "an array of real numbers, got NoneType"),
        (lambda product, v: v * 1j, TypeError, "an array of real numbers, got dtype complex"),
        (lambda product, v: v * np.nan, FloatingPointError, "upper level: .*not finite in segment 'conv1.weight'"),
        (lambda product, v: v.__setitem__(0, 1.0), ValueError, "read-only"),
        (lambda product, v: product(v[:3]), ValueError, r"d: expected a flat array of shape"),
    ],
)
def test_a_solver_that_fails_changes_nothing(solver, error, text):
    loop = make_loop(solver=solver)
    loop.linearize(VIEWS)
    before = state(loop)
    with pytest.raises(error, match=text) as caught:
        loop.upper_step(LABELLED)
    assert np.array_equal(state(loop), before)
    if solver is failing:
        assert caught.traceback[-1].name == "failing"
    loop.solver = bissl.Identity()
    loop.upper_step(LABELLED)
    assert not np.array_equal(state(loop), before)


@pytest.mark.parametrize(("policy", "expected"), [("zero", np.zeros_like), ("identity", lambda v: v)])
def test_policies_of_python_solvers(point, v, policy, expected):
    def solver(product, v):
        x = v.copy()
        x["bn1.weight"][1] = np.inf
        return x

    x, info = solvers.OwnSolver(solver, nonfinite=policy).solve(solvers.ImplicitSystem(point, 0.0, 1.0), v)
    assert not info.finite and info.repaired == [{"segment": "bn1.weight", "iteration": None}]
    assert np.array_equal(x["bn1.weight"], expected(v["bn1.weight"]))
    assert np.array_equal(x["conv1.weight"], v["conv1.weight"])


def test_a_solver_as_a_subclass(point, v):
    class Halved(solvers.Solver):
        def solve(self, system, v, start=None):
            return v / 2, solvers.SolveInfo(iterations=0)

    loop = make_loop(solver=Halved())
    loop.linearize(VIEWS)
    info = loop.upper_step(LABELLED)
    assert np.array_equal(info.v_ij, info.v / 2)


def test_solvers_by_name_and_what_is_none():
    assert isinstance(make_loop(solver="minres").solver, bissl.MINRES)
    assert isinstance(make_loop().solver, bissl.ConjugateGradient)
    assert repr(make_loop(solver={"kind": "minres", "iterations": 7}).solver) == repr(bissl.MINRES(7))
    for given, error, text in [
        ("minress", ValueError, 'did you mean "minres"'),
        ({"iterations": 7}, ValueError, 'expected a dict with "kind"'),
        ({"kind": "minres", "iteration": 7}, ValueError, 'solver MINRES: .*did you mean "iterations"'),
        (bissl.MINRES, TypeError, r"write MINRES\(\)"),
        (3, TypeError, "solver: expected one of bissl.solvers"),
    ]:
        with pytest.raises(error, match=text):
            make_loop(solver=given)


def test_settings_that_no_solver_has(point, v):
    for make, text in [
        (lambda: bissl.MINRES(0), "iterations: expected a whole number of at least 1, got 0"),
        (lambda: bissl.NeumannSeries(scale=0), "scale: expected a positive number or None, got 0"),
        (lambda: bissl.MINRES(tolerance=-1), "tolerance: expected a finite number"),
        (lambda: bissl.MINRES(nonfinite="raised"), 'did you mean "raise"'),
        (lambda: point.solve(v, bissl.Exact(limit=100), 1, 1), r"\d+ parameters are more than the limit of 100"),
        (lambda: point.solve(v[:5], bissl.MINRES(), 1, 1), "v: expected a flat array of shape"),
    ]:
        with pytest.raises(ValueError, match=text):
            make()


@pytest.mark.parametrize(
    "solver",
    [bissl.MINRES(3, tolerance=0.5), bissl.NeumannSeries(3, scale=2.5), solvers.OwnSolver(richardson)],
)
def test_solvers_can_be_pickled(point, v, solver):
    twin = pickle.loads(pickle.dumps(solver))
    assert np.array_equal(point.solve(v, twin, 1, 10)[0], point.solve(v, solver, 1, 10)[0])
    assert repr(twin) == repr(solver)


# --- warm starts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [bissl.ConjugateGradient, bissl.MINRES, bissl.NeumannSeries])
def test_warm_starts_begin_at_the_last_solution(make):
    loop = make_loop(
        solver=make(4), warm_start=True, product="gauss-newton", damping=5.0, upper_optimizer=bissl.SGD(lr=0.0)
    )
    system = solvers.ImplicitSystem(loop.linearize(VIEWS), loop.lam, loop.damping, product="gauss-newton")
    cold, warm = loop.upper_step(LABELLED), loop.upper_step(LABELLED)
    assert cold.solve.residuals[0] == pytest.approx(np.linalg.norm(cold.v), rel=1e-5)
    residual = np.linalg.norm(np.asarray(warm.v, float) - np.asarray(system.product(cold.v_ij), float))
    assert warm.solve.residuals[0] == pytest.approx(residual, rel=1e-3)
    assert warm.solve.residuals[-1] < cold.solve.residuals[-1]
    assert warm.solve.products == 5, "the start's residual takes one"
    # A lower step begins the next alternation, whose first solve starts at 0.
    loop.lower_step(VIEWS)
    loop.linearize(VIEWS)
    first = loop.upper_step(LABELLED)
    assert first.solve.residuals[0] == pytest.approx(np.linalg.norm(first.v), rel=1e-5)


def test_a_callable_may_take_a_start():
    starts = []

    def solver(product, v, start=None):
        starts.append(start)
        return v if start is None else start / 2

    loop = make_loop(solver=solver, warm_start=True)
    loop.linearize(VIEWS)
    first, _ = loop.upper_step(LABELLED), loop.upper_step(LABELLED)
    assert starts[0] is None and np.array_equal(starts[1], first.v_ij)
    for given in (richardson, bissl.Identity(), "exact"):
        with pytest.raises(ValueError, match="warm_start: .* takes no start"):
            make_loop(solver=given, warm_start=True)


# --- in the stage -----------------------------------------------------------------------------------------------------


def test_the_stage_takes_any_of_these():
    images = RANDOM.integers(0, 256, (24, 12, 12, 3), dtype=np.uint8)
    labels = np.arange(24) % 3
    pretext = bissl.SimCLR(small_net(), projector=(5, 3))
    options = {
        "alternations": 1, "lower_steps": 1, "upper_steps": 2, "lower_batch_size": 8, "hessian_batch_size": 4,
        "pretext_augmentation": "small", "downstream_augmentation": "small", "progress": False,
    }  # fmt: skip

    def fit(**changes) -> bissl.BiSSL:
        return bissl.BiSSL(**options | changes).fit(pretext, bissl.Classifier(4, 3), images, (images, labels))

    fitted = fit(solver=bissl.MINRES(3, true_residual=True), product="gauss-newton", warm_start=True)
    (record,) = fitted.history_
    assert record["products"] == [4, 5] and all(share > 0 for share in record["true_residual"])
    assert fit(solver=richardson, damping_rule="tikhonov", lam=1.0).history_[0]["products"] == [4, 3]
    with pytest.raises(ValueError, match='did you mean "gauss-newton"'):
        fit(product="gauss_newton")
    with pytest.raises(ValueError, match='did you mean "neumann-series"'):
        fit(solver="neuman")
