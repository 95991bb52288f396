"""Numbered partitions, of which some data sets publish ten."""

from __future__ import annotations

from ...errors import checked_integer

PARTITIONS = 10


def checked_partition(partition: int) -> int:
    """ValueError unless 1 to 10; TypeError for what is no integer."""
    return checked_integer("partition", partition, 1, PARTITIONS)
