"""Jobs that do not wait for each other, one after the other or in processes side by side."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from ..._engine.settings import set_num_threads
from ...errors import WorkerEnded
from .jobs import Job
from .resuming import resume_command


class Workers:
    """Spawned processes that share the cores out among themselves; started with the first jobs that can go side by side.

    processes : how many; 1 works in this process, with all its threads.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def meet(self, purpose: str) -> bool:
        """Whether others have added to the journal."""
        return False

    def close(self) -> None:
        """Ends the processes, when those under way are done."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def completed(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Every job with its record, as they are done. The first error ends all; those under way are waited for. Ctrl-C
        and SIGTERM are passed on to them, which then save and end as they do alone."""
        if self.processes == 1 or len(jobs) < 2:
            yield from ((job, job.run()) for job in jobs)
            return
        if self._pool is None:
            self._pool = self._new_pool()
        futures = {self._pool.submit(_run, job): job for job in jobs}
        own = self._processes()
        try:
            with _terminated_by_exception():
                yield from ((futures[future], future.result()) for future in as_completed(futures))
        except BrokenProcessPool as error:
            raise self._ended(own, jobs) from error
        except KeyboardInterrupt:
            self._stop(signal.SIGINT)
            raise
        except SystemExit:
            self._stop(signal.SIGTERM)
            raise
        finally:
            for future in futures:
                future.cancel()

    def _new_pool(self) -> ProcessPoolExecutor:
        self._others = set(multiprocessing.active_children())
        share = max(1, len(os.sched_getaffinity(0)) // self.processes)
        spawn = multiprocessing.get_context("spawn")
        self._begun = spawn.SimpleQueue()
        return ProcessPoolExecutor(self.processes, spawn, initializer=_begin, initargs=(share, self._begun))

    def _processes(self) -> list[BaseProcess]:
        return [each for each in multiprocessing.active_children() if each not in self._others]

    def _ended(self, own: Sequence[BaseProcess], jobs: Sequence[Job]) -> WorkerEnded:
        """The error for a process that ended in the middle of a job."""
        self.close()
        last: dict[int, str] = {}
        while not self._begun.empty():
            last |= [self._begun.get()]
        # When one has ended, the pool ends the others by SIGTERM.
        ended = [each for each in own if each.exitcode not in (None, 0, -signal.SIGTERM, 128 + signal.SIGTERM)]
        titles = [last[each.pid] for each in ended if each.pid in last]
        return WorkerEnded(_what_ended(titles, [each.exitcode for each in ended], jobs[0].root, self.processes))

    def _stop(self, number: signal.Signals) -> None:
        """Passes a signal on and waits until all have saved. Another Ctrl-C meanwhile kills them."""
        own = self._processes()
        for process in own:
            with contextlib.suppress(ProcessLookupError):
                if process.pid is not None:
                    os.kill(process.pid, number)
        try:
            self.close()
        except KeyboardInterrupt:
            for process in own:
                process.kill()
            raise


def _what_ended(titles: Sequence[str], codes: Sequence[int | None], root: str | None, processes: int) -> str:
    killed = -signal.SIGKILL in codes
    how = "was killed" if killed else f"ended with status {codes[0]}" if codes else "ended"
    cause = "the system does that to who takes more memory than there is" if killed else "look at what it printed last"
    return (
        f"{' and '.join(titles) or 'a run'}: its process {how} in the middle of the work; {cause}. Lower --processes "
        f"(now {processes}) or the batch sizes (such as pretrain.batch_size, bissl.lower_batch_size), then go on from the "
        f"last checkpoints: {resume_command(root)}"
    )


@contextlib.contextmanager
def _terminated_by_exception() -> Iterator[None]:
    """SIGTERM raises SystemExit here, where it would end this process without a word to the others."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


# --- in the processes -------------------------------------------------------------------------------------------------

_working = False
_announced: Any = None


def _begin(threads: int, announced: Any) -> None:
    """In a new process: as many threads as it has cores to itself, in the engine and in NumPy's and scikit-learn's
    libraries."""
    global _announced
    from threadpoolctl import threadpool_limits
    from tqdm import tqdm

    tqdm.set_lock(
        threading.RLock()
    )  # its own is a semaphore of the system, which a process that is ended leaves behind
    signal.signal(signal.SIGINT, _interrupt_once)
    _announced = announced
    set_num_threads(threads)
    threadpool_limits(threads)


def _interrupt_once(number: int, frame: FrameType | None) -> None:
    """One Ctrl-C comes twice, from the terminal and passed on: the second would cut the save short."""
    signal.signal(number, signal.SIG_IGN)
    if not _working:
        os._exit(128 + number)
    raise KeyboardInterrupt


def _run(job: Job) -> dict[str, Any]:
    """Does a job. What a signal has ended ends the process: the pool would go on with the next job."""
    global _working
    _working = True
    _announced.put((os.getpid(), job.title))
    try:
        return job.run()
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGINT)
    except SystemExit:
        os._exit(128 + signal.SIGTERM)
    finally:
        _working = False
