"""Every hypergradient on a quadratic whose implicit term is known, and on a small network."""

from __future__ import annotations

import numpy as np
import pytest
from quadratics import UNITS, distance, exact, quadratic_loop, symmetric, upper

import bissl
from bissl.bilevel import hypergradients
from bissl.training import Alternation

RANDOM = np.random.default_rng(3)
VIEWS = tuple(RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))
CONVEX = symmetric(np.concatenate([np.linspace(0, 0.5, 30), np.linspace(1, 20, 6)]))
RHO = 2.5


def product_for(choice) -> str:
    """The one that every hypergradient takes, but for the penalty, which asks the losses."""
    kind = choice["kind"] if isinstance(choice, dict) else choice
    return "exact" if kind == "penalty" or isinstance(choice, hypergradients.Penalty) else "gauss-newton"


def small_loop(**settings) -> bissl.Bilevel:
    net = bissl.ResNet("basic", (1,), (4,), stem="small", seed=1, activation="gelu")
    return bissl.Bilevel(bissl.SimCLR(net, projector=(5, 3)), bissl.Classifier(4, 3), **settings)


def small(damping: float = 3000.0, **settings) -> tuple[bissl.UpperInfo, np.ndarray]:
    """An upper step on a small network, and the exact v_IJ there."""
    loop = small_loop(damping=damping, upper_optimizer=bissl.SGD(lr=0.0), **settings)
    point = loop.linearize(VIEWS)
    info = loop.upper_step(LABELLED)
    expected, _ = point.solve(info.v, bissl.Exact(), loop.lam, loop.damping, product=loop.product)
    return info, np.asarray(expected)


def at_the_minimum(damping: float) -> np.ndarray:
    """The exact term where gradient descent on G_ρ from θ_P ends, which unrolling and penalties differentiate."""
    loop = small_loop(damping=damping)
    net, start = loop.backbone, np.array(loop.backbone.vector)
    for _ in range(60):
        _, gradient = loop.pretext.value_and_gradient(VIEWS)
        net.vector[:] -= 0.8 / damping * (np.asarray(gradient.backbone) + (loop.lam + damping) * (net.vector - start))
    _, gradient = loop.downstream.value_and_gradient(net, LABELLED)
    return np.asarray(loop.pretext.linearize(VIEWS).solve(gradient.backbone, bissl.Exact(), loop.lam, damping)[0])


# Errors: on the quadratic; on the network, whose Hessian is indefinite, and whose φ_P the joint system moves.
CASES = {
    "implicit": ({"kind": "implicit", "solver": {"kind": "minres", "iterations": 60}}, 1e-8, 1e-3),
    "neumann": ({"kind": "neumann", "terms": 400}, 1e-6, 1e-3),
    "nystrom": ({"kind": "nystrom", "rank": 36}, 1e-6, 1e-2),
    "unrolled": ({"kind": "unrolled", "steps": 150}, 1e-6, 1e-5),
    "penalty": ({"kind": "penalty", "steps": 100, "sigma": 1e-4}, 1e-5, 1e-3),
    "joint": ({"kind": "joint", "iterations": 60}, 1e-8, 0.04),
}


@pytest.mark.float64
@pytest.mark.parametrize("name", CASES)
def test_on_a_quadratic_with_a_known_term(name):
    choice, error, _ = CASES[name]
    loop = quadratic_loop(CONVEX, lam=0.5, damping=2.0, product=product_for(choice), hypergradient=choice)
    info = upper(loop)
    assert distance(info.v_ij, exact(CONVEX, info.v, RHO)) < error
    assert info.solve.verdict.startswith("converged") and info.solve.damping == 2.0


@pytest.mark.float64
@pytest.mark.parametrize("name", CASES)
def test_on_a_small_network(name):
    choice, _, error = CASES[name]
    settings = {"product": "gauss-newton", "damping": 20.0} if name == "nystrom" else {}
    if name in ("unrolled", "penalty"):
        settings = {"damping": 2e4}  # with less the descent crosses kinks of the loss, and ends nowhere
    info, expected = small(hypergradient=choice, **settings)
    if name in ("unrolled", "penalty"):
        expected = at_the_minimum(**settings)
    assert distance(info.v_ij, expected) < error
    assert distance(info.v, expected) > 2 * error, "v itself would do as well"


