"""The group of processes that MPI joins. The only place that imports mpi4py."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidArgument, InvalidState
from ..extras import required
from .group import ProcessGroup
from .waiting import Waiter

#: Bytes that are summed at a time, always the same: so are then the order of sums and the bits.
SLICE = 4 << 20
#: Slices under way at once.
_WINDOW = 2


def load() -> Any:
    """mpi4py's module MPI, at least version 4.1, with calls from one thread.

    MissingPackage (ImportError) where it is not installed, InvalidState where there is no MPI library for it.
    """
    mpi4py = required("mpi4py", "mpi", "training on several processes")
    if tuple(map(int, mpi4py.__version__.split(".")[:2])) < (4, 1):
        raise InvalidState(f"mpi4py: expected at least version 4.1, got {mpi4py.__version__}: pip install -U mpi4py")
    mpi4py.rc.thread_level = "funneled"
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise InvalidState(
            f"mpi4py finds no MPI library: {error}; pip install mpich, or name one by MPI4PY_LIBMPI"
        ) from error
    return MPI


class _Slice(NamedTuple):
    """Numbers that are being summed: in ``whole``, a part of the memory ``room``; they come from ``parts`` and go back."""

    request: Any
    room: np.ndarray
    whole: np.ndarray
    parts: list[np.ndarray]


class MPIGroup(ProcessGroup):
    """The processes of a communicator of MPI's, which is duplicated.

    Sums are non-blocking and looked after (`Waiter`): a blocking call would never deliver Ctrl-C. They run in memory of
    their own, so that one that is broken off leaves nothing in the engine's to be written to.
    """

    def __init__(self, comm: Any, warn_after: float, deadline: float) -> None:
        self._mpi = load()
        self._comm = comm.Dup()
        self.rank, self.size = self._comm.Get_rank(), self._comm.Get_size()
        self._waiter = Waiter(comm.Dup(), warn_after, deadline)
        self._room = np.empty((_WINDOW, SLICE), np.uint8)
        self._broken: str | None = None

    def sum(self, buffers: Sequence[Any], dtype: str, purpose: str) -> None:
        arrays = [np.frombuffer(buffer, dtype) for buffer in buffers]
        free: deque[np.ndarray] = deque(self._room)
        under_way: deque[_Slice] = deque()
        with self._unbroken(purpose):
            for parts in _slices(arrays, SLICE // np.dtype(dtype).itemsize):
                if not free:
                    free.append(self._finished(under_way.popleft(), purpose))
                room = free.popleft()
                whole = room.view(dtype)[: sum(map(len, parts))]
                np.concatenate(parts, out=whole)
                request = self._comm.Iallreduce(self._mpi.IN_PLACE, whole, op=self._mpi.SUM)
                under_way.append(_Slice(request, room, whole, parts))
            while under_way:
                self._finished(under_way.popleft(), purpose)

    def _finished(self, under_way: _Slice, purpose: str) -> np.ndarray:
        """Waits for a slice and puts it where it came from; its room."""
        self._waiter.wait(under_way.request, purpose)
        place = 0
        for part in under_way.parts:
            part[:] = under_way.whole[place : place + len(part)]
            place += len(part)
        return under_way.room

    def broadcast(self, message: bytes, purpose: str) -> bytes:
        length = np.array([len(message)], np.int64)
        with self._unbroken(purpose):
            self._waiter.wait(self._comm.Ibcast(length, 0), purpose)
            room = np.empty(length[0], np.uint8)
            if self.rank == 0:
                room[:] = np.frombuffer(message, np.uint8)
            for first in range(0, len(room), 1 << 30):
                self._waiter.wait(self._comm.Ibcast(room[first : first + (1 << 30)], 0), purpose)
        return room.tobytes()

    def on_this_host(self) -> list[frozenset[int]]:
        """The processors that each process of this host may run on."""
        local = self._comm.Split_type(self._mpi.COMM_TYPE_SHARED)
        masks: list[frozenset[int]] = local.allgather(frozenset(os.sched_getaffinity(0)))
        local.Free()
        return masks

    def abort(self, status: int) -> None:
        self._comm.Abort(status)

    def _unbroken(self, purpose: str) -> _Unbroken:
        return _Unbroken(self, purpose)


class _Unbroken:
    """Around a collective: one that was broken off leaves the processes out of step, for good."""

    def __init__(self, group: MPIGroup, purpose: str) -> None:
        self._group, self._purpose = group, purpose

    def __enter__(self) -> None:
        if self._group._broken is not None:
            raise InvalidState(
                f"this process broke off the sum of {self._group._broken}, in which the others wait for it: end all "
                "processes and resume"
            )

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._group._broken = self._purpose


def _slices(arrays: Sequence[np.ndarray], most: int) -> Iterator[list[np.ndarray]]:
    """All numbers in order, up to ``most`` at a time, as views."""
    parts: list[np.ndarray] = []
    room = most
    for array in arrays:
        while len(array):
            parts.append(array[:room])
            array = array[len(parts[-1]) :]
            room -= len(parts[-1])
            if room == 0:
                yield parts
                parts, room = [], most
    if parts:
        yield parts


def checked_seconds(name: str, text: str) -> float:
    """A positive number of seconds of a variable of the environment."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise InvalidArgument(f"{name}: expected a positive number of seconds, got {text!r}")
    return seconds
