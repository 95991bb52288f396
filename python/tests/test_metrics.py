"""Average precision against its definition, written out."""

from __future__ import annotations

import numpy as np
import pytest

from bissl.metrics import accuracy, average_precision, correct_predictions, determination, mean_average_precision


def by_definition(scores: list[float], targets: list[int]) -> float:
    """PASCAL VOC 2007: at every recall level the best precision of any cut of the ranking that reaches the level."""
    ranking = sorted(range(len(scores)), key=lambda image: -scores[image])
    positives, best = sum(targets), [0.0] * 11
    for cut in range(1, len(ranking) + 1):
        found = sum(targets[image] for image in ranking[:cut])
        for level in range(11):
            if 10 * found >= level * positives:
                best[level] = max(best[level], found / cut)
    return sum(best) / 11


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_by_definition(seed):
    draw = np.random.default_rng(seed)
    scores = draw.integers(0, 12, (40, 6)) / 4  # with ties
    targets = draw.random((40, 6)) < draw.uniform(0.05, 0.9, 6)
    targets[0] = True
    expected = [by_definition(s.tolist(), t.astype(int).tolist()) for s, t in zip(scores.T, targets.T)]
    np.testing.assert_allclose(average_precision(scores, targets), expected, rtol=1e-13)
    assert mean_average_precision(scores, targets.astype(float)) == pytest.approx(np.mean(expected), rel=1e-13)


def test_average_precision_by_hand():
    # Ranks 1 and 3 of four have the class: precision 1 up to recall 0.5, then 2/3.
    precision = average_precision(np.array([[4.0], [3], [2], [1]]), np.array([[1], [0], [1], [0]]))
    assert precision == pytest.approx([(6 * 1 + 5 * 2 / 3) / 11])
    assert average_precision(np.array([[1.0], [0]]), np.array([[1], [0]])) == pytest.approx([1.0])


def test_recall_levels_are_exact():
    """Of ten positives the third is recall 0.3, which in floating point is less than three tenths of one."""
    targets = np.array([[1]] * 3 + [[0]] * 87 + [[1]] * 7)
    scores = -np.arange(97.0)[:, None]
    assert average_precision(scores, targets) == pytest.approx([(4 * 1 + 7 * 10 / 97) / 11])


def test_a_class_that_no_image_has_is_left_out():
    scores, targets = np.array([[1.0, 2], [0, 1]]), np.array([[True, False], [False, False]])
    precision = average_precision(scores, targets)
    assert precision[0] == 1 and np.isnan(precision[1])
    assert mean_average_precision(scores, targets) == 1
    with pytest.raises(ValueError, match="targets: expected at least one image with a class"):
        mean_average_precision(scores, targets & False)


def test_shapes_of_targets():
    with pytest.raises(ValueError, match=r"targets: expected shape \(N, C\).*got \(2,\) for \(2, 3\)"):
        average_precision(np.zeros((2, 3)), np.array([0, 1]))


def test_top_k_counts_and_breaks_ties_by_class_number():
    logits = np.array([[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
    assert correct_predictions(logits, np.array([2, 0])) == 2
    assert correct_predictions(logits, np.array([1, 1])) == 0
    assert correct_predictions(logits, np.array([1, 1]), k=2) == 2
    assert correct_predictions(logits, np.array([0, 2]), k=5) == 2
    assert accuracy(logits, np.array([2, 1])) == 0.5


def test_determination():
    targets = np.array([1.0, 2, 6])
    assert determination(targets[:, None], targets) == 1
    assert determination(np.full(3, 3.0), targets) == 0
    assert determination([1, 2, 5], targets) == pytest.approx(1 - 1 / 14)
    with pytest.raises(ValueError, match="targets: expected different values"):
        determination(targets, np.ones(3))
