"""Which Pythons the engine can be loaded into. setup.py runs this file by itself, before anything is built."""

from __future__ import annotations

import os
import sys


def refusal() -> str | None:
    """Why the engine neither builds nor loads here; None where it does."""
    machine = os.uname().machine if hasattr(os, "uname") else "Windows"
    if sys.platform != "linux" or machine != "x86_64" or sys.maxsize < 2**32:
        bits = 64 if sys.maxsize > 2**32 else 32
        return f"bissl runs on 64-bit Linux with an x86-64 processor; this is {sys.platform} on {machine}, {bits} bits"
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.implementation.name != "cpython":
        return f"bissl runs in CPython 3.11 and later; this is {sys.implementation.name} {version}"
    if sys.version_info < (3, 11):  # noqa: UP036 (setup.py's Python may be older)
        return f"bissl runs in CPython 3.11 and later; this is {version}"
    if "t" in sys.abiflags:
        return f"bissl does not run in a free-threaded CPython (this is {version}t): use CPython {version}"
    return None
