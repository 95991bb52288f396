"""damping="auto": one Krylov space finds the damping at which its solution can be trusted, and verdicts say what became of
solves."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from quadratics import LABELLED as UNIT_LABELS
from quadratics import UNITS, distance, exact, quadratic_loop, symmetric, upper

import bissl
from bissl import solvers
from bissl.training.failedsolves import warn_of_failed_solves

RANDOM = np.random.default_rng(5)
VIEWS = tuple(RANDOM.standard_normal((6, 8, 8, 3)).astype(np.float32) for _ in range(2))
LABELLED = (RANDOM.standard_normal((5, 8, 8, 3)).astype(np.float32), np.array([0, 1, 2, 0, 1]))
INDEFINITE = symmetric(np.linspace(-3, 100, 36))


def small_loop(**settings) -> bissl.Bilevel:
    net = bissl.ResNet("basic", (1,), (4,), stem="small", seed=1)
    return bissl.Bilevel(bissl.SimCLR(net, projector=(5, 3)), bissl.Classifier(4, 3), **settings)


def measured(info: bissl.UpperInfo, hessian: np.ndarray, rho: float) -> float:
    """‖v − A v_IJ‖/‖v‖ in double precision."""
    x, v = np.asarray(info.v_ij, np.float64), np.asarray(info.v, np.float64)
    return float(np.linalg.norm(v - x - hessian @ x / rho) / np.linalg.norm(v))


# --- the Krylov space -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [1, 3, 5, 12])
def test_the_damping_is_the_least_with_which_the_space_solves(iterations):
    lam = 1e-3
    loop = quadratic_loop(INDEFINITE, lam=lam, damping="auto", solver=bissl.Krylov(iterations))
    info = upper(loop)
    rho = lam + info.solve.damping
    residual = measured(info, INDEFINITE, rho)
    assert residual <= 0.1 * 1.001
    assert info.solve.relative_residual == pytest.approx(residual, rel=0.02)
    assert info.solve.products <= iterations and info.solve.verdict.startswith("converged")
    # The reference: Lanczos in double precision, and both conditions at ρ and just below.
    v = np.asarray(info.v, np.float64)
    basis = np.linalg.qr(np.stack([np.linalg.matrix_power(INDEFINITE, k) @ v for k in range(iterations)], 1))[0]
    projected = basis.T @ INDEFINITE @ basis

    def is_good(rho: float) -> bool:
        x = rho * basis @ np.linalg.solve(projected + rho * np.eye(iterations), basis.T @ v)
        left = np.linalg.norm(v - x - INDEFINITE @ x / rho) / np.linalg.norm(v)
        return left <= 0.1 and 1 + np.linalg.eigvalsh(projected)[0] / rho >= 0.5

    if iterations <= 5:  # more powers of H are not told apart in double precision
        assert is_good(1.001 * rho) and not is_good(0.999 * rho)


@pytest.mark.float64
def test_a_space_that_is_all_finds_the_least_of_all():
    """Then the residual is no bound, and −2 times the least eigenvalue is."""
    info = upper(quadratic_loop(INDEFINITE, lam=0.0, damping="auto", solver=bissl.Krylov(36)))
    assert info.solve.damping == pytest.approx(6.0, rel=1e-3)
    assert distance(info.v_ij, exact(INDEFINITE, info.v, info.solve.damping)) < 1e-6
    convex = symmetric(np.linspace(1, 100, 36))
    info = upper(quadratic_loop(convex, lam=0.25, damping="auto", solver=bissl.Krylov(36, tolerance=1e-9)))
    assert info.solve.damping == pytest.approx(1e-6), "nothing stands against λ itself"


def test_it_is_never_lowered_within_an_alternation():
    loop = small_loop(damping="auto", lower_optimizer=bissl.SGD(lr=1e-3))
    found = []
    for _ in range(2):
        loop.lower_step(VIEWS)
        loop.linearize(VIEWS)
        dampings = []
        for seed in range(4):
            images = np.random.default_rng(seed).standard_normal((5, 8, 8, 3)).astype(np.float32)
            info = loop.upper_step((images, LABELLED[1]))
            assert info.solve.relative_residual <= 0.1
            dampings.append(info.solve.damping)
        assert dampings == sorted(dampings)
        found.append(dampings[0])
    assert found[0] != found[1], "each alternation finds its own"


def test_a_fixed_damping_and_a_start_of_the_space():
    """Without "auto" the space solves A as it is, as conjugate gradients do."""
    loop = quadratic_loop(symmetric(np.linspace(0, 3, 36)), lam=1.0, damping=0.0)
    point = loop.linearize(UNITS)
    v = RANDOM.standard_normal(36).astype(bissl.precision)
    ours, info = point.solve(v, bissl.Krylov(6, tolerance=1e-6), 1.0, 0.0)
    theirs, _ = point.solve(v, bissl.ConjugateGradient(6, layerwise=False), 1.0, 0.0)
    assert distance(ours, np.asarray(theirs, np.float64)) < 1e-4
    assert (info.damping, info.products) == (0.0, 6)
    assert all(after < before for before, after in zip(info.residuals, info.residuals[1:]))
    nothing, info = point.solve(np.zeros(36, bissl.precision), bissl.Krylov(), 1.0, "auto")
    assert not np.any(nothing) and info.products == 0


@pytest.mark.parametrize("rule", solvers.DAMPING_RULES)
def test_other_solvers_use_the_damping_that_is_found(rule):
    krylov = upper(quadratic_loop(INDEFINITE, lam=0.5, damping="auto", damping_rule=rule))
    loop = quadratic_loop(INDEFINITE, lam=0.5, damping="auto", damping_rule=rule, solver=bissl.MINRES(36))
    info = upper(loop)
    assert info.solve.damping == krylov.solve.damping > 1
    assert info.solve.products == info.solve.iterations + 5
    rho = 0.5 + info.solve.damping
    scale = 1 if rule == "paper" else 0.5 / rho
    assert distance(info.v_ij, scale * exact(INDEFINITE, info.v, rho)) < 1e-3
    assert distance(krylov.v_ij, np.asarray(info.v_ij, np.float64)) < 0.4
    assert loop.upper_step(UNIT_LABELS).solve.products == info.solve.iterations, "found once"


SOLVED_BESIDES = [
    {"solver": "krylov"},
    {"solver": "conjugate-gradient"},
    {"solver": "minres"},
    {"solver": "exact"},
    {"solver": "recycled-krylov"},
    {"solver": lambda product, v: v},
    {"hypergradient": "neumann"},
    {"hypergradient": "nystrom", "product": "gauss-newton"},
    {"hypergradient": "joint"},
    {"hypergradient": "unrolled"},
    {"hypergradient": "penalty"},
]


@pytest.mark.parametrize("settings", SOLVED_BESIDES, ids=lambda s: str(s.get("solver", s.get("hypergradient")))[:20])
def test_nothing_is_learnt_from_v_of_zero(settings):
    """As of a batch whose labels are all left out, or a head of zeros."""

    def make() -> bissl.Bilevel:
        net = bissl.ResNet("basic", (1,), (4,), stem="small", seed=1)
        options = {"damping": "auto", "upper_optimizer": bissl.SGD(lr=0.0), **settings}
        loop = bissl.Bilevel(bissl.SimCLR(net, projector=(5, 3)), bissl.MultiLabelClassifier(4, 3), **options)
        loop.linearize(VIEWS)
        return loop

    images, labels = LABELLED[0], RANDOM.integers(0, 2, (5, 3))
    loop, expected = make(), make().upper_step((images, labels))
    nothing = loop.upper_step((images, np.full((5, 3), -1)))
    assert not np.any(nothing.v_ij) and nothing.solve.verdict.startswith("nothing to solve: v is 0")
    assert (nothing.solve.products, nothing.solve.damping, nothing.solve.converged) == (0, None, None)
    found = loop.upper_step((images, labels))
    assert np.array_equal(found.v_ij, expected.v_ij) and found.solve.damping == expected.solve.damping
    assert found.solve.verdict == expected.solve.verdict
    again = loop.upper_step((images, np.full((5, 3), -1)))
    assert again.solve.damping == found.solve.damping


@pytest.mark.parametrize("solver", [bissl.Krylov(), solvers.RecycledKrylov(), solvers.Nystrom(), bissl.MINRES()])
def test_solvers_asked_by_themselves_bear_v_of_zero(solver):
    system = solvers.ImplicitSystem(small_loop().linearize(VIEWS), 1e-3, "auto", product="gauss-newton")
    if not isinstance(solver, bissl.Krylov):
        bissl.Krylov().solve(system, np.ones(system.size))
    before = system.is_damped
    x, info = solver.solve(system, np.zeros(system.size))
    assert not np.any(x) and info.products == 0
    assert system.is_damped == before, "of no Krylov space a damping does not follow"


def test_terms_without_a_system_look_for_no_damping():
    info = upper(quadratic_loop(INDEFINITE, damping="auto", hypergradient="identity"))
    assert (info.solve.products, info.solve.damping) == (0, None)


def test_resuming_keeps_the_damping():
    whole = small_loop(damping="auto")
    whole.linearize(VIEWS)
    whole.upper_step(LABELLED)
    resumed = small_loop(damping="auto")
    resumed.load_state_dict(whole.state_dict())
    resumed.linearize(VIEWS)
    twice = whole.upper_step(LABELLED), resumed.upper_step(LABELLED)
    assert twice[0].solve.damping == twice[1].solve.damping
    assert np.array_equal(twice[0].v_ij, twice[1].v_ij)


def test_a_step_that_fails_leaves_what_was_found():
    loop = small_loop(damping="auto", hypergradient=lambda product, v: v * np.nan)
    loop.linearize(VIEWS)
    with pytest.raises(FloatingPointError):
        loop.upper_step(LABELLED)
    assert not loop.state_dict()["memory"]["alternation"]


def test_what_is_no_damping():
    for damping, error, text in [
        ("automatic", TypeError, 'damping: expected a number, got str .*or "auto"'),
        (None, TypeError, "damping: expected a number"),
        (-1, ValueError, "damping: expected a finite number"),
    ]:
        with pytest.raises(error, match=text):
            small_loop(damping=damping)
    system = solvers.ImplicitSystem(small_loop().linearize(VIEWS), 1e-3, "auto")
    with pytest.raises(RuntimeError, match='"auto" and not found yet'):
        system.product(np.zeros(system.size))


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spectrum", "settings", "begins", "disguised"),
    [
        ((0, 10), {"damping": 1.0, "solver": bissl.MINRES(36)}, "converged", False),
        ((0, 10), {"damping": 1e3}, "converged", True),
        ((0, 100), {"damping": 0.1, "solver": bissl.MINRES(2)}, "not converged", False),
        ((0, 100), {"damping": 0.1}, "not converged", False),
        ((-3, 3), {"damping": 1.0, "solver": bissl.MINRES(80)}, "indefinite", False),
        ((-30, 3), {"damping": 1.0, "solver": bissl.ConjugateGradient(2, layerwise=False)}, "not converged", False),
    ],
)
def test_the_verdict(spectrum, settings, begins, disguised):
    hessian = symmetric(np.linspace(*spectrum, 36))
    info = upper(quadratic_loop(hessian, lam=0.0, **settings))
    solve, residual = info.solve, measured(info, hessian, settings["damping"])
    assert solve.verdict.startswith(begins), solve.verdict
    assert ("identity in disguise" in solve.verdict) == disguised
    assert solve.relative_residual == pytest.approx(residual, rel=0.1, abs=1e-4)
    assert solve.cosine == pytest.approx(
        np.vdot(info.v, info.v_ij) / np.linalg.norm(info.v) / np.linalg.norm(info.v_ij), rel=1e-4
    )
    assert solve.relative_length == pytest.approx(np.linalg.norm(info.v_ij) / np.linalg.norm(info.v), rel=1e-4)
    assert solve.converged is (begins == "converged")


def test_layerwise_residuals_are_measured_once_an_alternation():
    loop = small_loop(damping=1e4)
    loop.linearize(VIEWS)
    first, second = loop.upper_step(LABELLED).solve, loop.upper_step(LABELLED).solve
    assert (first.products, second.products) == (6, 5)
    assert first.converged and second.converged is None
    assert second.verdict.startswith("not converged as far as is known")
    loop = small_loop(damping=1e4, solver=bissl.ConjugateGradient(true_residual=True))
    loop.linearize(VIEWS)
    assert all(loop.upper_step(LABELLED).solve.verdict.startswith("converged") for _ in range(2))


def test_minres_never_reports_what_the_true_residual_belies():
    """Nearly singular systems, on which the recursion of rotations believes in residuals that are not there."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        spectrum = np.append(random.uniform(-2, 100, 35), -3.0)
        damping = float(-spectrum.min() * (1 + 10.0 ** -random.integers(3, 9)))
        hessian = symmetric(spectrum, seed).astype(bissl.precision).astype(np.float64)
        for iterations in (5, 20, 60):
            loop = quadratic_loop(hessian, lam=0.0, damping=damping, solver=bissl.MINRES(iterations))
            info = upper(loop)
            actual = measured(info, hessian, damping)
            assert info.solve.relative_residual == pytest.approx(actual, rel=0.1, abs=0.01), (seed, iterations)
            assert info.solve.converged is False or actual <= 0.11


