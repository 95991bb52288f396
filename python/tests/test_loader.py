"""The loader: the same batches whatever the threads do, exact resume, bounded memory, errors, ends."""

import gc
import logging
import threading
import time

import numpy as np
import pytest
from PIL import Image

from bissl import _engine
from bissl.data import (
    ArrayDataset,
    Dataset,
    ImageFiles,
    Loader,
    RandomDraws,
    Sequential,
    Stack,
    Stacks,
    TwoViews,
    View,
    augment,
    cached,
)
from bissl.data.assembly import Assembler, Draw
from bissl.data.reduction import least_side
from bissl.errors import DataError, InvalidState, OutOfMemory

VIEWS = TwoViews.paper(16)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (30, 20, 24, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def labels():
    return np.arange(30) % 3


@pytest.fixture(scope="module")
def files(images, labels, tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:02}.png")
    return ImageFiles(sorted(folder.iterdir()), labels)


@pytest.fixture
def broken(files, tmp_path):
    """The files with numbers 4 and 7 truncated."""
    paths = list(files.paths)
    for number in (4, 7):
        copy = tmp_path / f"broken-{number}.png"
        copy.write_bytes(open(paths[number], "rb").read()[:200])
        paths[number] = str(copy)
    return ImageFiles(paths, files.labels)


def stack(needed=1):
    return Stack(30, 4, needed, seed=5)


def take(loader, count):
    """That many batches, as one array per view and the sample numbers."""
    with loader:
        batches = [next(loader) for _ in range(count)]
    views = [np.stack([batch.views[index] for batch in batches]) for index in range(2)]
    return *views, np.stack([batch.samples for batch in batches])


def is_equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def worker_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("bissl-loader")]


# --- the same batches -------------------------------------------------------------------------------------------------


def test_batches_are_the_engines_views_of_the_draws(images, labels):
    order = stack()
    with Loader(ArrayDataset(images, labels), stack(), VIEWS, seed=3) as loader:
        for _ in range(9):  # seven batches per epoch
            samples = order.draw()
            batch = next(loader)
            assert np.array_equal(batch.samples, samples)
            assert np.array_equal(batch.labels, labels[samples])
            for index, view in enumerate(VIEWS):
                assert np.array_equal(
                    batch.views[index], augment(images[samples], samples, view, 3, order.epoch, index)
                )


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("prefetch", [1, 3])
def test_the_same_from_memory_and_files_with_any_workers(images, files, workers, prefetch):
    expected = take(Loader(images, stack(), VIEWS, seed=3, workers=1), 10)
    for dataset in (images, files, files.subset(range(30))):
        assert is_equal(take(Loader(dataset, stack(), VIEWS, 3, workers=workers, prefetch=prefetch), 10), expected)


@pytest.mark.parametrize("kind", ["array", "subset", "cache"])
def test_images_that_lie_ready_never_wait_for_the_engine(images, kind, tmp_path, monkeypatch):
    """The engine's call for whole batches runs under its lock; that of one image runs beside it."""
    expected = take(Loader(images, stack(), VIEWS, seed=3, workers=1), 8)
    data = {
        "array": lambda: images,
        "subset": lambda: ArrayDataset(images).subset(range(30)),
        "cache": lambda: cached(ArrayDataset(images), tmp_path / "cache", 20, progress=False),
    }[kind]()
    if kind == "cache":
        expected = take(Loader(data.gather(np.arange(30)), stack(), VIEWS, seed=3, workers=1), 8)

    def locked(*_):
        raise AssertionError("under the engine's lock")

    monkeypatch.setattr(_engine, "images_augment", locked)
    assert is_equal(take(Loader(data, stack(), VIEWS, seed=3, workers=4, prefetch=3), 8), expected)


def test_images_that_lie_ready_are_made_by_all_workers(images):
    with Loader(images, Stack(30, 30, seed=5), VIEWS, workers=3, prefetch=1) as loader:
        next(loader)
        assert len(worker_threads()) == 3
        assert Assembler(ArrayDataset(images), tuple(VIEWS), 0, None).start(Draw(np.arange(30), 0, {})).pieces == 2


