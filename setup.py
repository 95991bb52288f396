"""Builds the engine: the Swift package as a static library and the C extension around it, once per precision and
instruction set; and _processor, which is asked which of them runs here before one is loaded.

Everything else about the package is in pyproject.toml. Builds are incremental; Swift's intermediate files live under
build/ in the repository (BISSL_BUILD_DIR names another place). BISSL_MARCH, BISSL_SANITIZE and BISSL_CHECKED are as
Package.swift has them; BISSL_PRECISIONS="float32" builds no other. BISSL_ENGINES="avx2 avx512 amx" builds these engines
with the OpenBLAS of PyPI's scipy-openblas32, for `make wheel`, in place of one for this machine with the system's.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
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
# Each engine's BISSL_MARCH; what its processor must have is in python/bissl/_engine/engines.py.
NATIVE = "native"
ENGINES = {
    NATIVE: os.environ.get("BISSL_MARCH") or "native",
    "avx2": "x86-64-v3",
    "avx512": "x86-64-v4",
    "amx": "x86-64-v4 amx-tile amx-bf16",
}
WANTED = os.environ.get("BISSL_ENGINES", NATIVE).split()
# The buffer protocol is in the limited API from 3.11 on.
LIMITED_API = "-DPy_LIMITED_API=0x030B0000"
SANITIZER = os.environ.get("BISSL_SANITIZE")
# Swift on Linux has no sanitizer of undefined behaviour: the C files have it beside the other.
C_SANITIZERS = [f"-fsanitize={SANITIZER},undefined", "-fno-sanitize-recover=undefined", "-g"] if SANITIZER else []
PROCESSOR = str(ENGINE / "processor.c")


def sources(folder: str, *patterns: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in (ROOT / folder).rglob(pattern))


def engine_sources() -> list[str]:
    """All files that an engine is made of."""
    swift = sources("Sources", "*.swift", "*.h", "*.c", "*.modulemap")
    return ["Package.swift", *swift, *sources(str(ENGINE), "*.h", "*.c")]


def digest_of_engine_sources() -> str:
    """Names the engine's sources: between two releases others may round otherwise under one version number."""
    digest = hashlib.sha256()
    for path in engine_sources():
        content = (ROOT / path).read_bytes()
        digest.update(f"{path} {len(content)} ".encode() + content)
    return digest.hexdigest()[:12]


def built_engines() -> list[tuple[str, str]]:
    """Precision and name of each; matrix tiles have no float64."""
    unknown = set(WANTED) - set(ENGINES)
    if unknown:
        raise SystemExit(f"bissl: BISSL_ENGINES: expected some of {', '.join(ENGINES)}, got {', '.join(unknown)}")
    return [(p, engine) for engine in WANTED for p in PRECISIONS if (p, engine) != ("float64", "amx")]


def module_name(precision: str, engine: str) -> str:
    return f"_{precision}" if engine == NATIVE else f"_{precision}_{engine}"


class EngineExtension(Extension):
    def __init__(self, precision: str, engine: str) -> None:
        self.precision = precision
        self.engine = engine
        self.module = module_name(precision, engine)
        super().__init__(f"bissl._engine.{self.module}", **self._files(), py_limited_api=True)

    @staticmethod
    def _files() -> dict[str, list[str]]:
        files = [path for path in sources(str(ENGINE), "*.c") if path != PROCESSOR]
        return {"sources": files, "depends": engine_sources()}


def output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class OpenBLAS:
    """The library that engines are linked with: the system's, or a wheel's own, from PyPI."""

    def __init__(self, clang: str, engine: str) -> None:
        bundled = engine != NATIVE
        self.prefix = "scipy_" if bundled else ""
        self.options = self._bundled() if bundled else self._of_the_system(clang)

    @staticmethod
    def _bundled() -> list[str]:
        package = importlib.util.find_spec("scipy_openblas32")
        if package is None:
            raise SystemExit(
                "bissl: scipy_openblas32 is missing, which a wheel's engines need: pip install scipy-openblas32"
            )
        return [f"-L{Path(package.origin).parent / 'lib'}", "-lscipy_openblas"]

    @staticmethod
    def _of_the_system(clang: str) -> list[str]:
        # Clang answers the bare name of a library that it does not find.
        if output_of(clang, "-print-file-name=libopenblas.so") == "libopenblas.so":
            raise SystemExit("bissl: libopenblas.so is missing: apt-get install libopenblas-dev")
        return ["-lopenblas"]


class Toolchain:
    """The programs and headers that the build needs; refuses at once, naming what is missing."""

    def __init__(self) -> None:
        self.swift = self._program("swift")
        self.swiftc = self._program("swiftc")
        self.clang = self._program("clang")
        self.python_headers = self._python_headers()

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

    def features(self, instructions: str) -> str:
        """What the instruction set has beyond the least x86-64, as the compiler's macros tell it: cpu.py reads this."""
        wanted = self._macros(instructions) - self._macros("x86-64")
        return " ".join(sorted(name.lower() for name in wanted))

    def _macros(self, instructions: str) -> set[str]:
        architecture, *more = instructions.split()
        options = [f"-march={architecture}", *(f"-m{feature}" for feature in more)]
        try:
            listing = output_of(self.clang, *options, "-dM", "-E", "-x", "c", "/dev/null")
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"bissl: BISSL_MARCH={instructions}: {error.stderr.strip()}") from error
        return set(re.findall(r"^#define __([A-Z][A-Z0-9_]*)__ ", listing, re.MULTILINE))


