"""What stages with predictions share: labels that are answered, counts of correct ones, metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from ..data.dataset import Dataset
from ..data.denseviews import DenseView
from ..data.given import ImagesLike, LabelsLike, labelled
from ..data.imageviews import ImageView
from ..distributed import gathered_rows, share_of, size
from ..errors import InvalidArgument, InvalidState, check_option
from ..models.backbone import Backbone
from ..objectives.base import Downstream
from ..objectives.downstream.dense import DenseDownstream
from ..targets import ClassNumbers, ClassSets, Targets
from ..targets.metrics import Metric, correct_predictions
from .batches import dense_evaluation_batches, evaluation_batches
from .labels import LabelledStage, checked_labels
from .probabilities import logistic, softmax


class PredictingStage(LabelledStage):
    """A stage that predicts labels."""

    def predict_logits(self, X: ImagesLike) -> np.ndarray:
        """What the head makes of images, uint8 (N, H, W, C) or a data set, in evaluation mode: logits (N, classes)
        where there are classes."""
        raise NotImplementedError

    def predict(self, X: ImagesLike) -> Any:
        """The likeliest class of each image (N,), as the labels of the training images call it (one of ``classes_``); which
        classes it has, bool (N, classes), where these can be any number; or what the objective's targets make of its
        outputs."""
        self._check_fitted()
        return self.targets_.decide(self.predict_logits(X))

    def predict_proba(self, X: ImagesLike) -> np.ndarray:
        """The probability of each of ``classes_``, (N, classes): by softmax, or, where an image can have any number of
        classes, by the logistic function of each.

        InvalidState where labels are no classes of whole images.
        """
        logits = self._class_logits(X)
        if isinstance(self.targets_, ClassSets):
            return logistic(logits)
        return softmax(logits)

    def decision_function(self, X: ImagesLike) -> np.ndarray:
        """What the prediction is decided by, as scikit-learn's classifiers give it: logits (N, classes); of two classes, of
        which an image has one, (N,), that of the second less that of the first.

        InvalidState where labels are no classes of whole images.
        """
        logits = self._class_logits(X)
        if isinstance(self.targets_, ClassNumbers) and logits.shape[1] == 2:
            logits = logits[:, 1] - logits[:, 0]
        return logits

    def _class_logits(self, X: ImagesLike) -> np.ndarray:
        self._check_fitted()
        if not isinstance(self.targets_, (ClassNumbers, ClassSets)):
            raise InvalidState("the labels are no classes of whole images; use predict")
        return self.predict_logits(X)

    def correct(self, X: ImagesLike, y: LabelsLike | None = None) -> int:
        """How many images are classified correctly: what `bissl.statistics.permutation_test` takes.

        InvalidState where there is more than one class per image, or none.
        """
        self._check_fitted()
        if not isinstance(self.targets_, ClassNumbers):
            raise InvalidState("correct counts images that have one class each; use score")
        return correct_predictions(*self._judged(X, y))

    @overload
    def score(self, X: ImagesLike, y: LabelsLike | None = None, metrics: str | None = None) -> float: ...  # type: ignore[overload-overlap]  # texts are sequences

    @overload
    def score(self, X: ImagesLike, y: LabelsLike | None = None, *, metrics: Sequence[str]) -> dict[str, float]: ...

    def score(
        self, X: ImagesLike, y: LabelsLike | None = None, metrics: str | Sequence[str] | None = None
    ) -> float | dict[str, float]:
        """How good the predictions are: a number for one metric, a dict for several. Without ``y`` the labels are the
        data set's. Classes are those that were trained on, joined by name where the data set names its own.

        Parameters
        ----------
        metrics : str, sequence of str or None, optional
            "top1" or "top5" (accuracy in 0..1) for one class per image; "map" (mean average precision of PASCAL VOC
            2007, in 0..1) for any number of them; else the names that the objective's targets give. None is the first.
        """
        self._check_fitted()
        known = known_metrics(self.targets_)
        first = next(iter(known)) if metrics is None else metrics
        names = [first] if isinstance(first, str) else list(first)
        chosen = {name: known[check_option("metrics", name, known)] for name in names}
        outputs, labels = self._judged(X, y)
        values = {name: metric(outputs, labels) for name, metric in chosen.items()}
        return next(iter(values.values())) if isinstance(first, str) else values

    def _judged(self, X: ImagesLike, y: LabelsLike | None) -> tuple[Any, Any]:
        """What is predicted and what is right."""
        images, labels = checked_labels(labelled(X, y), self.targets_)
        self.targets_.require_measurable(labels, "y")
        return self.predict_logits(images), labels


def known_metrics(targets: Targets) -> Mapping[str, Metric]:
    """The metrics of targets; InvalidArgument where there is none."""
    if not targets.metrics:
        raise InvalidArgument("metrics: the objective's targets name none; see bissl.targets.Targets")
    return targets.metrics


def outputs_of(downstream: Downstream, backbone: Backbone, images: Dataset, view: ImageView) -> Any:
    """What the head makes of the fixed view of all images, in evaluation mode: (N, ...); where labels belong to places in
    them, a list by image, in pixels of the image itself."""
    if isinstance(downstream, DenseDownstream):
        assert isinstance(view, DenseView)
        batches = dense_evaluation_batches(images, view)
        return [found for batch in batches for found in downstream.predict_alike(backbone, *batch)]
    count = len(images)
    own = images if size() == 1 or count < size() else images.subset(np.arange(count)[share_of(count)])
    outputs = np.concatenate([downstream.predict(backbone, batch) for batch in evaluation_batches(own, view)])
    return outputs if own is images else gathered_rows(outputs, count, "predictions")
