"""Curves of a run, drawn while it runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import checked_integer
from ..extras import required
from ..training.callback import Callback
from .scalars import scalars

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..training.base import Stage


class Plots(Callback):
    """Draws every number of the records so far (`bissl.callbacks.scalars`) against the epoch or alternation.

    Parameters
    ----------
    path : str or path
        Path of the picture; its ending (.png, .svg, .pdf) says which kind.
    every : int, default 10
        Records between two pictures, at least 1; the last is always drawn.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.

    Examples
    --------
    >>> bissl.callbacks.Plots("curves.png", every=5).every
    5
    """

    path: Path
    every: int
    _fixed = ("path", "every")
    everywhere = False

    def __init__(self, path: str | os.PathLike[str], every: int = 10) -> None:
        required("matplotlib", "plot", "Plots")
        self._fix(path=Path(path), every=checked_integer("every", every, 1))

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        if len(stage.history_) % self.every == 0:
            self._draw(stage.history_)

    def on_end(self, stage: Stage) -> None:
        if stage.history_:
            self._draw(stage.history_)

    def _draw(self, history: list[dict[str, Any]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".part-{self.path.name}")
        curves(history).savefig(part)
        part.replace(self.path)


def curves(history: list[dict[str, Any]]) -> Figure:
    """One panel per number of the records, against the epoch or alternation."""
    from matplotlib.figure import Figure

    rows = [scalars(record) for record in history]
    axis = "epoch" if "epoch" in rows[0] else "alternation"
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name != axis]
    across = min(3, len(names))
    figure = Figure(figsize=(3.6 * across, 2.6 * -(-len(names) // across)), layout="constrained")
    for place, name in enumerate(names, 1):
        panel = figure.add_subplot(-(-len(names) // across), across, place)
        panel.plot(*zip(*[(row[axis], row[name]) for row in rows if name in row], strict=True), marker=".")
        panel.set_title(name.replace("_", " "), fontsize=9)
        panel.set_xlabel(axis)
    return figure
