"""How good the features are while a backbone is trained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..data.augmentation import DownstreamViews
from ..data.dataset import Dataset
from ..errors import InvalidArgument, checked_integer, checked_number
from ..extras import required
from ..targets import ClassNumbers, Targets
from ..training.labels import class_targets, measurable_labels
from ..training.task import Labelled, labelled_pair
from .checks import PeriodicCheck

if TYPE_CHECKING:
    from ..training.base import Stage


#: What messages call images and labels.
_TRAINING, _TEST = ("training images", "training labels"), ("test images", "test labels")


class LabelledCheck(PeriodicCheck):
    """A score of labelled images.

    Parameters
    ----------
    training, test : (images, labels), or data sets with labels: what the score's classifier learns from, and what it is
        measured on. Take validation images, not those that the final result is measured on.
    every, augmentation : as of `PeriodicCheck`.
    """

    training: Labelled
    test: Labelled
    _fixed: Iterable[str] = ("training", "test")
    _shared = frozenset({"training", "test", "_pairs"})

    def __init__(
        self, training: Labelled, test: Labelled, every: int = 10, augmentation: str | DownstreamViews = "paper"
    ) -> None:
        required("sklearn", "analysis", type(self).__name__)
        super().__init__(every, augmentation)
        self._fix(training=training, test=test)
        self._pairs = labelled_pair(training, "training", _TRAINING), labelled_pair(test, "test", _TEST)

    def _read(self) -> tuple[Targets, list[tuple[Dataset, np.ndarray]]]:
        """What the training labels are, and both parts with labels as these targets read them."""
        targets = class_targets(self._pairs[0], *_TRAINING)
        return targets, [
            measurable_labels(pair, targets, *names) for pair, names in zip(self._pairs, (_TRAINING, _TEST))
        ]


class Probe(LabelledCheck):
    """Linear-probe accuracy (or mean average precision), in 0..1, as ``record["probe"]``: `bissl.LinearProbe` without
    recalibration. ``C`` as there.

    Parameters
    ----------
    training : tuple (X, y) or Dataset
        (images, labels), or a data set with labels: what the score's classifier learns from.
    test : tuple (X, y) or Dataset
        (images, labels), or a data set with labels: what it is measured on. Take validation images, not those that the
        final result is measured on.
    every : int, default 10
        Epochs or alternations between two scores, at least 1.
    augmentation : str or DownstreamViews, default "paper"
        Whose evaluation view is used, as in `bissl.FineTune`.
    C : float, default 1.0
        Inverse strength of the ℓ2 penalty.

    Raises
    ------
    MissingPackage (ImportError)
        Scikit-learn is not installed.
    WrongType (TypeError), InvalidArgument (ValueError)
        Images without labels, or a number out of range.

    Examples
    --------
    >>> images, labels = np.zeros((8, 16, 16, 3), np.uint8), np.arange(8) % 2
    >>> bissl.callbacks.Probe((images, labels), (images, labels), every=5, augmentation="small").name
    'probe'
    """

    name = "probe"

    C: float
    _fixed = ("C",)

    def __init__(
        self,
        training: Labelled,
        test: Labelled,
        every: int = 10,
        augmentation: str | DownstreamViews = "paper",
        *,
        C: float = 1.0,
    ) -> None:
        super().__init__(training, test, every, augmentation)
        self._fix(C=checked_number("C", C, above=0))

    def on_begin(self, stage: Stage) -> None:
        _, ((training, _), _) = self._read()
        self._views(stage, training)  # by which those of the test images are made too

    def _score(self, stage: Stage) -> float:
        from ..training.linearprobe import LinearProbe

        probe = LinearProbe(C=self.C, augmentation=self.augmentation, recalibration_batches=0)
        (training, labels, _), (test, test_labels, _) = self._pairs
        return probe.fit(stage.backbone_, training, labels).score(test, test_labels)


class NearestNeighbors(LabelledCheck):
    """Accuracy, in 0..1, of the majority of the ``neighbors`` nearest training features by cosine distance, as
    ``record["knn"]``; for one class per image.

    Parameters
    ----------
    training : tuple (X, y) or Dataset
        (images, labels), or a data set with labels: what the score's classifier learns from.
    test : tuple (X, y) or Dataset
        (images, labels), or a data set with labels: what it is measured on. Take validation images, not those that the
        final result is measured on.
    every : int, default 10
        Epochs or alternations between two scores, at least 1.
    augmentation : str or DownstreamViews, default "paper"
        Whose evaluation view is used, as in `bissl.FineTune`.
    neighbors : int, default 20
        How many neighbours vote, at least 1.

    Raises
    ------
    MissingPackage (ImportError)
        Scikit-learn is not installed.
    WrongType (TypeError), InvalidArgument (ValueError)
        Images without labels, or a number out of range.

    Examples
    --------
    >>> images, labels = np.zeros((8, 16, 16, 3), np.uint8), np.arange(8) % 2
    >>> bissl.callbacks.NearestNeighbors((images, labels), (images, labels), every=5).name
    'knn'
    """

    name = "knn"

    neighbors: int
    _fixed = ("neighbors",)

    def __init__(
        self,
        training: Labelled,
        test: Labelled,
        every: int = 10,
        augmentation: str | DownstreamViews = "paper",
        *,
        neighbors: int = 20,
    ) -> None:
        super().__init__(training, test, every, augmentation)
        self._fix(neighbors=checked_integer("neighbors", neighbors, 1))

    def on_begin(self, stage: Stage) -> None:
        for images, _ in self._joined():
            self._views(stage, images)

    def _score(self, stage: Stage) -> float:
        from sklearn.neighbors import KNeighborsClassifier

        from ..training.featurechecks import check_spread

        (training, labels), (test, test_labels) = self._joined()
        features, read = self._features(stage, training)
        classifier = KNeighborsClassifier(min(self.neighbors, len(features)), metric="cosine")
        check_spread(features, f"{type(self).__name__}: the features of the training images")
        classifier.fit(features, labels[read])
        features, read = self._features(stage, test)
        return float(classifier.score(features, test_labels[read]))

    def _joined(self) -> list[tuple[Dataset, np.ndarray]]:
        """Both parts with the numbers of the training images' classes."""
        targets, parts = self._read()
        if not isinstance(targets, ClassNumbers):
            raise InvalidArgument(
                f"{_TRAINING[1]}: neighbours vote for one class per image, and these may have any number; use Probe"
            )
        return parts


#: The British spelling of the name.
NearestNeighbours = NearestNeighbors
