"""What this processor can do: whether a build of the engine runs on it, and which OpenBLAS kernels suit it.

The processor itself is asked (CPUID), since /proc/cpuinfo tells of another one under emulation. Features have the names
of the macros by which compilers tell them (``__AVX512VL__`` is ``avx512vl``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

try:
    from . import _processor
except ImportError as error:
    raise ImportError("bissl's engine is not built: run pip install . in its repository") from error

_EAX, _EBX, _ECX, _EDX = range(4)

# Bits of XCR0: registers that the system must save, else their instructions fault although CPUID has them.
_YMM, _ZMM, _TILES, _MORE_REGISTERS = 0b110, 0b1110_0110, 0b11 << 17, 1 << 19


@dataclass(frozen=True)
class _Bits:
    """Features in one register of one leaf, by bit; ``state`` must be enabled by the system."""

    leaf: int
    subleaf: int
    register: int
    features: dict[str, int]
    state: int = 0


_BITS = (
    _Bits(0x1, 0, _ECX, {"sse3": 0, "pclmul": 1, "ssse3": 9, "sse4_1": 19, "sse4_2": 20, "crc32": 20, "movbe": 22,
                         "popcnt": 23, "aes": 25}),
    _Bits(0x1, 0, _ECX, {"fma": 12, "avx": 28, "f16c": 29}, _YMM),
    _Bits(0x7, 0, _EBX, {"bmi": 3, "bmi2": 8, "adx": 19, "sha": 29}),
    _Bits(0x7, 0, _EBX, {"avx2": 5}, _YMM),
    _Bits(0x7, 0, _EBX, {"avx512f": 16, "avx512dq": 17, "avx512ifma": 21, "avx512cd": 28, "avx512bw": 30,
                         "avx512vl": 31}, _ZMM),
    _Bits(0x7, 0, _ECX, {"gfni": 8, "movdiri": 27, "movdir64b": 28}),
    _Bits(0x7, 0, _ECX, {"vaes": 9, "vpclmulqdq": 10}, _YMM),
    _Bits(0x7, 0, _ECX, {"avx512vbmi": 1, "avx512vbmi2": 6, "avx512vnni": 11, "avx512bitalg": 12,
                         "avx512vpopcntdq": 14}, _ZMM),
    _Bits(0x7, 0, _EDX, {"avx512vp2intersect": 8, "avx512fp16": 23}, _ZMM),
    _Bits(0x7, 0, _EDX, {"amx_bf16": 22, "amx_tile": 24, "amx_int8": 25}, _TILES),
    _Bits(0x7, 1, _EAX, {"raoint": 3, "cmpccxadd": 7, "movrs": 31}),
    _Bits(0x7, 1, _EAX, {"sha512": 0, "sm3": 1, "sm4": 2, "avxvnni": 4, "avxifma": 23}, _YMM),
    _Bits(0x7, 1, _EAX, {"avx512bf16": 5}, _ZMM),
    _Bits(0x7, 1, _EAX, {"amx_fp16": 21}, _TILES),
    _Bits(0x7, 1, _EDX, {"avxvnniint8": 4, "avxneconvert": 5, "avxvnniint16": 10}, _YMM),
    _Bits(0x7, 1, _EDX, {"amx_complex": 8}, _TILES),
    _Bits(0x7, 1, _EDX, dict.fromkeys(("apx_f", "egpr", "push2pop2", "ppx", "ndd", "ccmp", "nf", "cf", "zu"), 21),
          _MORE_REGISTERS),
    _Bits(0x1E, 1, _EAX, {"amx_fp8": 4, "amx_transpose": 5, "amx_tf32": 6, "amx_avx512": 7, "amx_movrs": 8}, _TILES),
    _Bits(0x80000001, 0, _ECX, {"lahf_sahf": 0, "lzcnt": 5, "sse4a": 6, "prfchw": 8, "tbm": 21}),
    _Bits(0x80000001, 0, _ECX, {"xop": 11, "fma4": 16}, _YMM),
)  # fmt: skip

# The version that leaf 0x24 tells, of a processor that has AVX10.
_AVX10 = {"avx10_1": 1, "avx10_1_512": 1, "avx10_2": 2, "avx10_2_512": 2}

#: Features whose instructions no compiler chooses by itself, and the engine asks for none: memory protection,
#: transactions, random numbers, power states, hints to caches. A build does not need them.
NOT_NEEDED = frozenset(
    """cldemote clflushopt clwb clzero enqcmd evex256 evex512 fsgsbase hreset invpcid kl lwp mwaitx pconfig pku prefetchi
    ptwrite rdpid rdpru rdrnd rdseed rtm serialize sgx shstk tsxldtrk uintr usermsr waitpkg wbnoinvd widekl xsave xsavec
    xsaveopt xsaves""".split()
)

#: Features that this module can ask for.
KNOWN = frozenset(name for bits in _BITS for name in bits.features) | frozenset(_AVX10)

_OPENBLAS_AVX512 = {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"}
_OPENBLAS_AVX2 = {"avx2", "fma"}

Ask = Callable[[int, int], tuple[int, int, int, int]]


def features(ask: Ask = _processor.cpuid, state: Callable[[], int] = _processor.enabled_state) -> set[str]:
    """Those of ``KNOWN`` that this processor has and its system lets a process use."""
    enabled = state()
    found = set()
    for bits in _BITS:
        value = ask(bits.leaf, bits.subleaf)[bits.register]
        if enabled & bits.state == bits.state:
            found |= {name for name, bit in bits.features.items() if value >> bit & 1}
    if ask(0x7, 1)[_EDX] >> 19 & 1 and enabled & _ZMM == _ZMM:
        version = ask(0x24, 0)[_EBX] & 0xFF
        found |= {name for name, first in _AVX10.items() if version >= first}
    return found


def maker(ask: Ask = _processor.cpuid) -> str:
    """As "GenuineIntel"."""
    _, b, c, d = ask(0, 0)
    return b"".join(part.to_bytes(4, "little") for part in (b, d, c)).decode("ascii", "replace").strip("\0")


def require(built_for: str, available: set[str] | None = None) -> None:
    """Refuses a build whose compiler was allowed instructions that this processor lacks: it would die of one.

    The extension modules call this as they load, with the names that the build gave them, before they enter the engine.
    """
    missing = sorted((set(built_for.split()) & KNOWN) - (features() if available is None else available))
    if missing:
        raise ImportError(
            f"bissl was built for a processor with instructions that this one lacks ({', '.join(missing)}): install a "
            "wheel, which has an engine for every processor with AVX2, or build it here (pip install . in its "
            "repository), or there for the least of your processors, for example with BISSL_MARCH=x86-64-v2"
        )


def core_type_for(available: set[str], vendor: str, bundled: bool = False) -> str | None:
    """The ``OPENBLAS_CORETYPE`` for a processor, or None to leave the choice to OpenBLAS; of a wheel's own library, which
    has the same kernels for all processors with AVX2, where ``bundled``.

    OpenBLAS picks its kernels by processor model and falls back to older ones for models that it does not know (Debian's
    0.3.21 many); this goes by what the processor can do. Every answer's kernels use only instructions that are `available`.
    """
    if available >= _OPENBLAS_AVX512 | _OPENBLAS_AVX2:
        return "SKYLAKEX"
    if available >= _OPENBLAS_AVX2:
        return "HASWELL" if bundled else {"AuthenticAMD": "ZEN", "GenuineIntel": "HASWELL"}.get(vendor)
    return None
