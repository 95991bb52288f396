"""Pickles read without doing what they say.

Python's own unpickler calls what a file names, and its C code takes memory that a file asks for. Here `pickletools`
splits the bytes into operations, and a stack machine with its own rules builds dicts, lists, tuples, numbers, strings and
the records of `records`. Nothing is imported, no attribute is set, no method of an object is called: there are none.
"""

from __future__ import annotations

import io
import pickletools
import warnings
from collections.abc import Callable
from typing import Any

from .rebuilding import called, stored
from .records import Global, Placeholder

#: Checkpoints of the largest networks stay far below these; what is above is not worth the time and memory.
LARGEST_PICKLE = 32 * 2**20
_MOST_OPERATIONS = 1_000_000

#: Whole numbers above this hash to few values, so that a dict of them takes quadratic time.
_LARGEST_KEY = 2**60


def read_pickle(content: bytes) -> Any:
    """The value of a pickle of any protocol, in records.

    Raises
    ------
    ValueError : malformed, larger than any checkpoint's, or calling for what PyTorch does not write.
    """
    if len(content) > LARGEST_PICKLE:
        raise ValueError(f"its pickle has {len(content)} bytes, more than {LARGEST_PICKLE}")
    with warnings.catch_warnings():
        # Of odd escapes in text, from pickletools.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _Machine().run(content)


