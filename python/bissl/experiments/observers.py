"""The callbacks of a recipe."""

from __future__ import annotations

from pathlib import Path

from ..callbacks import CSV, Callback, JSONLines, NaNMonitor, NearestNeighbours, Plots, Probe, TensorBoard, WandB
from ..data import Dataset, DownstreamViews
from ..recipes import Callbacks
from ..stages import Pretrain
from ..stages.base import Stage


def callbacks_of(
    chosen: Callbacks, stage: type[Stage], folder: Path | None, parts: tuple[Dataset, Dataset], views: DownstreamViews
) -> list[Callback]:
    """What looks on while a stage of a run is fitted. ``parts``: training and validation images with labels, which features
    are scored on during pretraining. Scores come first, so that files hold them."""
    found: list[Callback] = [NaNMonitor()] if chosen.nan_monitor else []
    if stage is Pretrain:
        kinds = ((NearestNeighbours, chosen.knn_every), (Probe, chosen.probe_every))
        found += [kind(*parts, every=every, augmentation=views) for kind, every in kinds if every is not None]
    return found + (_files(chosen, folder) if folder else []) + ([WandB(chosen.wandb)] if chosen.wandb else [])


def _files(chosen: Callbacks, folder: Path) -> list[Callback]:
    found: list[Callback] = [CSV(folder / "metrics.csv"), JSONLines(folder / "metrics.jsonl")]
    if chosen.plot_every is not None:
        found.append(Plots(folder / "curves.svg", chosen.plot_every))
    return found + ([TensorBoard(folder / "tensorboard")] if chosen.tensorboard else [])
