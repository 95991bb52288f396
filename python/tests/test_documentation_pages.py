"""Every block of Python in the documents runs, and every command, unless its place says why not."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import dataset_files
import pytest

pytest.importorskip("matplotlib").use("Agg")
pytest.importorskip("sklearn")

ROOT = Path(__file__).parents[2]
#: Written by docs/pages.py from other files.
GENERATED = ("gallery", "reference", "changelog.md", "contributing.md", "_build")
BLOCK = re.compile(
    r"^(?:<!-- not executed: (?P<reason>.*) -->\n)?```(?P<language>[\w{}:-]*)\n(?P<text>.*?)^```", re.M | re.S
)


def pages() -> Iterator[Path]:
    yield ROOT / "README.md"
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if path.relative_to(ROOT / "docs").parts[0] not in GENERATED:
            yield path


PAGES = [pytest.param(path, id=str(path.relative_to(ROOT).with_suffix(""))) for path in pages()]


def blocks(path: Path, *languages: str) -> list[tuple[int, str, str | None]]:
    """Line, text and the reason not to run it."""
    text = path.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start("text")) + 1, match["text"], match["reason"])
        for match in BLOCK.finditer(text)
        if match["language"] in languages
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the blocks are run: with small data sets in the layouts of the published ones, and pictures."""
    for name in ("cifar10", "pets", "voc"):
        getattr(dataset_files, f"write_{name}")(tmp_path / "data")
    dataset_files.write_class_folders(tmp_path / "labelled", {"crow": 10, "owl": 10})
    dataset_files.write_class_folders(tmp_path / "pictures", {"holiday": 20})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.filterwarnings("ignore:BiSSL")  # hardly trained networks: solves diverge, and say so
@pytest.mark.parametrize("path", PAGES)
def test_python_runs(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)  # classes of a page can be pickled
    for line, text, reason in blocks(path, "python"):
        if reason is None:
            exec(compile("\n" * (line - 1) + text, str(path), "exec"), module.__dict__)


@pytest.mark.parametrize("path", PAGES)
def test_commands_run(path: Path, folder: Path):
    for _, text, reason in blocks(path, "sh"):
        if reason is not None:
            continue
        for command in text.splitlines():
            words = shlex.split(command, comments=True)
            if words:
                assert words[0] == "bissl", f"{command}: state the reason why it is not executed"
                finished = subprocess.run(
                    [sys.executable, "-m", *words],
                    cwd=folder,
                    env=os.environ,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                assert finished.returncode == 0, f"{command}: {finished.stderr[-2000:]}"


def test_blocks_have_a_language_and_reasons():
    for path in pages():
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            assert match["language"], f"{path}: a block without a language: {match['text'][:60]}"
            assert match["reason"] is None or len(match["reason"]) > 10


FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n][^$]*?)\$(?!\$)", re.S)


def test_formulas_are_drawn():
    """By matplotlib, which knows less than TeX does."""
    pytest.importorskip("docutils")
    tag = runpy.run_path(str(ROOT / "docs" / "formulas.py"))["tag"]
    texts = [re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.S) for path in pages()]
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    formulas = {first or second for text in texts for first, second in FORMULA.findall(text)}
    assert len(formulas) > 30
    for formula in formulas:
        assert tag(formula).startswith("<img")


LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md"])
def test_links_to_files_lead_somewhere(name: str):
    """Those between pages are Sphinx's business."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not [target for target in LINK.findall(text) if not (ROOT / target).exists()]
