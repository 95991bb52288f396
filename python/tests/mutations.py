"""Mutations of files, which keep most of their structure, and what fuzz_readers.py feeds with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)

#: Values that texts, numbers and nodes of text formats are exchanged for.
TEXTS = ("", "0", "1", "-1", "12", "13", "1e308", "-0.0", "nan", "inf", "9" * 400, "dog", "&amp;", "&lol;", "<a/>", "&#0;",
         "²", "null", "true", "[]", "{}", "[1, [2]]", "{a: 1}", "\0", "../..", "é" * 300)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A reader, the sound files to mutate, and the name under which it finds them."""

    seeds: list[bytes]
    name: str
    read: Callable[[Path], object]


def mutated(data: bytes, draw: np.random.Generator) -> bytes:
    """One to three edits, every other one near an end, where formats keep their structure."""
    content = bytearray(data)
    for _ in range(draw.integers(1, 4)):
        if not content:
            break
        edit, place = EDITS[draw.integers(len(EDITS))], _place(len(content), draw)
        edit(content, place, draw)
    return bytes(content)


def _place(size: int, draw: np.random.Generator) -> int:
    if draw.random() < 0.5:
        return int(draw.integers(size))
    near = int(draw.integers(min(size, 256)))
    return near if draw.random() < 0.7 else size - 1 - near


def _flip(content: bytearray, place: int, draw: np.random.Generator) -> None:
    content[place] ^= 1 << int(draw.integers(8))


def _byte(content: bytearray, place: int, draw: np.random.Generator) -> None:
    content[place] = int(draw.integers(256) if draw.random() < 0.5 else draw.integers(32, 127))


def _number(content: bytearray, place: int, draw: np.random.Generator) -> None:
    width = (1, 2, 4, 8)[draw.integers(4)]
    value = INTERESTING[draw.integers(len(INTERESTING))] % 256**width
    content[place : place + width] = value.to_bytes(width, ("little", "big")[draw.integers(2)])


def _delete(content: bytearray, place: int, draw: np.random.Generator) -> None:
    del content[place : place + int(draw.integers(1, 32))]


def _repeat(content: bytearray, place: int, draw: np.random.Generator) -> None:
    piece = content[place : place + int(draw.integers(1, 64))]
    content[place:place] = piece * int(draw.integers(1, 20))


def _truncate(content: bytearray, place: int, draw: np.random.Generator) -> None:
    del content[place:]


EDITS = (_flip, _flip, _byte, _byte, _number, _number, _number, _delete, _repeat, _truncate)
