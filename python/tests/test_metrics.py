"""Average precision against its definition, written out."""

from __future__ import annotations

import numpy as np
import pytest

from bissl.errors import InvalidArgument, NonFinite
from bissl.metrics import accuracy, average_precision, correct_predictions, determination, mean_average_precision
from bissl.targets import ClassNumbers, ClassSets


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


# --- pairs that are left out ------------------------------------------------------------------------------------------


def by_development_kit(scores: np.ndarray, truth: np.ndarray) -> float:
    """VOCevalcls.m of the development kit for one class: truth 1 shown, -1 not shown, 0 difficult, which counts neither as
    found nor as wrongly found."""
    order = np.argsort(-scores, kind="stable")
    found, wrong = np.cumsum(truth[order] > 0), np.cumsum(truth[order] < 0)
    recall = found / (truth > 0).sum()
    with np.errstate(invalid="ignore"):
        precision = found / (found + wrong)
    best = [np.nanmax(np.append(precision[recall >= level - 1e-12], 0)) for level in np.arange(11) / 10]
    return float(np.mean(best))


@pytest.mark.parametrize("seed", range(5))
def test_left_out_pairs_by_the_development_kit(seed):
    draw = np.random.default_rng(seed)
    scores, truth = draw.standard_normal((50, 4)), draw.choice([1, 0, -1], (50, 4), p=[0.2, 0.2, 0.6])
    truth[0] = 1
    targets = np.select([truth == 1, truth == 0], [1, -1], 0)
    expected = [by_development_kit(*columns) for columns in zip(scores.T, truth.T)]
    np.testing.assert_allclose(average_precision(scores, targets), expected, rtol=1e-13)
    for kind in (np.int8, np.float32):
        assert mean_average_precision(scores, targets.astype(kind)) == pytest.approx(np.mean(expected), rel=1e-13)
    as_negatives = mean_average_precision(scores, np.maximum(targets, 0))
    assert abs(as_negatives - np.mean(expected)) > 0.005


def test_left_out_pairs_by_hand():
    scores = np.array([[4.0], [3], [2], [1]])
    assert average_precision(scores, [[-1], [1], [-1], [1]]) == pytest.approx([1.0])
    assert average_precision(scores, [[0], [1], [0], [1]]) == pytest.approx([0.5])
    with pytest.raises(InvalidArgument, match="targets: expected 0 or 1, or -1 .* got 2 for image 1, class 0"):
        average_precision(scores, [[0], [2], [0], [1]])


# --- what is no number ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_predictions_that_are_no_numbers_have_no_score(wrong):
    scores = np.zeros((4, 3))
    scores[2, 1] = wrong
    message = f"got {wrong} for image 2, class 1"
    for metric, targets in (
        (accuracy, np.array([0, 1, 2, 0])),
        (correct_predictions, np.array([0, 1, 2, 0])),
        (average_precision, np.eye(4, 3)),
        (mean_average_precision, np.eye(4, 3)),
    ):
        with pytest.raises(NonFinite, match=message):
            metric(scores, targets)
    with pytest.raises(NonFinite, match=rf"predictions: expected finite values, got {wrong} at index \(2, 1\)"):
        determination(scores, np.eye(4, 3))


def test_minus_infinity_is_a_class_that_is_never_predicted():
    logits = np.array([[-np.inf, 1.0], [-np.inf, -2]])
    assert correct_predictions(logits, np.array([1, 1])) == 2
    assert correct_predictions(np.array([[0, -np.inf, -np.inf]]), np.array([1]), k=2) == 0
    assert ClassNumbers(2).decide(logits).tolist() == [1, 1]
    with pytest.raises(NonFinite, match="outputs: expected a finite number, got -inf for every class for image 1"):
        ClassNumbers(2).decide(np.array([[0, -np.inf], [-np.inf, -np.inf]]))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("kind", [ClassNumbers(3), ClassSets(3)])
def test_outputs_that_are_no_numbers_decide_nothing(kind, wrong):
    outputs = np.zeros((4, 3))
    outputs[2, 1] = wrong
    with pytest.raises(
        NonFinite, match=f"outputs: expected finite numbers, got {wrong} for image 2, class 1; has training"
    ):
        kind.decide(outputs)


def test_no_image_has_no_accuracy():
    with pytest.raises(InvalidArgument, match="labels: expected those of at least one image, got none"):
        accuracy(np.zeros((0, 3)), np.zeros(0, int))


@pytest.mark.parametrize("scale", [1e300, 1e200, 1e-170, 1e-300])
def test_determination_of_numbers_near_the_ends_of_the_range(scale):
    truth, predicted = np.array([1.0, 2, 3]), np.array([1.0, 2, 3.1])
    assert determination(scale * predicted, scale * truth) == pytest.approx(determination(predicted, truth), rel=1e-12)
    assert determination(predicted[:, None] * [1, scale], truth[:, None] * [1, scale]) == pytest.approx(0.995)


