"""Ctrl-C and SIGTERM while a stage trains that saves checkpoints."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest
from checkpoint_runs import RESNET, counted_steps, data, learned

import bissl
from bissl.checkpoints import CheckpointStore
from bissl.checkpoints.lastcopy import SHARE, LastCopy
from bissl.checkpoints.tree import digest
from bissl.errors import DiskFull, NonFinite

IMAGES, LABELS = data()


def pretrain(**options):
    options = {"epochs": 2, "batch_size": 10, "lr": 0.02, "method_options": {"projector": (8, 4)}} | options
    return bissl.Pretrain("simclr", backbone=RESNET, augmentation="small", progress=False, **options)


@pytest.fixture
def a_copy_after_every_step(monkeypatch):
    """However much of the time they take."""
    monkeypatch.setattr("bissl.checkpoints.lastcopy.SHARE", math.inf)


def signalled(number, at, after, monkeypatch):
    """SimCLR's step ``at`` is preceded, or followed, by a signal to this process."""
    step, taken = bissl.SimCLR.step, []

    def step_with_signal(*arguments, **options):
        taken.append(1)
        if len(taken) == at and not after:
            os.kill(os.getpid(), number)
        result = step(*arguments, **options)
        if len(taken) == at and after:
            os.kill(os.getpid(), number)
        return result

    monkeypatch.setattr(bissl.SimCLR, "step", step_with_signal)


@pytest.mark.parametrize("after", [False, True])
def test_ctrl_c_within_a_step_leaves_the_state_before_it(tmp_path, monkeypatch, caplog, after, a_copy_after_every_step):
    """Also where networks, batches and loop do not stand at the same step."""
    expected = digest(learned(pretrain().fit(IMAGES)))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        signalled(signal.SIGINT, 4, after, patch)
        pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert "saving the state after step 3; once more to go on from that of step 0" in caplog.text
    assert CheckpointStore(tmp_path).latest().step == 3
    with counted_steps(monkeypatch) as taken:
        resumed = pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert taken == [4, 5, 6] and digest(learned(resumed)) == expected


class Fails(bissl.callbacks.Callback):
    """Raises in the last record, as a tracker does whose server has gone."""

    def __init__(self, error) -> None:
        self.error = error

    def on_record(self, stage, record):
        if record["epoch"] == 1:
            raise self.error


@pytest.mark.parametrize("kind", [ConnectionError, MemoryError, OSError, ValueError])
def test_an_error_saves_as_ctrl_c_does(tmp_path, monkeypatch, caplog, kind, a_copy_after_every_step):
    expected = digest(learned(pretrain().fit(IMAGES)))
    with pytest.raises(kind, match="gone") as caught:
        pretrain(callbacks=[Fails(kind("gone"))]).fit(IMAGES, checkpoint=tmp_path)
    assert not hasattr(caught.value, "__notes__") and "saving the state after step 5\n" in caplog.text
    assert CheckpointStore(tmp_path).latest().step == 5
    with counted_steps(monkeypatch) as taken:
        resumed = pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert taken == [6] and digest(learned(resumed)) == expected


@pytest.mark.parametrize("error", [ConnectionError("gone"), KeyboardInterrupt()])
def test_a_save_that_fails_is_a_note_on_the_error(tmp_path, monkeypatch, error, a_copy_after_every_step):
    class Full(Fails):
        def on_record(self, stage, record):
            if record["epoch"] == 1:
                monkeypatch.setattr(CheckpointStore, "_write", lambda *_: (_ for _ in ()).throw(DiskFull("no room")))
            super().on_record(stage, record)

    with pytest.raises(type(error)) as caught:
        pretrain(callbacks=[Full(error)]).fit(IMAGES, checkpoint=tmp_path)
    assert caught.value.__notes__ == ["The state after step 5 could not be saved: no room"]
    assert CheckpointStore(tmp_path).latest().step == 0


def test_numbers_that_are_not_finite_save_nothing_in_place_of_what_there_is(tmp_path, a_copy_after_every_step):
    with pytest.raises(NonFinite):
        pretrain(callbacks=[Fails(NonFinite("nan"))]).fit(IMAGES, checkpoint=tmp_path)
    assert CheckpointStore(tmp_path).latest().step == 0
    assert CheckpointStore(tmp_path / "nonfinite").latest().step == 5


def test_copies_take_little_of_the_time(monkeypatch):
    now, taken = [100.0], []
    monkeypatch.setattr("bissl.checkpoints.lastcopy.time", SimpleNamespace(monotonic=lambda: now[0]))

    def take(moment):
        taken.append(moment)
        now[0] += 0.1
        return {}

    copy = LastCopy(take)
    for step in range(1, 201):
        now[0] += 0.2
        copy.renew(step)
    spent = 0.1 * len(taken)
    assert 0.9 * SHARE < spent / (now[0] - 100) < 1.1 * SHARE
    assert copy.found == (taken[-1], {})


