"""Progress on the terminal: one tqdm bar per stage."""

from __future__ import annotations

from tqdm import tqdm

from .distributed import world
from .errors import checked_flag


def progress_bar(total: int, description: str, enabled: bool = True, unit: str = "step", keep: bool = False) -> tqdm:
    """A plain text bar on standard error with the time left; nothing is written when not ``enabled``, and by the
    first alone of processes that train together.

    ``keep`` leaves the finished bar on the screen. Use as a context manager, so that Ctrl-C leaves a clean line.
    """
    return tqdm(
        total=total,
        desc=description,
        unit=unit,
        disable=not (checked_flag("progress", enabled) and world().rank == 0),
        leave=keep,
        dynamic_ncols=True,
        mininterval=0.2,
    )
