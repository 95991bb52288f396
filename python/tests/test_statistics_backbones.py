"""Arms whose runs share pretrained backbones: permutations within these, the mixed model, error rates of both."""

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from bissl.statistics import (
    Comparison,
    Counts,
    Fractions,
    MixedModel,
    PermutationTest,
    described_tests,
    permutation_test,
)

#: Runs of both arms by backbone, unbalanced.
FIRST, OF_FIRST = [93.2, 94.1, 92.7, 95.0, 94.4, 90.9, 91.5, 92.2, 96.1], "aaabbcccd"
SECOND, OF_SECOND = [92.8, 93.0, 94.2, 93.9, 90.1, 90.6, 91.7, 95.0, 94.8, 95.3], "aabbcccddd"


def enumerated(first, second, backbones):
    """Every way to give the arms' labels to other runs of the same backbone, by |Σ_k n_k m_k / (n_k + m_k) d_k|."""
    pooled, of = [*first, *second], [*backbones[0], *backbones[1]]
    names = sorted(set(backbones[0]) & set(backbones[1]))
    members = {name: [i for i, other in enumerate(of) if other == name] for name in names}

    def statistic(chosen):
        total = 0.0
        for name in names:
            ours = [pooled[i] for i in members[name] if i in chosen]
            theirs = [pooled[i] for i in members[name] if i not in chosen]
            total += len(ours) * len(theirs) / len(members[name]) * (np.mean(ours) - np.mean(theirs))
        return abs(total)

    observed = statistic(set(range(len(first))))
    ways = [combinations(members[name], list(backbones[0]).count(name)) for name in names]
    found = [statistic(set().union(*chosen)) >= observed - 1e-9 for chosen in product(*ways)]
    return sum(found) / len(found)


@pytest.mark.parametrize("seed", range(4))
def test_labels_are_permuted_within_backbones(seed):
    draw = np.random.default_rng(seed)
    backbones = draw.choice(list("ab"), 4), draw.choice(list("abc"), 5)
    backbones[0][0] = backbones[1][0] = "a"
    first, second = draw.integers(80, 90, 4), draw.integers(82, 92, 5)
    p = enumerated(first, second, backbones)
    assert permutation_test(first, second, backbones=backbones) == pytest.approx(p, abs=1e-12)
    assert permutation_test(first / 7, second / 7, 1e-9, backbones=backbones) == pytest.approx(p, abs=1e-12)


def test_the_difference_of_backbones_does_not_hide_that_of_arms():
    # The second backbone is 20 better; within each, all runs of the first arm are the better ones.
    first, second, backbones = [62, 63, 82, 83], [60, 61, 80, 81], ("aabb", "aabb")
    test = PermutationTest.of(first, second, backbones=tuple(map(list, backbones)))
    assert (test.p_value, test.permuted, test.permutations) == (2 / 36, "runs within backbones", 36)
    assert permutation_test(first, second) > 0.5, "with all runs taken for independent"


def test_resampling_agrees_with_counting():
    draw = np.random.default_rng(1)
    of = list(np.repeat([0, 1, 2, 3, 4], 8))
    first, second = (draw.integers(900, 940, 40) + 50 * np.array(of) for _ in "12")
    counted = PermutationTest.of(first, second, backbones=(of, of))
    drawn = PermutationTest.of(first / 1e4, second / 1e4, 1e-9, backbones=(of, of), resamples=20_000)
    assert counted.resamples is None and drawn.resamples == 20_000
    assert drawn.p_value == pytest.approx(counted.p_value, abs=4 * math.sqrt(0.25 / 20_000))


