"""Accuracies of the arms of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .style import color, label, panels, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def accuracies(groups: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """One dot per run and a bar at the mean; ``groups``: measure → arm → percent per run, one panel per measure. More than
    four arms are named aslant."""
    most = max(map(len, groups.values()))
    aslant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if most > 4 else {}
    figure, grid = panels(len(groups), width=max(4.6, 0.7 * most), height=4.4 if aslant else 3.4)
    for panel, (measure, arms) in zip(grid, groups.items(), strict=True):
        for number, values in enumerate(arms.values()):
            spread = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else [0.0]
            panel.plot(number + np.asarray(spread), values, "o", color=color(number), alpha=0.7)
            panel.hlines(np.mean(values), number - 0.25, number + 0.25, color=color(number), linewidth=2)
        panel.set_xticks(range(len(arms)), [name if aslant else name.replace(", ", ",\n") for name in arms], **aslant)
        panel.set_xlim(-0.6, len(arms) - 0.4)
        label(panel, "", "test accuracy (%)", measure)
    return figure
