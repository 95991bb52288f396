"""t-SNE maps (paper, figures 4 and 6 to 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidArgument
from .style import color, label, marker, panels, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..evaluation.analysis import Embedding

#: Classes up to which a legend is drawn, and names stand in the map.
_LEGEND = 32


@styled
def embeddings(
    points: Embedding | Mapping[str, np.ndarray],
    labels: Any,
    *,
    classes: Sequence[str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Figure:
    """Maps side by side, one per backbone, coloured by class; of a shared embedding with the same axes.

    Parameters
    ----------
    points : Embedding or mapping of str to ndarray
        What `bissl.analysis.embed` gives, or (N, 2) arrays by name.
    labels : object
        (N,), class numbers.
    classes : sequence of str or None, optional
        Their names; None names them by number.
    notes : mapping of str to str or None, optional
        A line under each title, such as its kNN accuracy and silhouette, by name.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    ValueError
        Arrays of another shape.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> points = {"before": np.random.default_rng(0).normal(size=(6, 2))}
    >>> figure = bissl.plot.embeddings(points, [0, 0, 1, 1, 2, 2])
    """
    maps = points if isinstance(points, Mapping) else points.points
    shared = not isinstance(points, Mapping) and points.shared
    labels = np.asarray(labels)
    figure, grid = panels(len(maps), width=3.9, height=4.0)
    for panel, (name, positions) in zip(grid, maps.items(), strict=True):
        _scatter(panel, _checked(positions, labels, name), labels, classes)
        note = (notes or {}).get(name)
        label(panel, "t-SNE 1", "t-SNE 2", f"{name}\n{note}" if note else name)
        panel.set(xticks=[], yticks=[], box_aspect=1)
        panel.spines[:].set(visible=True, color="0.8")
    everything = np.concatenate([np.asarray(positions) for positions in maps.values()])
    for panel, positions in zip(grid, maps.values(), strict=True):
        _square_limits(panel, everything if shared else np.asarray(positions))
    if len(np.unique(labels)) <= _LEGEND:
        handles, names = grid[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right center", markerscale=1.5, ncols=1 + (len(names) - 1) // 16)
    return figure


def _checked(positions: Any, labels: np.ndarray, name: str) -> np.ndarray:
    array = np.asarray(positions)
    if array.shape != (len(labels), 2):
        raise InvalidArgument(f"points[{name!r}]: expected shape ({len(labels)}, 2), got {array.shape}")
    return array


def _scatter(panel: Axes, positions: np.ndarray, labels: np.ndarray, classes: Sequence[str] | None) -> None:
    for number, value in enumerate(np.unique(labels)):
        chosen = positions[labels == value]
        name = str(classes[value]) if classes is not None else str(value)
        across, up = chosen.T
        panel.scatter(across, up, s=17, color=color(number), marker=marker(number), linewidths=0, alpha=0.8, label=name)


def _square_limits(panel: Axes, positions: np.ndarray) -> None:
    """A square that holds all positions (N, 2), so that both axes have one scale."""
    low, high = positions.min(axis=0), positions.max(axis=0)
    middle, half = (low + high) / 2, 0.54 * float(np.max(high - low))
    panel.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
