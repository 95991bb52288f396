"""The protocol of callbacks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..configured import Configured
from ..errors import InvalidArgument, WrongType, unknown_option

if TYPE_CHECKING:
    from .base import Stage


class Callback(Configured):
    """Looks on while a stage is fitted: give instances as the stage's ``callbacks``. Override what you need.

    The stage's networks (``stage.backbone_``, ``stage.downstream_``, ...) are up to date at every call; whoever changes
    them changes the run. ``stage.stop()`` ends the fit after the present epoch or alternation. What a callback raises
    ends the fit; one with checkpoints saves before.

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
        """After every epoch or alternation. ``record`` is the last of ``stage.history_``: what is added to it (numbers,
        text, and lists and dicts of them; arrays become lists) is kept, and seen by the callbacks that follow."""

    def on_end(self, stage: Stage) -> None:
        """After the last record, also where the fit ends with an error. Called wherever ``on_begin`` returned, whatever other
        callbacks raise."""

    def _ended(self, stage: Stage, error: BaseException | None) -> None:
        """What a stage calls at the end, with the error that ended this fit."""
        self.on_end(stage)

    def _adds(self) -> str | None:
        """The name of the number that it adds to records, where that is its own."""
        return None

    def _complete(self, stage: Stage, record: dict[str, Any]) -> None:
        """After `on_record`, where `Stage.stop` has made this record the last."""


#: What a stage calls.
_METHODS = ("on_begin", "on_record", "on_end")


def checked_callbacks(callbacks: Any) -> None:
    """Raises for what no stage would ever call.

    Raises
    ------
    TypeError : not a list of callbacks; a class or a function in place of a callback.
    ValueError : a callback with a method whose name is nearly one of `Callback`, or begins with ``on_``; one callback twice, or
        two that add a number of one name.
    """
    if isinstance(callbacks, str) or not isinstance(callbacks, Sequence):
        several = isinstance(callbacks, Iterable) and not isinstance(callbacks, str)
        way = "[*callbacks]" if several else "[callback]"  # an iterator would have nothing left for a second look
        raise WrongType(f"callbacks: expected a list of callbacks, got {type(callbacks).__name__}; write {way}")
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
        for before, other in enumerate(callbacks[:place]):
            _check_apart(callback, name, other, f"callbacks[{before}]")


def _check_apart(callback: Callback, name: str, other: Callback, other_name: str) -> None:
    if callback is other:
        raise InvalidArgument(
            f"{name}: expected another callback, got {other_name} again, to which every record would come twice; leave it out, or "
            f"make a second {type(callback).__name__}"
        )
    if callback._adds() is not None and callback._adds() == other._adds():
        raise InvalidArgument(
            f"{name}: expected a number of another name, got {callback._adds()!r}, which {other_name} adds to records too; give it "
            f'another name: callback.name = "{callback._adds()}_2"'
        )


def _check_methods(callback: Callback, name: str) -> None:
    for method in dir(type(callback)):
        if method.startswith("_") or method in _METHODS or not callable(getattr(type(callback), method)):
            continue
        if method.lower().startswith("on_") or difflib.get_close_matches(method.lower(), _METHODS, n=1, cutoff=0.8):
            raise unknown_option(f"{name}: method of {type(callback).__name__}", method, _METHODS)
