"""Precision, threads and memory of the engine, and what it runs on."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from typing import Any

import numpy

from .. import _engine
from .._version import __version__
from ..errors import check_callable, check_option, checked_flag, checked_integer


def configuration() -> dict[str, Any]:
    """Versions, precision, engine, BLAS library, SIMD level and threads, as `show_config` prints them."""
    engine = json.loads(_engine.engine_describe())
    return {
        "bissl": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "precision": _engine.precision,
        "engine": _engine.engine,
        "engine_sources": _engine.sources,
        "simd": engine["simd"],
        "matrix_tiles": engine["matrix_tiles"],
        "exact_convolution": engine["exact_convolution"],
        "float32_matmul_precision": "high" if engine["bf16x2_products"] else "highest",
        "recompute_activations": engine["recompute_activations"],
        "threads": engine["threads"],
        "processors": engine["processors"],
        "blas": engine["blas_configuration"],
        "blas_core": engine["blas_core"],
        "blas_core_chosen_by": _blas_core_chosen_by(engine["blas_core"]),
        "blas_self_check_error": _engine.blas["blas_error"],
    }


def _blas_core_chosen_by(core: str) -> str:
    """Whose choice OpenBLAS's kernels are, read back from the core that it reports."""
    if _engine.steered_core is None:
        return "OPENBLAS_CORETYPE" if _engine.core_named_by_user else "OpenBLAS"
    if core.upper() == _engine.steered_core:
        return "bissl"
    return f"OpenBLAS ({_engine.steered_core} was asked for; the library was loaded before or does not have it)"


def show_config(mode: str = "print") -> dict[str, Any] | None:
    """Prints versions, precision, BLAS library and core, SIMD level and threads; `mode="dict"` returns them.

    Parameters
    ----------
    mode : str, default "print"
        "print" or "dict".

    Returns
    -------
    dict or None
        With ``mode="dict"`` what is in force, by name; else nothing.

    Raises
    ------
    InvalidArgument
        If `mode` is neither "print" nor "dict".

    Examples
    --------
    >>> bissl.show_config("dict")["precision"] == bissl.precision
    True
    """
    mode = check_option("mode", mode, ("print", "dict"))
    shown = configuration()
    if mode == "dict":
        return shown
    width = max(map(len, shown))
    print("\n".join(f"{name:<{width}}  {value}" for name, value in shown.items()))
    return None


def get_num_threads() -> int:
    """How many threads the engine works with, the calling one included.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> bissl.get_num_threads() >= 1
    True
    """
    return _engine.engine_threads()


def set_num_threads(count: int) -> None:
    """Sets how many threads the engine works with, 1 to 256. Results do not depend on it, bit for bit.

    The default is the number of processors that the process may use, or `BISSL_NUM_THREADS`.

    Parameters
    ----------
    count : int
        How many.

    Raises
    ------
    WrongType
        If `count` is not an integer.
    InvalidArgument
        If `count` is not in 1..256.

    Examples
    --------
    >>> before = bissl.get_num_threads()
    >>> bissl.set_num_threads(2)
    >>> bissl.set_num_threads(before)
    """
    _engine.engine_set_threads(checked_integer("count", count, 1, _engine.MOST_THREADS))


def set_exact_convolution(exact: bool) -> None:
    """True: convolutions are computed as sums of products only. False, the default: 3×3 convolutions at stride 1 and 2,
    and wide ones at larger strides (a ResNet's first), go through Winograd's F(2×2, 3×3) to F(6×6, 3×3) and F(4×4, 4×4),
    which multiply 1.4 to 5 times less and round a little differently.

    Parameters
    ----------
    exact : bool
        Whether convolutions are sums of products only.

    Raises
    ------
    WrongType
        If ``exact`` is not a boolean.

    Examples
    --------
    >>> bissl.set_exact_convolution(True)
    >>> bissl.set_exact_convolution(False)
    """
    _engine.engine_set_exact_convolution(checked_flag("exact", exact))


