"""Memory that the system refuses at any moment: a MemoryError, the state as before, and the next call right.

Of tensors and scratch memory by `_engine.engine_refuse_memory_after`, which names the block; of the extension's Python
objects by CPython's own hook. The many small blocks of the Swift runtime cannot be asked: it ends the process without them.
"""

from __future__ import annotations

import numpy as np
import pytest
from disturbed import SHORTAGE, check_every_moment, moments, same

import bissl
from bissl import _engine
from bissl.data import Loader, Sequential, TwoViews

dtype = np.dtype(_engine.precision)


@pytest.fixture(autouse=True)
def enough_afterwards():
    yield
    _engine.engine_refuse_memory_after(0)


def views(seed=0):
    return tuple(np.random.default_rng(seed).normal(size=(2, 6, 16, 16, 3)).astype(dtype))


def pretext():
    net = bissl.ResNet(layers=(1, 1), widths=(8, 16), stem="small")
    return bissl.BYOL(net, projector=(16, 8), predictor=(16, 8), decay=0.9)


def loop():
    return bissl.Bilevel(
        pretext(), bissl.Classifier(16, 3), solver=bissl.MINRES(2), warm_start=True,
        lower_optimizer=bissl.AdamW(lr=0.01),
    )  # fmt: skip


def lower(subject):
    return vars(subject.lower_step(views()))


def linearize(subject):
    return np.array(subject.linearize(views(1)).gradient.backbone)


def upper(subject):
    info = subject.upper_step((views(2)[0], np.array([0, 1, 2, 0, 1, 2])))
    return np.array(info.v_ij), info.gradient_norm


@pytest.mark.parametrize("place", range(4), ids=["lower step", "linearize", "upper step", "second upper step"])
def test_an_alternation(place):
    """One call of it at a time is refused memory, those before it are not."""
    calls = (lower, linearize, upper, upper)

    def made():
        subject = loop()
        for call in calls[:place]:
            call(subject)
        return subject

    check_every_moment(SHORTAGE, made, calls[place], lambda subject: subject.state_dict())


def test_a_checkpoint_s_content():
    """Taking it makes what optimisers keep of modules that they have not stepped yet; putting it back is all or nothing."""
    saved = loop()
    lower(saved)
    saved = saved.state_dict()
    check_every_moment(SHORTAGE, loop, lambda subject: subject.state_dict(), lambda subject: None)
    check_every_moment(
        SHORTAGE, loop, lambda subject: subject.load_state_dict(saved), lambda subject: subject.pretext.state_dict()
    )


def test_networks_their_copies_and_predictions():
    def no_state(_):
        return None

    check_every_moment(SHORTAGE, lambda: None, lambda _: pretext().state_dict(), no_state)
    check_every_moment(SHORTAGE, pretext, lambda subject: subject.clone().state_dict(), no_state)
    check_every_moment(SHORTAGE, pretext, lambda subject: subject.backbone(views()[0]), no_state)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_epoch_of_batches(workers):
    """A batch that found no memory raises where it is due; the same loader goes on with that batch."""
    images = np.random.default_rng(0).integers(0, 256, (24, 20, 24, 3)).astype(np.uint8)

    def loader():
        return Loader(images, Sequential(24, 5), TwoViews.paper(16), workers=workers)

    def rest(batches):
        return [(*batch.views, batch.samples) for batch in batches]

    with loader() as twin:
        expected, count = SHORTAGE.occasions(lambda: rest(twin))
    hits = 0
    for moment in moments(count):
        with loader() as batches:
            taken = []
            _engine.engine_refuse_memory_after(moment)
            try:
                while len(taken) < len(expected):
                    try:
                        batch = next(batches)
                        taken.append((*batch.views, batch.samples))
                    except MemoryError as error:
                        assert "needs" in str(error)
                        hits += 1
            finally:
                _engine.engine_refuse_memory_after(0)
            assert same(taken, expected), f"moment {moment} of {count}"
    assert hits > 0


PYTHON_OBJECTS = r"""
import itertools
import sys
import _testcapi
import numpy as np

sys.path.insert(0, {folder!r})
from test_boundary_random_calls import make_handles
from bissl import _engine
from bissl.errors import InvalidState

MOST = {most}
refuse, relent = _testcapi.set_nomemory, _testcapi.remove_mem_hooks
handles, calls = make_handles()
modules = handles["module"]
numbers = itertools.count()
labels = np.array([0, 1, 2, 0])
images = np.zeros((4, 8, 8, 3), _engine.precision)
_, backbone, upper, projector, head, *_ = modules

def state():
    vectors = [read(module) for module in modules for read in (_engine.module_parameters, _engine.module_buffers)]
    return b"".join(np.asarray(vector).tobytes() for vector in vectors)

def renewed(name, arguments):
    # A map is named once, a trace ended once, a step that was proposed taken once.
    if name == "trace_map":
        return (arguments[0], f"map {{next(numbers)}}", *arguments[2:])
    if name == "trace_end":
        trace = _engine.trace_create(modules[-1], (4, 8, 8, 3))
        convolved = _engine.operation_apply(
            "Convolution", {{"padding": 1}}, (_engine.trace_images(trace), _engine.trace_parameter(trace, "w")))
        return trace, _engine.operation_apply("GlobalAveragePool", {{}}, (convolved,))
    if name == "step_commit":
        pretext = _engine.objective_evaluate(handles["objective"][0], backbone, projector, (images, images), True, True)
        return (_engine.step_propose("lower level", {{"pretext": 1.0}}, (pretext,)), *arguments[1:])
    if name != "upper_commit":
        return arguments
    parts = [_engine.objective_evaluate(handles["objective"][1], net, head, (images, labels), True, True)
             for net in (backbone, upper)]
    return (_engine.upper_propose(*parts), *arguments[1:])

refused = 0
for name, arguments in sorted(calls.items()):
    function = getattr(_engine, name.partition(' ')[0])
    for moment in range(1, MOST):
        given, before = renewed(name, arguments), state()
        print(name, moment, file=sys.stderr, flush=True)
        caught, returned = None, False
        refuse(moment, moment + 1)
        try:
            try:
                function(*given)
                returned = True
            finally:
                relent()
        except BaseException as error:
            caught = error
        relent()  # a call that asked for less memory left the refusal to the line that takes it back
        _engine.engine_set_communicator(0, 1, None)
        if returned or caught is None or isinstance(caught, InvalidState):  # a recording ends once
            continue
        assert isinstance(caught, MemoryError), (name, moment, repr(caught))
        refused += 1
        assert state() == before, (name, moment, "the state has changed")
print("refused", refused > len(calls))
"""


def test_python_objects_of_the_extension(run_python):
    """Of every function: the n-th memory block that CPython is asked for while it runs."""
    pytest.importorskip("_testcapi")
    most = 12 if len(moments(100)) < 100 else 60
    finished = run_python(PYTHON_OBJECTS.format(folder=__file__.rpartition("/")[0], most=most))
    assert finished.stdout == "refused True\n", finished.stdout + finished.stderr[-1500:]
