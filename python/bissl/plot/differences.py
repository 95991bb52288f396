"""Forest plots: differences between arms with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..configured import wrong_object
from .style import FAINT, check_named, color, label, panels, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..evaluation.statistics import Comparison, MetaAnalysis


@styled
def differences(comparisons: Mapping[str, Comparison], pooled: MetaAnalysis | None = None) -> Figure:
    """Differences with their 95 % intervals in percentage points, one row per comparison, the first on top. Rows whose
    interval the runs do not tell have a dot only.

    Parameters
    ----------
    comparisons : mapping of str to Comparison
        By name, as in "BiSSL + FT" or the task.
    pooled : MetaAnalysis or None, optional
        Their `bissl.statistics.MetaAnalysis`, whose two rows stand below.

    Returns
    -------
    Figure
        Of matplotlib; a notebook shows it where it is a cell's last expression.

    Raises
    ------
    TypeError, ValueError
        No comparisons.
    MissingPackage (ImportError)
        Without matplotlib.

    Examples
    --------
    >>> first = bissl.statistics.Counts((93, 95, 94, 96), images=100)
    >>> second = bissl.statistics.Counts((90, 91, 92, 90), images=100)
    >>> figure = bissl.plot.differences({"digits": bissl.statistics.Comparison.of(first, second)})
    """
    from ..evaluation.statistics import Comparison, MetaAnalysis

    check_named("comparisons", comparisons, Comparison, '{"digits": bissl.statistics.Comparison.of(first, second)}')
    if not isinstance(pooled, MetaAnalysis | None):
        raise wrong_object("pooled", "a bissl.statistics.MetaAnalysis", pooled)
    rows = [(name, one.difference, one.interval, color(0)) for name, one in comparisons.items()]
    if pooled is not None:
        both = {"all, fixed effect": pooled.fixed, "all, random effects": pooled.random}
        rows += [(name, one.difference, one.interval, color(3)) for name, one in both.items()]
    figure, (panel,) = panels(1, width=6.4, height=1.2 + 0.35 * len(rows))
    for place, (_, difference, (low, high), shade) in enumerate(rows):
        if not math.isnan(low):
            panel.hlines(place, 100 * low, 100 * high, color=shade, linewidth=2)
        panel.plot([100 * difference], [place], "o", color=shade)
    panel.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
    panel.set_yticks(range(len(rows)), [name for name, *_ in rows])
    panel.set_ylim(len(rows) - 0.4, -0.6)
    label(panel, "difference (percentage points)", "")
    return figure
