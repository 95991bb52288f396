"""Cosine similarities as bars (paper, figure 3) and per layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidArgument
from .style import FAINT, check_named, color, label, panels, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..evaluation.analysis import Alignment, Similarity

#: Letters that a line of the legend has room for.
_LETTERS = 40


@styled
def similarities(alignments: Mapping[str, Alignment]) -> Figure:
    """Bars of parameter-wise and feature-wise cosine similarity, times 100, with the deviation over seeds.

    Parameters
    ----------
    alignments : mapping of str to Alignment
        `bissl.analysis.Alignment` by name, such as {"pretrained": ..., "BiSSL": ...}.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Without matplotlib.
    TypeError, ValueError
        No alignments by name.

    Examples
    --------
    >>> one = bissl.analysis.Similarity((0.9, 0.8))
    >>> figure = bissl.plot.similarities({"BiSSL": bissl.analysis.Alignment(one, one, {})})
    """
    _check(alignments)
    figure, (panel,) = panels(1, width=4.8, height=3.4)
    width = 0.8 / len(alignments)
    for number, (name, found) in enumerate(alignments.items()):
        places = np.arange(2) + (number - (len(alignments) - 1) / 2) * width
        _bars(panel, places, width, [found.parameters, found.features], name, color(number))
    panel.set_xticks(np.arange(2), ["parameters", "features"])
    label(panel, "", "cosine similarity × 100")
    columns = max(1, _LETTERS // max(1, *map(len, alignments)))
    figure.legend(loc="outside upper center", ncols=min(3, columns, len(alignments)))
    return figure


def _bars(panel: Axes, places: np.ndarray, width: float, values: list[Similarity], name: str, shade: str) -> None:
    means, deviations = ([100 * getattr(value, part) for value in values] for part in ("mean", "std"))
    bars = panel.bar(places, means, 0.92 * width, yerr=deviations, color=shade, capsize=3, label=name)
    panel.bar_label(bars, [f"{mean:.1f}" for mean in means], padding=2, fontsize=9)


def _check(alignments: Mapping[str, Alignment]) -> None:
    from ..evaluation.analysis import Alignment

    check_named("alignments", alignments, Alignment, '{"BiSSL": bissl.analysis.alignment(before, after, images)}')


@styled
def layers(alignments: Mapping[str, Alignment]) -> Figure:
    """Cosine similarity of every parameter tensor before and after fine-tuning, from the input (left) to the output.

    Lines are means over seeds, bands one standard deviation. ``alignments`` as in `similarities`.

    Parameters
    ----------
    alignments : mapping of str to Alignment
        `bissl.analysis.Alignment` by name, such as {"pretrained": ..., "BiSSL": ...}.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    MissingPackage (ImportError)
        Matplotlib is not installed.
    TypeError, ValueError
        No alignments by name, or none of parameter tensors.

    Examples
    --------
    >>> one = bissl.analysis.Similarity((0.9,))
    >>> found = bissl.analysis.Alignment(one, one, {"conv1.weight": one, "fc.weight": one})
    >>> figure = bissl.plot.layers({"BiSSL": found})
    """
    _check(alignments)
    names = list(next(iter(alignments.values())).layers)
    if not names:
        raise InvalidArgument("alignments: expected the similarity of at least one parameter tensor, got none")
    figure, (panel,) = panels(1, width=8.5, height=3.8)
    for number, (name, found) in enumerate(alignments.items()):
        places = np.arange(len(found.layers))
        means, deviations = (np.array([getattr(s, part) for s in found.layers.values()]) for part in ("mean", "std"))
        panel.plot(places, means, marker=".", color=color(number), label=name)
        panel.fill_between(places, means - deviations, means + deviations, color=color(number), alpha=0.2, linewidth=0)
    step = -(-len(names) // 30)
    panel.set_xticks(range(0, len(names), step), names[::step], rotation=60, ha="right", fontsize=8)
    panel.axhline(1, color=FAINT, linewidth=0.8, zorder=0)
    label(panel, "parameter tensor", "cosine similarity")
    figure.legend(loc="outside upper center", ncols=min(3, len(alignments)))
    return figure
