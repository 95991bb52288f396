"""What conjugate gradients did."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import WrongType
from .curves import History, checked_history
from .style import FAINT, check_named, color, label, marks, panels, shades, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..evaluation.analysis import ResidualCurve

#: What is drawn of a record.
_FIELDS = ("alternation", "residuals", "curvature", "v_norm", "v_ij_norm")
#: Of a record, per upper step, a number of each iteration.
_Measured = Callable[[Mapping[str, Any]], Sequence[Sequence[float]]]


@styled
def solves(histories: History | Sequence[History]) -> Figure:
    """Relative residual, curvature and length of v_IJ per alternation of BiSSL.

    Residuals and curvature are drawn for every iteration, averaged over the upper steps and runs that came to it: solves
    may differ in iterations, runs in alternations. What a solver does not report has no lines.

    Parameters
    ----------
    histories : list of dict or sequence of list of dict
        The ``history_`` of one `bissl.BiSSL` or of several, or the stages themselves.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No history, or that of another stage.

    Examples
    --------
    >>> record = {"alternation": 0, "residuals": [[1.0, 0.4]], "curvature": [[2.0]], "v_norm": [1.0], "v_ij_norm": [0.8]}
    >>> figure = bissl.plot.solves([record])
    """
    runs = _runs(histories)
    figure, (residual, curvature, length) = panels(3, width=3.7, height=3.3)
    _iterations(residual, runs, _relative_residuals)
    _iterations(curvature, runs, lambda record: record["curvature"])
    if residual.get_lines():
        residual.set_yscale("log")
    if curvature.get_lines():
        curvature.set_yscale("symlog", linthresh=_smallest_scale(runs))
    for run in filter(None, runs):
        lengths = [_mean_length(record) for record in run]
        length.plot([record["alternation"] for record in run], lengths, color=color(2), alpha=0.7, **marks(lengths))
    for panel, level in ((residual, 1), (curvature, 0), (length, 1)):
        panel.axhline(level, color=FAINT, linewidth=0.8, zorder=0)
    label(residual, "alternation", r"residual $\|r\|\; /\; \|v\|$", whole=True)
    label(curvature, "alternation", r"curvature $d^\top A d$", whole=True)
    label(length, "alternation", r"$\|v_{IJ}\|\; /\; \|v\|$", whole=True)
    handles, names = max(
        (panel.get_legend_handles_labels() for panel in (curvature, residual)), key=lambda h: len(h[0])
    )
    if handles:
        figure.legend(handles, names, title="iteration", loc="outside right center")
    return figure


def _runs(histories: History | Sequence[History]) -> list[History]:
    given: Any = getattr(histories, "history_", histories)
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise WrongType(
            f"histories: expected the history_ of one bissl.BiSSL, or a list of several, got {type(given).__name__}"
        )
    if all(isinstance(entry, Mapping) for entry in given):
        return [checked_history("histories", given, "BiSSL", _FIELDS)]
    return [checked_history(f"histories[{run}]", history, "BiSSL", _FIELDS) for run, history in enumerate(given)]


def _relative_residuals(record: Mapping[str, Any]) -> list[list[float]]:
    """Per upper step, the residual after each iteration over ‖v‖, wherever the solve began; none where v is 0."""
    steps = zip(record["residuals"], record["v_norm"], strict=True)
    return [[r / v for r in step[1:]] for step, v in steps if step and v > 0]


def _mean_length(record: Mapping[str, Any]) -> float:
    """The mean of ‖v_IJ‖/‖v‖ over the upper steps whose v is not 0, NaN where there are none."""
    lengths = [of / v for of, v in zip(record["v_ij_norm"], record["v_norm"], strict=True) if v > 0]
    return float(np.mean(lengths)) if lengths else math.nan


def _iterations(panel: Axes, runs: Sequence[History], measured: _Measured) -> None:
    """Lines over alternations, one per iteration."""
    alternations = sorted({record["alternation"] for run in runs for record in run})
    means = _means(runs, alternations, measured)
    for iteration, shade in enumerate(shades(means.shape[1])):
        line = means[:, iteration]
        panel.plot(alternations, line, color=shade, label=str(iteration + 1), **marks(line))


def _means(runs: Sequence[History], alternations: Sequence[int], measured: _Measured) -> np.ndarray:
    """(alternations, iterations): the mean over the runs and upper steps that came to it, NaN where none did."""
    rows = {alternation: row for row, alternation in enumerate(alternations)}
    steps = [(rows[record["alternation"]], step) for run in runs for record in run for step in measured(record)]
    shape = len(rows), max((len(step) for _, step in steps), default=0)
    sums, counts = np.zeros(shape), np.zeros(shape)
    for row, step in steps:
        sums[row, : len(step)] += step
        counts[row, : len(step)] += 1
    result: np.ndarray = np.divide(sums, counts, out=np.full(shape, np.nan), where=counts > 0)
    return result


def _smallest_scale(runs: Sequence[History]) -> float:
    """Where the symmetric logarithm turns linear: the median size of the curvature."""
    values = [abs(value) for run in runs for record in run for step in record["curvature"] for value in step]
    return max(float(np.median(values)), 1e-12)


@styled
def residuals(curves: Sequence[ResidualCurve] | Mapping[str, ResidualCurve]) -> Figure:
    """True residuals ‖v − Ax‖/‖v‖ over the iterations (solid) and what the recursion believes (dotted).

    Parameters
    ----------
    curves : sequence of ResidualCurve or mapping of str to ResidualCurve
        Curves of `bissl.analysis.residual_curve`, by name; without names they are told apart by their damping.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No curves.

    Examples
    --------
    >>> curve = bissl.analysis.ResidualCurve(0.001, 10.0, True, np.array([1, 0.1]), np.array([1, 0.2]), np.array([3.0]))
    >>> figure = bissl.plot.residuals({"layer-wise": curve})
    """
    from ..evaluation.analysis import ResidualCurve

    given: Any = curves
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    example = '{"layer-wise": bissl.analysis.residual_curve(linearization, v)}, or a list of them'
    check_named("curves", dict(enumerate(given)) if listed else given, ResidualCurve, example)
    named = {f"damping {c.damping:g}": c for c in given} if listed else given
    figure, (panel,) = panels(1, width=5.6, height=3.5)
    for number, (name, curve) in enumerate(named.items()):
        panel.plot(curve.true, marker="o", markersize=3.5, color=color(number), label=name)
        panel.plot(curve.recursive, linestyle=":", color=color(number))
    panel.axhline(1, color=FAINT, linewidth=0.8, zorder=0)
    panel.set_yscale("log")
    label(panel, "iteration", r"residual $\|v - Ax\|\; /\; \|v\|$", whole=True)
    panel.plot([], [], linestyle=":", color="0.3", label="recursive")
    figure.legend(loc="outside right center")
    return figure