def set_float32_matmul_precision(precision: str) -> None:
    """How exact products of float32 matrices are, in the words of PyTorch's function of this name.

    "highest", the default: sums of products of float32 numbers. "high": each number as the sum of two bfloat16 numbers,
    a·b ≈ a₀·b₀ + a₀·b₁ + a₁·b₀, summed in float32, where the processor has matrix tiles for them (AMX; `show_config` says so
    as ``matrix_tiles``); elsewhere and in float64 as "highest". The error of a product is then some 4e-6 of its size in
    place of 2e-7, that of a ViT-S's gradient and Hessian products under MAE 1e-5; Winograd's largest tiles make up to 1e-4
    of it (`set_exact_convolution`).

    Linear layers and attention go that way, and derivatives of convolutions. Primal values of convolutions, by which ReLUs
    switch, stay with "highest"; so do products of few rows or columns. Applies to what is computed from then on.

    Parameters
    ----------
    precision : str
        "highest" or "high".

    Raises
    ------
    WrongType
        If `precision` is not a string.
    InvalidArgument
        If it is neither "highest" nor "high".
    InvalidState
        If the processor has matrix tiles and the system does not let this process use them.

    Examples
    --------
    >>> bissl.set_float32_matmul_precision("highest")
    """
    _engine.engine_set_bf16x2_products(check_option("precision", precision, ("highest", "high")) == "high")


def set_recompute_activations(recompute: bool) -> None:
    """True: outputs of batch norms and activation functions are not kept for the backward passes but made again, and in
    Hessian products their tangents and adjoints too. Results are the same to the bit. Linearizations make outputs of batch
    norms again anyway; beyond that, Hessian products of a ResNet-18 need a seventh less memory. False is the default.
    Applies to what is computed from then on.

    Parameters
    ----------
    recompute : bool
        Whether they are made again.

    Raises
    ------
    WrongType
        If ``recompute`` is not a boolean.

    Examples
    --------
    >>> bissl.set_recompute_activations(True)
    >>> bissl.set_recompute_activations(False)
    """
    _engine.engine_set_recompute_activations(checked_flag("recompute", recompute))


def memory_stats() -> dict[str, int]:
    """Memory of the engine's tensors: live_bytes and live_blocks (in use), peak_bytes (the most that was in use since
    the start or `reset_peak_memory`), cached_bytes (kept for reuse).

    Returns
    -------
    dict of str to int
        By name, in bytes but for ``live_blocks``.

    Examples
    --------
    >>> sorted(bissl.memory_stats())[0]
    'cached_bytes'
    """
    return dict(zip(("live_bytes", "live_blocks", "peak_bytes", "cached_bytes"), _engine.engine_memory(), strict=True))


def memory_at_peak(call: Callable[[], Any]) -> dict[str, int]:
    """What the engine's memory was held for when a call held the most: so that one sees what to make smaller.

    Parameters
    ----------
    call : callable
        What is done, without arguments. What was held before is not counted, what other threads of Python take meanwhile is;
        `memory_stats` has a new peak afterwards.

    Returns
    -------
    dict of str to int
        Bytes by what made them, most first: the operation with its shape, behind "adjoints", "tangents" or "tangents of
        adjoints" where it did not go forwards.

    Raises
    ------
    WrongType (TypeError)
        ``call`` cannot be called.
    InvalidState (RuntimeError)
        It is recorded already, by a call around this one or in another thread.

    Examples
    --------
    >>> x = np.ones((64, 64), np.float32)
    >>> held = bissl.memory_at_peak(lambda: bissl.ops.matmul(x, x).numpy())
    >>> sum(held.values()) == bissl.memory_stats()["peak_bytes"] - bissl.memory_stats()["live_bytes"]
    True
    """
    check_callable("call", call)
    _engine.engine_record_holdings(True)
    try:
        _engine.engine_reset_peak()
        call()
        return dict(json.loads(_engine.engine_holdings_at_peak()))
    finally:
        _engine.engine_record_holdings(False)


def reset_peak_memory() -> None:
    """Starts a new peak of `memory_stats` at what is live now.

    Examples
    --------
    >>> bissl.reset_peak_memory()
    """
    _engine.engine_reset_peak()


def release_cached_memory() -> None:
    """Gives the memory that the engine keeps for reuse back to the system.

    Examples
    --------
    >>> bissl.release_cached_memory()
    """
    _engine.engine_trim()
