"""The engines of this installation, and which of them runs here.

A build from source has one for each precision, for the processor it was built on or for ``BISSL_MARCH``. A wheel has one
for each instruction set of `NEEDS` as well, and OpenBLAS beside them.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.util import find_spec

#: A build from source.
NATIVE = "native"

# The levels of the x86-64 psABI, without what every x86-64 has; names as in cpu.py.
_V3 = frozenset("sse3 ssse3 sse4_1 sse4_2 crc32 popcnt lahf_sahf avx avx2 bmi bmi2 f16c fma lzcnt movbe".split())
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}

#: What each engine of a wheel needs of the processor; the fastest first. setup.py builds them for just that.
NEEDS = {"amx": _V4 | {"amx_tile", "amx_bf16"}, "avx512": _V4, "avx2": _V3}


def module_name(precision: str, engine: str) -> str:
    return f"_{precision}" if engine == NATIVE else f"_{precision}_{engine}"


def installed(precision: str) -> list[str]:
    """The engines that are there in `precision`, the one built from source first, then the fastest."""
    return [each for each in (NATIVE, *NEEDS) if find_spec(f"{__package__}.{module_name(precision, each)}")]


def choose(precision: str, wanted: str | None, present: Collection[str], available: Collection[str]) -> str:
    """The engine to load: the one `wanted` (``BISSL_ENGINE``), or else the first of those `present` that runs on a
    processor with the `available` features.

    Raises
    ------
    ImportError
        If there is none, or not the one wanted, or the processor lacks what it needs.
    """
    if not present:
        raise ImportError(f"bissl's engine ({precision}) is not built: run pip install . in its repository")
    if wanted:
        return _as_wanted(precision, wanted, present, available)
    running = _running(present, available)
    if running:
        return running[0]
    missing = ", ".join(sorted(NEEDS["avx2"] - set(available)))
    raise ImportError(
        f"bissl needs an x86-64 processor with AVX2 (Intel's since Haswell, AMD's since Zen); this one lacks {missing}. A "
        "build from source runs on it: pip install --no-binary bissl bissl"
    )


def _as_wanted(precision: str, wanted: str, present: Collection[str], available: Collection[str]) -> str:
    if wanted not in (NATIVE, *NEEDS):
        raise ImportError(f'BISSL_ENGINE: expected one of {", ".join(reversed(NEEDS))}, got "{wanted}"')
    if wanted not in present:
        raise ImportError(
            f"BISSL_ENGINE={wanted}: this installation has no such engine in {precision}; it has {', '.join(present)}"
        )
    missing = _missing(wanted, available)
    if missing:
        running = ", ".join(_running(present, available)) or "none"
        raise ImportError(
            f"BISSL_ENGINE={wanted}: this processor lacks {', '.join(sorted(missing))}; engines that run on it: {running}"
        )
    return wanted


def _running(present: Collection[str], available: Collection[str]) -> list[str]:
    return [each for each in present if not _missing(each, available)]


def _missing(engine: str, available: Collection[str]) -> frozenset[str]:
    """A build from source says itself what it needs, as it is loaded: see `cpu.require`."""
    return NEEDS.get(engine, frozenset()) - set(available)
