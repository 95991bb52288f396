"""Draws the figures of the landing page: ``python docs/figures.py`` writes them into docs/_static."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

FOLDER = Path(__file__).parent / "_static"
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#555555"

#: "Measured" in benchmarks.md: times faster than PyTorch (its best, or as the authors wrote it), AVX-512 and AVX2.
SPEED = {
    "gradient, ResNet-18": (1.99, 2.15),
    "Hessian product, ResNet-18": (5.19, 5.60),
    "Hessian product, ResNet-50": (3.34, 4.14),
    "Hessian product, ViT-S (MAE)": (2.81, 3.25),
    "upper step, SimCLR": (5.13, 5.28),
    "one alternation, SimCLR": (4.54, 4.60),
}

#: `make demo` with AVX-512: correct of 599 test images, one number per run, by a linear probe before fine-tuning and after it.
DEMO: dict[str, tuple[list[int], list[int]]] = {
    "fine-tuning alone": ([387, 405, 413, 429, 329, 384], [437, 468, 481, 491, 464, 461]),
    "BiSSL, implicit term discarded": ([499, 504, 510, 508, 468, 510], [503, 502, 527, 517, 489, 516]),
    "BiSSL, identity Jacobian": ([524, 516, 514, 524, 498, 521], [521, 506, 521, 524, 502, 512]),
    "BiSSL": ([525, 518, 516, 525, 496, 518], [522, 514, 523, 517, 505, 524]),
}
DEMO_IMAGES = 599


def levels() -> Figure:
    """The two levels, and what passes between them."""
    figure = Figure(figsize=(7.2, 3.1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 9.8), ylim=(0, 4.3))
    axes.axis("off")
    _box(axes, 0.25, 2.65, ORANGE, "upper level: the downstream task", r"$\mathcal{L}^D(\theta_P^*(\theta_D), \phi_D)"
         r" + \mathcal{L}^D(\theta_D, \phi_D)$")  # fmt: skip
    _box(axes, 0.25, 0.25, BLUE, "lower level: the pretext task", r"$\theta_P^*(\theta_D) = \mathrm{argmin}_\theta\;"
         r"\mathcal{L}^P(\theta, \phi_P) + \frac{\lambda}{2}\,\Vert\theta - \theta_D\Vert^2$")  # fmt: skip
    _arrow(axes, (2.0, 2.62), (2.0, 1.66), r"$\theta_D$: where to stay near", "right")
    _arrow(axes, (5.0, 1.66), (5.0, 2.62), r"$(I + H/\rho)^{-1} v$: how $\theta_P$ follows", "right")
    axes.text(8.55, 3.15, "images with\nfew labels", ha="center", va="center", color=GREY)
    axes.text(8.55, 0.75, "images without\nlabels", ha="center", va="center", color=GREY)
    return figure


def _box(axes: Axes, x: float, y: float, colour: str, title: str, formula: str) -> None:
    style = {"boxstyle": "round,pad=0.05,rounding_size=0.15", "facecolor": colour + "18", "edgecolor": colour}
    axes.add_patch(FancyBboxPatch((x, y), 7.0, 1.35, **style))
    axes.text(x + 3.5, y + 1.05, title, ha="center", va="center", color=colour, weight="bold")
    axes.text(x + 3.5, y + 0.45, formula, ha="center", va="center", fontsize=12.5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], text: str, side: str) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color=GREY, linewidth=1.4))
    axes.text(start[0] + 0.15, (start[1] + end[1]) / 2, text, va="center", fontsize=10, color=GREY)


def speed() -> Figure:
    """Bars of `SPEED`."""
    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    axes = figure.add_subplot()
    for offset, (column, colour, name) in zip((-0.19, 0.19), ((0, BLUE, "AVX-512"), (1, ORANGE, "AVX2"))):
        places = [row + offset for row in range(len(SPEED))]
        bars = axes.barh(places, [pair[column] for pair in SPEED.values()], height=0.36, color=colour, label=name)
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8.5)
    axes.axvline(1, color=GREY, linewidth=1, linestyle=":")
    axes.set_yticks(range(len(SPEED)), list(SPEED))
    axes.invert_yaxis()
    axes.set_xlabel("times faster than PyTorch on the same two cores")
    axes.set_xlim(0, 6.4)
    axes.legend(loc="upper right", frameon=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure


def demo() -> Figure:
    """Dots of `DEMO`, one per run, and their means."""
    figure = Figure(figsize=(7.2, 2.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, measure, title in ((left, 0, "linear probe before fine-tuning"), (right, 1, "fine-tuned")):
        for row, counts in enumerate(arm[measure] for arm in DEMO.values()):
            colour = ORANGE if row else GREY
            accuracies = [100 * count / DEMO_IMAGES for count in counts]
            offsets = [row + 0.24 * (run / (len(counts) - 1) - 0.5) for run in range(len(counts))]
            axes.plot(accuracies, offsets, "o", color=colour, alpha=0.55, markersize=5, markeredgewidth=0)
            axes.vlines(sum(accuracies) / len(accuracies), row - 0.3, row + 0.3, color=colour, linewidth=2)
        axes.set_title(title, fontsize=10.5)
        axes.set_xlabel("test accuracy (%)")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    left.set_yticks(range(len(DEMO)), list(DEMO))
    left.invert_yaxis()
    return figure


if __name__ == "__main__":
    matplotlib.rcParams.update({"svg.hashsalt": "bissl", "mathtext.fontset": "cm"})
    for draw in (levels, speed, demo):
        draw().savefig(FOLDER / f"{draw.__name__}.svg", metadata={"Date": None}, facecolor="white")
