"""One image at a time: the same numbers as in a batch, from any thread, beside the engine's work, after a fork."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bissl
from bissl.data import DownstreamViews, TwoViews, View, augment, augment_into

DTYPE = np.dtype(bissl.precision)
VIEWS = [*TwoViews.paper(20), *TwoViews.authors_code(20), DownstreamViews.paper(20).training,
         DownstreamViews.paper(20).evaluation]  # fmt: skip


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (48, 31, 45, 3)).astype(np.uint8)


@pytest.mark.parametrize("view", VIEWS)
def test_one_image_is_as_in_the_batch_from_any_thread(images, view):
    samples = np.arange(len(images)) * 7 - 50
    together = augment(images, samples, view, seed=1, epoch=2, index=1)
    batch = np.zeros_like(together)

    def work(index: int) -> None:
        augment_into(batch[index], images[index], int(samples[index]), view, seed=1, epoch=2, index=1)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, reversed(range(len(images)))))
    assert np.array_equal(batch, together)


def test_threads_share_nothing_between_sizes(images):
    """Scratch memory that grows, shrinks and is reused leaves no trace."""
    sizes = [(3, 200), (40, 41), (300, 280), (1, 1), (31, 45)] * 8
    random = np.random.default_rng(1)
    pictures = [random.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]
    views = [View(size, crop_scale=(0.3, 1.0), bicubic=True, blur_probability=0.5, hue=0.1, jitter_probability=1.0)
             for size in (4, 33)]  # fmt: skip

    def work(index: int) -> np.ndarray:
        view = views[index % 2]
        out = np.empty((view.size, view.size, 3), DTYPE)
        augment_into(out, pictures[index], index, view)
        return out

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(work, range(len(pictures))))
    for index, result in enumerate(results):
        assert np.array_equal(result, augment(pictures[index][None], np.array([index]), views[index % 2])[0])


def test_grey_strided_and_read_only_images(images):
    view, out = VIEWS[0], np.empty((2, 20, 20, 3), DTYPE)
    augment_into(out[0], images[3, :, :, :1], 3, view)
    augment_into(out[1], np.repeat(images[3, :, :, :1], 3, axis=2), 3, view)
    assert np.array_equal(out[0], out[1])
    backwards = images[3, ::-1, ::-2]
    backwards.flags.writeable = False
    augment_into(out[0], backwards, 3, view)
    augment_into(out[1], backwards.copy(), 3, view)
    assert np.array_equal(out[0], out[1])


def test_the_engine_at_work_does_not_hold_it_up(images):
    pretext = bissl.SimCLR(bissl.ResNet(layers=(1,), widths=(8,), stem="small"), projector=(8,))
    random = np.random.default_rng(0)
    point = pretext.linearize([random.standard_normal((8, 16, 16, 3)).astype(DTYPE) for _ in range(2)])
    v = random.standard_normal(len(pretext.backbone.vector)).astype(DTYPE)

    def solve(iterations: int) -> float:
        started = time.perf_counter()
        point.solve(v, bissl.ConjugateGradient(iterations, nonfinite="zero"), 1e-3, 10.0)
        return time.perf_counter() - started

    thread = threading.Thread(target=solve, args=(int(20 * 1.5 / solve(20)),))
    thread.start()
    time.sleep(0.2)
    out = np.empty((20, 20, 3), DTYPE)
    augment_into(out, images[0], 0, VIEWS[0])
    assert thread.is_alive()
    thread.join()
    assert np.array_equal(out, augment(images[:1], np.array([0]), VIEWS[0])[0])


def test_works_after_a_fork(run_python):
    finished = run_python(
        """
        import os
        import numpy as np
        from bissl.data import TwoViews, augment, augment_into
        images = np.random.default_rng(0).integers(0, 256, (4, 30, 40, 3)).astype(np.uint8)
        for view in TwoViews.paper(16):
            batch = augment(images, np.arange(4), view)
            child = os.fork()
            if child == 0:
                out = np.zeros_like(batch)
                for index in range(4):
                    augment_into(out[index], images[index], index, view)
                os._exit(0 if np.array_equal(out, batch) else 1)
            assert os.waitpid(child, 0)[1] == 0
        print("equal")
        """
    )
    assert finished.stdout == "equal\n", finished.stderr


def test_views_can_be_pickled_after_use_and_take_lists(images):
    view = View(8, mean=[0.5, 0.5, 0.5], std=[0.1, 0.2, 0.3], crop_scale=[0.5, 1])
    augment(images, np.arange(len(images)), view)
    assert pickle.loads(pickle.dumps(view)) == view


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"pixels": np.zeros((8, 8, 3))}, TypeError, "pixels: expected uint8 images in 0..255"),
        ({"pixels": np.zeros((8, 8), np.uint8)}, ValueError, r"pixels: expected uint8 \(H, W, C\), got shape \(8, 8\)"),
        ({"pixels": np.zeros((3, 8, 8), np.uint8)}, ValueError, r"(?s)out: expected .*\(4, 4, 8\)"),
        ({"pixels": np.zeros((0, 8, 3), np.uint8)}, ValueError, "pixels: expected at least one image"),
        ({"out": np.zeros((4, 5, 3), DTYPE)}, ValueError, r"out: expected .* shape \(4, 4, 3\), got \(4, 5, 3\)"),
        ({"out": np.zeros((4, 4, 3), np.int64)}, TypeError, "out: expected an array of float"),
        ({"out": np.zeros((4, 4, 6), DTYPE)[:, :, ::2]}, ValueError, "out: expected a writable, C-contiguous array"),
        ({"sample": 2**63}, ValueError, "sample: expected an integer of 64 bits"),
        ({"seed": -1}, ValueError, "seed: expected an integer from 0"),
    ],
)
def test_errors_name_the_argument(change, error, text):
    arguments = {"out": np.zeros((4, 4, 3), DTYPE), "pixels": np.zeros((8, 8, 3), np.uint8), "sample": 0,
                 "view": View(4)} | change  # fmt: skip
    with pytest.raises(error, match=text):
        augment_into(**arguments)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"resize_shorter": 3}, "resize_shorter is 3, smaller than the centre crop of size 4"),
        ({"brightness": 11.0, "jitter_probability": 1.0}, "brightness is 11.0: expected a number from 0.0 to 10.0"),
    ],
)
def test_views_that_cannot_be_are_refused_when_made(options, text):
    with pytest.raises(ValueError, match=text):
        View(4, **options)
