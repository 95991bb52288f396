"""Loading the engine: precision, OpenBLAS's core, threads."""

from __future__ import annotations

import json

import pytest

import bissl
from bissl import _engine
from bissl._engine import cpu
from bissl.errors import InvalidArgument, WrongType

AVX2 = {"sse2", "avx", "avx2", "fma"}
AVX512 = AVX2 | {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"}


@pytest.mark.parametrize(
    ("flags", "vendor", "family", "model", "core_type"),
    [
        (AVX512, "AuthenticAMD", 26, 2, "SKYLAKEX"),  # Zen 5, which OpenBLAS 0.3.21 takes for a Haswell
        (AVX512, "AuthenticAMD", 25, 17, "SKYLAKEX"),  # Zen 4
        (AVX512, "GenuineIntel", 6, 85, "SKYLAKEX"),  # Skylake-X
        (AVX512 - {"avx512bw"}, "GenuineIntel", 6, 87, "HASWELL"),  # Knights Landing
        (AVX2, "AuthenticAMD", 23, 49, "ZEN"),  # Zen 2
        (AVX2, "AuthenticAMD", 25, 1, "ZEN"),  # Zen 3
        (AVX2, "GenuineIntel", 6, 60, "HASWELL"),
        (AVX2, "CentaurHauls", 7, 59, None),
        (AVX2 - {"fma"}, "GenuineIntel", 6, 58, None),
        ({"sse2"}, "GenuineIntel", 6, 23, None),
        (set(), "", 0, 0, None),  # not x86
    ],
)
def test_core_type(flags, vendor, family, model, core_type):
    assert cpu.core_type_for(flags, vendor, family, model) == core_type


def test_detect_reads_the_first_processor(tmp_path):
    listing = tmp_path / "cpuinfo"
    listing.write_text(
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nflags\t\t: fpu avx2\n\n"
        "processor\t: 1\nvendor_id\t: Other\n"
    )
    assert cpu.detect(str(listing)) == ({"fpu", "avx2"}, "GenuineIntel", 6, 85)


def test_detect_survives_an_unknown_system(tmp_path):
    assert cpu.detect(str(tmp_path / "missing")) == (set(), "", 0, 0)


REPORT = """
import json, os, bissl
print(json.dumps([bissl.show_config("dict"), os.environ.get("OPENBLAS_CORETYPE")]))
"""


def test_core_is_steered_and_the_environment_put_back(run_python):
    expected = cpu.core_type_for(*cpu.detect())
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
    finished = run_python("import bissl", BISSL_NUM_THREADS="two")
    assert 'ImportError: BISSL_NUM_THREADS: expected a positive integer, got "two"' in finished.stderr


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
