"""The section "Adding an operation" of CONTRIBUTING.md does what it says: its code blocks, applied to a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPERATION = "Sources/BisslAutograd/Operations/Softsign.swift"
ENTRIES = "Sources/BisslAutograd/Catalogue/Catalogue+Elements.swift"
BUILT = shutil.ignore_patterns(".*", "build", "notebooks", "runs", "*.so", "*.egg-info", "__pycache__")

USE = """
import inspect
import numpy as np
import bissl
assert "softsign" in bissl.ops.__all__ and str(inspect.signature(bissl.ops.softsign)).startswith("(x")
print(bissl.ops.softsign(np.array([-1.0, 3.0])).numpy().tolist(), bissl.ops.softsign.__doc__.splitlines()[0])
"""


def recipe() -> tuple[str, str, str]:
    """The operation, its entry, and the commands."""
    section = (
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Adding an operation\n")[1].split("\n## ")[0]
    )
    blocks = re.findall(r"^ *```(\w+)\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in blocks] == ["swift", "swift", "sh"]
    operation, entry, commands = (textwrap.dedent(block) for _, block in blocks)
    return operation, entry, commands


def test_the_recipe_names_places_that_exist():
    operation, entry, _ = recipe()
    assert operation.count("struct Softsign: ") == 1 and entry.startswith("Entry(") and entry.endswith("},\n")
    assert (ROOT / OPERATION).parent.is_dir() and beginning((ROOT / ENTRIES).read_text(encoding="utf-8"))


def beginning(catalogue: str) -> str:
    """Where the list of pointwise operations begins."""
    match = re.search(r"static var pointwise: \[Entry\] \{\s*\[\n", catalogue)
    assert match, f"{ENTRIES} has no list of pointwise operations"
    return match.group()


@pytest.mark.skipif(os.environ.get("BISSL_TEST_HARD") != "1", reason="builds the engine: BISSL_TEST_HARD=1")
def test_the_recipe(tmp_path):
    copy = tmp_path / "bissl"
    shutil.copytree(ROOT, copy, ignore=BUILT)
    operation, entry, commands = recipe()
    (copy / OPERATION).write_text(operation, encoding="utf-8")
    catalogue = (copy / ENTRIES).read_text(encoding="utf-8")
    start = beginning(catalogue)
    (copy / ENTRIES).write_text(catalogue.replace(start, start + entry), encoding="utf-8")

    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy / "python"),
        "BISSL_PRECISIONS": "float64",
        "BISSL_PRECISION": "float64",
    }
    for name in ("BISSL_TEST_HARD", "BISSL_BUILD_DIR"):
        environment.pop(name, None)

    def run(*command: str) -> str:
        finished = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-3000:]
        return finished.stdout

    told = run("bash", "-e", "-c", commands)
    assert re.search(r"Executed \d+ tests, with 0 failures", told) and re.search(r"\d+ passed", told)
    assert run(sys.executable, "-c", USE) == "[-0.5, 0.75] x/(1 + ``|x|``).\n"
    stub = (copy / "python/bissl/ops/catalogue.pyi").read_text(encoding="utf-8")
    assert "\ndef softsign(x: Any) -> Variable:\n" in stub
