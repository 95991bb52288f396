"""The Hessian's spectrum against the dense matrix, and what follows from it for conjugate gradients."""

import numpy as np
import pytest

import bissl
from bissl import analysis
from bissl.analysis import Spectrum


@pytest.fixture(scope="module")
def linearization():
    """Of SimCLR on a network of 420 parameters."""
    net = bissl.ResNet(layers=(1,), widths=(4,), stem="small", activation="gelu", seed=0)
    draw = np.random.default_rng(0)
    views = tuple(draw.normal(size=(8, 8, 8, 3)).astype(np.float32) for _ in range(2))
    return bissl.SimCLR(net, projector=(8, 8)).linearize(views)


@pytest.fixture(scope="module")
def dense(linearization):
    """Its Hessian, column by column."""
    size = linearization.gradient.backbone.size
    matrix = np.stack([np.asarray(linearization.hvp(column), np.float64) for column in np.eye(size)], axis=1)
    return (matrix + matrix.T) / 2


@pytest.mark.float64
def test_eigenvalues_are_those_of_the_dense_hessian(linearization, dense):
    expected = np.linalg.eigvalsh(dense)
    found = analysis.hessian_spectrum(linearization, top=4, bottom=3)
    np.testing.assert_allclose(found.eigenvalues, np.r_[expected[:3], expected[-4:]], rtol=0, atol=1e-6)
    assert found.residuals.max() < 1e-6 and found.products < 420
    np.testing.assert_allclose(found.eigenvectors.T @ found.eigenvectors, np.eye(7), atol=1e-8)
    products = dense @ found.eigenvectors
    np.testing.assert_allclose(products, found.eigenvectors * found.eigenvalues, atol=1e-6)
    assert found.smallest < 0 < found.largest  # batch norm: the loss is not convex


def test_single_precision_is_good_to_its_tolerance(linearization, dense):
    expected = np.linalg.eigvalsh(dense)
    found = analysis.hessian_spectrum(linearization, top=2, bottom=1, random_state=5)
    np.testing.assert_allclose(found.eigenvalues, expected[[0, -2, -1]], rtol=1e-4)
    assert np.all(found.residuals < 1e-3 * np.abs(expected[-1]))


def test_one_seed_gives_one_spectrum(linearization):
    first, again = (analysis.hessian_spectrum(linearization, top=1, bottom=0) for _ in range(2))
    assert np.array_equal(first.eigenvalues, again.eigenvalues) and first.products == again.products


def test_conditioning_is_that_of_the_dense_system(linearization, dense):
    found = analysis.hessian_spectrum(linearization, top=1, bottom=1)
    grid = analysis.conditioning(found, lams=(0.0, 2.0), dampings=(1.0, 300.0, 1000.0))
    for row, lam in enumerate(grid.lams):
        for column, damping in enumerate(grid.dampings):
            system = np.eye(len(dense)) + dense / (lam + damping)
            eigenvalues = np.linalg.eigvalsh(system)
            assert grid.definite[row, column] == (eigenvalues[0] > 0)
            if eigenvalues[0] > 0:
                assert grid.number[row, column] == pytest.approx(np.linalg.cond(system), rel=1e-3)
            else:
                assert np.isnan(grid.number[row, column])
    assert grid.definite.tolist() == [[False, True, True]] * 2


def test_least_damping_is_where_the_system_becomes_definite():
    ends = Spectrum(np.array([-3.0, 8.0]), np.eye(2), np.zeros(2), 0)
    assert analysis.least_damping(ends, lam=1.0) == 2
    edges = analysis.conditioning(ends, 1.0, [1.99, 2.01])
    assert edges.definite.tolist() == [[False, True]]
    convex = Spectrum(np.array([0.5, 8.0]), np.eye(2), np.zeros(2), 0)
    assert analysis.least_damping(convex, lam=1e-3) == 0


@pytest.mark.parametrize("top, bottom", [(1, 0), (0, 1)])
def test_a_spectrum_knows_which_end_it_lacks(linearization, top, bottom):
    found = analysis.hessian_spectrum(linearization, top=top, bottom=bottom)
    assert found.ends == ("top" if top else "bottom")
    known, lacking = ("largest", "smallest") if top else ("smallest", "largest")
    assert np.isfinite(getattr(found, known))
    calls = [lambda: getattr(found, lacking), lambda: analysis.conditioning(found, 1e-3, 10.0)]
    for call in calls + ([lambda: analysis.least_damping(found, 1e-3)] if top else []):
        with pytest.raises(bissl.errors.InvalidArgument, match=f"spectrum: expected one with the {lacking} eigenvalue"):
            call()