@pytest.mark.parametrize("layerwise", [True, False])
def test_the_guard_scales_with_v(layerwise):
    loop = quadratic_loop(symmetric(np.linspace(0, 5, 36)), lam=1.0, damping=0.0)
    point, v = loop.linearize(UNITS), RANDOM.standard_normal(36)
    v = (v / np.linalg.norm(v)).astype(bissl.precision)
    found = {}
    for guard in ("relative", "authors"):
        solver = bissl.ConjugateGradient(5, layerwise=layerwise, guard=guard)
        large, small = (np.asarray(point.solve(s * v, solver, 1.0, 0.0)[0], float) / s for s in (1.0, 1e-6))
        found[guard] = distance(small, large)
    assert found["relative"] < 1e-4 and found["authors"] > 0.1


# --- history and warning ----------------------------------------------------------------------------------------------


def record(solves) -> dict:
    """A record of as many upper steps as there are (residual or None, distance)."""
    residuals = [residual for residual, _ in solves]
    return {
        "converged": [None if r is None else r <= 0.1 for r in residuals],
        "diverged": [r is not None and r > 1 for r in residuals],
        "distance": [distance for _, distance in solves],
        "true_residual": residuals,
        "residuals": [[1.0, 0.5]] * len(solves),
        "v_norm": [1.0] * len(solves),
        "negative_segments": [[]] * len(solves),
    }


