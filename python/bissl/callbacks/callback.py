"""The protocol of callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..stages.base import Stage


class Callback:
    """Looks on while a stage is fitted: give instances as the stage's ``callbacks``. Override what you need.

    The stage's networks (``stage.backbone_``, ``stage.downstream_``, ...) are up to date at every call; whoever changes
    them changes the run. ``stage.stop()`` ends the fit after the present epoch or alternation. What a callback raises
    ends the fit.
    """

    def on_begin(self, stage: Stage) -> None:
        """Before the first step. ``stage.history_`` holds the records of what a resumed run has done already."""

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        """After every epoch or alternation. ``record`` is the last of ``stage.history_``: what is added to it (numbers or
        text) is kept, and seen by the callbacks that follow."""

    def on_end(self, stage: Stage) -> None:
        """After the last record, also where the fit ends with an error."""
