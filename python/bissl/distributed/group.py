"""The processes that train together, and which of them this one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import _engine


class ProcessGroup:
    """One process, alone: everything is its own sum, and nothing is called."""

    rank, size = 0, 1

    def sum(self, buffers: Sequence[Any], dtype: str, purpose: str) -> None:
        """Replaces the numbers in writable buffers by their sums over all processes, the same bits in each.

        ``dtype`` is "float32" or "float64"; ``purpose`` says what is summed, for messages.
        """

    def broadcast(self, message: bytes, purpose: str) -> bytes:
        """The first process's message."""
        return message

    def abort(self, status: int) -> None:
        """Ends all processes."""


#: The processes that train together, and those that were launched together, which may each train alone.
_group = _world = ProcessGroup()


def current() -> ProcessGroup:
    """The processes that train together."""
    return _group


def world() -> ProcessGroup:
    """The processes that were launched together.

    Returns
    -------
    ProcessGroup
        Alone, a group of one.

    Examples
    --------
    >>> bissl.distributed.world().size
    1
    """
    return _world


def set_world(group: ProcessGroup) -> None:
    """Tells which processes were launched together."""
    global _world
    _world = group


def use(group: ProcessGroup) -> None:
    """From now on the engine sums over this group."""
    global _group
    _engine.engine_set_communicator(group.rank, group.size, group.sum)
    _group = group


def rank() -> int:
    """The number of this process among those that train together, from 0.

    Returns
    -------
    int
        From 0.

    Examples
    --------
    >>> bissl.distributed.rank()
    0
    """
    return _group.rank


def size() -> int:
    """How many processes train together; 1 where this one is alone.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> bissl.distributed.size()
    1
    """
    return _group.size


def is_first() -> bool:
    """Whether this process is the one that writes files, shows progress and prints.

    Returns
    -------
    bool
        True where this process is alone.

    Examples
    --------
    >>> bissl.distributed.is_first()
    True
    """
    return _group.rank == 0
