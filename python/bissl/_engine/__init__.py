"""Loads the engine: one of the extension modules of `engines.py`, whose functions appear here.

Environment, read once: `BISSL_PRECISION` ("float32" or "float64"), `BISSL_ENGINE` ("avx2", "avx512" or "amx", in a wheel),
`BISSL_NUM_THREADS`, `OPENBLAS_CORETYPE`; and for tests `BISSL_EMULATE_TILES=1` (see `Sources/CBissl/include/bissl_tiles.h`).
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np

from .machine import refusal

_refusal = refusal()
if _refusal is not None:
    raise ImportError(_refusal)

from . import cpu, engines  # noqa: E402

_CORE_TYPE = "OPENBLAS_CORETYPE"
_PRECISIONS = ("float32", "float64")
#: That the engine works with.
MOST_THREADS = 256
# Largest error of the matrix products of the self-check, relative to the largest entry.
_SELF_CHECK_LIMIT = {"float32": 1e-4, "float64": 1e-12}


def _wanted_precision() -> str:
    precision = os.environ.get("BISSL_PRECISION") or "float32"
    if precision not in _PRECISIONS:
        raise ImportError(f'BISSL_PRECISION: expected one of {", ".join(_PRECISIONS)}, got "{precision}"')
    return precision


@contextmanager
def _steered_blas(engine: str, features: set[str]) -> Iterator[str | None]:
    """Tells OpenBLAS, while it loads, which kernels to use; yields their name, None when the choice is not ours.

    An engine of a wheel has the same kernels on every processor that it runs on.

    The user's own OPENBLAS_CORETYPE stands. The variable is put back, so that other libraries and child processes
    do not see it.
    """
    needs = engines.NEEDS.get(engine)
    core_type = cpu.core_type_for(features if needs is None else set(needs), cpu.maker(), bundled=needs is not None)
    if os.environ.get(_CORE_TYPE):
        core_type = None
    if core_type is None:
        yield None
        return
    os.environ[_CORE_TYPE] = core_type
    try:
        yield core_type
    finally:
        del os.environ[_CORE_TYPE]


def _load(precision: str, engine: str) -> ModuleType:
    # Swift's crash handler would replace Python's faulthandler.
    os.environ.setdefault("SWIFT_BACKTRACE", "enable=no")
    try:
        return importlib.import_module(f"{__name__}.{engines.module_name(precision, engine)}")
    except ImportError as error:
        if "openblas" not in str(error):
            raise
        raise ImportError(f"bissl needs OpenBLAS: apt-get install libopenblas0 ({error})") from error


def _self_check(description: dict, precision: str) -> None:
    """Refuses a BLAS library that computes wrong products (a wrong core for the processor)."""
    if not description["blas_error"] < _SELF_CHECK_LIMIT[precision]:
        raise ImportError(
            f"OpenBLAS computes wrong matrix products with its {description['blas_core']} kernels "
            f"(relative error {description['blas_error']:.1e}): name others by {_CORE_TYPE}, for example HASWELL"
        )


def _apply_thread_setting(module: ModuleType) -> None:
    setting = os.environ.get("BISSL_NUM_THREADS")
    if not setting:
        return
    if not setting.isdecimal() or not 1 <= int(setting) <= MOST_THREADS:
        raise ImportError(f'BISSL_NUM_THREADS: expected an integer from 1 to {MOST_THREADS}, got "{setting}"')
    module.engine_set_threads(int(setting))


precision: str = _wanted_precision()
"""The engine's precision, "float32" or "float64": `BISSL_PRECISION` when the process first imports bissl."""
_features = cpu.features()
#: The engine's name: "native" in a build from source; in a wheel its instruction set.
engine: str = engines.choose(precision, os.environ.get("BISSL_ENGINE"), engines.installed(precision), _features)
core_named_by_user = bool(os.environ.get(_CORE_TYPE))
with _steered_blas(engine, _features) as steered_core:
    _module = _load(precision, engine)
#: NumPy's name of the engine's numbers.
dtype = np.dtype(precision)
#: The largest number of this precision; what is larger would become infinite.
LARGEST = float(np.finfo(dtype).max)
blas: dict = {key: value for key, value in json.loads(_module.engine_describe()).items() if key.startswith("blas_")}
_self_check(blas, precision)
_apply_thread_setting(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("_")})


def array(handle: Handle) -> np.ndarray:  # type: ignore[name-defined]  # noqa: F821
    """The numbers of a vector of the engine, not copied.

    ``np.asarray`` would take the vector for an object, and say nothing, where it is refused the memory for a view.
    """
    view = np.asarray(handle)
    if view.dtype == object:
        raise MemoryError("no memory for a view of the engine's numbers")
    return view
