"""Batches without replacement (section B.4), independent draws, exact resume."""

import numpy as np
import pytest

from bissl.data.stacks import RandomDraws, Sequential, Stack, Stacks, permutation
from bissl.errors import InvalidArgument, WrongType


def test_permutation_is_keyed_by_seed_and_epoch():
    first = permutation(3, 1, 100)
    assert sorted(first) == list(range(100))
    assert (first == permutation(3, 1, 100)).all()
    assert (first != permutation(3, 2, 100)).any()
    assert (first != permutation(4, 1, 100)).any()


def test_permutation_is_pinned():
    # Philox words are the same in every NumPy version; a change here breaks resumed runs.
    assert permutation(0, 0, 8).tolist() == [0, 2, 1, 5, 4, 3, 6, 7]


def test_reshuffles_only_when_a_level_cannot_be_served():
    # 10 batches, 3 per level: three levels from one shuffle, then 1 batch remains and the fourth reshuffles.
    stack = Stack(size=105, batch_size=10, needed=3, seed=7)
    epochs, seen = [], []
    for _ in range(7):
        stack.begin()
        seen.append(np.concatenate([stack.draw() for _ in range(3)]))
        epochs.append(stack.epoch)
    assert epochs == [0, 0, 0, 1, 1, 1, 2]
    for shuffle in (seen[0:3], seen[3:6]):
        drawn = np.concatenate(shuffle)
        assert len(set(drawn.tolist())) == len(drawn) == 90


def test_small_set_reshuffles_when_less_than_a_batch_remains():
    # 2 batches cannot serve 8: no reshuffle at `begin`, one whenever fewer points than a batch remain.
    stack = Stack(size=25, batch_size=10, needed=8, seed=1)
    epochs = []
    for _ in range(2):
        stack.begin()
        for _ in range(8):
            stack.draw()
            epochs.append(stack.epoch)
    assert epochs == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]


def test_needed_one_is_conventional_epochs():
    stack = Stack(size=12, batch_size=4, seed=0)
    for _ in range(3):
        batches = []
        for _ in range(3):
            stack.begin()
            batches.append(stack.draw())
        assert sorted(np.concatenate(batches)) == list(range(12))


@pytest.mark.parametrize("steps", [0, 1, 5, 11])
def test_resumes_exactly(steps):
    make = lambda: Stack(size=31, batch_size=4, needed=3, seed=9)  # noqa: E731
    original = make()
    for _ in range(steps):
        original.begin()
        original.draw()
    copy = make()
    copy.load_state_dict(original.state_dict())
    for _ in range(20):
        original.begin(), copy.begin()
        assert (original.draw() == copy.draw()).all()


def test_state_of_other_settings_is_refused_and_nothing_changes():
    stack = Stack(size=31, batch_size=4, seed=9)
    stack.draw()
    before = stack.state_dict()
    with pytest.raises(ValueError, match="batch_size was 5 when it was saved, now it is 4"):
        stack.load_state_dict(before | {"batch_size": 5, "position": 20})
    assert stack.state_dict() == before


@pytest.mark.parametrize(
    ("order", "change", "kind", "message"),
    [
        (RandomDraws(5, 2), {"size": 100}, InvalidArgument, "size was 100 when it was saved, now it is 5"),
        (RandomDraws(5, 2), {"batch_size": 3}, InvalidArgument, "batch_size was 3 when it was saved, now it is 2"),
        (RandomDraws(5, 2), {"epoch": -1}, InvalidArgument, "state: epoch: expected an integer .*, got -1"),
        (RandomDraws(5, 2), {"epoch": 2**64}, InvalidArgument, "state: epoch: expected an integer"),
        (Sequential(5, 2), {"batch_size": 3}, InvalidArgument, "batch_size was 3 when it was saved, now it is 2"),
        (Sequential(5, 2), {"position": 6}, InvalidArgument, "state: position: expected .* 5, got 6"),
        (Stack(10, 4), {"position": -4}, InvalidArgument, "state: position: expected .* 10, got -4"),
        (Stack(10, 4), {"position": 4.9}, WrongType, "state: position: expected .*, got float 4.9"),
        (Stack(10, 4), {"epoch": -1}, InvalidArgument, "state: epoch: expected an integer .*, got -1"),
        (Stack(10, 4), {"taken": "3"}, WrongType, "state: taken: expected an integer .*, got str"),
    ],
)
def test_a_state_that_no_sequence_has_is_refused_and_nothing_changes(order, change, kind, message):
    order.advance()
    before = order.state_dict()
    with pytest.raises(kind, match=message):
        order.load_state_dict(before | change)
    for name in before:
        with pytest.raises(InvalidArgument, match=f"it has no '{name}'"):
            order.load_state_dict({other: value for other, value in before.items() if other != name})
    assert order.state_dict() == before


@pytest.mark.parametrize("wrong", ["lower", "upper", "hessian"])
def test_three_sources_resume_together_or_not_at_all(wrong):
    make = lambda: Stacks(Stack(10, 2, seed=1), Stack(10, 2, seed=2), RandomDraws(10, 2, seed=3))  # noqa: E731
    saved, stacks = make(), make()
    for source in (saved.lower, saved.upper, saved.hessian):
        source.draw()
    state, before = saved.state_dict(), stacks.state_dict()
    with pytest.raises(InvalidArgument, match="seed was 9 when it was saved"):
        stacks.load_state_dict(state | {wrong: state[wrong] | {"seed": 9}})
    with pytest.raises(InvalidArgument, match=f"it has no '{wrong}'"):
        stacks.load_state_dict({name: state[name] for name in state if name != wrong})
    assert stacks.state_dict() == before
    stacks.load_state_dict(state)
    assert stacks.state_dict() == state


def test_batches_are_the_callers_own():
    stack = Stack(size=8, batch_size=4)
    stack.draw()[:] = -1
    assert sorted(np.concatenate([Stack(8, 4).draw(), stack.draw()])) == list(range(8))


def test_random_draws_are_independent_and_resume():
    draws = RandomDraws(size=50, batch_size=20, seed=2)
    first, second = draws.draw(), draws.draw()
    assert len(set(first.tolist())) == 20 and set(first.tolist()) != set(second.tolist())
    other = RandomDraws(size=50, batch_size=20, seed=2)
    other.load_state_dict({"size": 50, "batch_size": 20, "seed": 2, "epoch": 1})
    assert (other.draw() == second).all()


def test_the_hessian_draw_takes_nothing_from_the_lower_stack():
    stacks = Stacks(Stack(40, 4, 3, 1), Stack(20, 4, 2, 2), RandomDraws(40, 4, 3))
    before = stacks.lower.state_dict()
    stacks.hessian.draw()
    assert stacks.lower.state_dict() == before
    copy = Stacks(Stack(40, 4, 3, 1), Stack(20, 4, 2, 2), RandomDraws(40, 4, 3))
    copy.load_state_dict(stacks.state_dict())
    assert copy.state_dict() == stacks.state_dict()


@pytest.mark.parametrize("batch_size", [0, 11])
def test_refuses_impossible_batches(batch_size):
    with pytest.raises(ValueError, match=f"batch_size: expected 1 to the 10 samples there are, got {batch_size}"):
        Stack(10, batch_size)
    with pytest.raises(ValueError, match="batch_size"):
        RandomDraws(10, batch_size)
