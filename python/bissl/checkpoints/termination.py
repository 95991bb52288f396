"""SIGTERM that waits until a step is complete."""

from __future__ import annotations

import logging
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("bissl")


class Termination:
    """While it is entered (in the main thread), the first SIGTERM is noted and nothing else happens, until `act` does
    what would have happened. A second one does it at once. May be entered again inside itself.

    A signal that is ignored, or whose handler is not Python's, is left alone.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._installed = False
        self._before: Any = None
        self.pending = False

    def __enter__(self) -> Self:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGTERM)
            if handler not in (None, signal.SIG_IGN):
                self._before, self._installed = handler, True
                signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._installed:
            signal.signal(signal.SIGTERM, self._before)
            self._installed = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pending:
            self._do(frame)
        self.pending = True
        logger.warning("SIGTERM: saving at the end of this step; once more to stop at once")

    def act(self) -> None:
        """What the signal that was noted does without this: its handler, or SystemExit with 128 and its number (143)."""
        if self.pending:
            self.pending = False
            self._do(None)

    def _do(self, frame: FrameType | None) -> None:
        if not callable(self._before):
            raise SystemExit(128 + signal.SIGTERM)
        self._before(signal.SIGTERM, frame)
