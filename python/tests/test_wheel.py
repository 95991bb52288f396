"""The wheel in dist/, as `make hard-wheel` builds it: contents, every engine, every CPython that is here, bare systems.

Each Python gets an environment of its own, with the wheel's dependencies from PyPI. qemu-user emulates AVX2, but neither
AVX-512 nor AMX: their engines are run where this machine has them, and AMX's on emulated tiles where it has AVX-512.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from bare_root import BareRoot

from bissl._engine import cpu, engines

pytestmark = pytest.mark.skipif(os.environ.get("BISSL_TEST_HARD") != "1", reason="needs make wheel: BISSL_TEST_HARD=1")

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = REPOSITORY / "python" / "tests"
DIST = REPOSITORY / "dist"
MODULES = ["_float32_amx", "_float32_avx512", "_float32_avx2", "_float64_avx512", "_float64_avx2", "_processor"]
LARGEST = 30 << 20
RUNNING = [each for each in engines.NEEDS if engines.NEEDS[each] <= cpu.features()]

#: A few steps of pretraining: prints the engine, the core of OpenBLAS, and the losses with all their digits.
TRAINING = """
import json, numpy as np, bissl
images = np.random.default_rng(0).standard_normal((2, 8, 16, 16, 3)).astype(bissl.precision)
net = bissl.ResNet(layers=(1, 1), widths=(8, 16), stem="small")
loop = bissl.Bilevel(bissl.SimCLR(net, projector=(16,)), bissl.Classifier(16, num_classes=3), lam=1e-2)
losses = [loop.lower_step(tuple(images)).loss for _ in range(3)]
loop.linearize(tuple(images))
losses.append(loop.upper_step((images[0], np.arange(8) % 3)).loss_at_theta_d)
config = bissl.show_config("dict")
print(json.dumps([config["engine"], config["blas_core"], losses]))
"""


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BISSL_", "PYTHON"))}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**clean, **environment})


def output(*command: object, **environment: str) -> str:
    finished = run(*command, **environment)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel() -> Path:
    (path,) = DIST.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def tools() -> Path:
    """The folder of the programs that `make wheel` installs."""
    return Path(sys.executable).parent


def pythons() -> dict[str, Path]:
    """Every CPython from 3.11 on that is here, by version."""
    versions = range(11, 30)
    found = [shutil.which(f"python3.{minor}") for minor in versions]
    found += [path for minor in versions for path in Path.home().glob(f".pyenv/versions/*/bin/python3.{minor}")]
    question = "import sys; print(sys.implementation.name, *sys.version_info[:2], sys.abiflags)"
    answers = {path: run(path, "-c", question).stdout.split() for path in map(Path, filter(None, found))}
    return {
        ".".join(answer[1:]): path for path, answer in answers.items() if len(answer) == 3 and answer[0] == "cpython"
    }


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """Makes the interpreter of a new environment with the wheel in it."""

    def make(python: Path) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        output(python, "-m", "venv", folder)
        output(folder / "bin/python", "-m", "pip", "install", "--only-binary=:all:", wheel)
        return folder / "bin/python"

    return make


@pytest.fixture(scope="module")
def installed(environment) -> Path:
    return environment(Path(sys.executable).resolve())


def trained(python: object, *before: object, **environment: str) -> tuple[str, str, list[float]]:
    return tuple(json.loads(output(*before, python, "-c", TRAINING, **environment)))


# --- the file --------------------------------------------------------------------------------------------------------


def test_its_name_and_size(wheel):
    assert wheel.name.endswith("-cp311-abi3-manylinux_2_34_x86_64.whl")
    assert wheel.stat().st_size <= LARGEST


def test_its_symbols_are_old_enough(wheel, tools):
    report = " ".join(output(tools / "auditwheel", "show", wheel).split())
    assert 'is consistent with the following platform tag: "manylinux_2_34_x86_64"' in report


def test_it_keeps_to_the_stable_abi(wheel, tools):
    output(tools / "abi3audit", "--strict", wheel)


def test_its_contents(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    libraries = [Path(name).name for name in names if name.endswith(".so")]
    assert sorted(name for name in libraries if "openblas" not in name) == sorted(f"{each}.abi3.so" for each in MODULES)
    assert len([name for name in libraries if name.startswith("libscipy_openblas")]) == 1
    assert not [name for name in names if name.endswith((".swift", ".c", ".h"))]


def test_the_licences_of_what_it_bundles(wheel):
    archive = zipfile.ZipFile(wheel)
    texts = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if "/licenses/" in name}
    files = importlib.metadata.files("scipy-openblas32") or []
    (theirs,) = (each.read_text() for each in files if each.name == "LICENSE.txt")
    assert texts["OpenBLAS.txt"].split() == theirs.split()
    assert "Apache License" in texts["Swift.txt"] and "Runtime Library Exception" in texts["Swift.txt"]
    assert "MIT License" in texts["LICENSE"]


# --- engines ---------------------------------------------------------------------------------------------------------


def test_the_fastest_engine_is_chosen(installed):
    assert trained(installed)[0] == RUNNING[0]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_engines_compute_the_same(installed, precision):
    names = [each for each in RUNNING if (precision, each) != ("float64", "amx")]
    losses = {each: trained(installed, BISSL_ENGINE=each, BISSL_PRECISION=precision) for each in names}
    assert {each: answer[0] for each, answer in losses.items()} == {each: each for each in names}
    for _, _, each in losses.values():
        assert each == pytest.approx(losses["avx2"][2], rel=1e-4 if precision == "float32" else 1e-10)


@pytest.mark.parametrize("name", RUNNING)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_golden_trajectories_hold(installed, name, precision):
    if (name, precision) == ("amx", "float64"):
        pytest.skip("matrix tiles have no float64")
    output(installed, "-m", "pip", "install", "--quiet", "pytest")
    selected = ("-m", "float64") if precision == "float64" else ()
    files = [TESTS / f"test_{each}.py" for each in ("golden", "networks", "determinism")]
    output(installed, "-m", "pytest", "-q", *selected, *files, BISSL_ENGINE=name, BISSL_PRECISION=precision)


@pytest.mark.parametrize("name", [each for each in engines.NEEDS if each not in RUNNING])
def test_an_engine_that_the_processor_lacks_is_refused(installed, name):
    finished = run(installed, "-c", "import bissl", BISSL_ENGINE=name)
    assert f"ImportError: BISSL_ENGINE={name}: this processor lacks" in finished.stderr
    assert f"engines that run on it: {', '.join(RUNNING)}" in finished.stderr


#: Stands before `import bissl`: a processor that has AMX as well, as far as it can be asked.
PRETEND_AMX = """
import importlib.util, sys
spec = importlib.util.find_spec("bissl")
path = next(__import__("pathlib").Path(spec.origin).parent.glob("_engine/_processor.*"))
spec = importlib.util.spec_from_file_location("bissl._engine._processor", path)
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)
class Pretended:
    def cpuid(leaf, subleaf):
        a, b, c, d = real.cpuid(leaf, subleaf)
        return (a, b, c, d | 1 << 22 | 1 << 24) if (leaf, subleaf) == (7, 0) else (a, b, c, d)
    def enabled_state():
        return real.enabled_state() | 0b11 << 17
