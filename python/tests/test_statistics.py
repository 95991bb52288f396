"""The permutation test against SciPy's and against enumeration; intervals and spreads."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from bissl.statistics import Comparison, Spread, difference_interval, permutation_test


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


def test_comparison_is_in_percentage_points():
    comparison = Comparison.of([45, 47], [40, 42], images=50)
    assert comparison.difference == pytest.approx(10.0)
    assert comparison.p_value == pytest.approx(2 / 6)
    assert comparison.interval[0] < 10 < comparison.interval[1]


def test_spread_uses_the_sample_deviation():
    spread = Spread.of([1.0, 3.0])
    assert (spread.mean, spread.std, spread.runs) == (2.0, pytest.approx(math.sqrt(2)), 2)
    assert str(spread) == "2.0 ± 1.4"
    assert Spread.of([7.0]).std == 0.0


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
        ([1.0], [], 1e-6, "second: expected a list of at least one score"),
        ([1.0] * 20, [2.0] * 20, 1e-6, "137846528820 ways, more than 5000000: pass integer counts"),
        ([1.0], [2.0], -1, "tolerance: expected a finite number"),
    ]:
        with pytest.raises(ValueError, match=text):
            permutation_test(first, second, tolerance=tolerance)
    with pytest.raises(TypeError, match="give scores that are no counts a tolerance"):
        permutation_test([1.5], [2.5])


def test_cells_of_a_table():
    assert Comparison(1.25, (-0.5, 3.0), 0.02861).cells() == ("+1.2 [-0.5, +3.0]", "0.0286")
    assert Comparison(-9.3, (math.nan, math.nan), 7e-7).cells() == ("-9.3", "< 0.0001")