class _Machine:
    """The stack machine of the pickle format (documented in CPython's Lib/pickletools.py)."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}

    def run(self, content: bytes) -> Any:
        for count, (operation, argument, _) in enumerate(pickletools.genops(io.BytesIO(content))):
            if count == _MOST_OPERATIONS:
                raise ValueError(f"its pickle has more than {_MOST_OPERATIONS} operations")
            if operation.name == "STOP":
                return self.pop()
            if operation.name in _VALUES:
                self.stack.append(argument)
            elif operation.name in _ACTIONS:
                _ACTIONS[operation.name](self, argument)
            else:
                raise ValueError(f"its pickle has the operation {operation.name}, which PyTorch does not write")
        raise ValueError("its pickle ends without an end mark")

    def pop(self) -> Any:
        if not self.stack:
            raise ValueError("its pickle takes more from its stack than there is")
        return self.stack.pop()

    def top(self) -> Any:
        value = self.pop()
        self.stack.append(value)
        return value

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        """What was pushed since the last mark, taken off with it."""
        if not self.below:
            raise ValueError("its pickle goes back to a mark that is not there")
        items, self.stack = self.stack, self.below.pop()
        return items

    def taken(self, count: int) -> tuple[Any, ...]:
        return tuple(reversed([self.pop() for _ in range(count)]))

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise ValueError("its pickle recalls what it did not keep")
        self.push(self.memo[index])

    def keep(self, index: int) -> None:
        if not 0 <= index < _MOST_OPERATIONS:
            raise ValueError("its pickle keeps a value under a number out of range")
        self.memo[index] = self.top()

    def discard(self) -> None:
        if self.stack or not self.below:
            self.pop()
        else:
            self.since_mark()

    def extend(self, items: list[Any]) -> None:
        """Adds to the list, set or object on top."""
        target = self.top()
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Placeholder):
            target.additions.extend(items)
        else:
            raise ValueError(f"its pickle appends to a {type(target).__name__}")

    def update(self, items: list[Any]) -> None:
        """Sets keys of the dict or object on top; items alternate between keys and values."""
        target = self.top()
        if isinstance(target, Placeholder):
            target.additions.extend(items)
        elif isinstance(target, dict):
            _fill(target, items)
        else:
            raise ValueError(f"its pickle sets items of a {type(target).__name__}")

    def build(self) -> None:
        """The state of an object: recorded for placeholders, passed over for containers (their attributes)."""
        state, target = self.pop(), self.top()
        if isinstance(target, Placeholder):
            target.additions.append(state)

    def call(self, argument_count: int) -> None:
        function, *arguments = self.taken(argument_count + 1)
        self.push(called(function, arguments[0] if arguments else ()))

    def make(self, name: str | None) -> None:
        """An object in the manner of protocol 0 and 1, its arguments (and class, unless named) behind a mark."""
        items = self.since_mark()
        self.push(Placeholder(_name(items[:1]) if name is None else name, items))

    def name_from_stack(self) -> None:
        module, name = self.taken(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("its pickle names a class by something else than text")
        self.push(Global(f"{module}.{name}"))


def _fill(target: dict, items: list[Any]) -> None:
    if len(items) % 2:
        raise ValueError("its pickle has a key without a value")
    for key, value in zip(items[::2], items[1::2]):
        key = _key(key)
        if key in target:
            raise ValueError(f"its pickle has the key {repr(key)[:60]} twice in one dict")
        target[key] = value


def _key(key: Any) -> Any:
    """The key itself where hashing it is cheap, else one that equals no other."""
    if isinstance(key, int):
        return key if -_LARGEST_KEY < key < _LARGEST_KEY else Placeholder("a large number")
    return key if isinstance(key, (str, bytes, float, type(None))) else Placeholder("a key", key)


def _dict(items: list[Any]) -> dict:
    made: dict = {}
    _fill(made, items)
    return made


def _name(values: list[Any]) -> str:
    return values[0].name if values and isinstance(values[0], Global) else "a value"


#: Operations whose argument is the value that they push.
_VALUES = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES "
    "SHORT_BINBYTES BINBYTES8 BYTEARRAY8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8".split()
)

_ACTIONS: dict[str, Callable[[_Machine, Any], Any]] = {
    "PROTO": lambda machine, version: None,
    "FRAME": lambda machine, length: None,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_SET": lambda machine, _: machine.push(Placeholder("builtins.set")),
    "MARK": lambda machine, _: machine.mark(),
    "POP_MARK": lambda machine, _: machine.since_mark(),
    "POP": lambda machine, _: machine.discard(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.push(machine.taken(1)),
    "TUPLE2": lambda machine, _: machine.push(machine.taken(2)),
    "TUPLE3": lambda machine, _: machine.push(machine.taken(3)),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "DICT": lambda machine, _: machine.push(_dict(machine.since_mark())),
    "FROZENSET": lambda machine, _: machine.push(Placeholder("builtins.frozenset", machine.since_mark())),
    "APPEND": lambda machine, _: machine.extend([machine.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.since_mark()),
    "ADDITEMS": lambda machine, _: machine.extend(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.update(list(machine.taken(2))),
    "SETITEMS": lambda machine, _: machine.update(machine.since_mark()),
    "GET": lambda machine, index: machine.recall(index),
    "BINGET": lambda machine, index: machine.recall(index),
    "LONG_BINGET": lambda machine, index: machine.recall(index),
    "PUT": lambda machine, index: machine.keep(index),
    "BINPUT": lambda machine, index: machine.keep(index),
    "LONG_BINPUT": lambda machine, index: machine.keep(index),
    "MEMOIZE": lambda machine, _: machine.keep(len(machine.memo)),
    "GLOBAL": lambda machine, name: machine.push(Global(name.replace(" ", "."))),
    "STACK_GLOBAL": lambda machine, _: machine.name_from_stack(),
    "EXT1": lambda machine, code: machine.push(Global("a registered extension")),
    "EXT2": lambda machine, code: machine.push(Global("a registered extension")),
    "EXT4": lambda machine, code: machine.push(Global("a registered extension")),
    "REDUCE": lambda machine, _: machine.call(1),
    "NEWOBJ": lambda machine, _: machine.call(1),
    "NEWOBJ_EX": lambda machine, _: machine.call(2),
    "BUILD": lambda machine, _: machine.build(),
    "INST": lambda machine, name: machine.make(name.replace(" ", ".")),
    "OBJ": lambda machine, _: machine.make(None),
    "BINPERSID": lambda machine, _: machine.push(stored(machine.pop())),
    "PERSID": lambda machine, identity: machine.push(stored(identity)),
}
