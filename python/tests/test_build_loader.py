"""Loading the engine: precision, OpenBLAS's core, threads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import bissl
from bissl import _engine
from bissl._engine import cpu, engines, machine
from bissl.errors import InvalidArgument, WrongType

REPOSITORY = Path(__file__).resolve().parents[2]
AVX2 = {"sse2", "avx", "avx2", "fma"}
AVX512 = AVX2 | {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"}


@pytest.mark.parametrize(
    ("features", "vendor", "core_type"),
    [
        (AVX512, "AuthenticAMD", "SKYLAKEX"),  # Zen 5, which OpenBLAS 0.3.21 takes for a Haswell
        (AVX512, "GenuineIntel", "SKYLAKEX"),  # Skylake-X
        (AVX512 - {"avx512bw"}, "GenuineIntel", "HASWELL"),  # Knights Landing
        (AVX2, "AuthenticAMD", "ZEN"),  # Zen 2
        (AVX2, "GenuineIntel", "HASWELL"),
        (AVX2, "CentaurHauls", None),
        (AVX2 - {"fma"}, "GenuineIntel", None),
        ({"sse2"}, "GenuineIntel", None),
    ],
)
def test_core_type(features, vendor, core_type):
    assert cpu.core_type_for(features, vendor) == core_type


def test_core_type_of_a_wheels_library():
    for engine, core_type in (("amx", "SKYLAKEX"), ("avx512", "SKYLAKEX"), ("avx2", "HASWELL")):
        for vendor in ("AuthenticAMD", "GenuineIntel", "CentaurHauls"):
            assert cpu.core_type_for(set(engines.NEEDS[engine]), vendor, bundled=True) == core_type


def answers(**registers: int):
    """A processor that knows of these leaves and subleaves, as `leaf_subleaf_register`, alone."""

    def ask(leaf: int, subleaf: int) -> tuple[int, int, int, int]:
        return tuple(registers.get(f"l{leaf:x}_{subleaf:x}_{name}", 0) for name in "abcd")

    return ask


ALL_STATE = cpu._YMM | cpu._ZMM | cpu._TILES | cpu._MORE_REGISTERS


def test_features_are_read_bit_by_bit():
    ask = answers(l1_0_c=1 << 20 | 1 << 28, l7_0_b=1 << 5 | 1 << 31, l7_1_d=1 << 19, l24_0_b=2, l80000001_0_c=1 << 5)
    assert cpu.features(ask, lambda: ALL_STATE) == {
        *("sse4_2", "crc32", "avx", "avx2", "avx512vl", "avx10_1", "avx10_1_512", "avx10_2", "avx10_2_512", "lzcnt")
    }


def test_registers_that_the_system_does_not_save_count_as_missing():
    ask = answers(l1_0_c=1 << 9 | 1 << 28, l7_0_b=1 << 5 | 1 << 16, l7_0_d=1 << 24, l7_1_d=1 << 21)
    assert cpu.features(ask, lambda: 0) == {"ssse3"}
    assert cpu.features(ask, lambda: cpu._YMM) == {"ssse3", "avx", "avx2"}
    assert cpu.features(ask, lambda: cpu._ZMM) == {"ssse3", "avx", "avx2", "avx512f"}


def test_features_are_those_that_numpy_finds():
    umath = pytest.importorskip("numpy._core._multiarray_umath")
    theirs = {"FMA3": "fma", "AVX512_SPR": "avx512fp16"}
    found = cpu.features()
    for name, present in umath.__cpu_features__.items():
        name = theirs.get(name, name.lower())
        if name in cpu.KNOWN:
            assert present == (name in found), name


def test_the_makers_name():
    parts = [int.from_bytes(part, "little") for part in (b"Genu", b"ineI", b"ntel")]
    assert cpu.maker(answers(l0_0_b=parts[0], l0_0_d=parts[1], l0_0_c=parts[2])) == "GenuineIntel"
    assert cpu.maker(answers()) == ""


def test_every_feature_of_the_build_is_required():
    for name in cpu.KNOWN:
        with pytest.raises(
            ImportError, match=rf"lacks \({name}\): install a wheel.* or build it here .*BISSL_MARCH=x86-64-v2"
        ):
            cpu.require(f"avx no_feature {name}", cpu.KNOWN - {name})
    cpu.require("rdrnd " + " ".join(cpu.KNOWN), set(cpu.KNOWN))
    cpu.require("rdrnd clwb", set())  # no compiler chooses these by itself


def macros(clang: str, *options: str) -> set[str]:
    listing = subprocess.run(
        [clang, *options, "-dM", "-E", "-x", "c", "/dev/null"], capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"^#define __([A-Z][A-Z0-9_]*)__ ", listing, re.MULTILINE))


needs_clang = pytest.mark.skipif(not shutil.which("clang"), reason="needs clang")


@needs_clang
def test_every_instruction_set_that_the_compiler_knows_is_known():
    clang = shutil.which("clang")
    refusal = subprocess.run([clang, "-march=?", "-c", "-x", "c", "/dev/null"], capture_output=True, text=True).stderr
    names = [name for name in re.findall(r"[\w.-]+", refusal.partition("valid target CPU values are:")[2])]
    assert "x86-64-v3" in names
    enabled = set().union(*(macros(clang, f"-march={name}") for name in ("graniterapids", "diamondrapids", "znver5",
                                                                         "lakemont", "bdver4", "sierraforest")
                            if name in names))  # fmt: skip
    unknown = {name.lower() for name in enabled - macros(clang, "-march=x86-64")} - cpu.KNOWN - cpu.NOT_NEEDED
    assert not unknown


@needs_clang
def test_this_processor_has_what_the_compiler_finds_in_it():
    clang = shutil.which("clang")
    native = {name.lower() for name in macros(clang, "-march=native") - macros(clang, "-march=x86-64")}
    assert native & cpu.KNOWN <= cpu.features()


@needs_clang
@pytest.mark.parametrize("engine", engines.NEEDS)
def test_engines_need_what_their_compiler_may_use(engine):
    """setup.py's instruction sets and those that `engines` chooses by are the same."""
    march = dict(re.findall(r'^    "(\w+)": "(x86-64-v.*)",$', (REPOSITORY / "setup.py").read_text(), re.MULTILINE))[
        engine
    ]
    architecture, *more = march.split()
    clang = shutil.which("clang")
    built = macros(clang, f"-march={architecture}", *(f"-m{each}" for each in more)) - macros(clang, "-march=x86-64")
    assert {name.lower() for name in built} & cpu.KNOWN == engines.NEEDS[engine]


