"""Mutated files, in a process of its own with limited memory: read, or refused with an error of bissl's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from fuzz_readers import TARGETS

COUNT = 40
SCRIPT = Path(__file__).parent / "fuzz_readers.py"


def test_mutated_files_are_read_or_refused():
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(SCRIPT), "--count", str(COUNT), "--memory", "1024"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert [report["reader"] for report in reports] == list(TARGETS)
    for report in reports:
        assert report["refused"] > 0 and report["read"] + report["refused"] == COUNT
    assert sum(report["read"] for report in reports) > 2 * COUNT
