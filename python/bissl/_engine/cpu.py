"""Which OpenBLAS kernels suit this processor.

Debian's OpenBLAS 0.3.21 picks its kernels by processor model and falls back to older ones for models that it does not
know. The table goes by what the processor can do instead.
"""

from __future__ import annotations

from pathlib import Path

_AVX512 = {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"}
_AVX2 = {"avx2", "fma"}


def core_type_for(flags: set[str], vendor: str, family: int, model: int) -> str | None:
    """The `OPENBLAS_CORETYPE` for a processor, or None to leave the choice to OpenBLAS.

    `flags`, `vendor`, `family` and `model` are as in /proc/cpuinfo. Every answer's kernels use only instructions that
    are among `flags`.
    """
    if flags >= _AVX512 | _AVX2:
        return "SKYLAKEX"
    if flags >= _AVX2:
        return {"AuthenticAMD": "ZEN", "GenuineIntel": "HASWELL"}.get(vendor)
    return None


def detect(path: str = "/proc/cpuinfo") -> tuple[set[str], str, int, int]:
    """Flags, vendor, family and model of the first processor in `path`; empty where they cannot be read."""
    try:
        first = Path(path).read_text().split("\n\n", 1)[0]
    except OSError:
        first = ""
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in first.splitlines())}
    family, model = (int(fields.get(key, "0")) for key in ("cpu family", "model"))
    return set(fields.get("flags", "").split()), fields.get("vendor_id", ""), family, model
