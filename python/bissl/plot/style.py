"""How all figures look: colours that the colour-blind tell apart, sizes that a printed page bears."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from ..errors import InvalidArgument, WrongType
from ..extras import required

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

#: Okabe and Ito 2008 without yellow, which is lost on white; their grey last.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000", "#888888")
#: With the colours, 32 classes that differ; also where there is no colour.
MARKERS = ("o", "^", "s", "D")
#: Of reference lines.
FAINT = "0.6"

_SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.title_fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-4, 5),
    "lines.linewidth": 1.6,
    "figure.dpi": 100,
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draws in the style of this package; the settings of matplotlib stay as they are.

    The function raises MissingPackage (ImportError) without matplotlib.
    """

    @wraps(draw)
    def drawn(*arguments: P.args, **options: P.kwargs) -> R:
        required("matplotlib", "plot", "bissl.plot")
        from matplotlib import rc_context

        with rc_context(_SETTINGS):
            return draw(*arguments, **options)

    return drawn


def panels(count: int, width: float = 4.2, height: float = 3.1, most: int = 4) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` panels, ``width`` by ``height`` inches each, at most ``most`` in a row."""
    from .figure import Picture

    columns = min(count, most)
    rows = -(-count // columns)
    figure = Picture(figsize=(width * columns, height * rows), layout="constrained")
    grid = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
    for unused in grid[count:]:
        unused.remove()
    return figure, grid[:count]


def label(panel: Axes, x: str, y: str, title: str = "", whole: bool = False) -> None:
    """Names both axes; ``whole`` puts ticks of the first at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    panel.set(xlabel=x, ylabel=y, title=title)
    if whole:
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))


def check_groups(argument: str, groups: Any, outer: str, inner: str, values: str, example: str) -> None:
    """WrongType or InvalidArgument unless it is a mapping of mappings with something in each: ``outer`` → ``inner`` →
    ``values``, such as ``example``."""
    if not isinstance(groups, Mapping) or not all(isinstance(group, Mapping) for group in groups.values()):
        raise WrongType(f"{argument}: expected {{{outer}: {{{inner}: {values}}}}}, such as {example}")
    if not groups or not all(groups.values()):
        raise InvalidArgument(f"{argument}: expected at least one {outer}, and at least one {inner} of each")


def check_named(argument: str, named: Any, kind: type, example: str) -> None:
    """WrongType or InvalidArgument unless it is a mapping of at least one name to what is of this kind, such as ``example``."""
    if not isinstance(named, Mapping) or not all(isinstance(one, kind) for one in named.values()):
        raise WrongType(f"{argument}: expected {{name: {kind.__name__}}}, such as {example}")
    if not named:
        raise InvalidArgument(f"{argument}: expected at least one, got none")


def color(number: int) -> str:
    """Of the curve, arm or class of this number."""
    return COLORS[number % len(COLORS)]


def marker(number: int) -> str:
    """Of the class of this number, so that classes of one colour differ."""
    return MARKERS[number // len(COLORS) % len(MARKERS)]


def shades(count: int) -> list[Any]:
    """``count`` steps of one scale, light to dark, for what has an order (iterations, λ)."""
    from matplotlib import colormaps

    return [colormaps["viridis_r"](place) for place in np.linspace(0.12, 1, count)]


def marks(values: Sequence[float] | np.ndarray) -> dict[str, Any]:
    """How a line is drawn that has values without a neighbour, such as that of a run of one epoch: with dots there, as a
    line of no length is not seen."""
    there = np.isfinite(np.concatenate([[np.nan], values, [np.nan]]))
    alone = there[1:-1] & ~there[:-2] & ~there[2:]
    return {"marker": ".", "markevery": alone.tolist()} if alone.any() else {}


def spread_of(runs: Sequence[Sequence[float] | np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and sample standard deviation (0 for one run) of each group of runs."""
    means = np.array([np.mean(run) for run in runs])
    return means, np.array([np.std(run, ddof=1) if len(run) > 1 else 0.0 for run in runs])
