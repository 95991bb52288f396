"""The rate of every step of a schedule."""

import math

import pytest

from bissl.optim.schedules import CosineSchedule


def test_warms_up_from_zero_and_ends_at_a_thousandth():
    schedule = CosineSchedule(base=2.0, total=110, warmup=10)
    assert [schedule(s) for s in (0, 5, 10)] == [0.0, 1.0, 2.0]
    assert schedule(60) == pytest.approx(2.0 * (0.5 + 0.001 * 0.5))
    assert schedule(110) == pytest.approx(0.002)


def test_follows_the_cosine_of_the_reference_code():
    schedule = CosineSchedule(base=0.7, total=37, warmup=5)
    for step in range(5, 38):
        q = 0.5 * (1 + math.cos(math.pi * (step - 5) / 32))
        assert schedule(step) == pytest.approx(0.7 * q + 0.0007 * (1 - q), rel=1e-14)


def test_first_step_is_not_at_full_rate():
    # The authors' scheduler advances after the optimiser: their first step runs at the base rate.
    assert CosineSchedule(base=1.0, total=20, warmup=4)(0) == 0.0


def test_falls_without_a_jump_after_the_warmup():
    schedule = CosineSchedule(base=1.0, total=1000, warmup=100)
    rates = [schedule(s) for s in range(1001)]
    assert max(abs(b - a) for a, b in zip(rates, rates[1:])) <= 0.01 + 1e-12
    assert rates[100:] == sorted(rates[100:], reverse=True)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"base": -1.0, "total": 10}, "base: expected a finite number ≥ 0, got -1.0"),
        ({"base": math.nan, "total": 10}, "base: .*nan"),
        ({"base": 1.0, "total": 0}, "total: expected a whole number of at least 1, got 0"),
        ({"base": 1.0, "total": 10, "warmup": 10}, "warmup: expected 0 to 9 steps.*got 10"),
    ],
)
def test_refuses_what_makes_no_curve(options, text):
    with pytest.raises(ValueError, match=text):
        CosineSchedule(**options)


@pytest.mark.parametrize("step", [-1, 11])
def test_refuses_steps_outside(step):
    with pytest.raises(ValueError, match="step: expected 0 to 10"):
        CosineSchedule(1.0, 10)(step)
