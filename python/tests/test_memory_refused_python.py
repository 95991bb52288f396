"""Memory that the system refuses to Python's own objects and NumPy's, at any moment of an alternation, of a checkpoint, of an
epoch of data: a MemoryError (or an OSError) each time, the state as before, and the next call right. Where NumPy's or safetensors' own code
reports it otherwise, that must hold all the same.

The n-th block that CPython's allocators are asked for is refused by its own hook, in a process of its own: what ends it is told.
With ``BISSL_TEST_HARD=1`` every moment is tried, else a few, spread evenly.
"""

from __future__ import annotations

import pytest
from disturbed import moments

REFUSED = r"""
import sys
import tempfile
import threading

import _testcapi
import numpy as np

import bissl
from bissl.checkpoints import CheckpointStore
from bissl.data import Loader, Sequential, TwoViews

WHAT, HARD, MOST = {what!r}, {hard}, {most}
VIEWS = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0])
IMAGES = np.random.default_rng(1).integers(0, 256, (8, 10, 12, 3)).astype(np.uint8)


def loop():
    net = bissl.ResNet(layers=(1,), widths=(4,), stem="small")
    return bissl.Bilevel(bissl.SimCLR(net, (4,)), bissl.Classifier(4, 3), damping=100.0, warm_start=True)


def alternation(subject):
    subject.lower_step(tuple(VIEWS))
    subject.linearize(tuple(VIEWS))
    return subject.upper_step((VIEWS[0], LABELS)).loss_at_theta_d


def epoch(loader):
    return [(*batch.views, batch.samples) for batch in loader]


def flat(state):
    if isinstance(state, dict):
        return [part for name in sorted(state) for part in flat(state[name])]
    if isinstance(state, (list, tuple)):
        return [part for value in state for part in flat(value)]
    return [np.asarray(state).tobytes() if isinstance(state, np.ndarray) else repr(state).encode()]


STEPS = (
    lambda subject: subject.lower_step(tuple(VIEWS)).loss,
    lambda subject: subject.linearize(tuple(VIEWS)).loss,
    lambda subject: subject.upper_step((VIEWS[0], LABELS)).loss_at_theta_d,
)


def refused(moment, call):
    # Whether the moment came, and what the call gave or raised.
    _testcapi.set_nomemory(moment, moment + 1)
    try:
        found = call()
    except BaseException as error:
        _testcapi.remove_mem_hooks()
        return error, None
    finally:
        _testcapi.remove_mem_hooks()
    return None, found


#: How others say that memory was refused: NumPy's reductions and pointers, safetensors' Rust, CPython's locks and paths.
OTHERS = ("NULL object passed to Py_BuildValue", "error return without exception set", "returned NULL without setting an exception", "PyObject pointer is null", "can't allocate lock", "can't allocate read lock", "os.PathLike")


def not_ours(error):
    return any(text in str(error) for text in OTHERS)


def ways():
    # For each: what is made anew, the call, and what must be as before where it was refused.
    if WHAT == "alternation":
        for place, step in enumerate(STEPS):
            def made(place=place):
                subject = loop()
                for before in STEPS[:place]:
                    before(subject)
                return subject
            yield made, step, lambda subject: flat(subject.state_dict())
    elif WHAT == "checkpoint":
        state = loop().state_dict()
        def store():
            kept = CheckpointStore(tempfile.mkdtemp())
            kept.save(state, 1)
            return kept
        yield store, lambda kept: kept.save(state, 2) and None, lambda kept: flat(CheckpointStore(kept.folder).latest().state)
        yield loop, lambda subject: subject.load_state_dict(state), lambda subject: flat(subject.state_dict())
        yield store, lambda kept: flat(kept.latest().state), lambda kept: None
    else:
        # Its threads are there before: where CPython cannot start a thread, nobody is told.
        def begun():
            loader = Loader(IMAGES, Sequential(8, 2), TwoViews.paper(8), workers=1, prefetch=1)
            next(loader)
            return loader
        yield begun, epoch, lambda loader: None


count, misses = 0, 0
for made, call, state in ways():
    expected = call(made())
    blocks = MOST
    tried = range(1, blocks) if HARD else sorted({{*range(1, 12), *np.unique(np.geomspace(12, blocks, 25).astype(int)).tolist()}})
    quiet = 0
    for moment in map(int, tried):
        subject = made()
        before = state(subject)
        print(WHAT, moment, file=sys.stderr, flush=True)
        error, found = refused(moment, lambda: call(subject))
        if error is None:
            quiet += 1
            assert flat(found) == flat(expected), (moment, "other numbers")
            if HARD and quiet > 50:
                break
        else:
            quiet = 0
            assert isinstance(error, (MemoryError, OSError)) or not_ours(error), (WHAT, moment, repr(error))
            count += 1
            if WHAT != "epoch":
                assert state(subject) == before, (WHAT, moment, "the state has changed")
            subject = made() if WHAT == "epoch" else subject
            again = call(subject)
            assert flat(again) == flat(expected), (WHAT, moment, "the next call differs")
        if hasattr(subject, "close"):
            subject.close()
print("refused", count > 5, threading.active_count())
"""


@pytest.mark.parametrize("what", ["alternation", "checkpoint", "epoch"])
def test_python_and_numpy_objects(what, run_python):
    pytest.importorskip("_testcapi")
    hard = len(moments(100)) == 100
    source = REFUSED.format(what=what, hard=hard, most=20_000 if hard else 1500)
    finished = run_python(source, timeout=1800 if hard else 120)
    assert finished.stdout.startswith("refused True"), finished.stdout + finished.stderr[-2500:]
