"""Jobs that do not wait for each other, one after the other or in processes side by side."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from .. import set_num_threads
from .jobs import Job


class Workers:
    """Spawned processes that share the cores out among themselves; started with the first jobs that can go side by side.

    processes : how many; 1 works in this process, with all its threads.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """Ends the processes, when those under way are done."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def completed(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Every job with its record, as they are done. The first error ends all; those under way are waited for."""
        if self.processes == 1 or len(jobs) < 2:
            yield from ((job, job.run()) for job in jobs)
            return
        if self._pool is None:
            share = max(1, len(os.sched_getaffinity(0)) // self.processes)
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.processes, spawn, initializer=_begin, initargs=(share,))
        futures = {self._pool.submit(job.run): job for job in jobs}
        try:
            yield from ((futures[future], future.result()) for future in as_completed(futures))
        finally:
            for future in futures:
                future.cancel()


def _begin(threads: int) -> None:
    """In a new process: as many threads as it has cores to itself, in the engine and in NumPy's and scikit-learn's
    libraries."""
    from threadpoolctl import threadpool_limits

    set_num_threads(threads)
    threadpool_limits(threads)
