"""Every class of error, raised through the boundary, and what its text names. InvalidState and KeyboardInterrupt need a
process of their own: test_boundary_process.py."""

from __future__ import annotations

import numpy as np
import pytest

import bissl
from bissl import _engine, errors
from bissl.errors import (
    BisslError,
    FileMissing,
    InvalidArgument,
    InvalidState,
    NonFinite,
    OutOfMemory,
    WrongType,
    check_option,
)

dtype = np.dtype(_engine.precision)


@pytest.mark.parametrize(
    ("ours", "pythons"),
    [
        (InvalidArgument, ValueError),
        (WrongType, TypeError),
        (OutOfMemory, MemoryError),
        (InvalidState, RuntimeError),
        (NonFinite, FloatingPointError),
        (FileMissing, FileNotFoundError),
    ],
)
def test_errors_are_what_python_users_expect(ours, pythons):
    assert issubclass(ours, BisslError) and issubclass(ours, pythons)
    with pytest.raises(pythons, match="text"):
        raise ours("text")


def test_all_is_complete():
    classes = {name for name, value in vars(errors).items() if getattr(value, "__module__", "") == errors.__name__}
    assert {name for name in classes if not name.startswith("_")} == set(errors.__all__)


def classifier():
    """A linear backbone and head, and two images as they take them."""
    backbone, head = (
        _engine.module_create("linear", {"inputs": inputs, "outputs": outputs}, seed)
        for inputs, outputs, seed in ((4, 3, 0), (3, 2, 1))
    )
    return _engine.objective_create("classifier", {}, ()), backbone, head, (np.ones((2, 4), dtype), np.array([0, 1]))


def test_invalid_argument():
    with pytest.raises(InvalidArgument, match="temperature"):
        _engine.objective_create("simclr", {"temperature": -1.0}, ())


def test_wrong_type():
    with pytest.raises(WrongType, match="input: expected float32 or float64, got uint8"):
        _engine.module_apply(
            _engine.module_create("linear", {"inputs": 3, "outputs": 2}, 0), np.zeros((1, 3), np.uint8)
        )


def test_out_of_memory_names_operation_shape_and_bytes():
    before = bissl.memory_stats()["live_bytes"]
    with pytest.raises(OutOfMemory, match=r"parameters .* shape \(\d+,?\) needs \d{13} bytes .*: lower the"):
        _engine.module_create("linear", {"inputs": 2**20, "outputs": 2**20}, 0)
    assert bissl.memory_stats()["live_bytes"] == before


def test_non_finite():
    objective, backbone, head, (images, labels) = classifier()
    optimizer = _engine.optimizer_create("sgd", 0.0, 0.9, False, 0.001, False)
    before = np.array(_engine.module_parameters(backbone))
    with pytest.raises(NonFinite):
        evaluation = _engine.objective_evaluate(objective, backbone, head, (images * np.inf, labels), True, True)
        step = _engine.step_propose("training step", {"training": 1.0}, (evaluation,))
        _engine.step_commit(step, optimizer, 0.1, 10.0)
    assert np.array_equal(before, np.asarray(_engine.module_parameters(backbone)))


HANDLES = {
    "vector": lambda: _engine.vector_create(np.zeros(3, dtype)),
    "module": lambda: _engine.module_create("linear", {"inputs": 4, "outputs": 3}, 0),
    "objective": lambda: _engine.objective_create("classifier", {}, ()),
    "optimizer": lambda: _engine.optimizer_create("sgd", 0.0, 0.9, False, 0.001, False),
    "solver": lambda: _engine.solver_create("identity", {"nonfinite": "raise"}),
}


@pytest.mark.parametrize("given", HANDLES)
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (_engine.module_parameters, "module"),
        (_engine.module_describe, "module"),
        (_engine.evaluation_loss, "evaluation"),
        (_engine.linearization_loss, "linearization"),
        (_engine.report_describe, "report"),
        (_engine.report_solution, "report"),
    ],
)
def test_handles_of_another_kind(function, kind, given):
    if given == kind:
        return
    with pytest.raises(WrongType, match=rf"{kind}: expected an? {kind}, got an? {given}"):
        function(HANDLES[given]())


def test_not_a_handle():
    with pytest.raises(WrongType, match="module: expected a Handle of the engine, got int"):
        _engine.module_parameters(3)