WHEEL = ["amx", "avx512", "avx2"]
AMX_MACHINE = engines.NEEDS["amx"]
AVX2_MACHINE = engines.NEEDS["avx2"] | {"aes"}


@pytest.mark.parametrize(
    ("wanted", "present", "available", "chosen"),
    [
        (None, WHEEL, AMX_MACHINE, "amx"),
        ("", WHEEL, AMX_MACHINE - {"amx_bf16"}, "avx512"),
        (None, WHEEL, AVX2_MACHINE, "avx2"),
        (None, WHEEL[1:], AMX_MACHINE, "avx512"),  # float64
        ("avx2", WHEEL, AMX_MACHINE, "avx2"),
        (None, ["native"], set(), "native"),
        (None, ["native", *WHEEL], AMX_MACHINE, "native"),
        ("avx512", ["native", *WHEEL], AMX_MACHINE, "avx512"),
    ],
)
def test_choice_of_the_engine(wanted, present, available, chosen):
    assert engines.choose("float32", wanted, present, available) == chosen


@pytest.mark.parametrize(
    ("wanted", "present", "available", "refusal"),
    [
        (None, [], AMX_MACHINE, r"bissl's engine \(float32\) is not built"),
        (None, WHEEL, AVX2_MACHINE - {"fma", "avx2"}, r"processor with AVX2 .* this one lacks avx2, fma. A build from source"),
        ("avx10", WHEEL, AMX_MACHINE, 'BISSL_ENGINE: expected one of avx2, avx512, amx, got "avx10"'),
        ("amx", WHEEL[1:], AMX_MACHINE, "BISSL_ENGINE=amx: this installation has no such engine in float32; it has avx512, avx2"),
        ("avx2", ["native"], AMX_MACHINE, "BISSL_ENGINE=avx2: .* it has native"),
        ("amx", WHEEL, AVX2_MACHINE, "BISSL_ENGINE=amx: this processor lacks amx_bf16, .*; engines that run on it: avx2"),
    ],
)  # fmt: skip
def test_engines_that_are_refused(wanted, present, available, refusal):
    with pytest.raises(ImportError, match=refusal):
        engines.choose("float32", wanted, present, available)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"platform": "darwin"},
            "bissl runs on 64-bit Linux with an x86-64 processor; this is darwin on x86_64, 64 bits",
        ),
        ({"uname": lambda: SimpleNamespace(machine="aarch64")}, "this is linux on aarch64, 64 bits"),
        ({"maxsize": 2**31 - 1}, "this is linux on x86_64, 32 bits"),
        ({"implementation": SimpleNamespace(name="pypy")}, r"CPython 3.11 and later; this is pypy 3.\d"),
        ({"version_info": (3, 10)}, "CPython 3.11 and later; this is 3.10"),
        ({"abiflags": "t"}, r"does not run in a free-threaded CPython \(this is 3.(\d+)t\): use CPython 3.\1"),
    ],
)
def test_pythons_that_are_refused(monkeypatch, changes, text):
    assert machine.refusal() is None
    for name, value in changes.items():
        monkeypatch.setattr(machine.os if name == "uname" else machine.sys, name, value)
    assert re.search(text, machine.refusal())


