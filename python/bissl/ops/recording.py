"""Which loss or backbone is being recorded in this thread, so that heads and parameters know which tape to use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import InvalidState

_present = threading.local()

#: Is told of each operation of a trace: its name, inputs, settings and result.
Listener = Callable[[str, tuple[Any, ...], dict[str, Any], Any], None]


@contextmanager
def recorded(handle: Any, head: Any) -> Iterator[None]:
    """While a loss runs: ``handle`` is the engine's recording, ``head`` the one that it may call."""
    outer = getattr(_present, "loss", None)
    _present.loss = (handle, head)
    try:
        yield
    finally:
        _present.loss = outer


def present() -> Any:
    """The engine's recording of the loss that runs in this thread, or None."""
    return (getattr(_present, "loss", None) or (None, None))[0]


def of_head(head: Any) -> Any:
    """The engine's recording that ``head`` takes part in.

    InvalidState outside of a loss, or for a head that is not the objective's own.
    """
    handle, recorded_head = getattr(_present, "loss", None) or (None, None)
    if handle is None:
        raise InvalidState("a head is recorded inside the loss of its objective only; outside, call it on an array")
    if recorded_head is not head:
        raise InvalidState(
            "this is not the objective's own head, so its parameters would not be trained: use self.head"
        )
    return handle


@contextmanager
def traced(handle: Any, listener: Listener | None = None) -> Iterator[None]:
    """While the features of a backbone written in Python are made: ``handle`` is the engine's trace, ``listener`` is told
    of its operations as well."""
    outer = getattr(_present, "trace", None), getattr(_present, "listener", None)
    _present.trace, _present.listener = handle, listener
    try:
        yield
    finally:
        _present.trace, _present.listener = outer


def tell(operation: str, inputs: tuple[Any, ...], settings: dict[str, Any], result: Any) -> None:
    """Tells who listens to the trace in this thread, if anybody does, of an operation that was recorded."""
    listener: Listener | None = getattr(_present, "listener", None)
    if listener is not None:
        listener(operation, inputs, settings, result)


def is_tracing() -> bool:
    """Whether the features of a backbone written in Python are being made in this thread."""
    return getattr(_present, "trace", None) is not None


def present_trace(what: str) -> Any:
    """The engine's trace in this thread. InvalidState, naming ``what`` was used, where there is none."""
    handle = getattr(_present, "trace", None)
    if handle is None:
        raise InvalidState(f"{what} is a value only inside the method features of its network")
    return handle