class Uneven(Dataset):
    """Images whose reading takes times of their own."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def read(self, sample, least_side=None):
        time.sleep((sample * 7 % 5) * 1e-3)
        return self.images[sample]


def test_timing_does_not_touch_the_order(images):
    expected = take(Loader(images, stack(), VIEWS), 6)
    assert is_equal(take(Loader(Uneven(images), stack(), VIEWS, workers=6, prefetch=3), 6), expected)


def test_one_view_and_no_labels(images):
    with Loader(images, stack(), VIEWS.first) as loader:
        batch = next(loader)
    assert len(batch.views) == 1 and batch.labels is None
    assert batch.views[0].shape == (4, 16, 16, 3)


def test_images_of_different_sizes(images):
    class Sizes(Uneven):
        def read(self, sample, least_side=None):
            return self.images[sample][: 17 + sample % 3, : 18 + sample % 5]

    with Loader(Sizes(images), stack(), VIEWS, seed=2) as loader:
        batch = next(loader)
    for row, sample in enumerate(batch.samples):
        pixels = Sizes(images).read(int(sample))[None]
        assert np.array_equal(batch.views[1][row], augment(pixels, np.array([sample]), VIEWS.second, 2, 0, 1)[0])


def test_evaluation_takes_every_image_once_and_keeps_the_last_batch(files):
    with Loader(files, Sequential(30, 8), View(16, resize_shorter=16)) as loader:
        batches = list(loader)
    assert [len(batch.samples) for batch in batches] == [8, 8, 8, 6]
    assert np.array_equal(np.concatenate([batch.samples for batch in batches]), np.arange(30))


# --- resume -----------------------------------------------------------------------------------------------------------


def sources():
    """The three orders of BiSSL: N_L = 3, N_U = 2."""
    return Stacks(stack(3), Stack(30, 7, 2, seed=6), RandomDraws(30, 4, seed=7))


@pytest.mark.parametrize("name", ["lower", "upper", "hessian"])
@pytest.mark.parametrize("delivered", [0, 1, 4, 9])
def test_resumes_exactly_whatever_was_made_ahead(files, name, delivered):
    whole = take(Loader(files, getattr(sources(), name), VIEWS, 1, workers=1), 14)
    with Loader(files, getattr(sources(), name), VIEWS, 1, workers=2, prefetch=4) as loader:
        for _ in range(delivered):
            next(loader)
        state = loader.state_dict()
    assert all(type(value) is int for value in state.values())

    resumed = Loader(files, getattr(sources(), name), VIEWS, 1, workers=2)
    resumed.load_state_dict(state)
    rest = take(resumed, 14 - delivered)
    assert is_equal(rest, [part[delivered:] for part in whole])


def test_loading_a_state_discards_what_was_made_ahead(files):
    with Loader(files, stack(), VIEWS) as loader:
        start = loader.state_dict()
        first = next(loader).samples
        next(loader)
        loader.load_state_dict(start)
        assert np.array_equal(next(loader).samples, first)


def test_levels_begin_as_without_look_ahead(images):
    # 7 batches, 3 per level: the stack is reshuffled when a level begins with 1 batch left.
    plain, drawn, epochs = stack(3), [], []
    for _ in range(4):
        plain.begin()
        for _ in range(3):
            drawn.append(plain.draw())
            epochs.append(plain.epoch)
    assert epochs == [0] * 6 + [1] * 6
    assert np.array_equal(take(Loader(images, stack(3), VIEWS, prefetch=5), 12)[2], drawn)


def test_the_order_given_stands_after_the_last_batch_delivered(images):
    stacks, reference = sources(), stack(3)
    with Loader(images, stacks.lower, VIEWS, prefetch=4) as loader:
        for _ in range(5):
            next(loader)
            reference.advance()
            assert stacks.state_dict()["lower"] == loader.state_dict() == reference.state_dict()


def test_a_state_of_other_data_is_refused(images):
    loader = Loader(images, stack(), VIEWS)
    with pytest.raises(ValueError, match="state: seed was 5 when it was saved, now it is 6"):
        Loader(images, Stack(30, 4, seed=6), VIEWS).load_state_dict(loader.state_dict())


# --- bounds -----------------------------------------------------------------------------------------------------------


class Counting(Uneven):
    reads = 0

    def read(self, sample, least_side=None):
        Counting.reads += 1
        return self.images[sample]


@pytest.mark.parametrize("prefetch", [1, 3])
def test_no_more_batches_are_made_ahead_than_allowed(images, prefetch):
    Counting.reads = 0
    with Loader(Counting(images), stack(), VIEWS, workers=4, prefetch=prefetch) as loader:
        for taken in (1, 2, 3):
            next(loader)
            deadline = time.monotonic() + 5
            while Counting.reads < (taken + prefetch) * 4 and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(0.05)  # time enough for one more batch, were it allowed
            assert Counting.reads == (taken + prefetch) * 4


def test_batches_that_were_dropped_are_freed(images):
    with Loader(images, stack(), VIEWS, prefetch=2) as loader:
        for _ in range(20):
            next(loader)
        gc.collect()
        batches = [o for o in gc.get_objects() if type(o).__name__ == "Assembly"]
        assert len(batches) <= 3  # two ahead, and the piece that the worker is just finishing


def test_waiting_is_counted(images):
    with Loader(Uneven(images), stack(), VIEWS, workers=1) as loader:
        assert loader.wait_seconds == 0
        next(loader)
        first = loader.wait_seconds
        assert first > 0
        time.sleep(0.3)  # the next one is made meanwhile
        next(loader)
        assert loader.wait_seconds - first < 0.1


def test_jpeg_is_decoded_at_the_scale_that_loses_nothing(tmp_path):
    assert least_side(TwoViews.paper(96)) == 157
    assert least_side([View(96, resize_shorter=109)]) == 109
    assert least_side([View(50), View(20, crop_scale=(0.25, 1), crop_ratio=(1, 1))]) == 50
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.zeros((640, 800, 3), np.uint8)).save(path)
    # √(0.5 · 0.75) · 314 = 192.3: half the picture's side is enough for 192 pixels, and not for 200.
    seen = []

    class Seen(ImageFiles):
        def read(self, sample, least_side=None):
            picture = super().read(sample, least_side)
            seen.append(picture.shape[:2])
            return picture

    for size in (96, 192, 200):
        next(Loader(Seen([path]), Sequential(1), TwoViews.paper(size)))
    assert seen == [(160, 200), (320, 400), (640, 800)]


# --- errors -----------------------------------------------------------------------------------------------------------


def position_of(sample, order):
    for number in range(100):
        if sample in order.advance():
            return number
    raise AssertionError("never drawn")


@pytest.mark.parametrize("workers", [1, 3])
def test_a_broken_file_raises_at_its_batch_with_its_path(broken, workers):
    place = min(position_of(4, stack()), position_of(7, stack()))
    with Loader(broken, stack(), VIEWS, workers=workers, prefetch=4) as loader:
        for _ in range(place):
            next(loader)
        state = loader.state_dict()
        for _ in range(2):  # and again when it is tried again
            with pytest.raises(DataError, match=r"broken-[47]\.png: cannot be read as an image"):
                next(loader)
        assert loader.state_dict() == state
    assert not worker_threads()


def test_a_missing_file_and_a_failing_data_set_are_named(files, images):
    class Failing(Uneven):
        def read(self, sample, least_side=None):
            raise KeyError("no such key")

    class Wrong(Uneven):
        def read(self, sample, least_side=None):
            return self.images[sample].astype(np.float32)

    with pytest.raises(FileNotFoundError, match="/nowhere/a.png: there is no such image file"):
        next(Loader(ImageFiles(["/nowhere/a.png"] * 30), stack(), VIEWS))
    with pytest.raises(ValueError, match="image 3: cannot be read as an image: KeyError: 'no such key'"):
        next(Loader(Failing(images).subset([3] * 30), stack(), VIEWS))
    with pytest.raises(ValueError, match=r"image \d+: expected uint8 \(H, W, 3\).*got float32 \(20, 24, 3\)"):
        next(Loader(Wrong(images), stack(), VIEWS))


@pytest.mark.parametrize("workers", [1, 3])
def test_skipping_puts_the_next_of_the_class_in_the_same_place(broken, images, caplog, workers):
    substitutes = np.arange(30)
    substitutes[4], substitutes[7] = 10, 10  # 4 is of class 1, whose next is 7, broken too
    order = stack()
    with Loader(broken, stack(), VIEWS, seed=3, workers=workers, on_error="skip") as loader:
        for _ in range(7):
            drawn, batch = order.draw(), next(loader)
            assert np.array_equal(batch.samples, substitutes[drawn])
            assert np.array_equal(batch.labels, broken.labels[drawn])
            expected = augment(images[substitutes[drawn]], drawn, VIEWS.first, 3, 0, 0)
            assert np.array_equal(batch.views[0], expected)
            assert set(loader.skipped) <= {4, 7}
        with caplog.at_level(logging.WARNING, "bissl"):
            loader.close()
    assert len(loader.skipped) == 2 - int(np.isin([4, 7], stack()._permutation()[28:]).sum())
    assert all("cannot be read" in reason and "broken-" in reason for reason in loader.skipped.values())
    assert f"{len(loader.skipped)} images could not be read and were replaced" in caplog.text


def test_skipping_without_a_readable_image_of_the_class(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    loader = Loader(ImageFiles([path] * 30), stack(), VIEWS, on_error="skip")
    with pytest.raises(ValueError, match="broken.png.*none of the images that could replace it can be read"):
        next(loader)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"on_error": "skipp"}, ValueError, 'on_error.*did you mean "skip"'),
        ({"workers": 0}, ValueError, "workers: expected a whole number of at least 1, got 0"),
        ({"prefetch": 1.5}, TypeError, "prefetch: expected a whole number of at least 1, got float"),
        ({"views": ()}, TypeError, "views: expected one bissl.data.View"),
        ({"views": None}, TypeError, "views: expected one bissl.data.View .*got NoneType"),
        ({"order": 2}, TypeError, "order: expected a bissl.data.Stack, .* got int"),
        ({"order": None}, TypeError, "order: expected a bissl.data.Stack, .* got NoneType"),
        ({"order": Stack(29, 4)}, ValueError, "order: it draws from 29 samples, the data set has 30"),
        ({"dataset": np.zeros((30, 8, 8, 3))}, TypeError, "dataset: expected uint8 images"),
        ({"dataset": ImageFiles([])}, ValueError, "dataset: expected at least one image"),
    ],
)
def test_arguments_that_are_not(images, change, error, text):
    with pytest.raises(error, match=text):
        Loader(**{"dataset": images, "order": stack(), "views": VIEWS} | change)


# --- ends -------------------------------------------------------------------------------------------------------------


def test_threads_start_late_and_end_with_the_loader(files):
    assert not worker_threads()
    loader = Loader(files, stack(), VIEWS, workers=3)
    assert not worker_threads()
    next(loader)
    assert len(worker_threads()) == 3
    loader.close()
    loader.close()
    assert not worker_threads()
    with pytest.raises(InvalidState, match="this loader is closed"):
        next(loader)


def test_threads_end_when_an_exception_passes_or_the_loader_is_forgotten(files):
    with pytest.raises(ZeroDivisionError), Loader(files, stack(), VIEWS) as loader:
        next(loader)
        1 / 0
    assert not worker_threads()
    next(Loader(files, stack(), VIEWS))
    gc.collect()
    assert not worker_threads()


PREAMBLE = """
    import os, signal, sys, threading, time
    import numpy as np
    from bissl.data import Dataset, Loader, Sequential, Stack, View

    class Slow(Dataset):
        def __len__(self): return 8
        def read(self, sample, least_side=None):
            time.sleep(SECONDS)
            return np.zeros((9, 9, 3), np.uint8)
