"""One of several processes goes wrong: the others do not wait for it for ever, and one message says who and where."""

from __future__ import annotations

import time

import pytest
from launched import TESTS, launch, needs_mpi

pytestmark = needs_mpi
PROGRAM = TESTS / "mpi_program.py"


@pytest.mark.parametrize("how", ["raise", "kill"])
def test_a_rank_that_ends_ends_the_job(how):
    began = time.monotonic()
    done = launch(2, PROGRAM, "failing", how, timeout=60)
    assert done.returncode != 0
    assert time.monotonic() - began < 30
    if how == "raise":
        assert "bissl: rank 1 of 2: ValueError: no more images" in done.stderr


def test_a_rank_that_hangs_is_named_and_ends_the_job_at_the_deadline():
    done = launch(3, PROGRAM, "failing", "hang", timeout=60, BISSL_MPI_WARNING="2", BISSL_MPI_DEADLINE="4")
    assert done.returncode != 0  # 75, or what the launcher makes of it
    [warning] = [line for line in done.stderr.splitlines() if line.startswith("bissl:") and "ending" not in line]
    assert "rank 0 of 3 has waited" in warning and "batch norm" in warning and warning.endswith("not there: rank 1")
    assert "ending the job (BISSL_MPI_DEADLINE is 4 s)" in done.stderr


def test_what_the_sum_raises_is_raised():
    done = launch(2, PROGRAM, "wrong_order", timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('raised "a batch norm\'s statistics" True') == 2


def test_what_the_first_raises_is_raised_in_all():
    done = launch(2, PROGRAM, "raising", timeout=60, BISSL_MPI_DEADLINE="20")
    assert done.returncode == 0, done.stderr
    for rank in range(2):
        assert f"rank {rank} caught 2 many 2\n" in done.stdout
        assert f"rank {rank} was refused: cannot pickle 'module' object\n" in done.stdout


def test_a_launcher_whose_processes_do_not_see_each_other_is_refused():
    # What neither of the launchers that tests use sets by itself.
    done = launch(1, PROGRAM, "failing", "raise", timeout=60, MV2_COMM_WORLD_SIZE="2")
    assert done.returncode != 0
    assert "the launcher started 2 processes, but MPI" in done.stderr and "each would train alone" in done.stderr
