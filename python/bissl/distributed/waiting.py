"""Waiting for the other processes: without using up the processor that they need, without deafness to Ctrl-C, not for ever."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import Any

import numpy as np

logger = logging.getLogger("bissl")

#: Looks before the processor is offered to others.
_SPINS = 50
#: From so many seconds on, a process that waits says so to the others, and looks every millisecond.
_LONG = 1.0
#: The status of a process that ends because another one does not come.
LATE = 75


class Waiter:
    """Waits for requests, in the same order in all processes.

    comm : an own communicator of MPI's, for the messages of those that wait for long: of what is waited for nobody can be
        asked who is missing.
    warn_after, deadline : seconds after which a warning names who has not come, and after which this process ends.
    """

    def __init__(self, comm: Any, warn_after: float = 60.0, deadline: float = 1800.0) -> None:
        self._comm, self._warn_after, self._deadline = comm, warn_after, deadline
        self._number = 0
        #: The last number that each of the others has waited for.
        self._heard = np.zeros(comm.Get_size(), np.int64)
        self._sent: list[tuple[Any, np.ndarray]] = []

    def wait(self, request: Any, purpose: str) -> None:
        """Returns when the request is complete.

        Ctrl-C is answered while it waits. Past the deadline the process ends, status 75, with a message that names the
        collective and who is missing.
        """
        self._number += 1
        for _ in range(_SPINS):
            if request.Test():
                return
        began = time.monotonic()
        announced = warned = False
        while not request.Test():
            waited = time.monotonic() - began
            if waited < _LONG:
                os.sched_yield()
                continue
            time.sleep(0.001)
            if not announced:
                self._announce()
                announced = True
            self._listen()
            if waited > self._warn_after and not warned:
                self._say(self._told(waited, purpose))
                warned = True
            if waited > self._deadline:
                self._give_up(waited, purpose)

    def _announce(self) -> None:
        """Tells the others that this process has come as far as here."""
        self._sent = [(request, number) for request, number in self._sent if not request.Test()]
        for rank in range(len(self._heard)):
            if rank != self._comm.Get_rank():
                number = np.array([self._number], np.int64)
                self._sent.append((self._comm.Isend(number, rank, 0), number))

    def _listen(self) -> None:
        number = np.zeros(1, np.int64)
        for rank in range(len(self._heard)):
            while rank != self._comm.Get_rank() and self._comm.Iprobe(rank, 0):
                self._comm.Recv(number, rank, 0)
                self._heard[rank] = max(self._heard[rank], number[0])

    def _missing(self) -> str:
        """The processes that have not said that they wait too."""
        late = [rank for rank, heard in enumerate(self._heard) if heard < self._number]
        return ", ".join(str(rank) for rank in late if rank != self._comm.Get_rank()) or "nobody that is known"

    def _told(self, waited: float, purpose: str) -> str:
        rank, size = self._comm.Get_rank(), self._comm.Get_size()
        return (
            f"rank {rank} of {size} has waited for {waited:.0f} s in the sum of {purpose} (collective {self._number}); "
            f"not there: rank {self._missing()}"
        )

    def _give_up(self, waited: float, purpose: str) -> None:
        self._say(f"{self._told(waited, purpose)}; ending the job (BISSL_MPI_DEADLINE is {self._deadline:g} s)")
        os._exit(LATE)

    def _say(self, text: str) -> None:
        """On standard error, by the first of those that wait."""
        if all(heard < self._number for heard in self._heard[: self._comm.Get_rank()]):
            print(f"bissl: {text}", file=sys.stderr, flush=True)
