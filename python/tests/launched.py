"""Programs that a launcher starts in several processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
#: Beside this Python, where pip puts it, or that of another library (`make hard-mpi`).
MPIEXEC = os.environ.get("BISSL_TEST_MPIEXEC") or shutil.which("mpiexec", path=f"{Path(sys.executable).parent}")
needs_mpi = pytest.mark.skipif(MPIEXEC is None, reason="no MPI: pip install mpi4py mpich")
hard = pytest.mark.skipif(not os.environ.get("BISSL_TEST_HARD"), reason="takes too long for every day: make hard-mpi")


def environment(**more: str) -> dict[str, str]:
    """With one thread for each process, and this checkout first."""
    paths = [os.fspath(TESTS.parent), os.environ.get("PYTHONPATH", "")]
    given = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "BISSL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **given, **more}


def command(processes: int, *program: object) -> list[str]:
    """The program, started by the launcher."""
    options = os.environ.get("BISSL_TEST_MPIEXEC_OPTIONS", "").split()
    return [str(MPIEXEC), *options, "-n", str(processes), sys.executable, *map(str, program)]


def launch(
    processes: int, *program: object, timeout: float = 120, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end."""
    return subprocess.run(
        command(processes, *program), env=environment(**variables), capture_output=True, text=True, timeout=timeout
    )
