"""What stages with predictions share: labels that are answered, counts of correct ones, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, overload

import numpy as np

from .._engine import dtype
from ..data.dataset import Dataset
from ..data.denseviews import DenseView
from ..data.given import ImagesLike, LabelsLike, as_dataset, labelled
from ..data.imageviews import ImageView
from ..data.relabelled import DenseLabels
from ..distributed import gathered_rows, share_of, size
from ..distributed.agreement import gathered
from ..errors import DataError, FileMissing, InvalidArgument, InvalidState, WrongType, check_option
from ..models.backbone import Backbone
from ..objectives.base import Downstream
from ..objectives.downstream.dense import DenseDownstream
from ..targets import ClassNumbers, ClassSets, Targets
from ..targets.metrics import Metric, correct_predictions
from .batches import Evaluated, densely_evaluated, evaluated
from .labels import LabelledStage, checked_labels
from .probabilities import logistic, softmax

#: Most axes that the outputs for an image have.
_MOST_AXES = 8


class PredictingStage(LabelledStage):
    """A stage that predicts labels."""

    def predict_logits(self, X: ImagesLike) -> Any:
        """What the head makes of images, uint8 (N, H, W, C) or a data set, in evaluation mode: logits (N, classes) where
        there are classes; the outputs (N, ...) of an objective of another kind; of detection and segmentation, by image and
        in its own pixels.

        DataError (ValueError), which names the files, where images cannot be read: `score` leaves those out where the data set
        skips them, a prediction has a row for every image.
        """
        self._check_fitted()
        images = as_dataset(X, "X")
        return self._evaluated(images).whole(images)

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
        logits: np.ndarray = self.predict_logits(X)
        return logits

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
        data set's. Classes are those that were trained on, joined by name where the data set names its own. Images that
        cannot be read are left out, with one warning, where the data set skips them (``on_error="skip"``).

        Parameters
        ----------
        metrics : str, sequence of str or None, optional
            "top1" or "top5" (accuracy in 0..1) for one class per image; "map" (mean average precision of PASCAL VOC
            2007, in 0..1) for any number of them; else the names that the objective's targets give. None is the first.
        """
        self._check_fitted()
        known = known_metrics(self.targets_)
        first = next(iter(known)) if metrics is None else metrics
        if not isinstance(first, Iterable):
            raise WrongType(f"metrics: expected a name of {', '.join(known)}, or several, got {type(first).__name__}")
        names = [first] if isinstance(first, str) else list(first)
        chosen = {name: known[check_option("metrics", name, known)] for name in names}
        outputs, labels = self._judged(X, y)
        values = {name: metric(outputs, labels) for name, metric in chosen.items()}
        return next(iter(values.values())) if isinstance(first, str) else values

    def _judged(self, X: ImagesLike, y: LabelsLike | None = None) -> Judged:
        images, labels = checked_labels(labelled(X, y), self.targets_)
        require_measurable(self.targets_, labels, images, "y")
        return judged(self._evaluated(images), labels, self.targets_, images, "y")

    def _evaluated(self, images: Dataset) -> Evaluated:
        """What the head makes of the images that can be read."""
        raise NotImplementedError


def require_measurable(targets: Targets, labels: Any, images: Dataset, name: str) -> None:
    """As `Targets.require_measurable`, before anything is predicted; of boxes and label maps that are skipped where they are
    broken, `judged` finds it."""
    if not (isinstance(labels, DenseLabels) and images.reading.on_error == "skip"):
        targets.require_measurable(labels, name)


def known_metrics(targets: Targets) -> Mapping[str, Metric]:
    """The metrics of targets; InvalidArgument where there is none."""
    if not targets.metrics:
        raise InvalidArgument("metrics: the objective's targets name none; see bissl.targets.Targets")
    return targets.metrics


def outputs_of(downstream: Downstream, backbone: Backbone, images: Dataset, view: ImageView) -> Evaluated:
    """What the head makes of the fixed view of all images that can be read, in evaluation mode: (n, ...); where labels belong
    to places in them, a list by image, in pixels of the image itself."""
    if isinstance(downstream, DenseDownstream):
        assert isinstance(view, DenseView)
        return densely_evaluated(partial(downstream.predict_alike, backbone), images, view)
    count = len(images)
    shared = size() > 1 and count >= size()
    own = images.subset(np.arange(count)[share_of(count)]) if shared else images
    found = evaluated(partial(downstream.predict, backbone), own, view)
    return _gathered(found, len(own), count) if shared else found


def _gathered(found: Evaluated, own: int, count: int) -> Evaluated:
    """What all processes have made of their shares, of ``own`` images here and ``count`` in all."""
    first = int(np.arange(count)[share_of(count)][0])
    is_read = np.zeros(own)
    is_read[found.samples] = 1
    samples = np.flatnonzero(gathered_rows(is_read, count, "which images could be read"))
    rows = found.rows
    if 0 < len(samples) < count:
        rows = _at_their_places(found, own)
    if len(samples):
        rows = gathered_rows(rows, count, "predictions")[samples]
    return Evaluated(rows, samples, {first + sample: reason for sample, reason in found.left_out.items()})


def _at_their_places(found: Evaluated, own: int) -> np.ndarray:
    """The rows of this process's images (own, ...), 0 where one could not be read. A process that could read none of them
    learns from the others what a row is like."""
    extents = np.full(_MOST_AXES, -1)
    if found.rows is not None:
        extents[: found.rows.ndim - 1] = found.rows.shape[1:]
    known = gathered(extents, "shapes of predictions").max(axis=0)
    rows = np.zeros((own, *known[known >= 0].astype(int)), dtype if found.rows is None else found.rows.dtype)
    if found.rows is not None:
        rows[found.samples] = found.rows
    return rows


class Judged(NamedTuple):
    """What is predicted and what is right, of the images that could be read."""

    outputs: Any
    labels: Any


def judged(found: Evaluated, labels: Any, targets: Targets, images: Dataset, name: str, tell: bool = True) -> Judged:
    """Outputs beside the labels, of all ``images``, that belong to them; what is left out is a warning, if ``tell``.

    DataError where nothing is left; InvalidArgument where nothing of what is left can be measured.
    """
    if isinstance(labels, DenseLabels) and images.reading.on_error == "skip":
        found, labels = _densely_labelled(found, labels)
    elif len(found.samples) < len(images):
        labels = labels[found.samples]
    if tell or len(found.samples) == 0:
        found.warn(images)
    if len(found.samples) < len(images):
        targets.require_measurable(labels, name)
    return Judged(found.rows, labels)


def _densely_labelled(found: Evaluated, labels: DenseLabels) -> tuple[Evaluated, list[Any]]:
    """Without the images whose boxes or label maps cannot be read, and the labels of the others."""
    kept, own, left_out = [], [], dict(found.left_out)
    for place, sample in enumerate(map(int, found.samples)):
        try:
            own.append(labels[sample])
            kept.append(place)
        except (DataError, FileMissing) as error:
            left_out[sample] = str(error)
    return Evaluated([found.rows[place] for place in kept], found.samples[kept], left_out), own
