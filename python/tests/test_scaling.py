"""What threads give: measured here, simulated for more."""

from __future__ import annotations

import time

import numpy as np
import pytest

import bissl
from bissl import cli, scaling
from bissl.errors import InvalidArgument, WrongType
from bissl.scaling import Measured, Profile, Region, Scaling, measure, profile

SMALL = {"batch_size": 2, "size": 32, "rounds": 1}


def test_a_region_takes_what_falls_to_the_busiest_thread():
    region = Region(work=12.0, longest=1.5, chunks=12)
    assert [region.on(threads) for threads in (1, 2, 5, 12, 64)] == [12.0, 6.0, 3.0, 1.5, 1.5]
    assert Region(0.0, 0.0, 0).on(4) == 0.0


def test_what_lies_between_regions_takes_as_long_on_any_number_of_threads():
    found = Profile((Region(8.0, 0.5, 16), Region(4.0, 2.0, 4)), serial=1.0)
    assert found.seconds == found.on(1) == 13.0
    assert found.on(4) == 1.0 + 2.0 + 2.0
    assert found.on(4, handover=0.25) == 5.5


def test_measured_numbers_come_before_simulated_ones():
    task = Scaling({1: 13.0, 2: 8.0}, Profile((Region(8.0, 0.5, 16), Region(4.0, 0.5, 8)), serial=1.0))
    assert task.efficiency(1) == 1.0 and task.efficiency(2) == 13.0 / 16.0
    assert task.handover == 0.5  # 8 seconds, of which 7 are explained, in two regions
    assert task.efficiency(4) == 13.0 / (4 * 5.0)
    text = Measured("a workload", {"gradient": task}, {1: 2e9, 2: 4e9}).as_text()
    assert "a workload" in text and "81" in text and "regions" in text


@pytest.mark.parametrize("network", ["resnet18", "vit_small"])
def test_a_network_is_timed_on_every_number_of_threads(network):
    before = bissl.get_num_threads()
    found = measure(network, threads=[2, 1], **SMALL)
    assert bissl.get_num_threads() == before
    assert list(found.multiply_adds) == [1, 2] and all(rate > 1e8 for rate in found.multiply_adds.values())
    for task in found.tasks.values():
        assert set(task.seconds) == {1, 2} and len(task.profile.regions) > 20
        assert 0 < task.profile.serial < task.profile.seconds
        assert all(0 <= region.longest <= region.work * (1 + 1e-9) for region in task.profile.regions)


def test_no_time_is_counted_twice():
    """A region within a chunk of another one is part of it."""
    tokens = np.random.default_rng(0).standard_normal((4, 64, 96), np.float32)
    began = time.perf_counter()
    found = profile(lambda: bissl.ops.attention(tokens, heads=2).numpy())
    assert 0 < sum(region.work for region in found.regions) < time.perf_counter() - began


def test_every_region_is_that_of_its_quickest_call():
    disturbed = Profile((Region(3.0, 2.0, 4), Region(0.5, 0.25, 2)), serial=0.5)
    other = Profile((Region(1.0, 0.25, 4), Region(2.0, 1.5, 2)), serial=0.75)
    quickest = Profile((Region(1.0, 0.25, 4), Region(0.5, 0.25, 2)), serial=0.5)
    assert scaling._quickest([disturbed, other]) == quickest
    otherwise_cut = Profile((Region(0.5, 0.25, 8),), serial=0.25)
    assert scaling._quickest([disturbed, other, otherwise_cut]) == otherwise_cut


def test_one_asks_at_a_time():
    with pytest.raises(RuntimeError, match="regions are recorded already: end that first"):
        profile(lambda: profile(lambda: None))
    assert profile(lambda: None).regions == ()


def test_more_processors_than_threads_can_be(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(384)))
    assert scaling._counts(None) == (1, 2, 4, 8, 16, 32, 64, 128, 256)


def test_regions_are_noted_only_while_somebody_asks():
    batch = (np.zeros((2, 8, 8, 3), np.float32),) * 2
    pretext = bissl.SimCLR(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"))
    first = profile(lambda: pretext.value_and_gradient(batch))
    pretext.value_and_gradient(batch)
    again = profile(lambda: pretext.value_and_gradient(batch))
    assert len(first.regions) == len(again.regions) > 0


@pytest.mark.parametrize(
    "options, error, told",
    [
        ({"network": "resnet"}, InvalidArgument, "network: expected one of"),
        ({"threads": [2]}, InvalidArgument, "threads: expected 1 among them"),
        ({"threads": [0, 1]}, InvalidArgument, r"threads\[0\]: expected"),
        ({"threads": "12"}, WrongType, "threads: expected a sequence"),
        ({"rounds": 0}, InvalidArgument, "rounds: expected"),
        ({"batch_size": 1}, InvalidArgument, "batch_size: expected"),
        ({"size": 4}, InvalidArgument, "size: expected"),
        ({"network": "vit_small", "size": 20}, InvalidArgument, "size: expected a multiple of 8"),
        ({"network": "vit_small", "size": 8}, InvalidArgument, "size: expected a multiple of 8"),
    ],
)
def test_what_cannot_be_timed_is_told(options, error, told):
    with pytest.raises(error, match=told):
        measure(**{**SMALL, **options})


def test_parts_that_cannot_be():
    with pytest.raises(InvalidArgument, match="seconds: expected those on 1 thread"):
        Scaling({2: 1.0}, Profile((), 1.0))
    for threads in (0, -2):
        with pytest.raises(InvalidArgument, match="threads: expected"):
            Region(1.0, 0.5, 2).on(threads)
    with pytest.raises(WrongType, match="call: expected what is called without arguments"):
        profile(3)


def test_the_command_prints_both_tables(capsys, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert cli.main(["bench", "--batch-size", "2", "--size", "32", "--rounds", "1", "--no-progress"]) == 0
    text = capsys.readouterr().out
    assert "SimCLR, resnet18, 2 pairs of 32 px" in text and "% on 64 cores" in text and "Simulated where" in text
