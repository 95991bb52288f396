"""Ctrl-C and SIGTERM that wait until a step is complete."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("bissl")


class Interruption:
    """While it is entered (in the main thread), the first Ctrl-C or SIGTERM is noted and nothing else happens, until
    `act` does what would have happened. A second one does it at once. May be entered again inside itself.

    A signal that is ignored, or whose handler is not Python's, is left alone.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._depth = 0
        self._before: dict[int, Any] = {}
        self.pending: int | None = None

    def __enter__(self) -> Self:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            for number in self.SIGNALS:
                if (handler := signal.getsignal(number)) not in (None, signal.SIG_IGN):
                    self._before[number] = handler
                    signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pending is not None:
            self._do(number, frame)
        self.pending = number
        logger.warning("%s: saving at the end of this step; once more to stop at once", signal.Signals(number).name)

    def act(self) -> None:
        """What the signal that was noted does without this: its handler, KeyboardInterrupt by default for Ctrl-C, else
        SystemExit with 128 and the signal's number (143 for SIGTERM)."""
        number, self.pending = self.pending, None
        if number is not None:
            self._do(number, None)

    def _do(self, number: int, frame: FrameType | None) -> None:
        handler = self._before[number]
        if not callable(handler):
            raise SystemExit(128 + number)
        handler(number, frame)
