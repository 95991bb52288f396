"""threadpoolctl sees the engine's threads and limits them."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import bissl


@pytest.fixture(autouse=True)
def three_threads():
    before = bissl.get_num_threads()
    bissl.set_num_threads(3)
    yield
    bissl.set_num_threads(before)


def engine_entries():
    return [entry for entry in threadpool_info() if entry["user_api"] == "bissl"]


def test_the_engine_is_listed_once():
    (entry,) = engine_entries()
    assert entry["num_threads"] == 3
    assert entry["version"] == bissl.__version__
    assert bissl.precision in entry["filepath"]


@pytest.mark.parametrize("user_api", [None, "bissl"])
def test_a_limit_holds_inside_its_block_only(user_api):
    with threadpool_limits(2, user_api=user_api):
        assert bissl.get_num_threads() == 2
        assert engine_entries()[0]["num_threads"] == 2
    assert bissl.get_num_threads() == 3


def test_a_limit_of_blas_leaves_the_engine_alone():
    with threadpool_limits(1, user_api="blas"):
        assert bissl.get_num_threads() == 3


def test_limits_out_of_range_are_held_to_it():
    with threadpool_limits({"bissl": 100_000}):
        assert bissl.get_num_threads() == 256


def test_the_engine_leaves_the_limits_of_others_as_they_were():
    net = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
    images = np.zeros((2, 8, 8, 3), np.float32)
    with threadpool_limits(1):
        limited = threadpool_info()
        net(images)
        assert threadpool_info() == limited


def test_blas_keeps_its_one_thread(run_python):
    """The library that the engine calls is set once, not around every call: NumPy may be inside it in another thread."""
    finished = run_python(
        """
        import threading
        import numpy as np, threadpoolctl
        import bissl

        def threads():
            return [each.num_threads for each in libraries.lib_controllers if "openblasp-r" in each.filepath
                    or "libopenblas.so" in each.filepath]

        libraries = threadpoolctl.ThreadpoolController()
        seen, done = set(), threading.Event()

        def watch():
            while not done.is_set():
                seen.update(threads())

        with threadpoolctl.threadpool_limits(4, user_api="blas"):
            bissl.ops.matmul(np.ones((2, 3)), np.ones((3, 2)))
            watcher = threading.Thread(target=watch)
            watcher.start()
            for _ in range(300):
                bissl.ops.matmul(np.ones((40, 30)), np.ones((30, 20)))
            done.set()
            watcher.join()
        print(seen <= {1}, threads())
        """
    )
    assert finished.stdout.startswith("True"), finished.stdout + finished.stderr


def test_threads_that_the_system_refuses_are_done_without(run_python):
    """Results are the same, and `get_num_threads` tells how many there are."""
    finished = run_python(
        """
        import resource
        import numpy as np
        import bissl

        net = bissl.ResNet(layers=(1,), widths=(8,), stem="small")
        images = np.random.default_rng(0).standard_normal((8, 16, 16, 3)).astype(bissl.precision)
        bissl.set_num_threads(1)
        expected = net(images)
        pages = int(open("/proc/self/statm").read().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (2 << 20),) * 2)
        bissl.set_num_threads(4)
        print(np.array_equal(net(images), expected), bissl.get_num_threads())
        """
    )
    assert finished.stdout == "True 1\n", finished.stdout + finished.stderr


def test_results_do_not_depend_on_a_limit():
    pretext = bissl.SimCLR(bissl.ResNet(layers=(1,), widths=(8,), stem="small"), projector=(8,))
    views = np.random.default_rng(0).standard_normal((2, 6, 12, 12, 3))
    gradients = []
    for limit in (1, 3):
        with threadpool_limits(limit):
            gradients.append(pretext.value_and_gradient(tuple(views))[1].backbone)
    assert np.array_equal(*gradients)
