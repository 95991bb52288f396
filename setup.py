"""Builds the engine: the Swift package as a static library and the C extension around it, once per precision; and
_processor, which is asked whether the engine runs here before it is loaded.

Everything else about the package is in pyproject.toml. Builds are incremental; Swift's intermediate files live under
build/ in the repository (BISSL_BUILD_DIR names another place). BISSL_MARCH, BISSL_SANITIZE and BISSL_CHECKED are as
Package.swift has them; BISSL_PRECISIONS="float32" builds no other.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BISSL_BUILD_DIR", ROOT / "build"))
ENGINE = Path("python/bissl/_engine")
BOUNDARY = Path("Sources/CBissl/include")
DEFINITIONS = {"float32": [], "float64": ["-DBISSL_DOUBLE"]}
PRECISIONS = os.environ.get("BISSL_PRECISIONS", " ".join(DEFINITIONS)).split()
SANITIZER = os.environ.get("BISSL_SANITIZE")
# Swift on Linux has no sanitizer of undefined behaviour: the C files have it beside the other.
C_SANITIZERS = [f"-fsanitize={SANITIZER},undefined", "-fno-sanitize-recover=undefined", "-g"] if SANITIZER else []
PROCESSOR = str(ENGINE / "processor.c")


def sources(folder: str, *patterns: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in (ROOT / folder).rglob(pattern))


def extension(precision: str) -> Extension:
    swift = ["Package.swift", *sources("Sources", "*.swift", "*.h", "*.c", "*.modulemap")]
    headers = sources(str(ENGINE), "*.h")
    files = [path for path in sources(str(ENGINE), "*.c") if path != PROCESSOR]
    return Extension(f"bissl._engine._{precision}", sources=files, depends=swift + headers)


def output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Toolchain:
    """The programs and libraries that the build needs; refuses at once, naming what is missing."""

    def __init__(self) -> None:
        self.swift = self._program("swift")
        self.swiftc = self._program("swiftc")
        self.clang = self._program("clang")
        self.python_headers = self._python_headers()
        self._require_openblas()
        self.features = self._features()

    @staticmethod
    def _program(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            raise SystemExit(f"bissl: {name} is missing: install Swift 6 (https://swift.org/install)")
        return path

    @staticmethod
    def _python_headers() -> str:
        folder = sysconfig.get_paths()["include"]
        if not Path(folder, "Python.h").is_file():
            raise SystemExit(f"bissl: Python.h is missing in {folder}: apt-get install python3-dev")
        return folder

    def _require_openblas(self) -> None:
        # Clang answers the bare name of a library that it does not find.
        if output_of(self.clang, "-print-file-name=libopenblas.so") == "libopenblas.so":
            raise SystemExit("bissl: libopenblas.so is missing: apt-get install libopenblas-dev")


    def _features(self) -> str:
        """What the instruction set has beyond the least x86-64, as the compiler's macros tell it: cpu.py reads this."""
        if platform.machine() != "x86_64":
            return ""
        wanted = self._macros(os.environ.get("BISSL_MARCH", "native")) - self._macros("x86-64")
        return " ".join(sorted(name.lower() for name in wanted))

    def _macros(self, architecture: str) -> set[str]:
        try:
            listing = output_of(self.clang, f"-march={architecture}", "-dM", "-E", "-x", "c", "/dev/null")
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"bissl: BISSL_MARCH={architecture}: {error.stderr.strip()}") from error
        return set(re.findall(r"^#define __([A-Z][A-Z0-9_]*)__ ", listing, re.MULTILINE))


class BuildEngine(build_ext):
    """Swift package → libBisslC.a; with the C files → one shared object that needs no Swift library at run time."""

    def build_extensions(self) -> None:
        self.toolchain = Toolchain()
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        if ext.sources == [PROCESSOR]:
            self._build_processor(Path(self.get_ext_fullpath(ext.name)))
            return
        precision = ext.name.rpartition("_")[2]
        library = self._build_swift(precision)
        objects = [self._compile(source, precision) for source in ext.sources]
        self._link(objects, library, Path(self.get_ext_fullpath(ext.name)))

    def _build_processor(self, target: Path) -> None:
        self._replace(target)
        self._run(
            self.toolchain.clang, "-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-shared", "-Wall",
            "-I", self.toolchain.python_headers, ROOT / PROCESSOR, "-o", target,
        )  # fmt: skip

    def _build_swift(self, precision: str) -> Path:
        scratch = BUILD / f"swift-{precision}"
        library = scratch / "release" / "libBisslC.a"
        # Made anew: objects of source files that were renamed or removed would stay in it.
        library.unlink(missing_ok=True)
        self._run(
            self.toolchain.swift, "build", "--configuration", "release", "--product", "BisslC",
            "--package-path", ROOT, "--scratch-path", scratch, "--explicit-target-dependency-import-check", "error",
            *(["--sanitize", SANITIZER] if SANITIZER else []),
            environment={"BISSL_PRECISION": precision},
        )  # fmt: skip
        return library

    def _compile(self, source: str, precision: str) -> Path:
        target = BUILD / f"extension-{precision}" / Path(source).with_suffix(".o").name
        target.parent.mkdir(parents=True, exist_ok=True)
        self._run(
            self.toolchain.clang, "-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra",
            "-Wno-missing-field-initializers", *DEFINITIONS[precision], f'-DBISSL_FEATURES="{self.toolchain.features}"',
            *C_SANITIZERS,
            "-I", self.toolchain.python_headers, "-I", ROOT / BOUNDARY, "-c", ROOT / source, "-o", target,
        )  # fmt: skip
        return target

    def _link(self, objects: list[Path], library: Path, target: Path) -> None:
        """Links with Swift's standard library inside, no symbol visible but the module's init function, stripped."""
        self._replace(target)
        symbols = [] if SANITIZER else ["-Xlinker", "-s"]
        self._run(
            self.toolchain.swiftc, "-emit-library", "-static-stdlib", *objects, library, "-lopenblas", "-o", target,
            "-Xlinker", "--exclude-libs", "-Xlinker", "ALL", "-Xlinker", "--gc-sections", *symbols,
        )  # fmt: skip

    @staticmethod
    def _replace(target: Path) -> None:
        """Makes room for a new file: one that a running process has mapped must not change under it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)

    @staticmethod
    def _run(*command: object, environment: dict[str, str] | None = None) -> None:
        arguments = [str(part) for part in command]
        print(" ".join(arguments), flush=True)
        status = subprocess.run(arguments, cwd=ROOT, env={**os.environ, **(environment or {})}).returncode
        if status != 0:
            raise SystemExit(f"bissl: {Path(arguments[0]).name} failed with status {status}; its messages are above")


if sys.platform != "linux":
    raise SystemExit(f"bissl builds on Linux; this is {sys.platform}")

processor = Extension("bissl._engine._processor", sources=[PROCESSOR])
setup(ext_modules=[processor, *map(extension, PRECISIONS)], cmdclass={"build_ext": BuildEngine})