@pytest.mark.skipif(not shutil.which("qemu-x86_64"), reason="needs qemu-user")
def test_a_build_on_a_lesser_processor_is_refused():
    """An emulated processor of 2008, whose /proc/cpuinfo is this machine's."""
    engine = Path(_engine.__file__).parent
    if _engine.engine != engines.NATIVE:
        pytest.skip("test_wheel.py has this of a wheel")
    if b"avx2" not in next(engine.glob("_float32*.so")).read_bytes():
        pytest.skip("this build needs no more")
    finished = subprocess.run(
        ["qemu-x86_64", "-cpu", "Nehalem", sys.executable, "-c", "import numpy, bissl"],
        capture_output=True, text=True, env={"PYTHONPATH": str(engine.parents[1])}, timeout=120,
    )  # fmt: skip
    assert "ImportError: bissl was built for a processor with instructions that this one lacks" in finished.stderr
    assert "avx2" in finished.stderr and finished.returncode == 1


REPORT = """
import json, os, bissl
print(json.dumps([bissl.show_config("dict"), os.environ.get("OPENBLAS_CORETYPE")]))
"""


def test_core_is_steered_and_the_environment_put_back(run_python):
    features = set(engines.NEEDS.get(_engine.engine, cpu.features()))
    expected = cpu.core_type_for(features, cpu.maker(), bundled=_engine.engine != engines.NATIVE)
    if expected is None:
        pytest.skip("this processor is left to OpenBLAS")
    config, variable = json.loads(run_python(REPORT, OPENBLAS_CORETYPE=None).stdout)
    assert (config["blas_core"].upper(), config["blas_core_chosen_by"], variable) == (expected, "bissl", None)


def test_the_users_core_wins(run_python):
    config, variable = json.loads(run_python(REPORT, OPENBLAS_CORETYPE="NEHALEM").stdout)
    assert (config["blas_core"], config["blas_core_chosen_by"]) == ("Nehalem", "OPENBLAS_CORETYPE")
    assert variable == "NEHALEM"


def test_wrong_products_refuse_to_load():
    with pytest.raises(ImportError, match=r"wrong matrix products with its Zen kernels .*OPENBLAS_CORETYPE"):
        _engine._self_check({"blas_error": 0.3, "blas_core": "Zen"}, "float32")
    with pytest.raises(ImportError, match="wrong matrix products"):
        _engine._self_check({"blas_error": float("nan"), "blas_core": "Zen"}, "float32")


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_precision_is_chosen_by_the_environment(run_python, precision):
    source = """
    import bissl, numpy
    print(bissl.precision, numpy.asarray(bissl._engine.vector_create(numpy.zeros(2))).dtype)
    """
    assert run_python(source, BISSL_PRECISION=precision).stdout.split() == [precision, precision]


def test_float32_is_the_default(run_python):
    assert run_python("import bissl; print(bissl.precision)", BISSL_PRECISION=None).stdout.strip() == "float32"


def test_unknown_precision(run_python):
    finished = run_python("import bissl", BISSL_PRECISION="float16")
    assert 'ImportError: BISSL_PRECISION: expected one of float32, float64, got "float16"' in finished.stderr


def test_threads_from_the_environment(run_python):
    assert run_python("import bissl; print(bissl.get_num_threads())", BISSL_NUM_THREADS="3").stdout.strip() == "3"


def test_threads_from_the_environment_are_checked(run_python):
    for wrong in ("two", "0", "99999"):
        finished = run_python("import bissl", BISSL_NUM_THREADS=wrong)
        assert f'ImportError: BISSL_NUM_THREADS: expected an integer from 1 to 256, got "{wrong}"' in finished.stderr


def test_set_num_threads():
    before = bissl.get_num_threads()
    bissl.set_num_threads(3)
    assert bissl.get_num_threads() == 3
    bissl.set_num_threads(before)


@pytest.mark.parametrize(("count", "error"), [(0, InvalidArgument), (257, InvalidArgument), (1.5, WrongType)])
def test_set_num_threads_refuses(count, error):
    with pytest.raises(error, match=r"count: expected an integer from 1 to 256, got"):
        bissl.set_num_threads(count)


def test_show_config_prints(capsys):
    assert bissl.show_config() is None
    printed = capsys.readouterr().out
    for name in ("bissl", "python", "numpy", "precision", "simd", "threads", "blas_core"):
        assert f"{name} " in printed


def test_show_config_unknown_mode():
    with pytest.raises(InvalidArgument, match='mode: expected .*, got "dicts"; did you mean "dict"'):
        bissl.show_config("dicts")


def test_memory_statistics_follow_a_tensor():
    before = bissl.memory_stats()
    handle = _engine.vector_create(memoryview(bytes(8 << 20)).cast("f"))
    during = bissl.memory_stats()
    assert during["live_bytes"] - before["live_bytes"] >= 8 << 20
    assert during["peak_bytes"] >= during["live_bytes"]
    del handle
    assert bissl.memory_stats()["live_bytes"] == before["live_bytes"]
    bissl.reset_peak_memory()
    assert bissl.memory_stats()["peak_bytes"] == before["live_bytes"]
