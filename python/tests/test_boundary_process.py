"""Signals, forks and threads, in processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bissl import _engine

dtype = np.dtype(_engine.precision)

# One call of a third of a second or more: ResNet-18's shape on many images.
LONG_CALL = """
import os, signal, threading, time
import numpy as np
import bissl
from bissl import _engine

net = _engine.module_create("resnet", {"block": "basic", "layers": (2, 2, 2, 2), "widths": (64, 128, 256, 512), "stem": "imagenet", "activation": "relu"}, 0)
images = np.zeros((256, 96, 96, 3), bissl.precision)
"""


def start(source: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_interrupt_within_a_second():
    process = start(
        LONG_CALL
        + """
print("ready", flush=True)
try:
    while True:
        _engine.module_apply(net, images)
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(len(np.asarray(_engine.module_apply(net, images[:2]))))  # the engine still works
"""
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.7)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    line = process.stdout.readline()
    elapsed = time.monotonic() - sent
    rest, errors = process.communicate(timeout=60)
    assert (line, rest, process.returncode) == ("interrupted\n", "1024\n", 0), errors
    assert elapsed < 1


def test_signal_handler_without_exception_does_not_stop_the_call(run_python):
    finished = run_python(
        LONG_CALL
        + """
calls = []
signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.05)
output = np.asarray(_engine.module_apply(net, images))
print(len(output), calls)
"""
    )
    assert finished.stdout == f"{256 * 512} [1]\n", finished.stderr


def test_engine_refuses_the_signal_handler_that_interrupted_it(run_python):
    finished = run_python(
        LONG_CALL
        + """
signal.signal(signal.SIGALRM, lambda *_: _engine.engine_threads())
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    _engine.module_apply(net, images)
except bissl.errors.InvalidState as error:
    print(error)
print(_engine.engine_threads() > 0)
"""
    )
    assert "called from a signal handler that interrupted bissl" in finished.stdout, finished.stderr
    assert finished.stdout.endswith("True\n")


def test_fork_is_refused(run_python):
    finished = run_python(
        """
        import os, numpy as np, bissl
        from bissl import _engine
        vector = _engine.vector_create(np.zeros(4))
        if os.fork() == 0:
            try:
                _engine.vector_create(np.zeros(4))
            except RuntimeError as error:
                print(type(error).__name__, error, flush=True)
            del vector
            os._exit(0)
        print(os.wait()[1], len(np.asarray(vector)))
        """
    )
    child, parent = finished.stdout.splitlines()
    assert child.startswith("InvalidState bissl was used in the process that this one was forked from")
    assert 'get_context("spawn")' in child
    assert parent == "0 4"


def test_interpreter_ends_while_a_thread_works(run_python):
    finished = run_python(
        LONG_CALL
        + """
threading.Thread(target=_engine.module_apply, args=(net, images), daemon=True).start()
time.sleep(0.3)
print("end")
""",
        timeout=60,
    )
    assert (finished.stdout, finished.returncode) == ("end\n", 0), finished.stderr


def test_threads_take_turns():
    module = _engine.module_create(
        "resnet", {"block": "basic", "layers": (1, 1), "widths": (4, 8), "stem": "small", "activation": "relu"}, 0
    )
    images = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype(dtype)
    objective, head, labels = (
        _engine.objective_create("classifier", {}, ()),
        _engine.module_create("linear", {"inputs": 8, "outputs": 3}, 0),
        np.array([0, 1, 2, 0]),
    )

    def work(_: int) -> bytes:
        results = []
        for _ in range(10):
            results.append(np.array(_engine.module_apply(module, images)))
            evaluation = _engine.objective_evaluate(objective, module, head, (images, labels), True, True)
            results.append(np.array(_engine.evaluation_gradient(evaluation, 0)))
        return b"".join(result.tobytes() for result in results)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(work, range(4)))) == 1


def test_other_threads_run_while_the_engine_works():
    """The GIL is released: a Python thread advances during a call of the engine."""
    module = _engine.module_create(
        "resnet", {"block": "basic", "layers": (2, 2), "widths": (32, 64), "stem": "imagenet", "activation": "relu"}, 0
    )
    images = np.zeros((64, 64, 64, 3), dtype)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(_engine.module_apply, module, images)
        turns = 0
        while not running.done():
            turns += 1
            time.sleep(0.001)
    assert turns > 3


@pytest.mark.parametrize("calls", [200])
def test_handles_give_their_memory_back(calls):
    before = _engine.engine_memory()[0]
    for _ in range(calls):
        _engine.vector_create(np.zeros(1000, dtype))
        with pytest.raises(TypeError):
            _engine.module_apply(
                _engine.module_create("linear", {"inputs": 4, "outputs": 4}, 0), np.zeros((1, 4), np.uint8)[:, ::-1]
            )
    assert _engine.engine_memory()[0] == before


def test_what_python_calls_at_its_exit_may_use_the_engine():
    """Callbacks that were registered before bissl was imported run after bissl has seen that the exit begins."""
    finished = start(
        """
        import atexit

        def late():
            print(len(np.asarray(_engine.module_apply(net, images[:64]))), flush=True)

        atexit.register(late)
        """
        + textwrap.indent(LONG_CALL, " " * 8)
    )
    printed, errors = finished.communicate(timeout=60)
    assert (printed, finished.returncode) == (f"{64 * 512}\n", 0), errors


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="there NumPy is what refuses it")
def test_a_subinterpreter_is_refused():
    finished = start(
        """
        import _xxsubinterpreters as interpreters

        print(interpreters.run_string(interpreters.create(), "import bissl"))
        """
    )
    _, errors = finished.communicate(timeout=60)
    assert "bissl runs in the main interpreter only: use a process" in errors and finished.returncode == 1
