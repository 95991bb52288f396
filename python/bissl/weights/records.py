"""What the pickle in a PyTorch file is read as: records of what it says, which do nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: More dimensions than NumPy 1 takes, or more bytes than an address reaches, are not asked of NumPy.
_MOST_DIMENSIONS = 32
_LARGEST = 2**62


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """A block of numbers in the archive: entry ``data/<key>``.

    ``code`` names the numbers (`dtypes.STORED`), or is None for bytes whose tensor says what they are; ``count`` is the
    number of numbers, or of bytes.
    """

    key: str
    code: str | None
    count: int


@dataclass(frozen=True, eq=False, slots=True)
class Tensor:
    """A strided view of a storage; ``offset``, ``shape`` and ``strides`` count numbers. All of it is inside."""

    storage: Storage
    code: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)


def natural(value: Any, what: str) -> int:
    """A number from 0 to 2⁶², as sizes, offsets and strides are.

    Raises
    ------
    ValueError : anything else, ``what`` it is; a number of absurd length is not written out.
    """
    if type(value) is not int:
        raise ValueError(f"{what} is a {type(value).__name__}, expected a whole number")
    if not 0 <= value <= _LARGEST:
        raise ValueError(f"{what} is {'negative' if value < 0 else 'too large'}")
    return value


def extent(offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """One past the last number that a tensor reaches; 0 where it has none."""
    if 0 in shape:
        return 0
    return offset + sum((length - 1) * stride for length, stride in zip(shape, strides)) + 1


def naturals(values: Any, what: str) -> tuple[int, ...]:
    """A tuple of such numbers, one per dimension."""
    if not isinstance(values, (tuple, list)) or len(values) > _MOST_DIMENSIONS:
        raise ValueError(f"{what} is not a tuple of at most {_MOST_DIMENSIONS} numbers")
    return tuple(natural(value, what) for value in values)
