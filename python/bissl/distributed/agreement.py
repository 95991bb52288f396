"""What processes tell each other besides sums: values of the first, and whether all have the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ..errors import InvalidState
from . import messages
from .group import ProcessGroup, current

Value = TypeVar("Value")


def barrier(purpose: str) -> None:
    """Returns when all processes that train together have come here.

    Parameters
    ----------
    purpose : str
        Why they wait, for warnings.

    Raises
    ------
    InvalidState (RuntimeError)
        A process ended, or did not come in time.

    Examples
    --------
    >>> bissl.distributed.barrier("the example")
    """
    barrier_of(current(), purpose)


def barrier_of(group: ProcessGroup, purpose: str) -> None:
    """The same for a group."""
    if group.size > 1:
        group.sum([bytearray(8)], "float64", purpose)


def from_first(make: Callable[[], Value], purpose: str) -> Value:
    """What ``make`` returns or raises in the first process, in all of them. The others do not call it.

    Parameters
    ----------
    make : callable
        Called in the first process alone.
    purpose : str
        Why they wait, for warnings.

    Returns
    -------
    Value
        What it returned, in all processes.

    Raises
    ------
    Exception
        What it raised, in all processes. InvalidState (RuntimeError) in the others where it cannot be sent to them.

    Examples
    --------
    >>> bissl.distributed.from_first(lambda: "made once", "the example")
    'made once'
    """
    group = current()
    if group.size == 1:
        return make()
    if group.rank > 0:
        found: Value = messages.read(group.broadcast(b"", purpose))
        return found
    try:
        value = make()
        message = messages.of_value(value)
    except Exception as error:
        group.broadcast(messages.of_error(error), purpose)
        raise
    group.broadcast(message, purpose)
    return value


def gathered(numbers: np.ndarray, purpose: str) -> np.ndarray:
    """A row of numbers (n,) of every process, float64 (size, n)."""
    group = current()
    rows = np.zeros((group.size, len(numbers)))
    rows[group.rank] = numbers
    group.sum([rows.data.cast("B")], "float64", purpose)
    return rows


def agree(what: str, content: bytes) -> None:
    """InvalidState naming the processes whose ``content`` is not the first one's.

    Parameters
    ----------
    what : str
        What is compared, in words.
    content : bytes
        Of this process.

    Raises
    ------
    InvalidState (RuntimeError)
        Processes differ; they are named.

    Examples
    --------
    >>> bissl.distributed.agree("the recipe", b"content")
    """
    if current().size == 1:
        return
    digest = np.frombuffer(hashlib.blake2b(content, digest_size=8).digest(), np.uint32)
    rows = gathered(digest.astype(np.float64), f"a check that all have the same {what}")
    others = [str(rank) for rank in range(len(rows)) if (rows[rank] != rows[0]).any()]
    if others:
        raise InvalidState(
            f"{what}: rank {', '.join(others)} of {len(rows)} has another than rank 0: start all processes with the same "
            "files, arguments and versions"
        )
