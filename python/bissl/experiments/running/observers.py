"""The callbacks of a recipe."""

from __future__ import annotations

from pathlib import Path

from ...callbacks import (
    CSV,
    Callback,
    JSONLines,
    LiDAR,
    MLflow,
    NaNMonitor,
    NearestNeighbors,
    Plots,
    Probe,
    RankMe,
    TensorBoard,
    WandB,
)
from ...data import Dataset, DownstreamViews
from ...training import Pretrain
from ...training.base import Stage
from ..recipe import SECTIONS, Callbacks, Recipe
from ..recipe.sections import StageSection


def callbacks_of(
    recipe: Recipe, stage: type[Stage], folder: Path | None, parts: tuple[Dataset, Dataset], views: DownstreamViews
) -> list[Callback]:
    """What looks on while a stage of a run is fitted, or ends it. ``parts``: training and validation images with labels,
    which features are scored on during pretraining. Scores come first, so that all others see them."""
    chosen = recipe.callbacks
    found: list[Callback] = [NaNMonitor()] if chosen.nan_monitor else []
    if stage is Pretrain:
        kinds = ((NearestNeighbors, chosen.knn_every), (Probe, chosen.probe_every))
        found += [kind(*parts, every=every, augmentation=views) for kind, every in kinds if every is not None]
        ranks = ((RankMe, chosen.rankme_every), (LiDAR, chosen.lidar_every))
        found += [kind(parts[1], every, views) for kind, every in ranks if every is not None]
    stop = recipe.early_stop.make(_key(stage))
    found += [stop] if stop else []
    found += _files(chosen, folder) if folder else []
    found += [WandB(chosen.wandb)] if chosen.wandb else []
    return found + ([MLflow(chosen.mlflow)] if chosen.mlflow else [])


def _key(stage: type[Stage]) -> str:
    """Of the stage's section."""
    sections = (section for section in SECTIONS.values() if issubclass(section, StageSection))
    return next(section.key for section in sections if section.stage is stage)


def _files(chosen: Callbacks, folder: Path) -> list[Callback]:
    found: list[Callback] = [CSV(folder / "metrics.csv"), JSONLines(folder / "metrics.jsonl")]
    if chosen.plot_every is not None:
        found.append(Plots(folder / "curves.svg", chosen.plot_every))
    return found + ([TensorBoard(folder / "tensorboard")] if chosen.tensorboard else [])
