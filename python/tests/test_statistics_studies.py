"""Differences of several tasks put together, and how many runs a comparison takes."""

import math

import numpy as np
import pytest
from scipy import stats

from bissl.statistics import (
    Comparison,
    Fractions,
    MetaAnalysis,
    MixedModel,
    corrected,
    described_tests,
    finding,
    runs_needed,
    smallest_difference,
)


def test_meta_analysis_by_hand():
    found = MetaAnalysis.of([0.1, 0.2, 0.5], [0.1, 0.1, 0.05])
    # Weights 100, 100, 400: 230/600; Q = 101/6; τ² = (Q − 2) / (600 − 180000/600).
    assert found.fixed.difference == pytest.approx(230 / 600)
    assert found.fixed.standard_error == pytest.approx(1 / math.sqrt(600))
    assert found.heterogeneity == pytest.approx(101 / 6)
    assert found.tau**2 == pytest.approx((101 / 6 - 2) / 300)
    assert found.i_squared == pytest.approx(1 - 12 / 101)
    assert found.heterogeneity_p == pytest.approx(stats.chi2.sf(101 / 6, 2))
    weights = 1 / (np.array([0.01, 0.01, 0.0025]) + found.tau**2)
    assert found.random.difference == pytest.approx(weights @ [0.1, 0.2, 0.5] / weights.sum())
    low, high = found.random.interval
    assert high - low == pytest.approx(2 * stats.norm.isf(0.025) / math.sqrt(weights.sum()))


def test_hartung_and_knapps_error_is_told_from_how_differences_scatter():
    found = MetaAnalysis.of([0.1, 0.2, 1.4], [0.05, 0.1, 0.4])
    weights = 1 / (np.array([0.0025, 0.01, 0.16]) + found.tau**2)
    mean = weights @ [0.1, 0.2, 1.4] / weights.sum()
    scatter = weights @ (np.array([0.1, 0.2, 1.4]) - mean) ** 2 / 2
    error = math.sqrt(scatter / weights.sum())
    assert scatter > 1.05 and found.hartung_knapp.difference == pytest.approx(mean)
    assert found.hartung_knapp.standard_error == pytest.approx(error)
    assert found.hartung_knapp.interval == pytest.approx((mean - 4.302653 * error, mean + 4.302653 * error))
    assert found.hartung_knapp.p_value == pytest.approx(2 * stats.t.sf(mean / error, 2))


def test_hartung_and_knapps_interval_keeps_to_its_level_where_few_tasks_differ():
    random, outside = np.random.default_rng(0), np.zeros(2)
    for _ in range(1000):
        errors = random.uniform(0.5, 2.5, 7)
        found = MetaAnalysis.of(random.normal(0, 2.5, 7) + random.normal(0, errors), errors)
        outside += [found.random.p_value < 0.05, found.hartung_knapp.p_value < 0.05]
    # Of 1,000, deviations at levels of 5 and 11 % are 0.7 and 1.0 %.
    normal, scatter = outside / 1000
    assert 0.08 < normal < 0.14 and 0.03 < scatter < 0.07


def test_equal_differences_have_no_heterogeneity():
    found = MetaAnalysis.of([0.3, 0.3], [0.1, 0.2])
    assert (found.tau, found.i_squared) == (0, 0) and found.random == found.fixed
    # They scatter less than their errors, which then are the error of the mean too.
    assert found.hartung_knapp.standard_error == found.random.standard_error
    assert found.hartung_knapp.p_value == pytest.approx(2 * stats.t.sf(3 * math.sqrt(1.25), 1))
    assert found.fixed.difference == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("differences", "errors", "text"),
    [
        ([0.1], [0.1], "at least two tasks"),
        ([0.1, 0.2], [0.1], "got 2 and 1"),
        ([0.1, 0.2], [0.1, 0.0], "standard_errors: expected numbers above 0, got 0"),
        ([0.1, math.nan], [0.1, 0.1], "differences: expected finite"),
        (
            [1e200, 0.2],
            [1e-100, 1e-100],
            "differences below 1e150 times the least error, got .* 1e.200 beside .* 1e-100",
        ),
        ([1e155, 0.2], [1.0, 1e150], "differences below 1e150 times the least error"),
    ],
)
def test_what_cannot_be_put_together(differences, errors, text):
    with pytest.raises(ValueError, match=text):
        MetaAnalysis.of(differences, errors)


@pytest.mark.parametrize("scale", [2.0**700, 2.0**-700])
def test_differences_of_any_size_are_put_together(scale):
    differences, errors = np.array([0.01, 0.02, 0.07]), np.array([0.005, 0.01, 0.005])
    one, other = MetaAnalysis.of(differences, errors), MetaAnalysis.of(scale * differences, scale * errors)
    assert other.tau / scale == pytest.approx(one.tau) and other.i_squared == pytest.approx(one.i_squared)
    for part in ("fixed", "random", "hartung_knapp"):
        plain, scaled = getattr(one, part), getattr(other, part)
        assert scaled.difference / scale == pytest.approx(plain.difference)
        assert np.array(scaled.interval) / scale == pytest.approx(plain.interval)
        assert scaled.p_value == pytest.approx(plain.p_value)


@pytest.mark.parametrize("error", [1e10, 1e200])
def test_a_task_of_which_nothing_is_known_changes_nothing(error):
    pooled = MetaAnalysis.of([0.5, 0.2], [1.0, error])
    assert pooled.fixed.difference == pytest.approx(0.5) and pooled.tau == 0


