"""Shares, launchers, threads and waiting, without other processes."""

from __future__ import annotations

import numpy as np
import pytest

from bissl import distributed
from bissl.distributed import group, launch, messages
from bissl.distributed.share import whole_has
from bissl.distributed.waiting import Waiter
from bissl.errors import InvalidArgument, InvalidState
from bissl.models.inputs import two_views


class Two(group.ProcessGroup):
    rank, size = 1, 2


@pytest.fixture
def of_two(monkeypatch):
    monkeypatch.setattr(group, "_group", Two())


def test_alone_nothing_is_called():
    assert (distributed.rank(), distributed.size(), distributed.is_first()) == (0, 1, True)
    assert distributed.share_of(5) == slice(0, 5)
    assert distributed.from_first(lambda: 3, "three") == 3
    distributed.barrier("nothing")
    distributed.agree("nothing", b"")
    distributed.abort("nothing")


@pytest.mark.parametrize("call", [distributed.share_of, distributed.place_of, distributed.totals])
@pytest.mark.parametrize("count", ["4", 8.5, None, True])
def test_counts_are_whole_numbers(call, count):
    with pytest.raises(TypeError, match="counts?: expected .*, got"):
        call(count)


def test_shares_cover_a_batch(monkeypatch):
    for size in (1, 2, 3, 7):
        shares = []
        for rank in range(size):
            member = type("Member", (group.ProcessGroup,), {"rank": rank, "size": size})()
            monkeypatch.setattr(group, "_group", member)
            shares += range(7)[distributed.share_of(7)]
        assert shares == list(range(7))


def test_a_batch_of_fewer_samples_than_processes_is_refused(of_two):
    with pytest.raises(InvalidArgument, match="at least one sample for each of 2 processes, got 1"):
        distributed.share_of(1)


def test_minima_are_of_the_whole_batch(monkeypatch):
    assert [whole_has(count, 2) for count in (1, 2)] == [False, True]
    pair = np.zeros((2, 1, 8, 8, 3))
    with pytest.raises(InvalidArgument, match="expected at least 2 pairs, got 1: no negatives"):
        two_views(tuple(pair))
    monkeypatch.setattr(group, "_group", Two())
    assert whole_has(1, 2)
    assert [view.shape for view in two_views(tuple(pair))] == [(1, 8, 8, 3)] * 2


class Particular(Exception):
    def __init__(self, number, thing):
        super().__init__(f"{number} {thing}")
        self.number = number


def test_exceptions_of_any_constructor_are_sent():
    local = type("Local", (Exception,), {})  # which no other process knows
    for error, expected in [
        (Particular(2, "many"), Particular(2, "many")),
        (OSError(2, "not there", "a.txt"), OSError(2, "not there", "a.txt")),
        (InvalidArgument("lr: expected a number"), InvalidArgument("lr: expected a number")),
        (local("no"), InvalidState("rank 0 raised Local: no")),
    ]:
        with pytest.raises(type(expected)) as raised:
            messages.read(messages.of_error(error))
        assert (type(raised.value), str(raised.value)) == (type(expected), str(expected))
        assert vars(raised.value) == vars(expected)
    assert messages.read(messages.of_value({"a": 1})) == {"a": 1}


def test_files_are_written_by_the_first(of_two, tmp_path):
    from bissl.durable import append, write_atomically

    write_atomically(tmp_path / "a", b"1")
    append(tmp_path / "b", b"1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variables, size",
    [
        ({}, 1),
        ({"PMI_SIZE": "4"}, 4),
        ({"OMPI_COMM_WORLD_SIZE": "3"}, 3),
        ({"SLURM_STEP_NUM_TASKS": "8"}, 1),  # in a batch script, which is one process
        ({"SLURM_STEP_NUM_TASKS": "8", "SLURM_STEP_ID": "0"}, 8),
    ],
)
def test_what_launchers_say(monkeypatch, variables, size):
    for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_ID", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launch.launched_size() == size


def test_threads_are_a_part_of_the_processors():
    every, half = frozenset(range(8)), frozenset(range(4))
    assert launch.threads_of(set(every), [every] * 4) == 2
    assert launch.threads_of(set(half), [half, frozenset(range(4, 8))]) == 4
    assert launch.threads_of({0}, [frozenset({0})] * 2) == 1


class Request:
    """One that is complete after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def Test(self) -> bool:
        self.looks -= 1
        return self.looks < 0


class Comm:
    def Get_size(self) -> int:
        return 3

    def Get_rank(self) -> int:
        return 0

    def Isend(self, number: np.ndarray, rank: int, tag: int) -> Request:
        return Request(0)

    def Iprobe(self, rank: int, tag: int) -> bool:
        return False


def test_waiting(capfd, monkeypatch):
    Waiter(Comm()).wait(Request(500), "gradients")
    assert capfd.readouterr().err == ""
    monkeypatch.setattr("bissl.distributed.waiting._LONG", 0.0)
    monkeypatch.setattr("os._exit", lambda status: (_ for _ in ()).throw(SystemExit(status)))
    with pytest.raises(SystemExit, match="75"):
        Waiter(Comm(), 0.001, 0.01).wait(Request(10**9), "gradients")
    lines = capfd.readouterr().err.splitlines()
    assert "rank 0 of 3 has waited for 0 s in the sum of gradients (collective 1); not there: rank 1, 2" in lines[0]
    assert "ending the job" in lines[1]


def test_a_detector_without_rois_in_one_process_is_refused_in_all(monkeypatch):
    from bissl.objectives.downstream.detection import fasterrcnn

    monkeypatch.setattr(fasterrcnn, "gathered", lambda counts, purpose: np.array([[2, 8, 5], [1, 4, 0]]))
    with pytest.raises(InvalidState, match="rank 1 of 2 has neither proposals nor objects.*more images for each"):
        fasterrcnn._factors(2, 8, 5)
    monkeypatch.setattr(fasterrcnn, "gathered", lambda counts, purpose: np.array([[2, 8, 5], [1, 4, 3]]))
    assert fasterrcnn._factors(2, 8, 5) == pytest.approx((1.0, 5 * 3 / (8 * 2)))


def test_totals_alone_are_the_counts():
    assert distributed.totals(3, 0) == (3, 0)
