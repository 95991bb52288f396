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


def results(folder, task, processes, program="equality"):
    folder.mkdir()
    done = launch(processes, PROGRAM, program, task, folder, BISSL_PRECISION="float64")
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


@pytest.mark.parametrize("task", ["simclr", "byol"])
def test_a_share_may_have_one_pair(tmp_path, task):
    """Of five pairs three processes have one, two and two."""
    [expected] = results(tmp_path / "1", task, 1, "few")
    check(results(tmp_path / "3", task, 3, "few"), expected)


@hard
@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("task", ["simclr", "byol", "mae", "python"])
def test_any_number_of_processes(tmp_path, task, processes):
    [expected] = results(tmp_path / "1", task, 1)
    check(results(tmp_path / "more", task, processes), expected)


#: Two uneven shares where every day has to do with fewer tests.
_NUMBERS = [pytest.param(2, marks=hard), 3]


@pytest.mark.parametrize("processes", _NUMBERS)
@pytest.mark.parametrize("network", ["vit", "convnext"])
def test_drop_path_draws_by_places_in_the_whole_batch(tmp_path, network, processes):
    [expected] = results(tmp_path / "1", network, 1, "dropped")
    check(results(tmp_path / "more", network, processes, "dropped"), expected)


@pytest.mark.parametrize("processes", _NUMBERS)
@pytest.mark.parametrize("task", ["fcn", "faster-rcnn"])
def test_dense_losses_are_means_over_the_whole_batch(tmp_path, task, processes):
    [expected] = results(tmp_path / "1", task, 1, "dense")
    check(results(tmp_path / "more", task, processes, "dense"), expected)


@pytest.mark.parametrize("processes", _NUMBERS)
def test_broken_files_are_left_out_of_scores_by_any_number_of_processes(tmp_path, processes):
    [expected] = results(tmp_path / "1", "files", 1, "skipping")
    assert {"no prediction", "no score of nothing"} <= set(expected) and expected["correct"] == 7
    check(results(tmp_path / "more", "files", processes, "skipping"), expected)


@pytest.mark.parametrize("processes", _NUMBERS)
@pytest.mark.parametrize("kind", ["unrolled", "penalty", "joint"])
def test_hypergradients_are_those_of_the_whole_batch(tmp_path, kind, processes):
    [expected] = results(tmp_path / "1", kind, 1, "hypergradient")
    check(results(tmp_path / "more", kind, processes, "hypergradient"), expected)


@hard
@pytest.mark.parametrize("task", ["barlow_twins", "vicreg", "lejepa", "dino"])
def test_examples_compare_the_samples_of_all_processes(tmp_path, task):
    [expected] = results(tmp_path / "1", task, 1)
    check(results(tmp_path / "3", task, 3), expected)


def test_the_same_number_of_processes_gives_the_same_bits(tmp_path):
    first, second = (results(tmp_path / name, "simclr", 2)[0] for name in ("a", "b"))
    for name, value in first.items():
        np.testing.assert_array_equal(second[name], value)


def sums_of_steps(folder, task, precision="float64"):
    """What a lower step, a linearization and an upper step of two processes sum: purpose and bytes of each; and sizes."""
    done = launch(2, PROGRAM, "counted", folder, task, BISSL_PRECISION=precision)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "sums.json").read_text())
    return *(found["rows"][step] for step in ("lower", "linearize", "upper")), found["sizes"]


#: Of the backbone: stem, two blocks of two and one downsampling, with 4 and 6 channels.
_CHANNELS = [4, 4, 4, 6, 6, 6]
#: Five of conjugate gradients, and one for the true residual, which the first upper step of an alternation measures.
_PRODUCTS = 6


@pytest.mark.parametrize("task", ["simclr", "byol"])
def test_sums_are_those_of_the_design(tmp_path, task):
    """One small sum per batch norm and sweep, and two for the rows that NT-Xent compares or one for rows of zeros; one big one
    for the gradients, with the loss, and for each product."""
    lower, linearize, upper, size = sums_of_steps(tmp_path, task)
    # Each batch norm sees two views. BYOL's target has batch norms too, all but the predictor's, which have no derivatives.
    trained = [2 * channels for channels in _CHANNELS + ([6] if task == "simclr" else [6, 6])]
    target = [] if task == "simclr" else [2 * channels for channels in [*_CHANNELS, 6]]
    rows = 2 if task == "simclr" else 0
    zeros = 1 if task == "byol" else 0
    small = 2 * len(trained) + len(target) + rows + zeros
    assert (len(lower), len(linearize)) == (small + 1, small)
    product = 2 * len(trained) + rows
    assert len(upper) == _PRODUCTS * (product + 1) + 2 * (2 * len(_CHANNELS)) + 1
    # The loss goes with the gradients; with them, in the upper level, v.
    assert lower[-1] == ["gradients of the lower level", size["theta"] + size["phi_p"] + size["scalar"]]
    [(_, gradients)] = [row for row in upper if row[0].startswith("gradients")]
    assert gradients == 2 * size["theta"] + size["phi_d"] + 2 * size["scalar"]
    assert [row[1] for row in upper if row[0] == "a Hessian product"] == [size["theta"]] * _PRODUCTS
    # Doubles: Σ(x − k), Σ(x − k)² and the number of rows, and with the first the sizes of both shares; two per channel of
    # adjoints and of tangents, and the seven that the tangents of adjoints need.
    sent = {
        "a batch norm's statistics": (lower, 8 * sum(2 * width + 1 for width in trained + target) + 8 * 2),
        "a batch norm's adjoints": (linearize, 8 * sum(2 * width for width in trained)),
        "a batch norm's tangents": (upper, _PRODUCTS * 8 * sum(2 * width for width in trained)),
        "the tangents of a batch norm's adjoints": (upper, _PRODUCTS * 8 * sum(7 * width for width in trained)),
    }
    for purpose, (step, expected) in sent.items():
        assert sum(row[1] for row in step if row[0] == purpose) == expected, purpose


def test_sums_of_networks_without_batch_norm(tmp_path):
    """Besides the big ones, the sizes of the shares: for the loss's weight, and for the places that MAE's noise is drawn by."""
    lower, linearize, upper, size = sums_of_steps(tmp_path, "mae")
    sizes = ["the sizes of all shares of a batch", 8 * 2]
    assert lower == [sizes, sizes, ["gradients of the lower level", size["theta"] + size["phi_p"] + size["scalar"]]]
    assert linearize == [sizes, sizes]
    gradients = ["gradients of the upper level", 2 * size["theta"] + size["phi_d"] + 2 * size["scalar"]]
    assert sorted(upper) == sorted([sizes, sizes, gradients] + _PRODUCTS * [["a Hessian product", size["theta"]]])


@hard
def test_sums_of_resnet50_are_those_of_the_page(tmp_path):
    """docs/guide/distributed.md."""
    lower, linearize, upper, size = sums_of_steps(tmp_path, "resnet50", "float32")
    assert size["theta"] == 94_032_128
    big = ("gradients", "a Hessian product")
    counts = [
        [sum(row[0].startswith(big) == is_big for row in step) for is_big in (False, True)]
        for step in (lower, linearize, upper)
    ]
    # With the true residual, 112 and 1.
    assert counts == [[112, 1], [112, 0], [772 + 112, 6 + 1]]