@pytest.mark.parametrize(("name", "expected"), [("identity", lambda v: v), ("discarded", np.zeros_like)])
def test_terms_that_need_no_solve(name, expected):
    info, _ = small(hypergradient=name)
    assert np.array_equal(info.v_ij, expected(np.asarray(info.v)))
    assert info.solve.products == 0 and info.solve.verdict.startswith("not converged: no system was solved")
    assert ("identity in disguise" in info.solve.verdict) == (name == "identity")


def test_a_callable_and_the_synonyms_of_old():
    def halved(product, v):
        return v / 2

    assert np.array_equal(small(hypergradient=halved)[0].v_ij, small(solver=halved)[0].v_ij)
    for name, solver in [
        ("identity", bissl.Identity()),
        ("discarded", bissl.DiscardedImplicitTerm()),
        ("neumann", bissl.NeumannSeries()),
    ]:
        assert np.array_equal(small(hypergradient=name)[0].v_ij, small(solver=solver)[0].v_ij)


@pytest.mark.float64
def test_the_error_of_the_penalty_falls_with_the_square_of_sigma():
    errors = []
    for sigma in (0.4, 0.2, 0.1):
        choice = hypergradients.Penalty(steps=300, sigma=sigma)
        info = upper(quadratic_loop(CONVEX, lam=0.5, damping=2.0, hypergradient=choice))
        errors.append(distance(info.v_ij, exact(CONVEX, info.v, RHO)))
    ratios = np.divide(errors[:-1], errors[1:])
    assert ratios == pytest.approx([4, 4], rel=0.1), errors


@pytest.mark.float64
def test_the_error_of_nystrom_falls_with_the_rank_and_faster_from_a_krylov_space():
    errors = {}
    for sketch in ("krylov", "random"):
        for rank in (2, 5, 10):
            choice = bissl.solvers.Nystrom(rank, sketch=sketch)
            loop = quadratic_loop(CONVEX, lam=0.5, damping=2.0, product="gauss-newton", hypergradient=choice)
            info = upper(loop, times=2)
            assert info.solve.products == 0, "the products of a linearization are taken once"
            errors[sketch, rank] = distance(info.v_ij, exact(CONVEX, info.v, RHO))
    assert errors["krylov", 2] > errors["krylov", 5] > errors["krylov", 10]
    assert errors["krylov", 5] < 0.3 * errors["random", 10]


@pytest.mark.float64
def test_undamped_unrolling_is_nearly_nothing():
    choice = hypergradients.Unrolled(steps=20)
    info = upper(quadratic_loop(symmetric(np.linspace(1, 20, 36)), lam=1e-3, damping=0.0, hypergradient=choice))
    assert np.linalg.norm(info.v_ij) < 0.002 * np.linalg.norm(info.v)


@pytest.mark.float64
@pytest.mark.parametrize("head_damping", [None, 0.25])
def test_the_joint_system_against_its_dense_solution(head_damping):
    coupling, curvature = RANDOM.normal(size=(36, 4)), 0.7
    choice = hypergradients.Joint(iterations=120, head_damping=head_damping)
    loop = quadratic_loop(
        CONVEX, coupling=coupling, head_curvature=curvature, lam=0.5, damping=2.0, hypergradient=choice
    )
    info = upper(loop)
    delta = RHO if head_damping is None else head_damping
    matrix = np.block([[CONVEX + RHO * np.eye(36), coupling], [coupling.T, (curvature + delta) * np.eye(4)]])
    right = np.concatenate([RHO * np.asarray(info.v), np.zeros(4)])
    assert distance(info.v_ij, np.linalg.solve(matrix, right)[:36]) < 1e-8
    assert distance(info.v_ij, exact(CONVEX, info.v, RHO)) > 0.1, "with φ_P fixed it is another vector"


