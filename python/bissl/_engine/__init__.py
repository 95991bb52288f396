"""Loads the engine: one of the extension modules `_float32` and `_float64`, whose functions appear here.

Environment, read once: `BISSL_PRECISION` ("float32" or "float64"), `BISSL_NUM_THREADS`, `OPENBLAS_CORETYPE`; and for tests
`BISSL_EMULATE_TILES=1` (see `Sources/CBissl/include/bissl_tiles.h`).
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np

from . import cpu

_CORE_TYPE = "OPENBLAS_CORETYPE"
_PRECISIONS = ("float32", "float64")
# Largest error of the matrix products of the self-check, relative to the largest entry.
_SELF_CHECK_LIMIT = {"float32": 1e-4, "float64": 1e-12}


def _wanted_precision() -> str:
    precision = os.environ.get("BISSL_PRECISION") or "float32"
    if precision not in _PRECISIONS:
        raise ImportError(f'BISSL_PRECISION: expected one of {", ".join(_PRECISIONS)}, got "{precision}"')
    return precision


@contextmanager
def _steered_blas() -> Iterator[str | None]:
    """Tells OpenBLAS, while it loads, which kernels to use; yields their name, None when the choice is not ours.

    The user's own OPENBLAS_CORETYPE stands. The variable is put back, so that other libraries and child processes
    do not see it.
    """
    core_type = None if os.environ.get(_CORE_TYPE) else cpu.core_type_for(cpu.features(), cpu.maker())
    if core_type is None:
        yield None
        return
    os.environ[_CORE_TYPE] = core_type
    try:
        yield core_type
    finally:
        del os.environ[_CORE_TYPE]


def _load(precision: str) -> ModuleType:
    # Swift's crash handler would replace Python's faulthandler.
    os.environ.setdefault("SWIFT_BACKTRACE", "enable=no")
    try:
        return importlib.import_module(f"{__name__}._{precision}")
    except ModuleNotFoundError as error:
        raise ImportError(f"bissl's engine ({precision}) is not built: run pip install . in its repository") from error
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
    if not setting.isdecimal() or int(setting) < 1:
        raise ImportError(f'BISSL_NUM_THREADS: expected a positive integer, got "{setting}"')
    module.engine_set_threads(int(setting))


core_named_by_user = bool(os.environ.get(_CORE_TYPE))
with _steered_blas() as steered_core:
    _module = _load(_wanted_precision())
precision: str = _module.precision
"""The engine's precision, "float32" or "float64": `BISSL_PRECISION` when the process first imports bissl."""
#: NumPy's name of the engine's numbers.
dtype = np.dtype(precision)
blas: dict = {key: value for key, value in json.loads(_module.engine_describe()).items() if key.startswith("blas_")}
_self_check(blas, precision)
_apply_thread_setting(_module)
globals().update({name: value for name, value in vars(_module).items() if not name.startswith("_")})
