"""A fine-tuned model as a run keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ... import weights
from ...data import Dataset, ImageView
from ...data.given import labelled
from ...models.backbone import Backbone
from ...objectives.base import Downstream
from ...targets import LEFT_OUT, ClassNumbers
from ...targets.metrics import correct_predictions
from ...training import FineTune
from ...training.evaluation import Judged, judged, outputs_of
from ...training.labels import checked_labels
from ...weights.saving import save_with_alphas


@dataclass(frozen=True)
class Model:
    """A backbone with the head of a downstream task. view : of evaluation."""

    backbone: Backbone
    downstream: Downstream
    view: ImageView

    @classmethod
    def of(cls, stage: FineTune) -> Model:
        """What the stage has learned: its best epoch on validation images."""
        return cls(stage.backbone_, stage.downstream_, stage.views_.evaluation)

    def save(self, path: Path, metadata: Mapping[str, str] | None = None) -> None:
        """As safetensors, names behind ``backbone.`` and ``head.``."""
        parts = {"backbone": self.backbone, "head": self.downstream.head}
        arrays = {f"{part}.{name}": value for part, m in parts.items() for name, value in m.state_dict().items()}
        save_with_alphas(path, arrays, metadata, self.backbone._alphas("backbone."))

    def load(self, path: Path) -> Model:
        """Takes over what `save` wrote. Raises as `bissl.weights.load` and ``load_state_dict``."""
        arrays = weights.load(path)
        for part, module in {"backbone": self.backbone, "head": self.downstream.head}.items():
            module.load_state_dict(_behind(arrays, f"{part}."))
        return self

    def measured(self, test: Dataset) -> dict[str, Any]:
        """All metrics on images with labels, in 0..1, how many could be read and were measured, and how many of these
        were classified correctly where each has one class."""
        targets, (outputs, labels) = self.downstream.targets, self._judged(test)
        scores = {name: float(metric(outputs, labels)) for name, metric in targets.metrics.items()}
        counts = {"correct": correct_predictions(outputs, labels)} if isinstance(targets, ClassNumbers) else {}
        return {"test": scores, "images": len(labels)} | counts

    def loss(self, images: Dataset) -> float:
        """Mean loss on images with labels, in evaluation mode; of detection and segmentation what the score lacks of 1."""
        outputs, labels = self._judged(images)
        if self.downstream.targets.is_dense:
            metric = next(iter(self.downstream.targets.metrics.values()))
            return 1 - float(metric(outputs, labels))
        return class_loss(outputs, labels)

    def _judged(self, images: Dataset) -> Judged:
        given = labelled(images, None, "images", "labels")
        dataset, labels = checked_labels(given, self.downstream.targets, "images", "labels")
        found = outputs_of(self.downstream, self.backbone, dataset, self.view)
        return judged(found, labels, self.downstream.targets, dataset, "labels")


def class_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean cross-entropy of logits (N, C) for class numbers (N,); for sets of classes (N, C) the mean of the binary one
    over the pairs of images and classes that count, 0 where none does."""
    logits = logits.astype(np.float64)
    if labels.ndim == 2:
        counted = labels != LEFT_OUT
        return float(np.sum((np.logaddexp(0, logits) - labels * logits)[counted]) / max(1, counted.sum()))
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]))


def _behind(arrays: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
