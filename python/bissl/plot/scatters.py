"""One quantity of runs against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidArgument, WrongType
from .style import FAINT, check_groups, color, label, panels, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of an arm's runs: the one quantity and the other.
Points = tuple[Sequence[float], Sequence[float]]
#: Inches of a legend's entry: without its text, and of a letter.
_MARK, _LETTER = 0.5, 0.09


@styled
def scatter(groups: Mapping[str, Mapping[str, Points]], x: str, y: str) -> Figure:
    """One quantity against another: a dot per run, a colour per arm, a cross at each arm's mean.

    Parameters
    ----------
    groups : mapping of str to mapping of str to tuple of two sequences of float
        Task → arm → both quantities of each run, in the units that ``x`` and ``y`` say; one panel per task.
    x, y : str
        What they are, with the unit.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    ValueError, TypeError
        No arms, an arm without runs, or with more numbers of the one than of the other.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> arms = {"FT": ([2.0, 2.1], [91.0, 92.0]), "BiSSL": ([12.0, 12.4], [93.0, 92.5])}
    >>> bissl.plot.scatter({"digits": arms}, "seconds", "test accuracy (%)").axes[0].get_title()
    'digits'
    """
    check_groups("groups", groups, "task", "arm", "(xs, ys)", '{"digits": {"FT": ([2.0], [91.0])}}')
    arms = list(dict.fromkeys(arm for group in groups.values() for arm in group))
    figure, grid = panels(len(groups), width=4.2, height=3.4)
    for panel, (task, group) in zip(grid, groups.items(), strict=True):
        for arm, points in group.items():
            xs, ys = _numbers(points, f"groups[{task!r}][{arm!r}]")
            shade = color(arms.index(arm))
            panel.plot(xs, ys, "o", color=shade, alpha=0.35, markersize=4)
            panel.plot([xs.mean()], [ys.mean()], "P", color=shade, markersize=9, markeredgecolor="white", label=arm)
        panel.grid(color=FAINT, linewidth=0.4, alpha=0.6)
        label(panel, x, y, task)
    handles = {text: handle for panel in grid for handle, text in zip(*panel.get_legend_handles_labels(), strict=True)}
    columns = int(figure.get_figwidth() / (_MARK + _LETTER * max(map(len, handles))))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=min(max(1, columns), len(handles))
    )
    return figure


def _numbers(points: Points, name: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        xs, ys = (np.asarray(values, np.float64) for values in points)
    except (TypeError, ValueError):
        raise WrongType(f"{name}: expected two sequences of numbers, got {points!r:.80}") from None
    if xs.ndim != 1 or xs.shape != ys.shape or not len(xs):
        raise InvalidArgument(
            f"{name}: expected as many numbers of the one as of the other, at least one, got shapes {xs.shape} and {ys.shape}"
        )
    return xs, ys
