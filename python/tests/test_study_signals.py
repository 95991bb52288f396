"""Ctrl-C and SIGTERM for a study whose runs are in processes side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("sklearn")


def waited_for(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def begun(folder: Path) -> list[Path]:
    return list(folder.glob("pretrained/*/checkpoints/*.json"))


@pytest.mark.parametrize(
    ("number", "to_all", "status", "message"),
    [
        (signal.SIGINT, True, 130, "bissl: interrupted"),
        (signal.SIGTERM, False, 143, "SIGTERM: saving at the end of this step"),
    ],
)
def test_all_processes_save_and_end(tmp_path, number, to_all, status, message):
    """``to_all`` : as the terminal sends Ctrl-C; else to the process alone that was started. Two of five backbones are
    under way, which would take minutes; those that wait are not begun."""
    folder = tmp_path / "run"
    options = ["pretrain.epochs=2000", "seeds.pretrain=[0,1,2,3,4]", "--processes=2", "--no-progress"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bissl", "compare", "digits", f"--out={folder}", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert waited_for(lambda: len(begun(folder)) == 2 or process.poll() is not None, 60)
        assert process.poll() is None, process.communicate()[1]
        time.sleep(2)  # some steps
        sent = time.monotonic()
        (os.killpg if to_all else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=60)
        assert time.monotonic() - sent < 10, "without other work on the machine it takes less than a second"
        assert process.returncode == status and message in errors and "Traceback" not in errors, errors
        assert len(begun(folder)) == 4, "both have saved a state besides the first"
        assert waited_for(lambda: not is_alive(process.pid), 10), "processes are left"
    finally:
        if is_alive(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
