"""What a run's backbone is like before it is fine-tuned: how linear the task is in its features, and how much fine-tuning will
have changed."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ...data import Dataset
from ...data.given import labelled
from ...durable import write_atomically, writing
from ...errors import DataError, InvalidArgument
from ...evaluation.analysis import alignment
from ...extras import required
from ...targets import ClassNumbers
from ...targets.metrics import correct_predictions
from ...training import LinearProbe
from ...training.labels import checked_labels
from ..recipe import Recipe
from .images import Images
from .model import Model
from .run import Run

#: Points of a map beyond which nobody sees more.
_MOST_POINTS = 2000
_FEATURES = "features.npz"


def require_alignment(recipe: Recipe) -> None:
    """InvalidArgument, or MissingPackage (ImportError), where the runs of a recipe's study cannot be looked at before
    fine-tuning."""
    if not recipe.study.alignment:
        return
    required("sklearn", "analysis", "study.alignment")
    for name, variant in recipe.variants().items():
        if Images.of(variant.data).training.dense_targets:
            raise InvalidArgument(
                f"study.alignment: a linear probe takes images with classes, which those of {variant.data.downstream} (row "
                f"{name}) have not; leave it out"
            )


def looked_at(run: Run, model: Model) -> dict[str, Any]:
    """A linear probe on the backbone that ``model`` was fine-tuned from, and its cosine similarities with the model's. Features
    of validation images are kept beside the run."""
    images, views = run.images, run.views.downstream
    stage: LinearProbe = run.recipe.probe.make(augmentation=views, random_state=run.seed)
    probe = stage.fit(run.prepared(), *run.labelled_training())
    if run.folder:
        _keep(probe, images.validation, run.folder / _FEATURES)
    found = alignment(probe.backbone_, model.backbone, images.test, augmentation=views, progress=False)
    return {
        "probe": _measured(probe, images.test),
        "similarity": {"parameters": found.parameters.mean, "features": found.features.mean},
    }


def kept_features(folder: Path) -> tuple[np.ndarray, np.ndarray, list[str]] | None:
    """Features (N, M) of validation images before fine-tuning, their classes (N,), and these classes' names; None where a run's
    folder has none, or they have no classes of their own. DataError (ValueError) where the file is broken."""
    path = folder / _FEATURES
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            return kept["features"], kept["labels"], kept["classes"].tolist()
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not the features that a run has kept ({error}); remove the file, and the map of features leaves this "
            "run out"
        ) from error


def _measured(probe: LinearProbe, test: Dataset) -> dict[str, Any]:
    """Metrics in 0..1, how many images could be read and were measured, and how many of these were classified correctly where each
    has one class."""
    outputs, labels = probe._judged(test)
    scores = {name: float(metric(outputs, labels)) for name, metric in probe.targets_.metrics.items()}
    counts = {"correct": correct_predictions(outputs, labels)} if isinstance(probe.targets_, ClassNumbers) else {}
    return {"test": scores, "images": len(labels)} | counts


def _keep(probe: LinearProbe, validation: Dataset, path: Path) -> None:
    """Writes the features of validation images that have one class each."""
    if not isinstance(probe.targets_, ClassNumbers):
        return
    chosen = np.unique(np.linspace(0, len(validation) - 1, min(len(validation), _MOST_POINTS)).astype(np.int64))
    part, labels = checked_labels(labelled(validation.subset(chosen)), probe.targets_)
    classes = np.array([str(name) for name in probe.classes_])
    content = io.BytesIO()
    found = probe._features_of(part)
    np.savez(content, features=found.rows, labels=np.asarray(labels)[found.samples], classes=classes)
    with writing(path.parent, "features file"):
        write_atomically(path, content.getvalue())
