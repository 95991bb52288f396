"""Which samples of a batch are whose."""

from __future__ import annotations

import numpy as np

from ..errors import InvalidArgument, checked_integer
from .agreement import gathered
from .group import current


def share_of(count: int) -> slice:
    """The samples of a batch of ``count`` that are this process's: from ⌊rank·count/size⌋ on, all of them where it is alone.

    InvalidArgument where there are fewer samples than processes.

    Parameters
    ----------
    count : int
        Of all samples of a batch.

    Returns
    -------
    slice
        To index the batch by.

    Raises
    ------
    InvalidArgument (ValueError), WrongType (TypeError)
        There are fewer samples than processes; no whole number.

    Examples
    --------
    >>> bissl.distributed.share_of(8)
    slice(0, 8, None)
    """
    group, count = current(), checked_integer("count", count, 0)
    if count < group.size:
        raise InvalidArgument(
            f"batch_size: expected at least one sample for each of {group.size} processes, got {count} in all"
        )
    return slice(group.rank * count // group.size, (group.rank + 1) * count // group.size)


def place_of(count: int) -> tuple[int, int]:
    """Where the ``count`` samples of this process stand in a batch: how many come before them, and how many there are in
    all. Processes that train together tell each other.

    Parameters
    ----------
    count : int
        Samples of this process.

    Returns
    -------
    tuple of int
        How many come before them, and how many there are in all.

    Raises
    ------
    WrongType (TypeError)
        No whole number.
    InvalidState (RuntimeError)
        A process ended, or did not come in time.

    Examples
    --------
    >>> bissl.distributed.place_of(8)
    (0, 8)
    """
    group, count = current(), checked_integer("count", count, 0)
    if group.size == 1:
        return 0, count
    counts = gathered(np.array([count]), "the sizes of all shares of a batch")[:, 0].astype(int)
    return int(counts[: group.rank].sum()), int(counts.sum())


def whole_has(count: int, least: int) -> bool:
    """Whether the batch that ``count`` samples of this process are a share of has ``least`` in all: the same answer in all
    processes, so that all of them raise or none. Every share has one sample at least: as many processes as ``least`` need not
    ask each other."""
    return current().size >= least or place_of(count)[1] >= least


def totals(*counts: int) -> tuple[int, ...]:
    """Sums over all processes of counts that each has made of its share of a batch.

    A loss of a share counts by how many samples the share has. So where a loss is a mean over something that samples have
    unlike numbers of, pixels that are not left out, say, the mean over this share's ``own`` of ``every`` such numbers is to be
    multiplied by ``own / every * all_samples / samples``, and then that of one process comes out.

    Parameters
    ----------
    *counts : int
        Of this process.

    Returns
    -------
    tuple of int
        Of all processes, in the same order.

    Raises
    ------
    WrongType (TypeError)
        No whole number.
    InvalidState (RuntimeError)
        A process ended, or did not come in time.

    Examples
    --------
    >>> bissl.distributed.totals(8, 3)
    (8, 3)
    """
    counts = tuple(checked_integer("counts", count) for count in counts)
    if current().size == 1:
        return counts
    return tuple(int(total) for total in gathered(np.array(counts), "counts of a loss").sum(axis=0))


def gathered_rows(own: np.ndarray, count: int, purpose: str) -> np.ndarray:
    """The rows of all processes, ``count`` in all, of which ``own`` are those of this one's share (`share_of`).

    Parameters
    ----------
    own : ndarray
        Of this process, (n, ...).
    count : int
        Of all processes.
    purpose : str
        Why they wait, for warnings.

    Returns
    -------
    ndarray
        (count, ...), in the order of the processes.

    Raises
    ------
    InvalidState (RuntimeError)
        A process ended, or did not come in time.

    Examples
    --------
    >>> bissl.distributed.gathered_rows(np.arange(3.0), 3, "the example").tolist()
    [0.0, 1.0, 2.0]
    """
    group = current()
    if group.size == 1:
        return own
    rows = np.zeros((count, *own.shape[1:]))
    rows[share_of(count)] = own
    group.sum([rows.data.cast("B")], "float64", purpose)
    return rows.astype(own.dtype)
