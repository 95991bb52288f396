"""t-SNE maps (paper, figures 4 and 6 to 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import as_array, as_real
from ..errors import InvalidArgument, WrongType
from ..finite import check_finite
from ..targets.classes import checked_labels
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
        (N,), class numbers; other labels where there are no ``classes``.
    classes : sequence of str or None, optional
        Their names, by class number; None names them as they are.
    notes : mapping of str to str or None, optional
        A line under each title, such as its kNN accuracy and silhouette, by name.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    TypeError, ValueError
        No map, no image; arrays of another shape, places that are not finite; labels that ``classes`` does not name.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> points = {"before": np.random.default_rng(0).normal(size=(6, 2))}
    >>> figure = bissl.plot.embeddings(points, [0, 0, 1, 1, 2, 2])
    """
    maps, shared = _maps(points)
    labels = _checked_labels(labels, classes)
    maps = {name: _checked(positions, labels, name) for name, positions in maps.items()}
    figure, grid = panels(len(maps), width=3.9, height=4.0)
    for panel, (name, positions) in zip(grid, maps.items(), strict=True):
        _scatter(panel, positions, labels, classes)
        note = (notes or {}).get(name)
        label(panel, "t-SNE 1", "t-SNE 2", f"{name}\n{note}" if note else name)
        panel.set(xticks=[], yticks=[], box_aspect=1)
        panel.spines[:].set(visible=True, color="0.8")
    everything = np.concatenate(list(maps.values()))
    for panel, positions in zip(grid, maps.values(), strict=True):
        _square_limits(panel, everything if shared else positions)
    if len(np.unique(labels)) <= _LEGEND:
        handles, names = grid[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right center", markerscale=1.5, ncols=1 + (len(names) - 1) // 16)
    return figure


def _maps(points: Embedding | Mapping[str, np.ndarray]) -> tuple[Mapping[str, np.ndarray], bool]:
    """By name; and whether they are one map."""
    from ..evaluation.analysis import Embedding

    if not isinstance(points, Embedding | Mapping):
        raise WrongType(
            f"points: expected what bissl.analysis.embed gives, or (N, 2) by name, got {type(points).__name__}"
        )
    maps, shared = (points.points, points.shared) if isinstance(points, Embedding) else (points, False)
    if not maps:
        raise InvalidArgument("points: expected the map of at least one backbone, got none")
    return maps, shared


def _checked_labels(labels: Any, classes: Sequence[str] | None) -> np.ndarray:
    array = as_array(labels, "labels")
    if array.ndim != 1 or not len(array):
        raise InvalidArgument(f"labels: expected one label per image of at least one image, got shape {array.shape}")
    return array if classes is None else checked_labels(array, len(array), len(classes), "labels")


def _checked(positions: Any, labels: np.ndarray, name: str) -> np.ndarray:
    array = as_real(positions, f"points[{name!r}]")
    if array.shape != (len(labels), 2):
        raise InvalidArgument(f"points[{name!r}]: expected shape ({len(labels)}, 2), got {array.shape}")
    check_finite(array, f"points[{name!r}]")
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
