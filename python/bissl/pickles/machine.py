"""The stack machine of the pickle format (documented in CPython's Lib/pickletools.py), with rules of our own.

Python's own unpickler calls what a file names, and its C code takes memory that a file asks for. Here `pickletools`
splits the bytes into operations, and a machine builds dicts, lists, tuples, numbers and strings. Nothing is imported,
no attribute is set, no method of an object is called; what a name or a call stands for, its reader's `Vocabulary` says.
"""

from __future__ import annotations

import pickletools
import warnings
from collections.abc import Callable
from typing import Any

from .vocabulary import Placeholder, Refused, Vocabulary

#: Checkpoints of the largest networks and data sets stay far below; what is above is not worth the time and memory.
MOST_OPERATIONS = 1_000_000


def run(content: Any, vocabulary: Vocabulary) -> Any:
    """The value of a pickle of any protocol.

    Parameters
    ----------
    content : object
        Bytes, or a file or map of them.
    vocabulary : Vocabulary
        What its names mean.

    Returns
    -------
    object
        The value.

    Raises
    ------
    Refused (ValueError)
        It asks for what the vocabulary does not allow.
    ValueError
        Malformed, or of more than `MOST_OPERATIONS` operations.

    Examples
    --------
    >>> import pickle
    >>> bissl.pickles.run(pickle.dumps({"a": [1, 2.5]}), bissl.pickles.Vocabulary())
    {'a': [1, 2.5]}
    """
    with warnings.catch_warnings():
        # Of odd escapes in text, from pickletools.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _Machine(vocabulary).run(content)


class _Machine:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks below each mark
        self.memo: dict[int, Any] = {}

    def run(self, content: Any) -> Any:
        for count, (operation, argument, _) in enumerate(pickletools.genops(content)):
            if count == MOST_OPERATIONS:
                raise ValueError(f"its pickle has more than {MOST_OPERATIONS} operations")
            if operation.name == "STOP":
                return self.pop()
            if operation.name in _VALUES:
                self.stack.append(argument)
            elif operation.name in _ACTIONS:
                _ACTIONS[operation.name](self, argument)
            else:
                raise Refused(
                    f"its pickle has the operation {operation.name}, which {self.vocabulary.writer} does not write"
                )
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
        if not 0 <= index < MOST_OPERATIONS:
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
            self.fill(target, items)
        else:
            raise ValueError(f"its pickle sets items of a {type(target).__name__}")

    def fill(self, target: dict[str, Any], items: list[Any]) -> dict[str, Any]:
        if len(items) % 2:
            raise ValueError("its pickle has a key without a value")
        for key, value in zip(items[::2], items[1::2]):
            key = self.vocabulary.key(key)
            if key in target:
                raise ValueError(f"its pickle has the key {repr(key)[:60]} twice in one dict")
            target[key] = value
        return target

    def build(self) -> None:
        """The state of an object, recorded for placeholders."""
        state, target = self.pop(), self.top()
        if isinstance(target, Placeholder):
            target.additions.append(state)
        else:
            self.vocabulary.set_state(target, state)

    def name(self, text: str) -> None:
        self.push(self.vocabulary.named(text))

    def name_from_stack(self) -> None:
        module, name = self.taken(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("its pickle names a class by something else than text")
        self.name(f"{module}.{name}")

    def call(self, argument_count: int) -> None:
        """Keywords, the second argument of NEWOBJ_EX, are passed over."""
        function, *arguments = self.taken(argument_count + 1)
        self.push(self.vocabulary.called(function, arguments[0]))

    def call_named(self, name: str, arguments: list[Any]) -> None:
        self.push(self.vocabulary.called(self.vocabulary.named(name), tuple(arguments)))

    def make(self) -> None:
        """An object in the manner of protocol 1, its class and arguments behind a mark."""
        function, *arguments = self.since_mark() or [None]
        self.push(self.vocabulary.called(function, tuple(arguments)))


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
    "EMPTY_SET": lambda machine, _: machine.call_named("builtins.set", []),
    "MARK": lambda machine, _: machine.mark(),
    "POP_MARK": lambda machine, _: machine.since_mark(),
    "POP": lambda machine, _: machine.discard(),
    "DUP": lambda machine, _: machine.push(machine.top()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.push(machine.taken(1)),
    "TUPLE2": lambda machine, _: machine.push(machine.taken(2)),
    "TUPLE3": lambda machine, _: machine.push(machine.taken(3)),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "DICT": lambda machine, _: machine.push(machine.fill({}, machine.since_mark())),
    "FROZENSET": lambda machine, _: machine.call_named("builtins.frozenset", machine.since_mark()),
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
    "GLOBAL": lambda machine, name: machine.name(name.replace(" ", ".")),
    "STACK_GLOBAL": lambda machine, _: machine.name_from_stack(),
    "EXT1": lambda machine, code: machine.name("a registered extension"),
    "EXT2": lambda machine, code: machine.name("a registered extension"),
    "EXT4": lambda machine, code: machine.name("a registered extension"),
    "REDUCE": lambda machine, _: machine.call(1),
    "NEWOBJ": lambda machine, _: machine.call(1),
    "NEWOBJ_EX": lambda machine, _: machine.call(2),
    "BUILD": lambda machine, _: machine.build(),
    "INST": lambda machine, name: machine.call_named(name.replace(" ", "."), machine.since_mark()),
    "OBJ": lambda machine, _: machine.make(),
    "BINPERSID": lambda machine, _: machine.push(machine.vocabulary.persistent(machine.pop())),
    "PERSID": lambda machine, identity: machine.push(machine.vocabulary.persistent(identity)),
}
