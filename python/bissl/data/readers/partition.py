"""Numbered partitions, of which some data sets publish ten."""

from __future__ import annotations

from ...errors import InvalidArgument

PARTITIONS = 10


def checked_partition(partition: int) -> int:
    """ValueError unless 1 to 10."""
    if partition not in range(1, PARTITIONS + 1):
        raise InvalidArgument(f"partition: expected 1 to {PARTITIONS}, got {partition!r}")
    return int(partition)