@pytest.mark.float64
def test_the_joint_product_of_a_network_is_the_difference_of_gradients():
    loop = small_loop()
    pretext, net = loop.pretext, loop.backbone
    joint = pretext._linearize(net, VIEWS, jointly=True)
    system = bissl._engine.joint_system_create(joint, net._handle, pretext.head._handle, 1.0, 0.0, 1.0, "exact")
    sizes = net.vector.size, pretext.head.vector.size
    u, step = RANDOM.standard_normal(sum(sizes)), 1e-6
    ends = []
    for side in (1, -1):
        twin = pretext.clone()
        twin.backbone.vector[:] += side * step * u[: sizes[0]]
        twin.head.vector[:] += side * step * u[sizes[0] :]
        _, gradient = twin.value_and_gradient(VIEWS)
        ends.append(np.concatenate([gradient.backbone, gradient.head]))
    product = np.asarray(bissl._engine.system_product(system, u)) - u
    assert distance(product, (ends[0] - ends[1]) / (2 * step)) < 1e-5


def test_recycled_krylov_saves_products_in_the_next_alternation():
    spectrum = np.concatenate([np.linspace(0, 0.2, 32), [8.0, 20.0, 35.0, 60.0]])
    solver = bissl.solvers.RecycledKrylov(20, recycle=4, tolerance=1e-3)
    loop = quadratic_loop(symmetric(spectrum), lam=0.1, damping=0.9, solver=solver)
    first = upper(loop).solve
    loop.lower_step(UNITS)
    later = upper(loop, times=2)
    assert later.solve.iterations < first.iterations - 2
    assert later.solve.relative_residual < 1e-3
    expected = exact(symmetric(spectrum), later.v, 1.0)
    assert distance(later.v_ij, expected) < 5e-3
    assert later.solve.verdict.startswith("converged")


def test_what_a_system_keeps_is_that_of_one_solver_and_its_settings():
    point, v = small_loop().linearize(VIEWS), RANDOM.standard_normal(small_loop().backbone.vector.size)

    class Other(bissl.solvers.Nystrom):
        def _made(self, system, first):
            return super()._made(system, first[::-1])

    def system() -> bissl.solvers.ImplicitSystem:
        return bissl.solvers.ImplicitSystem(point, 1e-3, 20.0, product="gauss-newton")

    one = system()
    for solver in (
        bissl.solvers.Nystrom(1),
        bissl.solvers.Nystrom(4),
        bissl.solvers.Nystrom(4, sketch="random"),
        Other(4),
    ):
        (ours, info), (expected, _) = solver.solve(one, v), solver.solve(system(), v)
        assert np.array_equal(ours, expected), solver
        assert info.products == solver.rank and solver.solve(one, v)[1].products == 0


LATER = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([2, 0, 0, 1, 2]))


@pytest.mark.parametrize(
    "choice", ["neumann", "nystrom", "joint", "unrolled", "penalty", {"kind": "implicit", "solver": "recycled-krylov"}]
)
@pytest.mark.parametrize("interrupted", [True, False])
def test_a_step_that_was_not_taken_leaves_nothing_behind(monkeypatch, choice, interrupted):
    def make() -> bissl.Bilevel:
        settings = {"damping": "auto", "product": product_for(choice)}
        loop = small_loop(hypergradient=choice, **settings, lower_optimizer=bissl.SGD(0.01))
        loop.lower_step(VIEWS)
        loop.linearize(VIEWS)
        return loop

    class Refused(hypergradients.Hypergradient):
        """Everything that the chosen one does, and then no number."""

        needs_losses = True

        def term(self, point):
            x, info = chosen.find(point)
            return x * np.nan, info

    def interrupt(*arguments):
        raise KeyboardInterrupt

    ours, theirs = make(), make()
    with monkeypatch.context() as patched:
        if interrupted:
            patched.setattr(bissl._engine, "upper_commit", interrupt)
        else:
            chosen, ours.hypergradient = ours.hypergradient, Refused()
            ours.linearize(VIEWS)
        with pytest.raises(KeyboardInterrupt if interrupted else FloatingPointError):
            ours.upper_step(LABELLED)
    if not interrupted:
        ours.hypergradient = chosen
    for batch in (LATER, LABELLED):
        mine, expected = ours.upper_step(batch), theirs.upper_step(batch)
        assert np.array_equal(mine.v_ij, expected.v_ij)
        assert (mine.solve.products, mine.solve.damping) == (expected.solve.products, expected.solve.damping)


