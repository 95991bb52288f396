"""The same seed gives the same bits for any number of threads; memory does not grow."""

from __future__ import annotations

import resource

import numpy as np
import pytest

import bissl


@pytest.fixture
def threads():
    """Restores the number of threads."""
    before = bissl.get_num_threads()
    yield
    bissl.set_num_threads(before)


def train(steps: int) -> np.ndarray:
    """Parameters of all four vectors after ``steps`` bilevel alternations of one step each."""
    random = np.random.default_rng(0)
    net = bissl.ResNet("bottleneck", (1, 2), (7, 33), seed=4)
    loop = bissl.Bilevel(bissl.SimCLR(net, projector=(17, 9)), bissl.Classifier(net.num_features, 3))
    for _ in range(steps):
        views = tuple(random.standard_normal((9, 23, 17, 3)) for _ in range(2))
        loop.lower_step(views)
        loop.linearize(views)
        loop.upper_step((views[0][:7], random.integers(0, 3, 7)))
    parts = (loop.backbone, loop.pretext.head, loop.upper_backbone, loop.downstream.head)
    return np.concatenate([np.asarray(part.vector) for part in parts])


def test_thread_counts_give_the_same_bits(threads):
    results = []
    for count in (1, 2, 3):
        bissl.set_num_threads(count)
        results.append(train(20))
    assert np.isfinite(results[0]).all()
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_two_thousand_steps_leave_no_memory_behind():
    random = np.random.default_rng(0)
    net = bissl.ResNet("basic", (1,), (4,), stem="small")
    pretext, optimizer = bissl.SimCLR(net, projector=(4,)), bissl.LARS(lr=0.1)
    views = tuple(random.standard_normal((4, 6, 6, 3)).astype(np.float32) for _ in range(2))

    def steps(count: int) -> tuple[int, int, int]:
        for _ in range(count):
            pretext.step(views, optimizer)
            pretext.linearize(views).hvp(net.vector)
        stats = bissl.memory_stats()
        return stats["live_blocks"], stats["live_bytes"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    blocks, live, resident = steps(100)
    assert steps(1900)[:2] == (blocks, live)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident < 4096, "kibibytes"


def test_memory_kept_for_reuse_can_be_released():
    net = bissl.ResNet("basic", (1,), (4,), stem="small")
    net(np.zeros((2, 9, 9, 3), np.float32))
    assert bissl.memory_stats()["cached_bytes"] > 0
    bissl.release_cached_memory()
    assert bissl.memory_stats()["cached_bytes"] == 0
    net(np.zeros((2, 9, 9, 3), np.float32))