def test_tasks_that_differ_vary_also_where_one_has_nearly_all_weight():
    # Of two tasks τ² is (d² − s₁² − s₂²) / 2.
    assert MetaAnalysis.of([0.5, 1e12], [1.0, 1e10]).tau == pytest.approx(math.sqrt((1e24 - 1e20) / 2))


def test_runs_needed_are_those_of_cohens_tables():
    # Cohen 1988, table 2.4.1: n per group at power 0.8 and level 0.05, d = 0.2, 0.5, 0.8.
    assert [runs_needed(1.0, d) for d in (0.2, 0.5, 0.8)] == [394, 64, 26]
    assert runs_needed(0.008, -0.005) == 42
    assert runs_needed(0.0, 1.0) == 2


@pytest.mark.parametrize("runs", [2, 5, 40])
def test_the_smallest_difference_needs_as_many_runs(runs):
    least = smallest_difference(runs, 0.008)
    assert runs_needed(0.008, 1.0001 * least) == runs < runs_needed(0.008, 0.9 * least)


def test_strict_levels_and_tiny_deviations_have_an_answer():
    # Student's t of 2 degrees of freedom beside a large shift δ: P(χ²/2 < (δ/c)²) = 1 − exp(−(δ/c)²).
    critical = stats.t.isf(1e-9 / 2, 2)
    assert smallest_difference(2, 0.1, 0.99, 1e-9) == pytest.approx(
        0.1 * critical * math.sqrt(-math.log(0.01)), rel=1e-6
    )
    assert runs_needed(1e-200, 1.0) == 2


def test_levels_below_all_others_take_more_runs():
    assert runs_needed(0.1, 0.2, level=1e-300) < runs_needed(0.1, 0.2, level=1e-320) < 1200


def test_power_is_what_simulation_finds():
    draw = np.random.default_rng(0)
    runs = runs_needed(1.0, 1.2)
    first, second = draw.normal(1.2, 1, (4000, runs)), draw.normal(0, 1, (4000, runs))
    share = (stats.ttest_ind(first, second, axis=1).pvalue < 0.05).mean()
    assert 0.78 < share < 0.86


def test_findings():
    draw = np.random.default_rng(0)
    first, second = 0.90 + 0.01 * draw.normal(size=12), 0.90 + 0.01 * draw.normal(size=12)
    text = finding("ours", "theirs", Comparison.of(first, second), 12)
    assert text.startswith("Not settled: ours against theirs: ") and "12 runs an arm find a difference of" in text
    needed = runs_needed(MixedModel.of(first, second).run_std, first.mean() - second.mean())
    assert text.endswith(f"takes {needed:,}.")
    assert finding("ours", "theirs", Comparison.of(first, second - 0.1), 12).startswith("Settled: ")
    apart = Comparison.of(Fractions(first, [0] * 12), Fractions(second, [1] * 12))
    assert "share no pretrained backbone" in finding("ours", "theirs", apart, 12)
    assert finding("ours", "theirs", Comparison.of([0.5] * 3, [0.5] * 3), 3).endswith("+0.0 points.")


COMPARISON = Comparison.of([0.5, 0.6, 0.7], [0.7, 0.8, 0.9])


@pytest.mark.parametrize("call", [corrected, described_tests])
def test_what_is_no_comparison_is_named(call):
    assert call([None]) in ([None], "")
    with pytest.raises(TypeError, match="comparisons: expected those of .*Comparison.of, or None, got int at index 1"):
        call([COMPARISON, 3])
    with pytest.raises(TypeError, match="comparisons: expected a list of those of .*, got NoneType"):
        call(None)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: runs_needed(1, 0), "difference: expected one other than 0"),
        (lambda: runs_needed(1, 1e-9), "more than 10000000 runs"),
        (lambda: runs_needed(-1, 1), "std: expected a finite number"),
        (lambda: runs_needed(1, -math.nan), "difference: expected a finite number"),
        (lambda: runs_needed(1, 1, power=80), "expected 0 < level < power < 1"),
        (lambda: smallest_difference(1, 1), "runs: expected a whole number of at least 2, got 1"),
        (lambda: smallest_difference(10**30, 0.1), "runs: expected at most 1000000000000, .* got 1e\\+30"),
        (
            lambda: smallest_difference(2, 1, level=1e-300),
            "level: 1e-300 is so small that 2 runs an arm find no difference",
        ),
        (
            lambda: finding("a", "b", COMPARISON, 3, level=5),
            "level: expected a number above 0 and below the power of 0.8, got 5",
        ),
        (lambda: finding("a", "b", COMPARISON, 3, level=math.nan), "level: expected a finite number"),
        (lambda: finding("a", "b", COMPARISON, 3, level=0), "level: expected a number above 0"),
    ],
)
def test_what_has_no_answer(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: runs_needed(0.1, 0.2, power="a"), "power: expected a number, got str"),
        (lambda: runs_needed(0.1, 0.2, level=None), "level: expected a number, got NoneType"),
        (lambda: MetaAnalysis.of([0.1, 0.2], [0.1, 0.1], confidence="a"), "confidence: expected a number, got str"),
        (lambda: MixedModel.of([1.0, 2.0], [0, 3], confidence="a"), "confidence: expected a number, got str"),
        (
            lambda: MixedModel.of([1.0, 2.0], [0, 3], backbones=5),
            "backbones: expected those of the first arm .*, got 5",
        ),
        (lambda: MixedModel.of(["1", "2"], [0, 3]), "first: expected one number per run"),
    ],
)
def test_what_is_no_number_is_named(call, text):
    with pytest.raises(TypeError, match=text):
        call()