def test_arms_without_a_backbone_in_common_exchange_whole_backbones():
    # Twelve runs, but four backbones: of their six ways to change places, two are as extreme.
    first, second = [90, 91, 92, 93, 94, 95], [70, 71, 72, 73, 74, 75]
    test = PermutationTest.of(first, second, backbones=(list("aaabbb"), list("cccddd")))
    assert (test.p_value, test.permuted) == (2 / 6, "whole backbones")
    assert permutation_test(first, second) == 2 / 924
    one_each = PermutationTest.of(first, second, backbones=(["a"] * 6, ["b"] * 6))
    assert one_each.p_value == 1.0, "one backbone an arm tells nothing"
    assert math.isnan(MixedModel.of(first, second, (["a"] * 6, ["b"] * 6)).p_value)


def test_backbones_must_be_named_for_every_run():
    for backbones, error, text in [
        (([0, 1], [0]), ValueError, r"backbones\[1\]: expected one for each of 2 runs, got 1"),
        (([0, 1],), ValueError, "backbones: expected those of the first arm and of the second, got 1"),
        (([[0], [1]], [0, 1]), TypeError, r"backbones\[0\]: expected names such as numbers or texts, got \[0\]"),
        (("ab", [0, 1]), TypeError, r"backbones\[0\]: expected one backbone per run"),
    ]:
        with pytest.raises(error, match=text):
            permutation_test([1, 2], [3, 4], backbones=backbones)
    with pytest.raises(ValueError, match="backbones: expected one for each of 2 runs, got 3"):
        Counts([1, 2], 10, [0, 0, 1])


def test_the_mixed_model_equals_statsmodels():
    # statsmodels 0.15, MixedLM("y ~ arm", groups=backbone), REML.
    model = MixedModel.of(FIRST, SECOND, (list(OF_FIRST), list(OF_SECOND)))
    assert model.difference == pytest.approx(0.6805869779732019, rel=1e-5)
    assert model.backbone_std == pytest.approx(1.8353538920349386, rel=1e-4)
    assert model.run_std == pytest.approx(0.5178357344487523, rel=1e-4)
    # (XᵀV⁻¹X)⁻¹ written out.
    of = np.array([*OF_FIRST, *OF_SECOND])
    v = 0.5178357344487523**2 * np.eye(19) + 1.8353538920349386**2 * (of[:, None] == of)
    x = np.stack([np.ones(19), np.arange(19) < 9], axis=1)
    assert model.standard_error == pytest.approx(np.sqrt(np.linalg.inv(x.T @ np.linalg.inv(v) @ x)[1, 1]), rel=1e-4)


def test_the_balanced_mixed_model_is_the_analysis_of_variance():
    draw = np.random.default_rng(0)
    y = draw.normal(0, 1, (2, 4, 5)) + draw.normal(0, 3, 4)[:, None]  # arm, backbone, run
    y[0] += 0.7
    of = np.repeat(np.arange(4), 5)
    model = MixedModel.of(y[0].ravel(), y[1].ravel(), (of, of))
    arms, backbones = y.mean(axis=(1, 2), keepdims=True), y.mean(axis=(0, 2), keepdims=True)
    within = np.sum((y - arms - backbones + y.mean()) ** 2) / (40 - 4 - 1)
    between = 10 * np.sum((backbones - y.mean()) ** 2) / 3
    assert model.run_std**2 == pytest.approx(within, rel=1e-5)
    assert model.backbone_std**2 == pytest.approx((between - within) / 10, rel=1e-5)
    assert model.difference == pytest.approx(float((arms[0] - arms[1]).item()))
    assert model.standard_error == pytest.approx(math.sqrt(within * 2 / 20), rel=1e-5)
    assert model.degrees_of_freedom == pytest.approx(35, rel=1e-6)
    half = model.standard_error * stats.t.isf(0.025, 35)
    assert model.interval == pytest.approx((model.difference - half, model.difference + half), rel=1e-5)


def test_without_shared_backbones_the_mixed_model_is_students_t():
    draw = np.random.default_rng(2)
    first, second = draw.normal(0.90, 0.01, 7), draw.normal(0.91, 0.01, 5)
    for backbones in (None, (["a"] * 7, ["a"] * 5)):
        model, expected = MixedModel.of(first, second, backbones), stats.ttest_ind(first, second)
        assert (model.p_value, model.degrees_of_freedom) == (pytest.approx(expected.pvalue), pytest.approx(10))
        assert math.isnan(model.backbone_std), "cannot be told"