@pytest.mark.parametrize(
    ("solves", "damping", "text"),
    [
        (
            [(0.5, 0.5), (None, 0.5), (0.05, 0.5)],
            10.0,
            "1 of 2 measured solves .* did not converge.*Take damping=.auto.",
        ),
        ([(3.0, 0.5)] * 2, 10.0, "2 of 2 measured solves .* diverged, with residuals of up to 3 times.*it is 10"),
        ([(0.5, 0.5)] * 2, "auto", "2 of 2 measured solves .* did not converge.*Take the solver out"),
        ([(0.05, 0.02)] * 3, 1e4, "the implicit term did nothing: in 3 of 3 .*lower damping .it is 10000"),
        ([(0.05, 0.5)] * 3 + [(None, 0.01)] * 9, 10.0, None),
        ([(None, 0.0)] * 3, 10.0, None),
    ],
)
def test_one_warning_names_what_to_change(solves, damping, text):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        warn_of_failed_solves([record(solves)], damping)
    assert len(told) == (text is not None)
    if text:
        assert re.search(f"^BiSSL: {text}", str(told[0].message)), told[0].message


@pytest.mark.parametrize(
    ("settings", "says", "silent"),
    [
        ((1.0, "gauss-newton"), "it is 1", "gauss-newton"),
        (
            ("auto", "exact", bissl.hypergradients.Unrolled()),
            'Take hypergradient="implicit" in place of Unrolled',
            "solver out",
        ),
        (("auto", "exact", bissl.hypergradients.Penalty()), 'Take hypergradient="implicit"', "gauss-newton"),
    ],
)
def test_nothing_is_advised_that_is_set_or_cannot_be(settings, says, silent):
    with pytest.warns(UserWarning, match="did not converge") as told:
        warn_of_failed_solves([record([(0.5, 0.5)] * 2)], *settings)
    assert says in str(told[0].message) and silent not in str(told[0].message)
