"""Scores have a kind: counts, or fractions; nothing else passes for one of them."""

import numpy as np
import pytest

from bissl.statistics import Counts, Fractions, as_scores, percent


def test_both_kinds_have_fractions():
    counts = Counts(np.array([93, 94]), np.int64(100), np.array([0, 1]))
    assert counts.fractions.tolist() == [0.93, 0.94] and len(counts) == 2
    assert counts == Counts((93, 94), 100, (0, 1))
    assert Fractions([0.93, 1]).fractions.tolist() == [0.93, 1.0]
    assert len(Fractions(value / 10 for value in (8, 9))) == 2
    assert Fractions([-0.3]).fractions.tolist() == [-0.3], "a coefficient of determination"


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Fractions([93.9]), ValueError, "values: expected scores in 0..1 .* got 93.9; divide per cent by 100"),
        (lambda: Fractions([1, 0]), TypeError, r"got the integers \[1, 0\]; say of how many images"),
        (lambda: Fractions([True]), TypeError, r"values: expected one number per run, got \[True\]"),
        (lambda: Fractions((True, 0.5)), TypeError, "values: expected one number per run"),
        (lambda: Fractions(("0.9",)), TypeError, r"values: expected one number per run, got \['0.9'\]"),
        (lambda: Fractions([0.5j]), TypeError, "values: expected one number per run"),
        (lambda: Fractions(np.ma.array([0.5, 0.9], mask=[0, 1])), TypeError, "values: .* without masked entries"),
        (lambda: Fractions([0.5, np.nan]), ValueError, "expected finite scores, got nan at index 1"),
        (lambda: Fractions([]), ValueError, "of at least one run"),
        (lambda: Fractions([[0.5]]), ValueError, "expected one number per run"),
        (lambda: Fractions(0.5), TypeError, "expected one number per run, got 0.5"),
        (lambda: Fractions("0.5"), TypeError, "expected one number per run"),
        (lambda: Counts([0.93], 100), TypeError, "correct: expected integer counts of correct predictions, got 0.93"),
        (lambda: Counts([True], 100), TypeError, "expected integer counts"),
        (lambda: Counts([101], 100), ValueError, "expected counts of 0 to 100 correct predictions"),
        (lambda: Counts([-1], 100), ValueError, "expected counts of 0 to 100"),
        (lambda: Counts([1], 0), ValueError, "images: expected at least 1 test image"),
        (lambda: Counts([1], 10.0), TypeError, "images: expected integer"),
        (lambda: as_scores([2.0], "arm"), ValueError, "^arm: expected scores in 0..1"),
        (lambda: as_scores(Counts([1], 10), "arm", 20), ValueError, "^arm: expected counts of 20 test images, got"),
        (
            lambda: as_scores(Fractions([0.5]), "arm", 20),
            ValueError,
            "^arm: expected counts of 20 test images, got fract",
        ),
        (lambda: Counts((1, 2), 10, backbones=5), TypeError, "backbones: expected one backbone per run, got 5"),
    ],
)
def test_what_is_none_of_them_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_per_cent_are_text():
    assert percent(0.939) == "93.9" and percent(1) == "100.0"
    with pytest.raises(ValueError, match="expected a score in 0..1, got 93.9"):
        percent(93.9)
    for wrong in ("a", None, True):
        with pytest.raises(TypeError, match="fraction: expected a number"):
            percent(wrong)
    with pytest.raises(ValueError, match="fraction: expected a finite number, got nan"):
        percent(float("nan"))
