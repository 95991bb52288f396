"""The packages that a recipe needs, looked for before anything is done."""

from __future__ import annotations

import importlib.util

from ...extras import required
from ..recipe import Recipe


def require_packages(recipe: Recipe) -> None:
    """MissingPackage (ImportError) for the first of bissl's extras that a run of the recipe would miss on its way."""
    chosen = recipe.callbacks
    for is_needed, package, extra, purpose in (
        ("digits" in (recipe.data.pretext, recipe.data.downstream), "sklearn", "demo", "the data set digits"),
        (chosen.knn_every is not None, "sklearn", "analysis", "callbacks.knn_every"),
        (chosen.probe_every is not None, "sklearn", "analysis", "callbacks.probe_every"),
        (chosen.plot_every is not None, "matplotlib", "plot", "callbacks.plot_every"),
        (chosen.tensorboard, "tensorboardX", "tensorboard", "callbacks.tensorboard"),
        (chosen.wandb is not None, "wandb", "wandb", "callbacks.wandb"),
        (chosen.mlflow is not None, "mlflow", "mlflow", "callbacks.mlflow"),
    ):
        if is_needed:
            required(package, extra, purpose)


def has_matplotlib() -> bool:
    """Whether a report can have pictures."""
    return importlib.util.find_spec("matplotlib") is not None