@pytest.mark.parametrize(("file", "step"), [(3, 0), (4, 3)])
def test_ctrl_c_during_the_save_leaves_a_whole_checkpoint(
    tmp_path, monkeypatch, recwarn, file, step, a_copy_after_every_step
):
    """The one before, or, after the second of its files, the new one."""
    write, written = bissl.checkpoints.store.write_atomically, []

    def interrupted(path, content):
        write(path, content)
        written.append(path)
        if len(written) == file:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        signalled(signal.SIGINT, 4, False, patch)
        patch.setattr(bissl.checkpoints.store, "write_atomically", interrupted)
        pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert len(written) == file and CheckpointStore(tmp_path).latest().step == step
    arrays, documents = (list(tmp_path.glob(f"checkpoint-*.{kind}")) for kind in ("safetensors", "json"))
    assert len(arrays) == len(documents) == 1 + (step > 0)
    assert not [warning for warning in recwarn if "checkpoint" in str(warning.message)]


def test_sigterm_saves_and_ends(tmp_path, monkeypatch, caplog):
    expected = digest(learned(pretrain().fit(IMAGES)))
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with monkeypatch.context() as patch, pytest.raises(SystemExit) as caught:
        signalled(signal.SIGTERM, 4, False, patch)
        pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert "SIGTERM: saving at the end of this step; once more to stop at once" in caplog.text
    assert caught.value.code == 143
    assert CheckpointStore(tmp_path).latest().step == 4
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    assert digest(learned(pretrain().fit(IMAGES, checkpoint=tmp_path))) == expected


def test_sigterm_while_the_end_is_saved_is_not_lost(tmp_path, monkeypatch):
    save = CheckpointStore.save

    def signalled_save(self, state, step):
        if step == 6:
            os.kill(os.getpid(), signal.SIGTERM)
        return save(self, state, step)

    monkeypatch.setattr(CheckpointStore, "save", signalled_save)
    with pytest.raises(SystemExit):
        pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert CheckpointStore(tmp_path).latest().step == 6


def test_the_second_sigterm_does_not_wait(tmp_path, monkeypatch, a_copy_after_every_step):
    step, taken = bissl.SimCLR.step, []

    def stuck(*arguments, **options):
        taken.append(1)
        if len(taken) < 3:
            return step(*arguments, **options)
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("not reached")

    monkeypatch.setattr(bissl.SimCLR, "step", stuck)
    with pytest.raises(SystemExit):
        pretrain().fit(IMAGES, checkpoint=tmp_path)
    assert CheckpointStore(tmp_path).latest().step == 2


def test_a_handler_of_the_users_own_is_called_after_the_save(tmp_path, monkeypatch):
    steps, step = [], bissl.SimCLR.step
    before = signal.signal(signal.SIGTERM, lambda *_: steps.append(CheckpointStore(tmp_path).latest().step))

    def signalled(*arguments, **options):
        if not steps:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(*arguments, **options)

    try:
        monkeypatch.setattr(bissl.SimCLR, "step", signalled)
        stage = pretrain().fit(IMAGES, checkpoint=tmp_path)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert steps == [1] and len(stage.history_) == 2


def test_in_another_thread_signals_are_left_alone(tmp_path):
    thread = threading.Thread(target=lambda: pretrain().fit(IMAGES, checkpoint=tmp_path))
    thread.start()
    thread.join()
    assert CheckpointStore(tmp_path).latest().step == 6


# --- a step that takes a minute ---------------------------------------------------------------------------------------

#: BiSSL with a solver that, where it is told so, takes products of the third upper step for a minute.
LONG_STEP = """
    import os, sys, time
    sys.path.insert(0, TESTS)
    import bissl
    from bissl.checkpoints.tree import digest
    from checkpoint_runs import RESNET, data, learned

    solves = []

    def solver(product, v):
        solves.append(1)
        end = time.monotonic() + 60 * (len(solves) == 3 and "LONG" in os.environ)
        while time.monotonic() < end:
            if len(solves) == 3:
                print("in the long step", flush=True)
                solves.append(1)
            product(v)
        return v - 0.01 * product(v)

    images, labels = data()
    stage = bissl.BiSSL(
        alternations=2, lower_steps=2, upper_steps=2, lower_batch_size=10, upper_batch_size=10, damping=100.0,
        lower_lr=0.01, solver=solver, progress=False, pretext_augmentation="small", downstream_augmentation="small",
    )
    pretext = bissl.SimCLR(bissl.ResNet(**RESNET), projector=(8, 4))
    saved = {"checkpoint": sys.argv[1]} if len(sys.argv) > 1 else {}
    stage.fit(pretext, bissl.Classifier(4, 3), images, (images, labels), **saved)
    print(digest(learned(stage)))
"""


def start(*arguments, **environment):
    source = textwrap.dedent(LONG_STEP).replace("TESTS", repr(os.path.dirname(__file__)))
    return subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_ctrl_c_does_not_wait_for_a_long_step(tmp_path):
    process = start(tmp_path, LONG="1")
    assert process.stdout.readline() == "in the long step\n", process.communicate()[1]
    time.sleep(0.3)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert time.monotonic() - sent < 5, "without other work on the machine it takes a fraction of a second"
    assert errors.rstrip().endswith("KeyboardInterrupt"), errors
    assert CheckpointStore(tmp_path).latest().step <= 6
    resumed, undisturbed = start(tmp_path), start()
    printed = [each.communicate(timeout=60) for each in (resumed, undisturbed)]
    assert printed[0][0] == printed[1][0] != "", printed