@pytest.mark.parametrize(
    ("shape", "error", "text"),
    [
        ((4, 2.5), WrongType, r"shape\[1\]: expected an integer, got float"),
        ((4, 2**70), InvalidArgument, r"shape\[1\]: expected an integer of 64 bits, got 11805"),
        ("42", WrongType, "shape: expected a sequence of integers, got str"),
        (iter([4]), WrongType, "shape: expected a sequence of integers, got list_iterator"),
    ],
)
def test_integers(shape, error, text):
    with pytest.raises(error, match=text):
        _engine.trace_create(_engine.module_create("linear", {"inputs": 4, "outputs": 3}, 0), shape)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("projector", {"inputs": 8, "widths": (4, 2.5)}, 0), InvalidArgument, "widths: expected whole numbers .*2.5"),
        (("projector", {"inputs": 8, "widths": (4, 2**62)}, 0), InvalidArgument, "widths: expected whole numbers"),
        (("projector", {"inputs": 8, "widths": "42"}, 0), WrongType, "widths: expected a number, got the text '42'"),
        (("projector", {"inputs": 8, "widths": (4, None)}, 0), WrongType, r"widths.*expected a number, got NoneType"),
        (("linear", {"inputs": 8}, 0), InvalidArgument, "outputs is missing"),
        (("linear", {"inputs": 8, "outputs": 2, "output": 3}, 0), InvalidArgument, "no setting output: it knows inputs"),
        (("lineal", {}, 0), InvalidArgument, "kind: expected one of 'resnet'.* got 'lineal'"),
        (("linear", {"inputs": 8, "outputs": 2}, -1), InvalidArgument, r"seed: expected an integer from 0 to 2\*\*64 - 1"),
        (("linear", {"inputs": 8, "outputs": 2}, 2**64), InvalidArgument, "seed: .*, got 18446744073709551616"),
        (("linear", {"inputs": 8, "outputs": 2}, 1.0), WrongType, "seed: expected an integer, got float"),
        (("resnet", {"block": 3, "layers": 1, "widths": 4, "stem": "small", "activation": "relu"}, 0), WrongType,
         "block: expected a text"),
        (("linear", {"inputs": 8, "outputs": 2}), TypeError, "module_create.* takes exactly 3 arguments"),
    ],
)  # fmt: skip
def test_settings_of_modules(arguments, error, text):
    with pytest.raises(error, match=text):
        _engine.module_create(*arguments)


def test_numbers_from_any_sequence_and_the_largest_seed():
    for widths in ([4, 2], (4, 2), np.array([4, 2]), range(4, 0, -2)):
        _engine.module_create("projector", {"inputs": np.int64(8), "widths": widths}, 2**64 - 1)


@pytest.mark.parametrize(
    ("temperature", "error", "text"),
    [
        ("0.5", WrongType, "temperature: expected a number, got the text '0.5'"),
        (None, WrongType, r"temperature'\]: expected a number, got NoneType"),
        (10**400, InvalidArgument, r"temperature'\]: expected a finite number, got 1000"),
        (float("nan"), InvalidArgument, "temperature.*nan"),
    ],
)
def test_numbers(temperature, error, text):
    with pytest.raises(error, match=text):
        _engine.objective_create("simclr", {"temperature": temperature}, ())


@pytest.mark.parametrize(
    ("kind", "layerwise", "error", "text"),
    [
        ("cg", 2, InvalidArgument, "layerwise: expected true or false, got 2"),
        ("c\0g", True, InvalidArgument, "kind: expected plain text"),
        ("\ud800", True, InvalidArgument, "kind: expected plain text"),
        (b"cg", True, WrongType, "kind: expected a str, got bytes"),
        ("gc", True, InvalidArgument, "kind: expected one of .*'cg'.* got 'gc'"),
        ("minres", True, InvalidArgument, "solver minres has no setting layerwise: it knows iterations, .*tolerance"),
    ],
)
def test_texts_and_settings(kind, layerwise, error, text):
    settings = {"iterations": 5, "layerwise": layerwise, "guard": "relative", "nonfinite": "raise"}
    with pytest.raises(error, match=text):
        _engine.solver_create(kind, settings)


def test_flags():
    table = _engine.module_create("parameters", {"weight": (3, 8)}, 0)
    with pytest.raises(WrongType, match="wants_head: expected True or False, got int"):
        _engine.recording_create(table, table, True, 1, False, True)


@pytest.mark.parametrize(
    ("batch", "error", "text"),
    [
        (np.zeros((2, 4), dtype), WrongType, "batch: expected a tuple of arrays, got ndarray"),
        ((np.zeros((2, 4), dtype), None), WrongType, r"batch\[1\]: expected an array of numbers, got NoneType"),
        ((np.zeros((2, 4), dtype),) * 9, InvalidArgument, "batch: expected at most 8 arrays"),
        ((), InvalidArgument, "batch: expected 1 to 8 arrays, got 0"),
    ],
)
def test_batches(batch, error, text):
    objective, backbone, head, _ = classifier()
    with pytest.raises(error, match=text):
        _engine.objective_evaluate(objective, backbone, head, batch, True, True)


@pytest.mark.parametrize(
    ("recipe", "error", "text"),
    [
        ([("size", 4)], WrongType, "recipe: expected a dict of options, got list"),
        ({3: 4}, WrongType, "recipe: expected a str, got int"),
        ({"size": "4"}, WrongType, r"recipe\['size'\]: expected a number, got str"),
        ({"sise": 4}, InvalidArgument, "sise.*size"),
    ],
)
def test_recipes(recipe, error, text):
    with pytest.raises(error, match=text):
        _engine.augmentation_create(recipe)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("lrs", 'optimizer: expected one of "lars", "sgd", got "lrs"; did you mean "lars"?'),
        ("SGD", 'optimizer: expected one of "lars", "sgd", got "SGD"; did you mean "sgd"?'),
        ("qqqqq", 'optimizer: expected one of "lars", "sgd", got "qqqqq"'),
    ],
)
def test_unknown_option_names_the_nearest(given, text):
    with pytest.raises(InvalidArgument) as raised:
        check_option("optimizer", given, ("lars", "sgd"))
    assert str(raised.value) == text


def test_option_of_the_wrong_type():
    with pytest.raises(WrongType, match='optimizer: expected one of "lars", "sgd", got int'):
        check_option("optimizer", 3, ("lars", "sgd"))


def test_valid_option_is_returned():
    assert check_option("optimizer", "lars", ("lars", "sgd")) == "lars"