@pytest.mark.parametrize(
    "values, ends, text",
    [
        ([np.nan, 1.0], "both", r"eigenvalues: expected finite values, got nan at index \(0,\)"),
        ([3.0, -1.0], "both", "eigenvalues: expected ascending order, got -1 after 3"),
        ([], "both", r"eigenvalues: expected shape \(K,\) of at least one"),
        ([[1.0]], "both", r"eigenvalues: expected shape \(K,\) of at least one"),
        (["1"], "both", "eigenvalues: expected an array of real numbers"),
        ([1.0], "upper", 'ends: expected one of "both", "bottom", "top"'),
    ],
)
def test_eigenvalues_that_are_no_spectrum(values, ends, text):
    with pytest.raises((TypeError, ValueError), match=text):
        Spectrum(np.array(values), np.eye(2), np.zeros(2), 0, ends)


@pytest.mark.parametrize("wrong", ["a", "0.1", None, True, [True], ["0.1"], [], [np.nan], [[1.0]]])
def test_grids_of_what_is_no_number(wrong):
    ends = Spectrum(np.array([-3.0, 8.0]), np.eye(2), np.zeros(2), 0)
    with pytest.raises((TypeError, ValueError), match="lams: expected"):
        analysis.conditioning(ends, wrong, 1.0)
    with pytest.raises((TypeError, ValueError), match="dampings: expected"):
        analysis.conditioning(ends, 1.0, wrong)


@pytest.mark.parametrize("wrong", [None, "v", np.ones(3), np.full(420, np.nan)])
def test_residual_curves_of_no_direction(linearization, wrong):
    with pytest.raises((TypeError, ValueError), match="^v"):
        analysis.residual_curve(linearization, wrong)


def test_residual_curves_are_those_of_the_iterates(linearization, dense):
    v = linearization.gradient.backbone
    damping = 300.0
    curve = analysis.residual_curve(linearization, v, lam=0.0, damping=damping, iterations=4, layerwise=False)
    system = np.eye(len(dense)) + dense / damping
    for iterations in (1, 4):
        x, _ = linearization.solve(v, bissl.ConjugateGradient(iterations, layerwise=False), 0.0, damping)
        expected = np.linalg.norm(v - system @ np.asarray(x, np.float64)) / np.linalg.norm(v)
        assert curve.true[iterations] == pytest.approx(expected, rel=1e-2, abs=1e-5)
    assert curve.true[0] == 1 and len(curve.true) == 5
    # One step length for all: the recursion is right, and definite systems have positive curvature.
    np.testing.assert_allclose(curve.recursive, curve.true, rtol=2e-2, atol=1e-5)
    assert len(curve.curvature) == 4 and np.all(curve.curvature > 0)
    layerwise = analysis.residual_curve(linearization, v, lam=0.0, damping=damping, iterations=4)
    assert layerwise.layerwise and abs(layerwise.true[4] / layerwise.recursive[4] - 1) > 0.1


def test_refuses(linearization):
    with pytest.raises(ValueError, match="top: expected 0 to 419 eigenvalues of 420 parameters, got 420"):
        analysis.hessian_spectrum(linearization, top=420)
    with pytest.raises(ValueError, match="top \\+ bottom: expected 1 to 419 eigenvalues of 420, got 0"):
        analysis.hessian_spectrum(linearization, top=0, bottom=0)
    with pytest.raises(ValueError, match="max_products: 10 Hessian products were not enough"):
        analysis.hessian_spectrum(linearization, top=1, bottom=0, max_products=10)
    ends = Spectrum(np.array([-3.0, 8.0]), np.eye(2), np.zeros(2), 0)
    with pytest.raises(ValueError, match="lams, dampings: expected positive sums, got 0"):
        analysis.conditioning(ends, 0.0, [0.0, 1.0])
    with pytest.raises(ValueError, match="dampings: expected a finite number ≥ 0, got -1"):
        analysis.conditioning(ends, 0.0, -1)
    with pytest.raises(ValueError, match="v: expected a direction, got zeros"):
        analysis.residual_curve(linearization, np.zeros(420))
    with pytest.raises(ValueError, match="iterations: expected a whole number of at least 1, got 0"):
        analysis.residual_curve(linearization, np.ones(420), iterations=0)