def test_arms_on_backbones_of_their_own_have_as_many_degrees_of_freedom_as_backbones():
    draw = np.random.default_rng(3)
    first, second = (np.repeat(draw.normal(0, 5, 4), 6) + draw.normal(size=24) for _ in "12")
    of = np.repeat(np.arange(4), 6)
    model = MixedModel.of(first, second, (of, of + 4))
    expected = stats.ttest_ind(first.reshape(4, 6).mean(axis=1), second.reshape(4, 6).mean(axis=1))
    assert model.degrees_of_freedom == pytest.approx(6, rel=1e-4) and model.p_value == pytest.approx(
        expected.pvalue, rel=1e-4
    )


@pytest.mark.parametrize(("first", "second"), [([1.0], [2.0]), ([1.0, 1.0], [2.0, 2.0]), ([5.0], [5.0])])
def test_a_model_that_runs_do_not_tell_is_not_a_number(first, second):
    model = MixedModel.of(first, second)
    assert model.difference == first[0] - second[0]
    assert math.isnan(model.p_value) and all(map(math.isnan, model.interval))


@pytest.mark.parametrize("others", ["aabb", "ccdd"])
def test_runs_that_differ_in_arm_and_backbone_only_leave_no_error(others):
    model = MixedModel.of([1, 1, 2, 2], [1.5, 1.5, 2.5, 2.5], (list("aabb"), list(others)))
    assert model.difference == pytest.approx(-0.5) and math.isnan(model.p_value) and math.isnan(model.run_std)


def simulated(effect, shared, count, seed=0):
    """p-values of permutation test and mixed model in studies of 3 backbones (deviation 2) with 4 runs (1) an arm."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        means = draw.normal(900, 20, 3 if shared else 6)
        of = [np.repeat([0, 1, 2], 4), np.repeat([0, 1, 2] if shared else [3, 4, 5], 4)]
        first, second = (np.rint(means[o] + draw.normal(0, 10, 12)).astype(int) for o in of)
        one = Comparison.of(Counts(first + effect, 2000, list(of[0])), Counts(second, 2000, list(of[1])))
        found.append((one.p_value, one.model.p_value))
    return np.array(found)


def test_false_positives_are_near_the_level_and_effects_are_found():
    # 5 % of 150 studies: with probability 99.9 % no more than 17.
    false = (simulated(0, True, 150) < 0.05).sum(axis=0)
    assert (false <= 17).all() and (false >= 1).all()
    assert ((simulated(15, True, 40) < 0.05).mean(axis=0) > 0.75).all()
    apart = (simulated(0, False, 100, seed=1) < 0.05).sum(axis=0)
    assert (apart <= 14).all()


def test_captions_say_which_tests_were_made():
    def arm(shift, backbones):
        return Fractions(np.arange(len(backbones)) / 100 + shift, backbones)

    assert described_tests([None]) == ""
    within = Comparison.of(arm(0.1, list("aabb")), arm(0.2, list("aabb")))
    text = described_tests([None, within])
    assert "among the runs of each pretrained backbone; all permutations are counted" in text
    drawn = Comparison.of(arm(0.1, [0] * 13), arm(0.2, [0] * 13), resamples=500, seed=7)
    text = described_tests([within, drawn])
    assert "500 (seed 7) random permutations where all are too many to count" in text
    assert "the 2 comparisons of this table" in text and "mixed model" in text
    assert "; mean scores that differ by 1e-06 points or less are ties." in text
    counted = Comparison.of(Counts([5, 6], 10), Counts([5, 7], 10))
    assert "ties" not in described_tests([counted]) and "no backbone is known to be shared" in described_tests(
        [counted]
    )
