"""Checkpoints of several processes: gone on with by another number of them, and after one was killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from launched import TESTS, command, environment, hard, launch, needs_mpi

pytestmark = needs_mpi
PROGRAM = TESTS / "mpi_program.py"


def run(folder: Path, processes: int, task: str, until: int = 3) -> None:
    folder.mkdir(exist_ok=True)
    done = launch(processes, PROGRAM, "stages", folder, task, until, BISSL_PRECISION="float64")
    assert done.returncode == 0, done.stderr


def end(folder: Path) -> dict[str, np.ndarray]:
    return dict(np.load(folder / "end.npz"))


@pytest.mark.parametrize("task", ["simclr", pytest.param("byol", marks=hard), pytest.param("mae", marks=hard)])
def test_two_then_four_then_one_is_as_one_alone(tmp_path, task):
    run(tmp_path / "alone", 1, task)
    for processes, until in ((2, 1), (4, 2), (1, 3)):
        run(tmp_path / "changing", processes, task, until)
    for name, expected in end(tmp_path / "alone").items():
        found = end(tmp_path / "changing")[name]
        assert np.linalg.norm(found - expected) <= 1e-10 * np.linalg.norm(expected), name


@hard
def test_twenty_kills_of_random_ranks(tmp_path):
    """Each gone on with; the end has the bits of a run that was left alone."""
    draws, kills = random.Random(0), 0
    run(tmp_path / "undisturbed", 2, "simclr")
    expected = end(tmp_path / "undisturbed")
    attempt = 0
    while kills < 20:
        attempt += 1
        folder = tmp_path / f"run-{attempt}"
        folder.mkdir()
        while not (folder / "end.npz").exists():
            program = command(2, PROGRAM, "stages", folder, "simclr", 3, "1 step")
            with subprocess.Popen(
                program, env=environment(BISSL_PRECISION="float64"), stderr=subprocess.DEVNULL
            ) as job:
                kills += _killed(job, folder, draws) if kills < 20 else 0
                job.wait(120)
        for name, value in end(folder).items():
            np.testing.assert_array_equal(value, expected[name])


def _killed(job: subprocess.Popen, folder: Path, draws: random.Random) -> int:
    """Kills a rank at a random moment after all have begun; how many were."""
    paths = [folder / f"pid-{rank}" for rank in range(2)]
    for path in paths:
        path.unlink(missing_ok=True)
    deadline = time.monotonic() + 60
    while not all(path.exists() and path.read_text() for path in paths) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(draws.uniform(0, 2))
    if job.poll() is not None:
        return 0
    try:
        os.kill(int(paths[draws.randrange(2)].read_text()), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def test_sigusr1_saves_at_the_end_of_a_round(tmp_path):
    """In one process, as in any of several."""
    folder = tmp_path / "saved"
    folder.mkdir()
    from bissl.checkpoints.saverequest import SaveRequest

    request = SaveRequest()
    with request:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert request.taken() and not request.taken()
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
