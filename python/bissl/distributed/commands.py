"""A command that a launcher runs in several processes."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from ..errors import BisslError
from .agreement import barrier_of
from .failure import abort
from .group import world
from .launch import attach

#: Seconds that other processes leave the first to tell of an error that all have met; to save, where a signal ends all.
_PATIENCE, _SAVING = 3.0, 15.0
_SIGNALS = {128 + signal.SIGINT: "interrupted", 128 + signal.SIGTERM: "terminated"}


def run_together(command: Callable[[], int], way_on: Callable[[], str | None], together: bool = True) -> int:
    """Runs a command in all processes that were launched; its status. Only the first one prints. Where one fails, by an
    error, a signal or an exit, all end.

    way_on : what goes on with a command that was stopped. together : whether they train together; if not, each trains alone.
    """
    try:
        attach(together)
    except BisslError as error:
        print(f"bissl: {told(error)}", file=sys.stderr)
        return 1
    if world().rank > 0:
        sys.stdout = open(os.devnull, "w")
        logging.disable(logging.WARNING)
    status, reason = _outcome(command)
    if status:
        way = way_on() if status in _SIGNALS else None
        time.sleep(0 if world().rank == 0 else _SAVING if status in _SIGNALS else _PATIENCE)
        abort(reason + (f"; to go on: {way}" if way else ""), status)
    barrier_of(world(), "the end of the command")
    return 0


def told(error: BaseException) -> str:
    """What is printed of an error: its text, and the notes on it."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])


def _outcome(command: Callable[[], int]) -> tuple[int, str]:
    """The status of a command, and why it is not 0."""
    try:
        status = command()
        return status, f"ends all of them with status {status}"
    except (BisslError, OSError) as error:
        return 1, told(error)
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:
        traceback.print_exc()
        return 1, f"{type(error).__name__}: {error}"
    return status, _SIGNALS.get(status, f"ends all of them with status {status}")
