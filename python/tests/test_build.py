"""The built package: what it links, what it exports, and what the build says when something is missing."""

from __future__ import annotations

import importlib.metadata
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import setuptools

import bissl
from bissl import _engine, _version

ENGINE = Path(_engine.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSIONS = sorted(ENGINE.glob("_float*.so"))


def output_of(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def test_both_precisions_are_built():
    assert [path.name.split(".")[0] for path in EXTENSIONS] == ["_float32", "_float64"]


@pytest.mark.skipif(shutil.which("ldd") is None, reason="needs ldd")
@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda path: path.name.split(".")[0])
def test_no_swift_library_is_needed(extension):
    libraries = output_of("ldd", extension)
    assert "libopenblas" in libraries
    assert not re.search(r"swift|Foundation|not found", libraries), libraries


@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm")
@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda path: path.name.split(".")[0])
def test_only_the_init_function_is_exported(extension):
    symbols = [line.split()[-2:] for line in output_of("nm", "-D", "--defined-only", extension).splitlines()]
    functions = [name for kind, name in symbols if kind in "TWVDR"]
    assert [name for name in functions if not name.startswith(("_edata", "_end"))] == [
        f"PyInit_{extension.name.split('.')[0]}"
    ]


def test_version_comes_from_one_place():
    assert bissl.__version__ == _version.__version__ == importlib.metadata.version("bissl")


def test_typing_files_are_installed():
    assert (ENGINE.parent / "py.typed").is_file()
    assert (ENGINE / "__init__.pyi").is_file()


def test_stub_names_every_function():
    stub = set(re.findall(r"^def (\w+)", (ENGINE / "__init__.pyi").read_text(), re.MULTILINE))
    functions = {name for name, value in vars(_engine).items() if type(value).__name__ == "builtin_function_or_method"}
    own = {name for name, value in vars(_engine).items() if getattr(value, "__module__", None) == _engine.__name__}
    assert functions | {name for name in own if not name.startswith("_")} == stub | {"Handle"}


def build_with(path: Path, *tools: str, **environment: str) -> str:
    """What the build says on a PATH that holds nothing but `tools`."""
    for tool in tools:
        (path / tool).symlink_to(shutil.which(tool) or "/bin/true")
    finished = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--build-lib", path / "lib", "--build-temp", path / "temp"],
        cwd=REPOSITORY,
        env={**os.environ, "PATH": str(path), "BISSL_BUILD_DIR": str(path / "build"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode != 0
    return finished.stderr


needs_repository = pytest.mark.skipif(not (REPOSITORY / "setup.py").is_file(), reason="needs the repository")


@pytest.fixture
def digest(monkeypatch):
    """The function of setup.py."""
    monkeypatch.setattr(setuptools, "setup", lambda **_: None)
    return runpy.run_path(str(REPOSITORY / "setup.py"))["digest_of_engine_sources"]


@needs_repository
def test_the_engine_in_use_is_built_from_the_sources_that_are_here(digest):
    assert bissl.show_config("dict")["engine_sources"] == digest()


@needs_repository
def test_other_sources_have_another_name(digest, monkeypatch, tmp_path):
    monkeypatch.setitem(digest.__globals__, "ROOT", tmp_path)
    for path in ("Package.swift", "Sources/A/a.swift", "python/bissl/_engine/a.c"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("one")
    names = [digest()]
    (tmp_path / "Sources/A/a.swift").write_text("two")
    names.append(digest())
    (tmp_path / "Sources/A/a.swift").rename(tmp_path / "Sources/A/b.swift")
    names.append(digest())
    (tmp_path / "python/bissl/_engine/b.h").write_text("one")
    names.append(digest())
    (tmp_path / "python/bissl/_engine/b.py").write_text("no part of the engine")
    assert len(set(names)) == 4 and digest() == names[-1]


@needs_repository
def test_build_without_swift_says_so(tmp_path):
    assert "swift is missing: install Swift 6" in build_with(tmp_path)


@needs_repository
def test_build_without_openblas_says_so(tmp_path):
    # A clang that, as the real one does for a library that it does not find, answers the bare name.
    clang = tmp_path / "clang"
    clang.write_text("#!/bin/sh\necho libopenblas.so\n")
    clang.chmod(0o755)
    assert "libopenblas.so is missing: apt-get install libopenblas-dev" in build_with(tmp_path, "swift", "swiftc")


@needs_repository
@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang")
def test_build_for_an_unknown_instruction_set_says_so(tmp_path):
    message = build_with(tmp_path, "swift", "swiftc", "clang", BISSL_MARCH="x86-64-v9")
    assert "BISSL_MARCH=x86-64-v9: " in message and "unknown target CPU" in message
