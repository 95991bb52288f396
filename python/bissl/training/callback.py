"""The protocol of callbacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..configured import Configured
from ..errors import WrongType, unknown_option

if TYPE_CHECKING:
    from .base import Stage


class Callback(Configured):
    """Looks on while a stage is fitted: give instances as the stage's ``callbacks``. Override what you need.

    The stage's networks (``stage.backbone_``, ``stage.downstream_``, ...) are up to date at every call; whoever changes
    them changes the run. ``stage.stop()`` ends the fit after the present epoch or alternation. What a callback raises
    ends the fit.

    Examples
    --------
    >>> class Reporter(bissl.callbacks.Callback):
    ...     def on_record(self, stage, record):
    ...         record["log loss"] = float(np.log(record["loss"]))
    >>> stage = bissl.Pretrain(epochs=1, callbacks=[Reporter()])
    """

    #: Whether all of the processes that train together call it, as they must where it may end or change the fit; if not,
    #: the first does: for what is written or shown.
    everywhere = True

    def on_begin(self, stage: Stage) -> None:
        """Before the first step. ``stage.history_`` holds the records of what a resumed run has done already."""

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        """After every epoch or alternation. ``record`` is the last of ``stage.history_``: what is added to it (numbers or
        text) is kept, and seen by the callbacks that follow."""

    def on_end(self, stage: Stage) -> None:
        """After the last record, also where the fit ends with an error. Called wherever ``on_begin`` returned, whatever other
        callbacks raise."""

    def _ended(self, stage: Stage, error: BaseException | None) -> None:
        """What a stage calls at the end, with the error that ended this fit."""
        self.on_end(stage)

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        """After `on_record`, where `Stage.stop` has made this record the last."""


#: What a stage calls.
_METHODS = ("on_begin", "on_record", "on_end")


def checked_callbacks(callbacks: Any) -> None:
    """Raises for what no stage would ever call.

    Raises
    ------
    TypeError : not a list of callbacks; a class or a function in place of a callback.
    ValueError : a callback with a method whose name is nearly one of `Callback`, or begins with ``on_``.
    """
    if isinstance(callbacks, (str, Callback)) or not isinstance(callbacks, Iterable):
        raise WrongType(f"callbacks: expected a list of callbacks, got {type(callbacks).__name__}; write [callback]")
    for place, callback in enumerate(callbacks):
        name = f"callbacks[{place}]"
        if isinstance(callback, type):
            raise WrongType(f"{name}: expected a callback, got its class: write {callback.__name__}(...)")
        if not isinstance(callback, Callback):
            raise WrongType(
                f"{name}: expected a bissl.callbacks.Callback, got {type(callback).__name__}; derive a class from it "
                "and write its method on_record(self, stage, record)"
            )
        _check_methods(callback, name)


def _check_methods(callback: Callback, name: str) -> None:
    for method in dir(type(callback)):
        if method.startswith("_") or method in _METHODS or not callable(getattr(type(callback), method)):
            continue
        if method.lower().startswith("on_") or difflib.get_close_matches(method.lower(), _METHODS, n=1, cutoff=0.8):
            raise unknown_option(f"{name}: method of {type(callback).__name__}", method, _METHODS)
