"""Scores, or any other measure, over a setting: λ (paper, figure 5), duration of pretraining (figure 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgument, WrongType
from ..evaluation.statistics import Scores, as_scores
from ..evaluation.statistics.scores import as_numbers
from .style import FAINT, check_groups, color, label, panels, spread_of, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Scores of the runs at each value of a setting.
RunsBySetting = Mapping[float, Scores | Sequence[float]]


@styled
def sweep(
    runs: Mapping[str, RunsBySetting],
    x: str,
    y: str | None = None,
    *,
    baselines: Mapping[str, Sequence[float]] | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Mean and standard deviation over runs, one line per arm, as a setting changes.

    Parameters
    ----------
    runs : mapping of str to mapping
        Arm → value of the setting → score of each run: what ``score()`` gives (0.939) or `bissl.statistics.Counts`,
        drawn in per cent.
    x : str
        What the setting is.
    y : str or None, optional
        None is "test accuracy (%)"; the name of another measure, whose runs are any numbers in the unit that the name
        says, drawn as they are.
    baselines : mapping of str to sequence of float or None, optional
        Arms that do not depend on the setting → score of each run, likewise.
    logarithmic : bool, default False
        The setting's axis.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    ValueError
        No arm or value of the setting, a value without runs, scores above 1.
    TypeError
        No mappings, settings that cannot be ordered, integers for scores.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> figure = bissl.plot.sweep({"BiSSL": {0.001: [0.90, 0.92], 0.01: [0.93, 0.92]}}, "λ", logarithmic=True)
    >>> figure.axes[0].get_xlabel()
    'λ'
    """
    check_groups("runs", runs, "arm", "setting", "scores", '{"BiSSL": {0.001: [0.90, 0.92]}}')
    if not isinstance(baselines, Mapping | None):
        raise WrongType(f"baselines: expected {{arm: scores}}, got {type(baselines).__name__}")
    figure, (panel,) = panels(1, width=5.2, height=3.6)
    for number, (arm, groups) in enumerate(runs.items()):
        values = _in_order(groups, f"runs[{arm!r}]")
        drawn = [_drawn(groups[value], y, f"runs[{arm!r}][{value!r}]") for value in values]
        means, deviations = spread_of(drawn)
        panel.errorbar(values, means, deviations, marker="o", markersize=5, capsize=3, color=color(number), label=arm)
    for number, (arm, group) in enumerate((baselines or {}).items(), start=len(runs)):
        (mean,), (deviation,) = spread_of([_drawn(group, y, f"baselines[{arm!r}]")])
        panel.axhline(mean, color=color(number), linestyle="--", label=arm)
        panel.axhspan(mean - deviation, mean + deviation, color=color(number), alpha=0.15, linewidth=0)
    if logarithmic:
        panel.set_xscale("log")
    label(panel, x, "test accuracy (%)" if y is None else y)
    panel.grid(axis="y", color=FAINT, linewidth=0.4, alpha=0.6)
    panel.legend()
    return figure


def _in_order(settings: Iterable[Any], name: str) -> list[Any]:
    try:
        return sorted(settings)
    except TypeError:
        raise WrongType(f"{name}: expected numbers as settings, got {list(settings)!r:.80}") from None


def _drawn(group: Scores | Sequence[float], y: str | None, name: str) -> np.ndarray:
    """What is drawn of the runs."""
    if isinstance(group, Sequence | np.ndarray) and len(group) == 0:
        raise InvalidArgument(f"{name}: expected the accuracy of at least one run, got none")
    return np.asarray(100 * as_scores(group, name).fractions if y is None else as_numbers(group, name))


def lam_sweep(runs: RunsBySetting, baseline: Sequence[float] | None = None, **options: Any) -> Figure:
    """BiSSL over λ, beside plain fine-tuning (figure 5). ``runs`` : λ → score of each run; ``baseline`` : of plain
    fine-tuning. ``options`` : those of `sweep`.

    Parameters
    ----------
    runs : mapping
        Value of the setting → score of each run.
    baseline : sequence of float or None, optional
        Scores of plain fine-tuning, which does not depend on the setting.
    **options : object
        Those of `sweep`.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.

    Examples
    --------
    >>> figure = bissl.plot.lam_sweep({0.0001: [0.91, 0.92], 0.001: [0.93, 0.94]}, baseline=[0.90, 0.91])
    """
    plain = None if baseline is None else {"fine-tuning only": baseline}
    return sweep({"BiSSL": runs}, "λ", baselines=plain, logarithmic=True, **options)


def duration_sweep(bissl: RunsBySetting, plain: RunsBySetting, **options: Any) -> Figure:
    """BiSSL and plain fine-tuning over the duration of pretraining (figure 2): epochs → score of each run.

    Parameters
    ----------
    bissl : mapping
        Epochs → score of each run of BiSSL.
    plain : mapping
        Epochs → score of each run of plain fine-tuning.
    **options : object
        Those of `sweep`.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.

    Examples
    --------
    >>> figure = bissl.plot.duration_sweep({100: [0.92], 500: [0.94]}, {100: [0.90], 500: [0.93]})
    """
    return sweep({"fine-tuning only": plain, "BiSSL": bissl}, "pretraining (epochs)", **options)
