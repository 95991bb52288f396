"""MATLAB files of version 5 to 7: numbers, texts, cell arrays and structures, checked as they are read.

Source: "MAT-File Format" (The MathWorks). A file is a header and data elements, each a tag (type, size) and its
content; a matrix is an element of elements: flags, dimensions, name, then what its class says. SciPy's compiled reader
is not used because broken files crash it, and with it the process.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_HEADER = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
CELL, STRUCTURE, CHARACTERS = 1, 2, 4
NUMERIC = range(6, 16)
_DEEPEST = 8
"""Most levels of cells and structures inside each other; annotations use two."""
EMPTY = np.empty(0)


@dataclass(frozen=True)
class Structure:
    """A structure array: the values of each field, in MATLAB's order (first dimension fastest)."""

    fields: dict[str, list[Any]]


def read_variables(content: bytes, names: tuple[str, ...], limit: int) -> dict[str, Any]:
    """The variables of these names, and None for each other one.

    Numbers come as an array (N,), texts as str, cell arrays as lists, structures as `Structure`, all in MATLAB's order.

    Raises
    ------
    ValueError, struct.error, zlib.error, UnicodeError : a broken file, one that unfolds to more than ``limit`` bytes,
        or a wanted variable of another kind.
    """
    order = ">" if content[126:128] == b"MI" else "<"
    variables: dict[str, Any] = {}
    for kind, payload in _elements(memoryview(content)[_HEADER:], order):
        if kind == COMPRESSED:
            unfolded = _unfolded(payload, limit)
            limit -= len(unfolded)
            kind, payload = next(_elements(unfolded, order), (0, unfolded))
        if kind != MATRIX:
            raise ValueError(f"a data element of type {kind} where a variable was expected")
        name, value = _Matrix(payload, order).read(names)
        variables[name] = value
    return variables


def _unfolded(payload: memoryview, limit: int) -> memoryview:
    unfolded = zlib.decompressobj().decompress(payload, limit + 1)
    if len(unfolded) > limit:
        raise ValueError("it unfolds to more than any annotation file holds")
    return memoryview(unfolded)


def _elements(view: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each data element. Small ones hold their size in the type's upper half."""
    position = 0
    while position < len(view):
        kind, size = struct.unpack_from(f"{order}II", view, position)
        start = position + 8
        if kind >> 16:
            kind, size, start = kind & 0xFFFF, kind >> 16, position + 4
            if size > 4:
                raise ValueError(f"a small data element of {size} bytes, at most 4 fit")
        if start + size > len(view):
            raise ValueError(f"it ends inside a data element of {size} bytes")
        yield kind, view[start : start + size]
        # Compressed elements follow each other without padding; all others begin at multiples of 8.
        position = start + size + (-(start + size) % 8 if kind != COMPRESSED else 0)


class _Matrix:
    """Reads one matrix element, ``depth`` levels inside others."""

    def __init__(self, payload: memoryview, order: str, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise ValueError(f"cells and structures more than {_DEEPEST} deep")
        self.order, self.depth = order, depth
        self.parts = _elements(payload, order)

    def read(self, names: tuple[str, ...] | None = None) -> tuple[str, Any]:
        """Name and value; the value is None where ``names`` are given without this one."""
        flags = self._integers("flags")
        dimensions = self._integers("dimensions")
        name = str(self._next("name")[1], "latin-1")
        if names is not None and name not in names:
            return name, None
        if flags.size == 0 or (dimensions < 0).any():
            raise ValueError(f"the variable {name[:40]!r} has no flags, or negative dimensions")
        return name, self._value(int(flags[0]) & 0xFF, math.prod(dimensions.tolist()))

    def _value(self, kind: int, count: int) -> Any:
        if kind == CELL:
            return [self._child() for _ in range(count)]
        if kind == STRUCTURE:
            return self._structure(count)
        if kind == CHARACTERS:
            return self._text(count)
        if kind in NUMERIC:
            return self._numbers(count)
        raise ValueError(f"a MATLAB class of number {kind}, expected numbers, texts, cells or structures")

    def _next(self, what: str) -> tuple[int, memoryview]:
        part = next(self.parts, None)
        if part is None:
            raise ValueError(f"a variable without its {what}")
        return part

    def _integers(self, what: str) -> np.ndarray:
        kind, payload = self._next(what)
        if kind not in (5, 6):
            raise ValueError(f"{what} of type {kind}, expected integers of 32 bits")
        return np.frombuffer(payload, f"{self.order}{NUMBERS[kind]}")

    def _child(self) -> Any:
        kind, payload = self._next("entries")
        if kind != MATRIX:
            raise ValueError(f"an entry of type {kind}, expected a matrix")
        if len(payload) == 0:
            return EMPTY
        return _Matrix(payload, self.order, self.depth + 1).read()[1]

    def _structure(self, count: int) -> Structure:
        length = self._integers("length of field names")
        names = bytes(self._next("field names")[1])
        if length.shape != (1,) or length[0] < 1 or not names or len(names) % length[0]:
            raise ValueError("a structure without whole field names")
        width = int(length[0])
        fields = [names[i : i + width].split(b"\0")[0].decode("latin-1") for i in range(0, len(names), width)]
        rows = [[self._child() for _ in fields] for _ in range(count)]
        return Structure({field: [row[i] for row in rows] for i, field in enumerate(fields)})

    def _numbers(self, count: int) -> np.ndarray:
        kind, payload = self._next("numbers")
        if kind not in NUMBERS:
            raise ValueError(f"numbers of type {kind}")
        numbers = np.frombuffer(payload, f"{self.order}{NUMBERS[kind]}")
        if len(numbers) != count:
            raise ValueError(f"{len(numbers)} numbers where the dimensions say {count}")
        return numbers

    def _text(self, count: int) -> str:
        kind, payload = self._next("text")
        if kind not in TEXTS:
            raise ValueError(f"a text of type {kind}")
        coding = TEXTS[kind]
        ends = {"<": "-le", ">": "-be"}[self.order] if coding in ("utf-16", "utf-32") else ""
        text = str(payload, coding + ends)
        if len(text) != count:
            raise ValueError(f"a text of {len(text)} characters where the dimensions say {count}")
        return text