def test_logits_and_labels_that_do_not_belong_together():
    with pytest.raises(InvalidArgument, match=r"labels: expected shape \(N,\).*got \(3,\) for \(2, 2\)"):
        accuracy(np.zeros((2, 2)), np.zeros(3, int))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int8, bool])
def test_scores_of_any_kind_of_number_are_ordered(dtype):
    scores = np.array([[0, 1], [1, 0]], dtype)
    assert accuracy(scores, np.array([1, 0])) == 1
    assert mean_average_precision(scores, np.array([[0, 1], [1, 0]])) == 1


@pytest.mark.parametrize(
    "logits, labels, k, message",
    [
        (np.zeros((2, 2)), [np.nan, 0], 1, "labels: expected integer labels from 0, got nan"),
        (np.zeros((2, 2)), [0, -1], 1, "labels: expected labels in 0 to 1, got -1"),
        (np.zeros((2, 2)), [1, 2], 1, "labels: expected labels in 0 to 1, got 2 at index 1"),
        (np.zeros((2, 0)), [0, 0], 1, r"logits: expected those of at least one class, .* got shape \(2, 0\)"),
        (
            [[1, 2], [3]],
            [0, 1],
            1,
            r"logits: expected entries of one shape, got \(2,\) at index 0 and \(1,\) at index 1",
        ),
        (np.zeros((2, 2)), [0, 1], np.nan, "k: expected a whole number of at least 1, got float nan"),
        (np.array([[None, 1.0], [0.5, 1.0]]), [0, 1], 1, "logits: expected finite numbers, got nan for image 0"),
        (np.array([["a", "b"], ["c", "d"]]), [0, 1], 1, "logits: expected numbers, got dtype <U1"),
        (np.array([[1j, 1], [0, 1]]), [0, 1], 1, "logits: expected numbers, got dtype complex128"),
    ],
)
def test_what_is_no_logit_or_no_label_has_no_score(logits, labels, k, message):
    with pytest.raises((TypeError, ValueError), match=message):
        accuracy(logits, np.array(labels), k)


# --- several numbers per image ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_determination_as_scikit_learn(seed):
    from sklearn.metrics import r2_score

    draw = np.random.default_rng(seed)
    targets = draw.standard_normal((20, 3)) * [1, 100, 0.01] + [0, 5, 0]
    predictions = targets + draw.standard_normal((20, 3)) * [0.5, 1, 0.02]
    targets[:, 2] = 0.25 if seed == 4 else targets[:, 2]  # of 0.1 the mean is another number, and its R² about -1e31
    assert determination(predictions, targets) == pytest.approx(r2_score(targets, predictions), rel=1e-12)
    deep = targets.reshape(20, 3, 1), predictions.reshape(20, 1, 3)
    assert determination(deep[1], deep[0]) == pytest.approx(r2_score(targets, predictions), rel=1e-12)


def test_large_numbers_do_not_hide_small_ones():
    targets = np.array([[0.0, 0], [1, 1000], [0, 2000], [1, 3000]])
    assert determination([[0.5, 0], [0.5, 1000], [0.5, 2000], [0.5, 3000]], targets) == pytest.approx(0.5)


def test_constant_numbers_as_scikit_learn():
    targets = np.array([[1.0, 0.25], [2, 0.25], [3, 0.25]])
    assert determination(targets, targets) == 1
    assert determination(targets + [[0, 0.5]], targets) == 0.5
    with pytest.raises(InvalidArgument, match="predictions: expected as many numbers per image"):
        determination(np.zeros((3, 3)), targets)


# --- what is no array of numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong, message",
    [
        (np.ma.array([1.0, 2, 99], mask=[0, 0, 1]), "without masked entries"),
        (["1", "2", "3"], "of real numbers, got ndarray of <U1"),
        ([1j, 2, 3], "of real numbers, got ndarray of complex128"),
    ],
)
def test_determination_counts_no_masked_entries_text_or_imaginary_parts(wrong, message):
    with pytest.raises(TypeError, match=f"predictions: expected an array {message}"):
        determination(wrong, [1, 2, 3])
    with pytest.raises(TypeError, match=f"targets: expected an array {message}"):
        determination([1, 2, 3], wrong)


def test_masked_scores_and_labels_are_not_counted():
    scores, labels = np.eye(2), np.array([0, 1])
    for measure, truth in ((accuracy, labels), (average_precision, scores)):
        with pytest.raises(TypeError, match="(logits|scores): expected an array without masked entries"):
            measure(np.ma.array(scores, mask=scores == 0), truth)
        with pytest.raises(TypeError, match="(labels|targets): expected an array without masked entries"):
            measure(scores, np.ma.array(truth, mask=truth == 0))
