"""How much of the task is linear in the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.dataset import Dataset
from ..data.given import ImagesLike, LabelsLike, as_dataset, labelled
from ..errors import InvalidArgument, checked_integer, checked_number
from ..extras import required
from ..finite import check_finite
from ..models.backbone import Backbone
from ..targets import ClassNumbers, ClassSets, Targets
from .backbones import check_image_size
from .base import Stage, resolved_seed
from .batches import Evaluated, evaluated
from .evaluation import PredictingStage, judged
from .givenbackbone import BackboneOption, begun_backbone, given_to_fit
from .labels import class_targets, measurable_labels
from .recalibration import recalibrate

if TYPE_CHECKING:
    from typing import Self


class LinearProbe(PredictingStage):
    """Logistic regression (scikit-learn's) on the standardised features of a frozen backbone in evaluation mode; one per
    class where an image may have any number of classes.

    Parameters
    ----------
    backbone : Stage, Backbone, str, dict or None, optional
        That of ``fit(X, y)``: a fitted stage or a network; or what `Pretrain` takes as ``backbone``, for random
        numbers. ``fit(backbone, X, y)`` takes another.
    C : float, default 1.0
        Inverse strength of the ℓ2 penalty.
    recalibration_batches : int, default 100
        Training batches that refresh the running statistics of batch norm first; 0 leaves them.
    augmentation : str or DownstreamViews, default "paper"
        As in `FineTune`; the random views serve the recalibration only.
    random_state : int or None, default 0
        As in `FineTune`; the random views serve the recalibration only.

    Attributes
    ----------
    backbone_ : Backbone
        The copy whose features are used.
    classifier_
        The scikit-learn pipeline.
    targets_, classes_ : Targets
        As in `FineTune`, of ``y``.
    history_ : list of dict
        One record with the score on the training images.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By ``fit``: options, images or labels that do not fit.

    Examples
    --------
    >>> images, labels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8), np.arange(8) % 2
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> probe = bissl.LinearProbe(augmentation="small", recalibration_batches=1).fit(net, images, labels)
    >>> 0 <= probe.score(images, labels) <= 1
    True
    """

    _incidental = (*PredictingStage._incidental, "backbone")

    def __init__(
        self,
        *,
        backbone: BackboneOption = None,
        C: float = 1.0,
        recalibration_batches: int = 100,
        augmentation: str | DownstreamViews = "paper",
        random_state: int | None = 0,
    ) -> None:
        required("sklearn", "analysis", "LinearProbe")
        self.backbone = backbone
        self.C = C
        self.recalibration_batches = recalibration_batches
        self.augmentation = augmentation
        self.random_state = random_state

    @overload
    def fit(self, backbone: Stage | Backbone, X: ImagesLike, y: LabelsLike | None = None) -> Self: ...

    @overload
    def fit(self, X: ImagesLike, y: LabelsLike | None = None, /) -> Self: ...

    @overload
    def fit(self, *, X: ImagesLike, y: LabelsLike | None = None) -> Self: ...

    def fit(self, backbone: Any = None, X: Any = None, y: LabelsLike | None = None) -> Self:
        """Fits on images X, uint8 (N, H, W, C) or a `bissl.data.Dataset`, and labels y: class numbers or names (N,), or
        sets of classes (N, classes) of 0 and 1 (-1 leaves a pair out); None takes those of the data set.

        ``backbone`` is a network or a fitted stage; it is not changed. ``fit(X, y)`` takes that of the constructor.
        """
        from threadpoolctl import threadpool_limits

        from .featurechecks import check_spread

        backbone, X, y = given_to_fit(self, self.backbone, backbone, X, y)
        checked_number("C", self.C, above=0)
        batches = checked_integer("recalibration_batches", self.recalibration_batches, 0)
        given = labelled(X, y)
        targets = class_targets(given)
        images, read = measurable_labels(given, targets)
        labels = read.astype(np.int64)
        views = downstream_views(self.augmentation, images)
        seed = resolved_seed(self.random_state)
        network = begun_backbone(backbone, seed)
        check_image_size(network, (views.training, views.evaluation))

        calibrated = recalibrate(network, images, augmentation=views, batches=batches, random_state=seed)

        classifier = self._new_classifier(targets)
        read_features = evaluated(calibrated, images, views.evaluation)
        features, labels = judged(read_features, labels, targets, images, "y")
        if len(features) < len(images) and isinstance(targets, ClassNumbers) and len(np.unique(labels)) < 2:
            raise InvalidArgument("X: expected images of at least two classes that can be read, got only one")
        check_finite(features, "features of X")
        check_spread(features, "features of X")
        with threadpool_limits(1):  # as quick at this size, and quicker where other processes are busy
            classifier.fit(features, labels)
        metric = next(iter(targets.metrics.values()))
        training = metric(_scores(classifier, targets, features), labels)

        self.seed_, self.history_ = seed, [{"training": training}]
        self.backbone_, self.views_, self.targets_, self.classifier_ = calibrated, views, targets, classifier
        return self

    def _new_classifier(self, targets: Targets) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        from .regressions import RegressionPerClass

        regression = LogisticRegression(C=self.C, max_iter=2000)
        several = isinstance(targets, ClassSets)
        return make_pipeline(StandardScaler(), RegressionPerClass(regression) if several else regression)

    def features(self, X: ImagesLike) -> np.ndarray:
        """Features (N, num_features) of images, uint8 (N, H, W, C) or a data set, evaluation mode."""
        self._check_fitted()
        images = as_dataset(X, "X")
        features: np.ndarray = self._features_of(images).whole(images)
        return features

    def _features_of(self, images: Dataset) -> Evaluated:
        return evaluated(self.backbone_, images, self.views_.evaluation)

    def _evaluated(self, images: Dataset) -> Evaluated:
        """Scores (n, classes); of class numbers, one without training images scores minus infinity; of sets of classes, one
        that no training image has the lowest float32, one that all have the highest."""
        found = self._features_of(images)
        if found.rows is None:
            return found
        return found._replace(rows=_scores(self.classifier_, self.targets_, found.rows))


def _scores(classifier: Any, targets: Targets, features: np.ndarray) -> np.ndarray:
    """Scores (N, classes) of features (N, F)."""
    decision: np.ndarray = classifier.decision_function(features)
    if not isinstance(targets, ClassNumbers):
        return decision
    known = classifier.classes_
    if len(known) == 2:  # logits whose difference is the decision, so that softmax gives the regression's probabilities
        decision = np.stack([-decision / 2, decision / 2], axis=1)
    scores = np.full((len(features), targets.num_classes), -np.inf)
    scores[:, known] = decision
    return scores
