"""What the tests share: which precision they need, and Python processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest

from bissl import _engine

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for a background job of a shell; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests marked `float64` unless the engine runs in that precision."""
    if _engine.precision == "float64":
        return
    left_out = [item for item in items if item.get_closest_marker("float64")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_report_header() -> str:
    return f"bissl: {_engine.precision}, OpenBLAS core {_engine.blas['blas_core']}, {_engine.engine_threads()} threads"


@pytest.fixture(scope="session")
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python source in a process of its own, with the given changes to the environment (None removes)."""

    def run(source: str, timeout: float = 120, **environment: str | None) -> subprocess.CompletedProcess[str]:
        changed = {**os.environ, **environment}
        return subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(source)],
            env={name: value for name, value in changed.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run
