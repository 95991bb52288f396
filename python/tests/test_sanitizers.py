"""Under AddressSanitizer (`make hard-address`): it sees where each tensor ends, and what was given back."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif("asan" not in os.environ.get("LD_PRELOAD", ""), reason="no AddressSanitizer is loaded")

READ = """
import ctypes
import numpy as np
from bissl import _engine

vector = _engine.vector_create(np.zeros(3))
place, size = np.asarray(vector).ctypes.data, np.asarray(vector).nbytes
target = ctypes.create_string_buffer(64)
ctypes.memmove(target, place, size)
print("read", flush=True)
"""


@pytest.mark.parametrize(
    ("wrong", "report"),
    [("ctypes.memmove(target, place, size + 1)", "heap-buffer-overflow"),
     ("del vector; ctypes.memmove(target, place, size)", "heap-use-after-free")],
)  # fmt: skip
def test_tensors_are_watched(run_python, wrong, report):
    finished = run_python(READ + wrong)
    assert finished.stdout == "read\n"
    assert report in finished.stderr and finished.returncode != 0