def test_what_does_not_fit_is_refused():
    for settings, error, text in [
        ({"hypergradient": "neuman"}, ValueError, 'did you mean "neumann"'),
        ({"hypergradient": {"kind": "unrolled", "step": 3}}, ValueError, 'hypergradient Unrolled: .*"steps"'),
        ({"hypergradient": "unrolled", "solver": "minres"}, ValueError, "leave one of the two out"),
        ({"hypergradient": "nystrom"}, ValueError, 'take product="gauss-newton"'),
        ({"hypergradient": "penalty", "warm_start": True}, ValueError, "takes no start"),
        ({"hypergradient": 3}, TypeError, "hypergradient: expected one of implicit, identity"),
        ({"hypergradient": bissl.Exact}, TypeError, "hypergradient: expected one of"),
        ({"hypergradient": "penalty", "product": "gauss-newton"}, ValueError, 'product: Penalty.*take product="exact"'),
        ({"hypergradient": {"kind": "unrolled", "lr": 0}}, ValueError, "lr: expected"),
    ]:
        with pytest.raises(error, match=text):
            small_loop(**settings)


INFO = bissl.SolveInfo(iterations=0)
#: What a term or a solver's solve may return by mistake.
MISTAKEN = {
    "complex": (lambda v: (np.asarray(v) * 1j, INFO), TypeError, "an array of real numbers, got dtype complex"),
    "short": (lambda v: (v[:3], INFO), ValueError, r"expected it to return shape \(\d+,\), got \(3,\)"),
    "dict": (lambda v: (v.as_dict(), INFO), TypeError, "an array of real numbers, got dict"),
    "ragged": (lambda v: ([[1.0], [1.0, 2.0]], INFO), TypeError, "an array of real numbers, got list"),
    "nan": (lambda v: (v * np.nan, INFO), FloatingPointError, "upper level: .*not finite in segment 'conv1.weight'"),
    "too large": (lambda v: (v * np.inf, INFO), FloatingPointError, "upper level: .*not finite in segment"),
    "none": (lambda v: None, TypeError, r"expected it to return \(x, info\), .* got NoneType; write return x, bissl"),
    "alone": (lambda v: v, TypeError, r"expected it to return \(x, info\), .* got FlatVector"),
    "swapped": (lambda v: (INFO, v), TypeError, r"\(x, info\), .* got \(SolveInfo, FlatVector\)"),
}


@pytest.mark.parametrize("kind", ["hypergradient", "solver"])
@pytest.mark.parametrize("mistake", MISTAKEN)
def test_what_ones_own_return_is_checked_before_anything_changes(kind, mistake):
    answer, error, text = MISTAKEN[mistake]

    class OwnTerm(hypergradients.Hypergradient):
        def term(self, point):
            return answer(point.v)

    class OwnSolve(bissl.solvers.Solver):
        def solve(self, system, v, start=None):
            return answer(v)

    name = {"hypergradient": "OwnTerm.term: ", "solver": "OwnSolve.solve: "}[kind]
    loop = small_loop(**{kind: OwnTerm() if kind == "hypergradient" else OwnSolve()})
    loop.linearize(VIEWS)
    before = np.array(loop.upper_backbone.vector)
    with pytest.raises(error, match=text) as raised:
        loop.upper_step(LABELLED)
    assert name in str(raised.value) and isinstance(raised.value, bissl.errors.BisslError)
    assert np.array_equal(loop.upper_backbone.vector, before)


