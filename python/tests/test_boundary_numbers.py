"""Numbers that a user may give, however extreme, end in an error that names them: never in a signal.

All calls are made in one process of their own, which tells before each what it is about to do.
"""

from __future__ import annotations

import pytest

CALLS = r"""
import sys
import numpy as np
import bissl
from bissl import ops

zeros = lambda *shape: np.zeros(shape, bissl.precision)
HUGE = 2**62

def drop_path(value):
    net = bissl.VisionTransformer(8, 4, 8, 2, 2, drop_path=0.5)
    net._buffers()["drop_path.num_batches_tracked"][...] = value
    images, labels = zeros(2, 8, 8, 3), np.array([0, 1])
    bissl.Classifier(8, 2).step(net, (images, labels), bissl.SGD(lr=0.1))

def adamw_steps(value):
    net, head = bissl.ResNet(layers=(1,), widths=(4,), stem="small"), bissl.Classifier(4, 2)
    optimizer = bissl.AdamW(lr=0.1)
    optimizer.state(net)["step"][:] = value
    head.step(net, (zeros(2, 8, 8, 3), np.array([0, 1])), optimizer)

apply = ops.variable.apply
calls = {
    "heads": lambda: ops.attention(zeros(1, 2, 9), heads=HUGE),
    "heads of 2**15": lambda: ops.attention(zeros(1, 2, 9), heads=2**15),
    "padding of a pool": lambda: ops.max_pool2d(zeros(1, 4, 4, 1), 3, padding=HUGE),
    "window of a pool": lambda: ops.avg_pool2d(zeros(1, 4, 4, 1), HUGE, padding=HUGE // 2),
    "stride of a pool": lambda: ops.max_pool2d(zeros(1, 4, 4, 1), 3, stride=HUGE),
    "patches of nothing": lambda: ops.patchify(zeros(1, 0, 0, 3), 2**33),
    "small patches of nothing": lambda: ops.patchify(zeros(1, 0, 0, 3), 2),
    "padding of a convolution": lambda: ops.conv2d(zeros(2**22, 1, 1, 1), zeros(1, 1, 1, 1), padding=2**20 - 1),
    "allowed padding, too many pixels": lambda: ops.conv2d(zeros(2**22, 1, 1, 1), zeros(1, 1, 1, 1), padding=2**15),
    "dilation": lambda: ops.conv2d(zeros(1, 4, 4, 1), zeros(1, 1, 3, 3), dilation=HUGE),
    "stride": lambda: ops.conv2d(zeros(1, 4, 4, 1), zeros(1, 1, 3, 3), stride=(1, -HUGE)),
    "not a number": lambda: apply("Convolution", zeros(1, 4, 4, 1), zeros(1, 1, 3, 3), stride=float("nan")),
    "infinite": lambda: apply("Sum", zeros(2, 2), axis=float("inf")),
    "axis": lambda: apply("Sum", zeros(2, 2), axis=-HUGE),
    "axes": lambda: apply("Transpose", zeros(2, 2), axes=[HUGE, -HUGE]),
    "copies": lambda: apply("Repeat", zeros(2, 2), axis=0, count=HUGE),
    "copies of nothing": lambda: apply("Repeat", zeros(2**58, 0), axis=1, count=2**31 - 1),
    "shape": lambda: apply("Reshape", zeros(0, 2), to=[HUGE, HUGE, 0]),
    "negative shape": lambda: apply("Reshape", zeros(0, 2), to=[-(2**39), 0]),
    "label": lambda: ops.cross_entropy(zeros(1, 3), [2**31]),
    "batches": lambda: ops.batch_norm(zeros(4, 2), zeros(2), zeros(2), batches=-(2**63)),
    "rows of many inputs": lambda: ops.concatenate([zeros(2**58, 0)] * 64),
    "many small parameters": lambda: bissl._engine.module_create(
        "parameters", {f"p{i}": (2**38, 2**20) for i in range(64)}, 0
    ),
    "iterations": lambda: bissl.ConjugateGradient(2**40),
    "drop path at -1": lambda: drop_path(-1),
    "drop path at nan": lambda: drop_path(np.nan),
    "drop path at infinity": lambda: drop_path(np.inf),
    "drop path at a half": lambda: drop_path(0.5),
    "steps at nan": lambda: adamw_steps(np.nan),
    "steps at -1": lambda: adamw_steps(-1),
}
for name, call in calls.items():
    print(name, end=": ", flush=True)
    try:
        print("done", call())
    except (ValueError, MemoryError) as error:
        assert isinstance(error, bissl.errors.BisslError), repr(error)
        print(type(error).__name__, error, flush=True)

# What is empty takes no time, however large its other extents, and no memory.
print("sum of nothing:", apply("Sum", zeros(2**58, 1, 0), axis=1).shape)
print("mean of no maps:", ops.global_avg_pool(zeros(2**40, 1, 1, 0)).shape)
print("rows of nothing:", apply("SelectRows", zeros(2**58, 0), indices=[0]).shape)
print("convolution of nothing:", ops.conv2d(zeros(2, 3, 3, 0), zeros(2, 0, 3, 3), padding=1).numpy().sum())
print("convolution to nothing:", ops.conv2d(zeros(2**20, 3, 3, 1), zeros(0, 1, 3, 3), padding=1).shape)
"""


@pytest.fixture(scope="module")
def lines(run_python):
    finished = run_python(CALLS)
    assert finished.returncode == 0, f"{finished.returncode}: {finished.stdout[-300:]}{finished.stderr[-1500:]}"
    return dict(line.split(": ", 1) for line in finished.stdout.splitlines())


def test_every_number_out_of_range_is_refused_by_name(lines):
    refused = {name: text for name, text in lines.items() if not text.startswith(("(", "0"))}
    assert len(refused) == 30
    for name, text in refused.items():
        assert text.startswith(("InvalidArgument ", "OutOfMemory ")), f"{name}: {text}"
    assert "heads: expected whole numbers" in lines["heads"]
    assert "padding: expected whole numbers" in lines["padding of a pool"]
    assert "drop_path.num_batches_tracked: expected a count of training steps, got -1" in lines["drop path at -1"]


def test_what_is_empty_costs_nothing(lines):
    assert lines["sum of nothing"] == "(288230376151711744, 0)"
    assert lines["mean of no maps"] == "(1099511627776, 0)"
    assert lines["rows of nothing"] == "(1, 0)"
    assert lines["convolution of nothing"] == "0.0"
    assert lines["convolution to nothing"] == "(1048576, 3, 3, 0)"
