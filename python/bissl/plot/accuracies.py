"""Accuracies of the arms of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation.statistics import Scores, as_scores
from .style import check_groups, color, label, panels, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Letters that a panel has room for below its axis.
_LETTERS = 80


@styled
def accuracies(groups: Mapping[str, Mapping[str, Scores | Sequence[float]]]) -> Figure:
    """One dot per run and a bar at the mean, in per cent.

    Parameters
    ----------
    groups : mapping of str to mapping of str to Counts, Fractions or sequence of float
        Measure → arm → score of each run, one panel per measure. Scores are what ``score()`` gives (0.939), or
        `bissl.statistics.Counts`. More than four arms, and long names, are written aslant.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    ValueError, TypeError
        Scores above 1 (they are drawn in per cent, not given so), integers, an arm without runs, no arms.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> figure = bissl.plot.accuracies({"test accuracy": {"FT": [0.91, 0.92], "BiSSL": [0.93, 0.92]}})
    >>> figure.savefig("accuracies.svg")
    """
    check_groups("groups", groups, "measure", "arm", "scores", '{"top-1": {"FT": [0.93, 0.94]}}')
    most = max(map(len, groups.values()))
    crowded = most > 4 or max(map(_letters, groups.values())) > _LETTERS
    aslant: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    figure, grid = panels(len(groups), width=max(4.6, 0.7 * most), height=4.4 if aslant else 3.4)
    for panel, (measure, arms) in zip(grid, groups.items(), strict=True):
        for number, (arm, scores) in enumerate(arms.items()):
            values = 100 * as_scores(scores, f"groups[{measure!r}][{arm!r}]").fractions
            spread = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else [0.0]
            panel.plot(number + np.asarray(spread), values, "o", color=color(number), alpha=0.7)
            panel.hlines(np.mean(values), number - 0.25, number + 0.25, color=color(number), linewidth=2)
        panel.set_xticks(range(len(arms)), [name if aslant else name.replace(", ", ",\n") for name in arms], **aslant)
        panel.set_xlim(-0.6, len(arms) - 0.4)
        label(panel, "", "test accuracy (%)", measure)
    return figure


def _letters(arms: Mapping[str, Any]) -> int:
    """The room that names take beside each other, broken at their commas."""
    return len(arms) * max(len(line) for name in arms for line in name.split(", "))
