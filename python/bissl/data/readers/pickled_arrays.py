"""NumPy arrays in pickles, put together from their bytes, shape and number type without NumPy's own unpickling."""

from __future__ import annotations

from typing import Any

import numpy as np

NUMBER_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")


class Refused(Exception):
    """Something in a pickle that a data set has no use for."""


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
        return np.dtype(self.code).newbyteorder(self.order)


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
