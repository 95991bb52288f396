"""Processes that train together, each on its share of every batch, over MPI.

``mpirun -n 4 bissl run RECIPE`` needs nothing else. A script of one's own calls `attach` first; from then on everything
that trains is collective: all processes make the same calls in the same order, with their shares of the batches
(`share_of`), and get the same numbers. Files are written by the first process alone.
"""

from .agreement import agree, barrier, from_first
from .failure import abort
from .group import is_first, rank, size, world
from .launch import attach, detach, launched_size
from .share import gathered_rows, place_of, share_of, totals

__all__ = [
    "abort",
    "agree",
    "attach",
    "barrier",
    "detach",
    "from_first",
    "gathered_rows",
    "is_first",
    "launched_size",
    "place_of",
    "rank",
    "share_of",
    "size",
    "totals",
    "world",
]
