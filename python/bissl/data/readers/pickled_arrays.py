"""NumPy arrays in pickles, put together from their bytes, shape and number type without NumPy's own unpickling."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ...pickles import Global, Refused, Vocabulary

NUMBER_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")


def _shown(value: Any) -> str:
    """A text for messages. Other objects are not spelled out: nested lists can unfold without end."""
    return repr(value[:20]) if isinstance(value, str) else f"a {type(value).__name__}"


class PickledNumber:
    """A NumPy number type under construction; its state holds the byte order."""

    def __init__(self, code: Any) -> None:
        if code not in NUMBER_TYPES:
            raise Refused(f"it holds an array of type {_shown(code)}, expected whole numbers")
        self.code, self.order = code, "|"

    def build(self, state: Any) -> None:
        self.order = state[1]

    @property
    def dtype(self) -> np.dtype:
        if self.order not in ("|", "<", ">", "="):
            raise Refused(f"it holds an array of byte order {_shown(self.order)}")
        dtype: np.dtype = np.dtype(self.code).newbyteorder(self.order)
        return dtype


class PickledArray:
    """A NumPy array under construction."""

    def __init__(self) -> None:
        self.array: np.ndarray | None = None

    def build(self, state: Any) -> None:
        _, shape, number, fortran, raw = state
        self.fill(raw, number, shape, "F" if fortran else "C")

    def fill(self, raw: Any, number: Any, shape: Any, order: Any) -> None:
        if not isinstance(raw, (bytes, bytearray)) or not isinstance(number, PickledNumber) or order not in ("C", "F"):
            raise Refused("it holds an array that is not plain bytes")
        self.array = np.frombuffer(raw, number.dtype).reshape(shape, order=order)


class ArrayVocabulary(Vocabulary):
    """NumPy's arrays; all other names are refused.

    budget : bytes that texts may be turned into, so that memory stays near the file's size; an honest file turns each
        of its bytes at most once.
    """

    writer = "NumPy"

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self.callables = {"numpy.dtype": _number, "_codecs.encode": self._encoded}
        for package in ("numpy.core", "numpy._core"):
            self.callables |= {f"{package}.multiarray._reconstruct": _empty, f"{package}.numeric._frombuffer": _filled}

    def named(self, name: str) -> Global:
        if name not in self.callables and name != "numpy.ndarray":
            raise Refused(f"it names {name[:80]}, which is not a NumPy array of numbers")
        return Global(name)

    def foreign(self, name: str, arguments: Any) -> NoReturn:
        raise Refused(f"it calls {name}")

    def key(self, key: Any) -> str:
        if not isinstance(key, str):
            raise Refused("it holds a dictionary whose keys are not texts")
        return key

    def set_state(self, target: Any, state: Any) -> None:
        if not isinstance(target, (PickledArray, PickledNumber)):
            raise Refused(f"it sets the state of a {type(target).__name__}")
        if isinstance(target, PickledArray) and isinstance(state[4], str):
            state = (*state[:4], self._encoded(state[4]))  # Python 2 wrote bytes as texts of the same codes
        target.build(state)

    def _encoded(self, text: Any, *_: Any) -> bytes:
        self._budget -= len(text)
        if self._budget < 0:
            raise Refused("it unfolds to more than its own size")
        return bytes(text.encode("latin-1"))


def _empty(*_: Any) -> PickledArray:
    return PickledArray()


def _filled(raw: Any, number: Any, shape: Any, order: Any, *_: Any) -> PickledArray:
    array = PickledArray()
    array.fill(raw, number, shape, order)
    return array


def _number(code: Any, *_: Any) -> PickledNumber:
    return PickledNumber(code)
