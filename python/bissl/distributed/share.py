"""Which samples of a batch are whose."""

from __future__ import annotations

import numpy as np

from ..errors import InvalidArgument
from .agreement import gathered
from .group import current


def share_of(count: int) -> slice:
    """The samples of a batch of ``count`` that are this process's: from ⌊rank·count/size⌋ on, all of them where it is alone.

    InvalidArgument where there are fewer samples than processes.
    """
    group = current()
    if count < group.size:
        raise InvalidArgument(
            f"batch_size: expected at least one sample for each of {group.size} processes, got {count} in all"
        )
    return slice(group.rank * count // group.size, (group.rank + 1) * count // group.size)


def place_of(count: int) -> tuple[int, int]:
    """Where the ``count`` samples of this process stand in a batch: how many come before them, and how many there are in
    all. Processes that train together tell each other."""
    group = current()
    if group.size == 1:
        return 0, count
    counts = gathered(np.array([count]), "the sizes of all shares of a batch")[:, 0].astype(int)
    return int(counts[: group.rank].sum()), int(counts.sum())


def gathered_rows(own: np.ndarray, count: int, purpose: str) -> np.ndarray:
    """The rows of all processes, ``count`` in all, of which ``own`` are those of this one's share (`share_of`)."""
    group = current()
    if group.size == 1:
        return own
    rows = np.zeros((count, *own.shape[1:]))
    rows[share_of(count)] = own
    group.sum([rows.data.cast("B")], "float64", purpose)
    return rows.astype(own.dtype)
