"""Pickles of arrays and plain containers, read without Python's unpickler: no name in the file is imported or called.

The opcodes run on a stack of our own. The few names that NumPy's arrays need stand for inert placeholders, out of which
the arrays are built here from their bytes, shape and number type. Anything else is refused.
"""

from __future__ import annotations

import mmap
import os
import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import DataError, FileMissing
from ..mapping import mapped_or_read
from .pickled_arrays import PickledArray, PickledNumber, Refused

ARRAY = {f"{module}.multiarray._reconstruct" for module in ("numpy.core", "numpy._core")}
BUFFER = {f"{module}.numeric._frombuffer" for module in ("numpy.core", "numpy._core")}
KNOWN = ARRAY | BUFFER | {"numpy.ndarray", "numpy.dtype", "_codecs.encode"}

LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}


def read_pickle(path: str | os.PathLike) -> dict[str, Any]:
    """The dictionary in a pickle of any protocol; values are plain containers, numbers, texts and integer arrays.

    Raises
    ------
    FileMissing (FileNotFoundError) : there is no such file.
    DataError (ValueError) : truncated or broken, not a dictionary, or it names a class or function that is not
        NumPy's array; that is refused before anything is called.
    """
    try:
        with Path(path).open("rb") as file:
            return _run(file)
    except FileNotFoundError as error:
        raise FileMissing(f"{path}: there is no such file") from error
    except Refused as refusal:
        raise DataError(f"{path}: {refusal}; refused, nothing in the file was executed") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise DataError(f"{path}: truncated or broken pickle: {error}; unpack the archive again") from error


@dataclass(frozen=True)
class _Name:
    """A class or function that the file names; inert."""

    name: str


def _run(file: BinaryIO) -> dict[str, Any]:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise ValueError("the file is empty")
    with mapped_or_read(
        file.name,
        lambda: mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ),
        lambda: BytesIO(file.read()),
    ) as content:
        result = _Machine(budget=size).run(content)
    if not isinstance(result, dict):
        raise Refused(f"it holds a {type(result).__name__}, expected a dictionary")
    return {key: value.array if isinstance(value, PickledArray) else value for key, value in result.items()}


class _Machine:
    """Runs a pickle's opcodes. ``budget``: bytes that texts may be turned into, so that memory stays near the file's
    size; an honest file turns each of its bytes at most once."""

    def __init__(self, budget: int) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.budget = budget

    def run(self, content: Any) -> Any:
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name == "STOP":
                return self.stack.pop()
            if opcode.name in LITERALS:
                self.stack.append(argument)
            elif opcode.name in CONSTANTS:
                self.stack.append(CONSTANTS[opcode.name])
            elif opcode.name in ACTIONS:
                ACTIONS[opcode.name](self, argument)
            else:
                raise Refused(f"it uses the pickle operation {opcode.name}")
        raise ValueError("it ends without STOP")

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        if start > len(self.stack):
            raise ValueError("a mark stands above the stack")
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def take(self, count: int) -> tuple[Any, ...]:
        if count > len(self.stack):
            raise ValueError("the stack is empty")
        items = tuple(self.stack[-count:])
        del self.stack[-count:]
        return items

    def mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def pair_up(self, items: list[Any]) -> dict[str, Any]:
        """Keys must be texts: hashing a nested tuple would recurse as deep as the file likes."""
        keys, values = items[::2], items[1::2]
        if len(keys) != len(values) or not all(isinstance(key, str) for key in keys):
            raise Refused("it holds a dictionary whose keys are not texts")
        return dict(zip(keys, values))

    def extend(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("items for something that is no list")
        self.stack[-1].extend(items)

    def update(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], dict):
            raise ValueError("items for something that is no dictionary")
        self.stack[-1].update(self.pair_up(items))

    def memoize(self, index: Any) -> None:
        self.memo[len(self.memo) if index is None else int(index)] = self.stack[-1]

    def recall(self, index: Any) -> None:
        self.stack.append(self.memo[int(index)])

    def name(self, text: Any) -> None:
        """A class or function that the file names, "module name"; only those of NumPy's arrays pass."""
        name = ".".join(self.take(2) if text is None else text.split(" ", 1))
        if name not in KNOWN:
            raise Refused(f"it names {name[:80]}, which is not a NumPy array of numbers")
        self.stack.append(_Name(name))

    def reduce(self, _: Any) -> None:
        called, arguments = self.take(2)
        name = called.name if isinstance(called, _Name) else ""
        if name in ARRAY:
            self.stack.append(PickledArray())
        elif name in BUFFER:
            self.stack.append(PickledArray())
            self.stack[-1].fill(*arguments)
        elif name == "numpy.dtype":
            self.stack.append(PickledNumber(arguments[0]))
        elif name == "_codecs.encode":
            self.stack.append(self.encode(arguments[0]))
        else:
            raise Refused(f"it calls {name or type(called).__name__}")

    def build(self, _: Any) -> None:
        (state,) = self.take(1)
        target = self.stack[-1]
        if not isinstance(target, (PickledArray, PickledNumber)):
            raise Refused(f"it sets the state of a {type(target).__name__}")
        # Python 2 wrote bytes as texts of the same codes.
        target.build(tuple(self.encode(part) if _is_raw(target, i, part) else part for i, part in enumerate(state)))

    def encode(self, text: Any) -> bytes:
        self.budget -= len(text)
        if self.budget < 0:
            raise Refused("it unfolds to more than its own size")
        return text.encode("latin-1")


def _is_raw(target: Any, index: int, part: Any) -> bool:
    return isinstance(target, PickledArray) and index == 4 and isinstance(part, str)


ACTIONS: dict[str, Callable[[_Machine, Any], Any]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "MARK": _Machine.mark,
    "POP": lambda machine, _: machine.take(1),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "LIST": lambda machine, _: machine.stack.append(machine.since_mark()),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.since_mark())),
    "DICT": lambda machine, _: machine.stack.append(machine.pair_up(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.stack.append(machine.take(1)),
    "TUPLE2": lambda machine, _: machine.stack.append(machine.take(2)),
    "TUPLE3": lambda machine, _: machine.stack.append(machine.take(3)),
    "APPEND": lambda machine, _: machine.extend(list(machine.take(1))),
    "APPENDS": lambda machine, _: machine.extend(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.update(list(machine.take(2))),
    "SETITEMS": lambda machine, _: machine.update(machine.since_mark()),
    "PUT": _Machine.memoize,
    "BINPUT": _Machine.memoize,
    "LONG_BINPUT": _Machine.memoize,
    "MEMOIZE": _Machine.memoize,
    "GET": _Machine.recall,
    "BINGET": _Machine.recall,
    "LONG_BINGET": _Machine.recall,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.name,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
