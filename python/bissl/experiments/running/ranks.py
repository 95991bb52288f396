"""Jobs that do not wait for each other, spread over processes that a launcher has started, on any number of machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...distributed.agreement import barrier_of
from ...distributed.group import ProcessGroup
from .jobs import Job


class Ranks:
    """What `Workers` is to processes of one machine. Each of the group takes every so many-th job and adds its own records
    to the journal, in a folder that all of them see."""

    processes = 1

    def __init__(self, group: ProcessGroup) -> None:
        self._group = group

    def close(self) -> None:
        """Nothing is left to end."""

    def meet(self, purpose: str) -> bool:
        """Waits for all; then whether others have added to the journal."""
        barrier_of(self._group, purpose)
        return True

    def completed(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """This process's jobs with their records, as they are done."""
        yield from ((job, job.run()) for job in jobs[self._group.rank :: self._group.size])