sys.modules["bissl._engine._processor"] = Pretended
"""


@pytest.mark.skipif("avx512" not in RUNNING, reason="needs AVX-512")
def test_the_engine_for_amx_on_emulated_tiles(installed):
    source = (
        PRETEND_AMX
        + """
import numpy as np, bissl
a, b = np.random.default_rng(0).standard_normal((2, 256, 256)).astype("f")
exact = a.astype("d") @ b.astype("d")
def error():
    return np.abs(bissl.ops.matmul(a, b).numpy() - exact).max() / np.abs(exact).max()
highest = error()
bissl.set_float32_matmul_precision("high")
config = bissl.show_config("dict")
print(config["engine"], config["matrix_tiles"], highest < 1e-6, highest < error() < 3e-5)
"""
    )
    assert output(installed, "-c", source, BISSL_EMULATE_TILES="1") == "amx True True True\n"


needs_qemu = pytest.mark.skipif(not shutil.which("qemu-x86_64"), reason="needs qemu-user")


@needs_qemu
@pytest.mark.parametrize("processor", ["Haswell-noTSX", "EPYC-Rome"])
def test_avx2_is_enough(installed, processor):
    emulated = trained(installed, "qemu-x86_64", "-cpu", processor)
    assert emulated[:2] == ("avx2", "Haswell")
    assert emulated == trained(installed, BISSL_ENGINE="avx2")


@needs_qemu
@pytest.mark.parametrize("processor", ["Nehalem", "SandyBridge"])
def test_a_lesser_processor_is_refused_by_name(installed, processor):
    finished = run("qemu-x86_64", "-cpu", processor, installed, "-c", "import numpy, bissl")
    assert "ImportError: bissl needs an x86-64 processor with AVX2" in finished.stderr
    assert "avx2" in finished.stderr.partition("this one lacks")[2]


# --- Pythons and systems ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", sorted(pythons()))
def test_every_python_computes_the_same_bits(environment, installed, version):
    assert trained(environment(pythons()[version])) == trained(installed)


needs_debian = pytest.mark.skipif(not shutil.which("apt-get"), reason="needs Debian's packages")


@pytest.fixture(scope="module", params=["bookworm", "trixie", "forky"])
def bare(request, wheel, tmp_path_factory) -> BareRoot:
    """A Debian system with Python, the C++ library and nothing else."""
    return BareRoot(request.param, tmp_path_factory.mktemp(request.param), wheel)


@needs_debian
def test_a_bare_system(bare, installed):
    """Without Swift, compiler and OpenBLAS."""
    programs = {path.name for path in bare.folder.glob("usr/bin/*")}
    assert not programs & {"swift", "gcc", "cc", "clang", "ld"} and "python3" in programs
    assert not list(bare.folder.glob("usr/lib/**/*openblas*")) and not list(bare.folder.glob("usr/lib/**/*swift*"))
    assert json.loads(bare.python("-c", TRAINING)) == list(trained(installed))


@needs_debian
def test_the_demo_in_a_bare_system(bare):
    printed = bare.python("-m", "bissl", "demo", "--no-progress", "--out", "/tmp/report")
    assert (bare.folder / "tmp/report/report.html").stat().st_size > 100_000
    print(printed.splitlines()[-1])


# --- sources ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("swift"), reason="needs Swift")
def test_the_source_distribution_builds(tmp_path):
    (archive,) = DIST.glob("*.tar.gz")
    tarfile.open(archive).extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    built = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build", "--build-lib", tmp_path / "lib"],
        cwd=folder,
        env={**os.environ, "BISSL_PRECISIONS": "float32", "BISSL_BUILD_DIR": str(tmp_path / "build")},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    assert trained(sys.executable, PYTHONPATH=str(tmp_path / "lib"))[0] == "native"
