"""Training of several processes, each on its share of every batch, beside that of one on all of it; in float64."""

from __future__ import annotations

import json

import numpy as np
import pytest
from launched import TESTS, hard, launch, needs_mpi

pytestmark = needs_mpi
PROGRAM = TESTS / "mpi_program.py"
#: Of everything, at the damping of 10 that the paper has.
TOLERANCE = 1e-10


def results(folder, task, processes):
    folder.mkdir()
    done = launch(processes, PROGRAM, "equality", task, folder, BISSL_PRECISION="float64")
    assert done.returncode == 0, done.stderr
    return [dict(np.load(folder / f"{rank}.npz")) for rank in range(processes)]


def check(found, expected):
    for name, value in expected.items():
        for rank, own in enumerate(found):
            np.testing.assert_array_equal(own[name], found[0][name], err_msg=f"{name}: rank {rank} differs from rank 0")
        scale = np.linalg.norm(value)
        assert np.linalg.norm(found[0][name] - value) <= TOLERANCE * scale, name


@pytest.mark.parametrize("task", ["simclr", "byol", "mae", "python"])
def test_three_uneven_shares_train_as_one_process(tmp_path, task):
    [expected] = results(tmp_path / "1", task, 1)
    check(results(tmp_path / "3", task, 3), expected)


@hard
@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("task", ["simclr", "byol", "mae", "python"])
def test_any_number_of_processes(tmp_path, task, processes):
    [expected] = results(tmp_path / "1", task, 1)
    check(results(tmp_path / "more", task, processes), expected)


def test_the_same_number_of_processes_gives_the_same_bits(tmp_path):
    first, second = (results(tmp_path / name, "simclr", 2)[0] for name in ("a", "b"))
    for name, value in first.items():
        np.testing.assert_array_equal(second[name], value)


def test_sums_are_those_of_the_design(tmp_path):
    """Of a network with B batch norms before the head and H in it: one small sum per batch norm and sweep, two for the rows
    that NT-Xent compares; one big one for the gradients, with the loss, and for each product."""
    done = launch(2, PROGRAM, "counted", tmp_path, BISSL_PRECISION="float64")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "sums.json").read_text())
    rows, size = found["rows"], found["sizes"]
    backbone, head = 6, 1  # batch norms: stem, two blocks of two, one downsampling; one in a projector of two layers
    small = 2 * (backbone + head) + 2
    products = 6  # five of conjugate gradients, and one for the true residual
    lower, linearize, upper = rows["lower"], rows["linearize"], rows["upper"]
    assert len(lower) == small + 1
    assert len(linearize) == small
    assert len(upper) == products * (small + 1) + 2 * (2 * backbone) + 1
    # The loss goes with the gradients; with them, in the upper level, v.
    assert lower[-1] == ["gradients of the lower level", size["theta"] + size["phi_p"] + size["scalar"]]
    [(_, gradients)] = [row for row in upper if row[0].startswith("gradients")]
    assert gradients == 2 * size["theta"] + size["phi_d"] + 2 * size["scalar"]
    assert [row[1] for row in upper if row[0] == "a Hessian product"] == [size["theta"]] * products
    # A forward pass of batch norm: Σ(x − k) and Σ(x − k)² of both views and the number of rows; the sizes of the shares go
    # with the first.
    statistics = [row[1] for row in lower if row[0] == "a batch norm's statistics"]
    assert statistics[0] == 8 * (2 * 2 * 4 + 1) + 8 * 2 and statistics[1] == 8 * (2 * 2 * 4 + 1)