def test_what_cannot_be_called_is_refused_when_it_is_given():
    class NoPoint(hypergradients.Hypergradient):
        def term(self):
            return None

    class NoStart(bissl.solvers.Solver):
        def solve(self, system, v):
            return v, INFO

    unrolled = hypergradients.Unrolled
    for settings, text in [
        ({"solver": max}, r"solver: .* got max, which does not tell its parameters; write lambda product, v: max\("),
        ({"hypergradient": max}, "hypergradient: .* got max, which does not tell its parameters"),
        (
            {"hypergradient": lambda v: v},
            r"hypergradient: expected function\(product, v\), got .*<lambda>\(v\): too many",
        ),
        ({"solver": lambda v: v}, r"solver: expected function\(product, v\), got .*<lambda>\(v\): too many"),
        ({"solver": lambda product, v, more: v}, "solver: .*missing a required argument: 'more'"),
        ({"solver": unrolled}, r"solver: .*got a hypergradient; write hypergradient=Unrolled\(\)"),
        ({"solver": unrolled(3)}, r"solver: .*got a hypergradient; write hypergradient=Unrolled\(steps=3, lr=None\)"),
        ({"hypergradient": unrolled}, r"got Unrolled; write Unrolled\(\)"),
        ({"solver": dict}, "solver: expected one of bissl.solvers, .* got dict"),
        ({"hypergradient": NoPoint()}, r"hypergradient: expected term\(point\), got .*NoPoint.term\(\): too many"),
        ({"solver": NoStart()}, r"solver: expected solve\(system, v, start=None\), got .*solve\(system, v\): too many"),
    ]:
        with pytest.raises(bissl.errors.WrongType, match=text):
            small_loop(**settings)
    with pytest.raises(bissl.errors.WrongType, match="function: expected a callable"):
        bissl.solvers.OwnSolver(unrolled)
    taking_start = [lambda product, v, start: v, lambda product, v, *, start=None: v]
    assert all(bissl.solvers.OwnSolver(function).takes_start for function in taking_start)
    assert not bissl.solvers.OwnSolver(lambda *arguments: arguments[1]).takes_start


def test_it_may_be_set_between_steps():
    loop = small_loop()
    loop.linearize(VIEWS)
    loop.upper_step(LABELLED)
    loop.hypergradient = "unrolled"
    assert loop.solver is None
    with pytest.raises(RuntimeError, match="call loop.linearize"):
        loop.upper_step(LABELLED)
    loop.linearize(VIEWS)
    assert np.isfinite(loop.upper_step(LABELLED).v_ij).all()
    loop.solver = "minres"
    assert repr(loop.hypergradient) == repr(bissl.MINRES())
    with pytest.raises(ValueError, match="needs a positive semi-definite"):
        loop.hypergradient = "nystrom"
    assert repr(loop.hypergradient) == repr(bissl.MINRES())


@pytest.mark.parametrize("choice", ["unrolled", "penalty", "joint"])
def test_a_term_changes_neither_level(choice):
    loop = small_loop(hypergradient=choice, damping=50.0, upper_optimizer=bissl.SGD(lr=0.0))
    loop.linearize(VIEWS)
    before = loop.pretext.state_dict()
    loop.upper_step(LABELLED)
    after = loop.pretext.state_dict()
    for module, arrays in before["modules"].items():
        for name, values in arrays.items():
            assert np.array_equal(values, after["modules"][module][name]), f"{module}.{name} moved"


@pytest.mark.parametrize("choice", ["nystrom", {"kind": "implicit", "solver": "recycled-krylov"}, "penalty", "joint"])
def test_resuming_between_upper_steps_is_exact(choice):
    def make() -> bissl.Bilevel:
        settings = {"damping": "auto", "product": product_for(choice)}
        return small_loop(hypergradient=choice, **settings, lower_optimizer=bissl.SGD(0.01))

    whole = make()
    for _ in range(2):
        whole.lower_step(VIEWS)
        whole.linearize(VIEWS)
        whole.upper_step(LABELLED)
    resumed = make()
    resumed.load_state_dict(whole.state_dict())
    resumed.linearize(VIEWS)
    ours, theirs = whole.upper_step(LABELLED), resumed.upper_step(LABELLED)
    assert np.array_equal(ours.v_ij, theirs.v_ij) and ours.solve.damping == theirs.solve.damping


def test_a_term_that_solves_nothing_does_not_diverge():
    kept = Alternation(0)
    kept.add_upper(small(damping=0.01, solver=bissl.Identity(true_residual=True))[0])
    assert kept.true_residual[0] > 1 and kept.converged == [None] and kept.diverged == [False]