"""


def test_ctrl_c_answers_within_a_second_and_nothing_is_lost(run_python):
    done = run_python(
        PREAMBLE.replace("SECONDS", "1.5")
        + """
    loader = Loader(Slow(), Stack(8, 2), View(8), workers=2)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    try:
        with loader:
            next(loader)
    except KeyboardInterrupt:
        assert time.monotonic() - started < 1.3, time.monotonic() - started
        assert loader.state_dict()["position"] == 0
        print("interrupted")
    """
    )
    assert done.stdout == "interrupted\n" and done.returncode == 0, done.stderr


def test_the_interpreter_exits_while_threads_are_busy(run_python):
    started = time.monotonic()
    done = run_python(
        PREAMBLE.replace("SECONDS", "0.01")
        + """
    loader = Loader(Slow(), Stack(8, 2), View(8), workers=3)
    next(loader)
    print("over")
    """,
        timeout=30,
    )
    assert done.returncode == 0 and done.stdout == "over\n" and done.stderr == "", done.stderr
    assert time.monotonic() - started < 15


def test_a_forked_child_has_threads_of_its_own(run_python):
    done = run_python(
        PREAMBLE.replace("SECONDS", "0")
        + """
    loader = Loader(Slow(), Stack(8, 2), View(8))
    next(loader)
    child = os.fork()
    if child == 0:
        sys.stdout.write(str(next(loader).views[0].shape))  # augmentation needs no engine, and the threads are new
        sys.stdout.flush()
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    next(loader)
    print(" parent", status)
    """,
        timeout=30,
    )
    assert done.stdout == "(2, 8, 8, 3) parent 0\n", done.stdout + done.stderr


def test_threads_that_the_system_refuses(images, labels, monkeypatch):
    """Fewer make the same batches; without any the error says what to do, and the loader goes on once there are some."""
    expected = [batch.samples.tolist() for batch in Loader(ArrayDataset(images, labels), Sequential(30, 8), VIEWS)]
    start = threading.Thread.start
    allowed = 0

    def limited(thread):
        nonlocal allowed
        if thread.name.startswith("bissl-loader") and allowed == 0:
            raise RuntimeError("can't start new thread")
        allowed -= thread.name.startswith("bissl-loader")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with Loader(ArrayDataset(images, labels), Sequential(30, 8), VIEWS, workers=3) as loader:
        with pytest.raises(OutOfMemory, match=r"starts no more threads: .*ulimit -u"):
            next(loader)
        allowed = 1
        assert [batch.samples.tolist() for batch in loader] == expected
