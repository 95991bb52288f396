"""Threads that make batches ahead of the one who takes them."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

from ..errors import InvalidState, OutOfMemory
from .assembly import Assembly

#: Closing waits this many seconds at most for the pieces being made; their threads end right after them.
_PATIENCE = 0.5


class _Condition(threading.Condition):
    """A condition that lets go when its block is left, also where there is no memory left for anything.

    `threading.Condition` packs the arguments of ``__exit__`` anew, and stays locked where that is refused; and a wait that
    is refused the memory for its state has let go already, so that leaving the block would complain of a lock that is
    not held and hide the MemoryError.
    """

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self.release()
        except RuntimeError:
            if not isinstance(error, MemoryError):
                raise


class Prefetcher:
    """Makes batches in threads and hands them out in the order in which ``upcoming`` starts them.

    At most ``ahead`` batches are in the making or ready at any time, which bounds the memory. Threads start at the
    first `take` and refer to this object alone, never to the one who takes.

    Parameters
    ----------
    upcoming : starts the next batch; None where there is none. Called by one thread at a time.
    workers : number of threads.
    ahead : see above.
    """

    def __init__(self, upcoming: Callable[[], Assembly | None], workers: int, ahead: int) -> None:
        self._upcoming, self._workers, self._ahead = upcoming, workers, ahead
        self._changed = _Condition()
        self._queue: deque[Assembly] = deque()
        self._threads: list[threading.Thread] = []
        self._ended = self._closed = False
        self._failure: BaseException | None = None
        self._process = os.getpid()

    @property
    def is_of_this_process(self) -> bool:
        """False in a child after `fork`, where the threads do not exist."""
        return self._process == os.getpid()

    def take(self) -> Assembly | None:
        """The next batch, complete (`Assembly.batch` raises its error, where it has one); None after the last.

        Waits for it; Ctrl-C interrupts the wait, and nothing is lost.
        """
        with self._changed:
            self._start()
            self._changed.wait_for(self._is_answer_ready)
            if self._closed:
                raise InvalidState("the loader was closed while a batch was awaited")
            if not self._queue:
                if self._failure is not None:
                    raise self._failure
                return None
            self._changed.notify_all()  # there is room for another batch
            return self._queue.popleft()

    def close(self) -> None:
        """Ends the threads. Called again, in a forked child or by one of the threads themselves, it does no harm."""
        if not self.is_of_this_process:
            return
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() in self._threads:
            return
        deadline = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        if self._threads or self._closed:
            return
        for number in range(self._workers):
            # Daemons: the interpreter does not wait for them; the loader's finalizer ends them before it goes down.
            thread = threading.Thread(target=self._work, name=f"bissl-loader-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                if self._threads:
                    break  # fewer make the same batches
                raise OutOfMemory(
                    "workers: the system starts no more threads: raise its limits of processes and of memory "
                    "(ulimit -u, ulimit -v), or close what holds threads, such as other loaders"
                ) from error
            self._threads.append(thread)

    def _is_answer_ready(self) -> bool:
        return self._closed or (self._queue[0].is_complete if self._queue else self._ended)

    def _work(self) -> None:
        try:
            # One call per piece: a waiting thread holds no batch.
            while self._make_one():
                pass
        except BaseException as error:  # memory that was refused between two pieces: the consumer would wait for ever
            with self._changed:
                self._failure, self._ended = error, True
                self._queue.clear()
                self._changed.notify_all()

    def _make_one(self) -> bool:
        """Makes one piece; False when the thread must end."""
        if (claimed := self._next_piece()) is None:
            return False
        assembly, piece = claimed
        if assembly.make(piece):
            with self._changed:
                self._changed.notify_all()
        return True

    def _next_piece(self) -> tuple[Assembly, int] | None:
        """Waits for a piece to make, of the earliest batch that has one; None when the thread must end."""
        with self._changed:
            while not self._closed:
                if (claimed := self._claim()) is not None:
                    return claimed
                if self._ended:
                    return None
                self._changed.wait()
        return None

    def _claim(self) -> tuple[Assembly, int] | None:
        for assembly in self._queue:
            if (piece := assembly.claim()) is not None:
                return assembly, piece
        while len(self._queue) < self._ahead and not self._ended:
            if (begun := self._start_batch()) is not None and (piece := begun.claim()) is not None:
                return begun, piece
        return None

    def _start_batch(self) -> Assembly | None:
        try:
            assembly = self._upcoming()
        except BaseException as error:  # for the consumer, when all batches before it are taken
            self._failure, assembly = error, None
        if assembly is None:
            self._ended = True
        else:
            self._queue.append(assembly)
        self._changed.notify_all()
        return assembly
