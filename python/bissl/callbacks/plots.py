"""Curves of a run, drawn while it runs."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidArgument, checked_integer, nearest_options
from ..extras import required
from .scalars import scalars
from .writers import FileWriter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..training.base import Stage


class Plots(FileWriter):
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
    WrongType (TypeError), InvalidArgument (ValueError)
        An ending that says no kind of picture, a number out of range.
    NotWritable, DiskFull (OSError)
        The file cannot be written, when a fit begins or a picture is drawn.

    Examples
    --------
    >>> bissl.callbacks.Plots("curves.png", every=5).every
    5
    """

    every: int
    _fixed = ("every",)

    def __init__(self, path: str | os.PathLike[str], every: int = 10) -> None:
        required("matplotlib", "plot", "Plots")
        super().__init__(path)
        self._fix(every=checked_integer("every", every, 1))
        _check_ending(self.path)

    def on_record(self, stage: Stage, record: dict[str, Any]) -> None:
        if len(stage.history_) % self.every == 0:
            self._draw(stage.history_)

    def on_end(self, stage: Stage) -> None:
        if stage.history_:
            self._draw(stage.history_)

    def _draw(self, history: list[dict[str, Any]]) -> None:
        picture = BytesIO()
        curves(history).savefig(picture, format=_kind(self.path))
        self._replace(picture.getvalue())


def _kind(path: Path) -> str:
    return path.suffix[1:].lower()


def _check_ending(path: Path) -> None:
    """InvalidArgument unless it says a kind of picture that Matplotlib draws."""
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = FigureCanvasBase.get_supported_filetypes()
    if _kind(path) not in kinds:
        near = nearest_options(_kind(path), kinds)
        hint = f'; did you mean "{path.with_suffix("." + near[0])}"?' if near else ""
        raise InvalidArgument(
            f'path: expected an ending that says a kind of picture, such as .png, .svg or .pdf, got "{path}"{hint}'
        )


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
