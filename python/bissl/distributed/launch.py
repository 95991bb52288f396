"""From a launcher (mpirun, srun) to the group of processes that train together."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence

from .. import _engine
from ..errors import InvalidState
from .failure import abort_on_exceptions
from .group import ProcessGroup, set_world, use, world

#: What launchers tell each process of how many it is one.
_SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
#: Seconds between switches of Python's threads while sums wait for the interpreter: with the usual 5 ms, every small sum
#: takes a millisecond beside a loader's threads.
_SWITCH_INTERVAL = 1e-4


def launched_size() -> int:
    """How many processes the launcher says it has started; 1 without one.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> bissl.distributed.launched_size()
    1
    """
    sizes = [os.environ.get(name) for name in _SIZES]
    if "SLURM_STEP_ID" in os.environ:  # in a step of srun's, not in a batch script
        sizes.append(os.environ.get("SLURM_STEP_NUM_TASKS"))
    return max((int(text) for text in sizes if text and text.isdecimal()), default=1)


def attach(together: bool = True) -> None:
    """From now on this process trains together with the others that ``mpirun`` or ``srun`` has started; where not
    ``together``, each trains alone and they wait for each other without a deadline.

    The engine gets this process's part of the processors that it may run on, unless ``BISSL_NUM_THREADS`` says otherwise. An
    exception that nobody catches ends all processes. ``BISSL_MPI_WARNING`` and ``BISSL_MPI_DEADLINE`` are the seconds after
    which a process that waits for others names them in a warning (60), and ends (1800).

    Parameters
    ----------
    together : bool, default True
        Whether the processes train together.

    Raises
    ------
    MissingPackage (ImportError)
        mpi4py is not installed.
    InvalidState (RuntimeError)
        The launcher has started several processes, and MPI sees one.

    Examples
    --------
    >>> bissl.distributed.attach()  # alone, without mpirun, it does nothing
    >>> bissl.distributed.size()
    1
    """
    from .mpi import MPIGroup, checked_seconds, load

    if world().size > 1:
        return
    warning, deadline = (
        checked_seconds(name, os.environ.get(name) or default)
        for name, default in (("BISSL_MPI_WARNING", "60"), ("BISSL_MPI_DEADLINE", "1800"))
    )
    mpi, launched = load(), launched_size()
    if mpi.COMM_WORLD.Get_size() < launched:
        raise InvalidState(
            f"the launcher started {launched} processes, but MPI ({mpi.Get_library_version().split(',')[0].strip()}) sees "
            f"{mpi.COMM_WORLD.Get_size()}: each would train alone. Use the mpirun of the library that mpi4py uses (pip "
            "install mpich brings both), or srun --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH"
        )
    group = MPIGroup(mpi.COMM_WORLD, *((warning, deadline) if together else (math.inf, math.inf)))
    sys.setswitchinterval(_SWITCH_INTERVAL)
    if not os.environ.get("BISSL_NUM_THREADS"):
        _engine.engine_set_threads(threads_of(os.sched_getaffinity(0), group.on_this_host()))
    abort_on_exceptions()
    set_world(group)
    if together:
        use(group)


def detach() -> None:
    """From now on this process trains alone; it stays one of those that were launched.

    Examples
    --------
    >>> bissl.distributed.detach()
    """
    use(ProcessGroup())


def threads_of(own: set[int], masks: Sequence[frozenset[int]]) -> int:
    """The threads of a process that may run on the processors ``own``: its part of them among the processes of its host,
    which may run on ``masks``, one of them its own."""
    sharing = sum(1 for mask in masks if not mask.isdisjoint(own))
    return max(1, min(256, len(own) // max(1, sharing)))
