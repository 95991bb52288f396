"""What a run's bits depend on besides its settings and data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.settings import configuration

#: With another of these the same steps round otherwise. The number of threads does not matter.
ROUNDING = (
    "bissl", "engine_sources", "simd", "exact_convolution", "float32_matmul_precision", "blas", "blas_core",
)  # fmt: skip
_KEPT = (*ROUNDING, "python", "numpy", "precision", "matrix_tiles", "threads")


def environment() -> dict[str, Any]:
    """Versions, precision, BLAS library and core, SIMD level and threads of this process."""
    present = configuration()
    return {name: present[name] for name in _KEPT}


def rounding_changes(saved: Mapping[str, Any]) -> list[str]:
    """What makes this process round otherwise than the one that saved: "blas_core was SkylakeX, now it is Haswell"."""
    present = environment()
    return [
        f"{name} was {saved.get(name)}, now it is {present[name]}"
        for name in ROUNDING
        if saved.get(name) != present[name]
    ]