class BuildEngine(build_ext):
    """Swift package → libBisslC.a; with the C files → one shared object that needs no Swift library at run time."""

    def build_extensions(self) -> None:
        self.toolchain = Toolchain()
        self.openblas = {engine: OpenBLAS(self.toolchain.clang, engine) for engine in WANTED}
        self.features = {engine: self.toolchain.features(ENGINES[engine]) for engine in WANTED}
        self.digest = digest_of_engine_sources()
        super().build_extensions()

    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name))
        if not isinstance(ext, EngineExtension):
            self._build_processor(target)
            return
        library = self._build_swift(ext)
        objects = [self._compile(source, ext) for source in ext.sources]
        self._link(objects, library, ext.engine, target)

    def copy_extensions_to_source(self) -> None:
        for ext in self.extensions:
            self._replace(ROOT / ENGINE / self.get_ext_filename(ext.name.rpartition(".")[2]))
        super().copy_extensions_to_source()

    def _build_processor(self, target: Path) -> None:
        self._replace(target)
        self._run(
            self.toolchain.clang, "-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-shared", "-Wall", LIMITED_API,
            "-I", self.toolchain.python_headers, ROOT / PROCESSOR, "-o", target,
        )  # fmt: skip

    def _build_swift(self, ext: EngineExtension) -> Path:
        scratch = BUILD / f"swift{ext.module.replace('_', '-')}"
        library = scratch / "release" / "libBisslC.a"
        # Made anew: objects of source files that were renamed or removed would stay in it.
        library.unlink(missing_ok=True)
        prefix = self.openblas[ext.engine].prefix
        self._run(
            self.toolchain.swift, "build", "--configuration", "release", "--product", "BisslC",
            "--package-path", ROOT, "--scratch-path", scratch, "--explicit-target-dependency-import-check", "error",
            *(["--sanitize", SANITIZER] if SANITIZER else []),
            environment={
                "BISSL_PRECISION": ext.precision,
                "BISSL_MARCH": ENGINES[ext.engine],
                **({"BISSL_OPENBLAS_PREFIX": prefix} if prefix else {}),
            },
        )  # fmt: skip
        return library

    def _compile(self, source: str, ext: EngineExtension) -> Path:
        target = BUILD / f"extension{ext.module.replace('_', '-')}" / Path(source).with_suffix(".o").name
        target.parent.mkdir(parents=True, exist_ok=True)
        self._run(
            self.toolchain.clang, "-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra",
            "-Wno-missing-field-initializers", LIMITED_API, *DEFINITIONS[ext.precision],
            f"-DBISSL_MODULE={ext.module}", f'-DBISSL_FEATURES="{self.features[ext.engine]}"',
            f'-DBISSL_SOURCES="{self.digest}"', *C_SANITIZERS,
            "-I", self.toolchain.python_headers, "-I", ROOT / BOUNDARY, "-c", ROOT / source, "-o", target,
        )  # fmt: skip
        return target

    def _link(self, objects: list[Path], library: Path, engine: str, target: Path) -> None:
        """Links with Swift's standard library inside, no symbol visible but the module's init function, stripped."""
        self._replace(target)
        symbols = [] if SANITIZER else ["-Xlinker", "-s"]
        self._run(
            self.toolchain.swiftc, "-emit-library", "-static-stdlib", *objects, library,
            *self.openblas[engine].options, "-o", target,
            "-Xlinker", "--exclude-libs", "-Xlinker", "ALL", "-Xlinker", "--gc-sections", *symbols,
        )  # fmt: skip

    @staticmethod
    def _replace(target: Path) -> None:
        """Makes room for a new file: one that a running process has mapped must not change under it, and one for a
        single version of CPython would be found before it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        for old in target.parent.glob(f"{target.name.partition('.')[0]}.*"):
            if old.suffix == ".so":
                old.unlink()

    @staticmethod
    def _run(*command: object, environment: dict[str, str] | None = None) -> None:
        arguments = [str(part) for part in command]
        print(" ".join(arguments), flush=True)
        status = subprocess.run(arguments, cwd=ROOT, env={**os.environ, **(environment or {})}).returncode
        if status != 0:
            raise SystemExit(f"bissl: {Path(arguments[0]).name} failed with status {status}; its messages are above")


refusal = runpy.run_path(str(ROOT / ENGINE / "machine.py"))["refusal"]()
if refusal is not None:
    raise SystemExit(refusal)

setup(
    ext_modules=[
        Extension("bissl._engine._processor", sources=[PROCESSOR], py_limited_api=True),
        *(EngineExtension(precision, engine) for precision, engine in built_engines()),
    ],
    cmdclass={"build_ext": BuildEngine},
    # Two engines side by side: Swift's compiler keeps one core busy with each.
    options={"bdist_wheel": {"py_limited_api": "cp311"}, "build_ext": {"parallel": 2}},
)
