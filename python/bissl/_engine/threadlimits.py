"""The engine's thread count as `threadpoolctl` sees it: a library like OpenBLAS or OpenMP, under the name "bissl"."""

from __future__ import annotations

from pathlib import Path

import threadpoolctl

from .. import _engine
from .._version import __version__


class EngineThreads(threadpoolctl.LibController):  # type: ignore[misc]  # threadpoolctl does not tell its types
    """Lists the engine in ``threadpoolctl.threadpool_info()``, and lets ``threadpool_limits`` set what
    `bissl.set_num_threads` sets, held to its range."""

    user_api = "bissl"
    internal_api = "bissl"
    # The whole name: other packages have modules called _float32 as well.
    filename_prefixes = (Path(str(_engine._module.__file__)).resolve().name.lower(),)
    check_symbols = (f"PyInit_{_engine._module.__name__.rpartition('.')[2]}",)

    def get_num_threads(self) -> int:
        return _engine.engine_threads()

    def set_num_threads(self, num_threads: int) -> None:
        _engine.engine_set_threads(min(max(int(num_threads), 1), _engine.MOST_THREADS))

    def get_version(self) -> str:
        return __version__


def register() -> None:
    """Makes the engine known to threadpoolctl."""
    threadpoolctl.register(EngineThreads)
