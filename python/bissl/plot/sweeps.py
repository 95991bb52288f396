"""Accuracy over a setting: λ (paper, figure 5), duration of pretraining (figure 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidArgument
from .style import FAINT, color, label, panels, spread_of, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Accuracies of the runs at each value of a setting.
Runs = Mapping[float, Sequence[float]]


@styled
def sweep(
    runs: Mapping[str, Runs],
    x: str,
    y: str = "test accuracy (%)",
    *,
    baselines: Mapping[str, Sequence[float]] | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Mean and standard deviation over runs, one line per arm, as a setting changes.

    Parameters
    ----------
    runs : arm → value of the setting → accuracy of each run.
    x, y : what the axes are. baselines : arms that do not depend on the setting → accuracy of each run.
    logarithmic : the setting's axis.

    Raises
    ------
    ValueError : a value without runs. MissingPackage (ImportError) : without matplotlib.
    """
    figure, (panel,) = panels(1, width=5.2, height=3.6)
    for number, (arm, groups) in enumerate(runs.items()):
        values = sorted(groups)
        _check(arm, groups)
        means, deviations = spread_of([groups[value] for value in values])
        panel.errorbar(values, means, deviations, marker="o", markersize=5, capsize=3, color=color(number), label=arm)
    for number, (arm, group) in enumerate((baselines or {}).items(), start=len(runs)):
        (mean,), (deviation,) = spread_of([group])
        panel.axhline(mean, color=color(number), linestyle="--", label=arm)
        panel.axhspan(mean - deviation, mean + deviation, color=color(number), alpha=0.15, linewidth=0)
    if logarithmic:
        panel.set_xscale("log")
    label(panel, x, y)
    panel.grid(axis="y", color=FAINT, linewidth=0.4, alpha=0.6)
    panel.legend()
    return figure


def _check(arm: str, groups: Runs) -> None:
    for value, group in groups.items():
        if np.size(group) == 0:
            raise InvalidArgument(f"runs[{arm!r}][{value!r}]: expected the accuracy of at least one run, got none")


def lam_sweep(runs: Runs, baseline: Sequence[float] | None = None, **options: str) -> Figure:
    """BiSSL over λ, beside plain fine-tuning (figure 5). ``runs`` : λ → accuracy of each run; ``baseline`` : of plain
    fine-tuning. ``options`` : those of `sweep`."""
    plain = None if baseline is None else {"fine-tuning only": baseline}
    return sweep({"BiSSL": runs}, "λ", baselines=plain, logarithmic=True, **options)


def duration_sweep(bissl: Runs, plain: Runs, **options: str) -> Figure:
    """BiSSL and plain fine-tuning over the duration of pretraining (figure 2): epochs → accuracy of each run.
    ``options`` : those of `sweep`."""
    return sweep({"fine-tuning only": plain, "BiSSL": bissl}, "pretraining (epochs)", **options)
