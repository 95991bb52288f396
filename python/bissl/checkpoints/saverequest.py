"""SIGUSR1: a checkpoint at the end of the epoch or alternation, while the run goes on."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class SaveRequest:
    """While it is entered (in the main thread), SIGUSR1 is noted. A handler of somebody else's is left alone.

    pending : whether a save was asked for that has not been made.
    """

    def __init__(self) -> None:
        self.pending = False
        self._installed = False

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL:
            signal.signal(signal.SIGUSR1, self._note)
            self._installed = True

    def __exit__(self, *_: object) -> None:
        if self._installed:
            signal.signal(signal.SIGUSR1, signal.SIG_DFL)
            self._installed = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pending = True

    def taken(self) -> bool:
        """Whether a save was asked for, once."""
        pending, self.pending = self.pending, False
        return pending
