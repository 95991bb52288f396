"""Figures of a bilevel run, from plain records. Nothing here touches matplotlib's global state or a display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

History = Sequence[Mapping[str, Any]]


def _panels(count: int, width: float = 4.6, height: float = 3.2) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width * count, height), layout="constrained")
    axes = list(np.ravel(figure.subplots(1, count)))
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _label(panel: Axes, title: str, x: str, y: str = "") -> None:
    panel.set_title(title, fontsize=10)
    panel.set_xlabel(x)
    if x:
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_ylabel(y)


def pretraining(history: History) -> Figure:
    """Pretext loss and gradient norm per epoch."""
    figure, (loss, norm) = _panels(2)
    epochs = [record["epoch"] for record in history]
    loss.plot(epochs, [record["loss"] for record in history])
    norm.plot(epochs, [record["gradient_norm"] for record in history])
    _label(loss, "pretext loss", "epoch", "NT-Xent")
    _label(norm, "gradient norm", "epoch")
    return figure


def levels(histories: Mapping[str, Sequence[History]]) -> Figure:
    """Learning curves of both levels: one thin line per run, one colour per arm, kept for arms without runs."""
    curves = {
        "lower level: L^P": "lower_loss",
        "upper level: L^D at θ_P": "loss_at_theta_p",
        "upper level: L^D at θ_D": "loss_at_theta_d",
        "λ/2 ‖θ_P − θ_D‖²": "regularizer",
    }
    figure, panels = _panels(len(curves), width=3.6)
    for panel, (title, name) in zip(panels, curves.items(), strict=True):
        for number, (arm, runs) in enumerate(histories.items()):
            for history in runs:
                panel.plot([np.mean(record[name]) for record in history], color=f"C{number}", alpha=0.6, linewidth=1)
            if runs:
                panel.plot([], [], color=f"C{number}", label=arm)
        _label(panel, title, "alternation")
    panels[0].legend(fontsize=8)
    return figure


def solves(histories: Sequence[History]) -> Figure:
    """What conjugate gradients did: relative residual, curvature and length of v_IJ per alternation.

    Residuals and curvature are drawn for every iteration, averaged over the upper steps and runs.
    """
    figure, (residual, curvature, length) = _panels(3)
    _iterations(residual, [[_relative_residuals(record) for record in history] for history in histories])
    _iterations(curvature, [[record["curvature"] for record in history] for history in histories])
    residual.set_yscale("log")
    residual.axhline(1, color="0.7", linewidth=0.8)
    curvature.axhline(0, color="0.7", linewidth=0.8)
    curvature.set_yscale("symlog", linthresh=_smallest_scale(histories))
    for history in histories:
        ratios = [np.mean(np.divide(record["v_ij_norm"], record["v_norm"])) for record in history]
        length.plot(ratios, color="C2", alpha=0.6)
    length.axhline(1, color="0.7", linewidth=0.8)
    _label(residual, "residual ‖r‖ / ‖v‖ by iteration", "alternation")
    _label(curvature, "curvature dᵀAd by iteration", "alternation")
    _label(length, "‖v_IJ‖ / ‖v‖", "alternation")
    curvature.legend(title="iteration", fontsize=8, title_fontsize=8)
    return figure


def _relative_residuals(record: Mapping[str, Any]) -> list[list[float]]:
    """Per upper step, the residual after each iteration over ‖v‖."""
    return [[r / step[0] for r in step[1:]] for step in record["residuals"]]


def _iterations(panel: Axes, runs: Sequence[Sequence[Sequence[Sequence[float]]]]) -> None:
    """Lines over alternations, one per iteration; ``runs`` is (run, alternation, upper step, iteration)."""
    means = np.asarray(runs).mean(axis=(0, 2))
    for iteration in range(means.shape[1]):
        shade = 0.3 + 0.7 * iteration / max(1, means.shape[1] - 1)
        panel.plot(means[:, iteration], color="C0", alpha=shade, label=str(iteration + 1))


def _smallest_scale(histories: Sequence[History]) -> float:
    """Where the symmetric logarithm turns linear: the median size of the curvature."""
    values = np.abs([record["curvature"] for history in histories for record in history])
    return max(float(np.median(values)), 1e-12)


def accuracies(groups: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Accuracy per arm, one dot per run and a bar at the mean; ``groups``: measure → arm → percent per run."""
    figure, panels = _panels(len(groups), width=5)
    for panel, (measure, arms) in zip(np.ravel(panels), groups.items(), strict=True):
        for number, values in enumerate(arms.values()):
            spread = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else [0.0]
            panel.plot(number + np.asarray(spread), values, "o", color=f"C{number}", alpha=0.7)
            panel.hlines(np.mean(values), number - 0.25, number + 0.25, color=f"C{number}", linewidth=2)
        panel.set_xticks(range(len(arms)), [name.replace(", ", ",\n") for name in arms], fontsize=8)
        panel.set_xlim(-0.6, len(arms) - 0.4)
        _label(panel, measure, "", "test accuracy, %")
    return figure


def embeddings(points: Mapping[str, np.ndarray], labels: np.ndarray) -> Figure:
    """t-SNE maps (N, 2) side by side, coloured by class."""
    figure, panels = _panels(len(points), width=4, height=4)
    for panel, (title, positions) in zip(panels, points.items(), strict=True):
        scatter = panel.scatter(*positions.T, c=labels, cmap="tab10", s=8)
        panel.set_xticks([])
        panel.set_yticks([])
        _label(panel, title, "")
    figure.legend(*scatter.legend_elements(), loc="outside right center", fontsize=8)
    return figure
