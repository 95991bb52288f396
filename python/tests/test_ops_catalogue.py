"""What follows from the engine's catalogue in `bissl.ops`: functions, signatures, documentation, the stub."""

from __future__ import annotations

import ast
import inspect
import json
import pickle

import numpy as np
import pytest

from bissl import _engine, ops
from bissl.ops import catalogue, entries, stub

CATALOGUE = json.loads(_engine.catalogue_describe())
X = np.random.default_rng(0).normal(size=(3, 4))


def test_every_operation_has_its_function():
    assert {entry["function"] for entry in CATALOGUE} <= set(ops.__all__)
    assert len(set(ops.__all__)) == len(ops.__all__)
    assert all(callable(getattr(ops, name)) for name in ops.__all__)


def test_those_written_by_hand_call_their_operation():
    modules = {inspect.getmodule(getattr(ops, name)) for name in ops.__all__}
    called = {
        node.args[0].value
        for module in modules
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "apply"
        if isinstance(node.args[0], ast.Constant)
    }
    assert called == entries.BY_HAND


def test_the_stub_is_what_the_catalogue_states():
    assert stub.PATH.read_text(encoding="utf-8") == stub.text(), "write it anew: python -m bissl.ops.stub"


def test_signatures_and_documentation():
    assert list(inspect.signature(ops.conv2d).parameters) == ["x", "weight", "stride", "padding", "dilation", "groups"]
    pooled = inspect.signature(ops.max_pool2d).parameters
    assert pooled["window"].default is inspect.Parameter.empty
    assert pooled["stride"].default is None and pooled["stride"].annotation == "int | Sequence[int] | None"
    assert inspect.signature(ops.patchify).parameters["channels_first"].default is False
    assert inspect.signature(ops.layer_norm).parameters["eps"].default == 1e-6
    for name in catalogue.__all__:
        function = getattr(ops, name)
        assert function.__name__ == name and function.__doc__.partition("\n")[0].endswith(".")
        assert pickle.loads(pickle.dumps(function)) is function


def test_arguments_by_name_and_left_out():
    expected = ops.avg_pool2d(np.ones((1, 4, 4, 1)), 2, 2, 0).numpy()
    np.testing.assert_array_equal(ops.avg_pool2d(x=np.ones((1, 4, 4, 1)), window=(2, 2), stride=None).numpy(), expected)


def test_inputs_that_are_optional_or_several():
    """The operations that have such inputs are written by hand: their entries make functions all the same."""
    made = {entry["name"]: entries.function(entry) for entry in CATALOGUE}
    np.testing.assert_array_equal(made["Concatenate"]([X, X]).numpy(), ops.concatenate([X, X]).numpy())
    for residual in (X, None):
        inputs = {"x": X, "weight": np.ones(4), "bias": np.zeros(4), "residual": residual}
        np.testing.assert_array_equal(made["BatchNorm"](**inputs).numpy(), ops.batch_norm(**inputs).numpy())
    assert list(inspect.signature(made["BatchNorm"]).parameters)[3] == "residual"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ops.relu(), r"relu: missing a required argument: 'x'; it is called as relu\(x\)"),
        (lambda: ops.power(X, 2, base=3), "power: got an unexpected keyword argument 'base'"),
        (lambda: ops.attention(X, None), "heads: expected an integer"),
        (lambda: ops.attention(X, heads=1.5), "heads: expected an integer"),
        (lambda: ops.patchify(X, 2, channels_first=1), "channels_first: expected True or False"),
        (lambda: ops.scale_samples(X, ["a"]), "factors: expected real numbers"),
        (lambda: ops.max_pool2d(X, window=(1, 1.5)), r"window\[1\]: expected an integer"),
        (lambda: ops.layer_norm(X, None, X), "real numbers"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(TypeError, match=message):
        call()
