"""The permutation test of independent runs against SciPy's and against enumeration; intervals, spreads, comparisons."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from bissl.statistics import (
    Comparison,
    Counts,
    MixedModel,
    PermutationTest,
    Spread,
    difference_interval,
    holm,
    permutation_test,
    smallest_difference,
)


def enumerated(first, second):
    pooled, total, n = [*first, *second], sum(first) + sum(second), len(first)
    splits = [sum(pooled[i] for i in chosen) for chosen in combinations(range(len(pooled)), n)]
    distance = lambda s: abs(len(pooled) * s - n * total)  # noqa: E731
    return sum(distance(s) >= distance(sum(first)) for s in splits) / len(splits)


@pytest.mark.parametrize("seed", range(8))
def test_equals_scipy_and_enumeration(seed):
    draw = np.random.default_rng(seed)
    first = draw.integers(80, 90, draw.integers(2, 7)).tolist()
    second = draw.integers(82, 92, draw.integers(2, 7)).tolist()
    oracle = stats.permutation_test(
        (first, second), lambda a, b: abs(np.mean(a) - np.mean(b)), n_resamples=np.inf, alternative="greater"
    )
    p = permutation_test(first, second)
    assert p == pytest.approx(oracle.pvalue, abs=1e-12)
    assert p == enumerated(first, second)


def test_all_splits_of_ten_and_ten():
    first, second = list(range(100, 110)), list(range(200, 210))
    assert permutation_test(first, second) == 2 / 184_756


def test_equal_groups_give_one():
    assert permutation_test([5, 5, 5], [5, 5]) == 1.0
    assert permutation_test([1, 3], [3, 1]) == 1.0


def test_ties_are_exact_where_floats_are_not():
    # Accuracies such as 0.1 + 0.2 and 0.3 differ in floating point; counts do not.
    assert permutation_test([1, 2], [3, 0]) == 1.0


def test_accepts_numpy_integers_and_refuses_accuracies():
    assert permutation_test(np.array([1, 2]), np.array([5, 6])) == pytest.approx(2 / 6)
    with pytest.raises(TypeError, match="first: expected integer counts of correct predictions"):
        permutation_test([0.93, 0.94], [1, 2])
    with pytest.raises(ValueError, match="second: expected at least one run"):
        permutation_test([1], [])


def test_interval_is_welchs():
    first, second = [93.0, 94.5, 92.0], [90.0, 91.0, 95.0, 92.0]
    low, high = difference_interval(first, second)
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert low < np.mean(first) - np.mean(second) < high


def test_interval_of_single_runs_is_not_a_number():
    assert all(math.isnan(end) for end in difference_interval([1.0], [2.0, 3.0]))
    assert all(math.isnan(end) for end in difference_interval([1.0, 1.0], [2.0, 2.0]))
    with pytest.raises(ValueError, match="confidence"):
        difference_interval([1, 2], [3, 4], confidence=95)


@pytest.mark.parametrize("wrong", [[math.nan, 0.9], 0.9, ["0.9", "0.8"], [[0.9], [0.8]], [], Counts([9, 8], 10)])
def test_intervals_of_what_is_no_list_of_numbers(wrong):
    with pytest.raises((TypeError, ValueError), match="first: expected"):
        difference_interval(wrong, [0.8, 0.7])
    with pytest.raises((TypeError, ValueError), match="second: expected"):
        difference_interval([0.8, 0.7], wrong)
    with pytest.raises(TypeError, match="confidence: expected a number, got str"):
        difference_interval([0.8, 0.7], [0.8, 0.7], confidence="a")


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000])
def test_outcomes_of_any_size_have_an_interval_and_a_p(scale):
    first, second = np.array([3.0, 4.5, 2.0]), np.array([-1.0, 0.5, 1.0])
    expected = difference_interval(first, second)
    assert np.array(difference_interval(scale * first, scale * second)) / scale == pytest.approx(expected)
    p = permutation_test(first, second, tolerance=0)
    assert permutation_test(scale * first, scale * second, tolerance=0) == p == 0.1
    assert permutation_test(scale * first, scale * second, tolerance=20 * scale) == 1
    assert permutation_test([1e308, 1e308], [-1e308, -1e308], tolerance=0) == pytest.approx(1 / 3)
    assert permutation_test([1e-320], [0.0], tolerance=1) == 1
    model, scaled = MixedModel.of(first, second), MixedModel.of(scale * first, scale * second)
    assert (scaled.p_value, scaled.degrees_of_freedom) == (model.p_value, model.degrees_of_freedom)
    for name in ("difference", "standard_error", "interval", "run_std"):
        assert np.array(getattr(scaled, name)) / scale == pytest.approx(np.array(getattr(model, name)))


@pytest.mark.filterwarnings("error")
def test_outcomes_whose_difference_is_beyond_all_floats():
    first, second = [1e308, 1.1e308, 1e308], [-1e308, -1.2e308, -1.1e308]
    assert difference_interval(first, second)[1] == MixedModel.of(first, second).difference == math.inf
    assert MixedModel.of([1e308], [-1e308]).difference == math.inf
    assert MixedModel.of(first, np.array(second) / 2**600).p_value < 0.01


def test_a_comparison_of_counts_is_that_of_their_fractions():
    comparison = Comparison.of([45, 47], [40, 42], images=50)
    assert comparison.difference == pytest.approx(0.1)
    assert comparison.p_value == pytest.approx(2 / 6)
    assert comparison.interval[0] < 0.1 < comparison.interval[1]
    same = Comparison.of(Counts([45, 47], 50), Counts([40, 42], 50))
    assert same == comparison and Comparison.of([0.9, 0.94], [0.8, 0.84]).cells() == comparison.cells()
    with pytest.raises(ValueError, match="of the same test images, got some of 50 and of 60"):
        Comparison.of(Counts([45], 50), Counts([45], 60))


def test_spread_uses_the_sample_deviation_and_prints_per_cent():
    spread = Spread.of([0.91, 0.93])
    assert (spread.mean, spread.std, spread.runs) == (pytest.approx(0.92), pytest.approx(0.01 * math.sqrt(2)), 2)
    assert str(spread) == str(Spread.of(Counts([91, 93], 100))) == "92.0 ± 1.4"
    assert Spread.of([0.7]).std == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_scores_equal_scipy(seed):
    draw = np.random.default_rng(seed)
    first, second = draw.normal(80, 1, 6), draw.normal(81, 1, 5)
    oracle = stats.permutation_test(
        (first, second), lambda a, b: abs(np.mean(a) - np.mean(b)), n_resamples=np.inf, alternative="greater"
    )
    assert permutation_test(first, second, tolerance=1e-9) == pytest.approx(oracle.pvalue, abs=1e-12)


def test_the_papers_size_equals_scipy_with_ties():
    draw = np.random.default_rng(0)
    first, second = draw.integers(900, 912, 10), draw.integers(904, 916, 10)
    oracle = stats.permutation_test(
        (first, second), lambda a, b, axis: abs(a.mean(axis) - b.mean(axis)), n_resamples=np.inf,
        alternative="greater", vectorized=True,
    )  # fmt: skip
    assert oracle.null_distribution.size == 184_756
    assert permutation_test(first, second) == pytest.approx(oracle.pvalue, abs=1e-12)
    assert permutation_test(first / 1000, second / 1000, tolerance=1e-9) == permutation_test(first, second)


def test_ties_of_scores_have_a_stated_tolerance():
    # The split into (0, 1.0004) and (1, 3) is less extreme by 0.0004.
    first, second = [0.0, 1.0], [1.0004, 3.0]
    assert permutation_test(first, second, tolerance=1e-6) == pytest.approx(2 / 6)
    assert permutation_test(first, second, tolerance=1e-3) == pytest.approx(4 / 6)
    # 0.1 + 0.2 and 0.3 are told apart by nothing but rounding.
    assert permutation_test([0.1, 0.2], [0.3, 0.0], tolerance=1e-9) == 1.0


def test_scores_that_cannot_be_compared():
    for first, second, tolerance, text in [
        ([1.0, math.nan], [1.0], 1e-6, "first: expected finite scores, got nan at index 1"),
        ([1.0], [], 1e-6, "second: expected one number per run of at least one run"),
        ([1.0], [2.0], math.nan, "tolerance: expected a finite number"),
        ([1.0], [2.0], -1, "tolerance: expected a finite number"),
    ]:
        with pytest.raises(ValueError, match=text):
            permutation_test(first, second, tolerance=tolerance)
    with pytest.raises(TypeError, match="give scores that are no counts a tolerance"):
        permutation_test([1.5], [2.5])


def test_cells_of_a_table():
    model = MixedModel(0.0125, 0.01, 8.0, (-0.005, 0.03), 0.2, 0.0, 0.01)
    test = PermutationTest(0.02861, "all runs", 70, None, 0)
    assert Comparison(model, test, 0.05722).cells() == ("+1.2 [-0.5, +3.0]", "0.0286", "0.0572", "0.2000")
    nan = math.nan
    unknown = MixedModel(-0.093, nan, nan, (nan, nan), nan, nan, nan)
    assert Comparison(unknown, replace(test, p_value=7e-7)).cells() == ("-9.3", "< 0.0001", "", "")


def test_what_is_too_large_to_count_is_resampled():
    # Thirteen scores against thirteen: an error before, after all the training was done.
    draw = np.random.default_rng(0)
    first, second = draw.normal(0.80, 0.01, 13), draw.normal(0.81, 0.01, 13)
    test = PermutationTest.of(first, second, tolerance=1e-9, resamples=4000, seed=3)
    assert (test.resamples, test.permutations, test.seed) == (4000, math.comb(26, 13), 3)
    assert test == PermutationTest.of(first, second, tolerance=1e-9, resamples=4000, seed=3)
    counted = permutation_test(np.round(1e3 * first).astype(int), np.round(1e3 * second).astype(int))
    assert test.p_value == pytest.approx(counted, abs=0.02)
    apart = PermutationTest.of(first, second + 1, tolerance=1e-9, resamples=999)
    assert apart.p_value == 1 / 1000, "the observed permutation counts among the drawn"


def test_large_counts_and_sizes_stay_exact():
    assert permutation_test([10**30, 10**30 + 1], [10**30 + 5, 10**30 + 6]) == 2 / 6
    assert permutation_test([1] * 30 + [3], [1] * 30 + [2]) == 1.0
    assert PermutationTest.of(range(40), range(20, 60)).resamples is None


@pytest.mark.parametrize("seed", range(4))
def test_holm_is_the_definition(seed):
    p = np.random.default_rng(seed).random(6) ** 3
    order = np.argsort(p)
    # p̃_(i) = max over j ≤ i of (m − j + 1) p_(j)
    expected = [min(1, max((6 - j) * p[order[j]] for j in range(i + 1))) for i in range(6)]
    assert np.array(holm(p))[order] == pytest.approx(expected)


def test_holm_leaves_out_what_was_not_tested():
    assert holm([0.01, math.nan, 0.04, 0.03]) == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)
    assert holm([]) == []
    for wrong in (["a"], ["0.5"], 0.5, None, [True]):
        with pytest.raises(TypeError, match="p_values: expected one number per "):
            holm(wrong)
    with pytest.raises(ValueError, match="p_values: expected numbers in 0..1"):
        holm([0.5, 1.5])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"resamples": 0}, "resamples: expected a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed: expected a whole number of at least 0, got -1"),
    ],
)
def test_resampling_that_cannot_be(options, text):
    with pytest.raises(ValueError, match=text):
        PermutationTest.of([1], [2], **options)


def test_counts_of_draws_and_runs_are_integers():
    for call in (
        lambda: PermutationTest.of([1], [2], resamples=1e3),
        lambda: PermutationTest.of([1], [2], seed="x"),
        lambda: smallest_difference(2.5, 1.0),
    ):
        with pytest.raises(
            TypeError, match="(resamples|seed|runs): expected a whole number of at least [012], got (fl|str)"
        ):
            call()


def test_no_difference_has_no_minus():
    assert Comparison.of([0.9, 0.91], [0.90001, 0.91001]).cells()[0].startswith("+0.0 [")
