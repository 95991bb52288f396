"""How much of the task is linear in the features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..data.augmentation import DownstreamViews, downstream_views
from ..data.checks import checked_images, checked_labels
from ..networks import Backbone
from .base import Stage, resolved_seed
from .batches import evaluation_batches
from .metrics import correct_predictions, scores
from .recalibration import recalibrate
from .sources import trained_backbone

if TYPE_CHECKING:
    from typing import Self


class LinearProbe(Stage):
    """Logistic regression (scikit-learn's) on the standardised features of a frozen backbone in evaluation mode.

    Parameters
    ----------
    C : inverse strength of the ℓ2 penalty.
    recalibration_batches : training batches that refresh the running statistics of batch norm first; 0 leaves them.
    augmentation, random_state : as in `FineTune`; the random views serve the recalibration only.

    Attributes
    ----------
    backbone_ : the copy whose features are used. classifier_ : the scikit-learn pipeline.
    history_ : one record with the accuracy on the training images.
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        recalibration_batches: int = 100,
        augmentation: str | DownstreamViews = "paper",
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.recalibration_batches = recalibration_batches
        self.augmentation = augmentation
        self.random_state = random_state

    def fit(self, backbone: Stage | Backbone, X: np.ndarray, y: np.ndarray) -> Self:
        """Fits on uint8 images X and labels y. ``backbone`` is a network or a fitted stage; it is not changed."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from threadpoolctl import threadpool_limits

        images = checked_images(X, "X")
        labels = checked_labels(y, len(images))
        views = downstream_views(self.augmentation, images.shape)
        network = trained_backbone(backbone)

        seed = resolved_seed(self.random_state)
        calibrated = recalibrate(
            network, images, augmentation=views, batches=self.recalibration_batches, random_state=seed
        )

        self._begin(seed)
        self.backbone_, self.views_ = calibrated, views
        self.classifier_ = make_pipeline(StandardScaler(), LogisticRegression(C=self.C, max_iter=2000))
        features = self.features(images)
        with threadpool_limits(1):  # as quick at this size, and quicker where other processes are busy
            self.classifier_.fit(features, labels)
        self.classes_ = np.arange(int(labels.max()) + 1)
        self.history_.append({"training": float(self.classifier_.score(features, labels))})
        return self

    def features(self, X: np.ndarray) -> np.ndarray:
        """Features (N, num_features) of uint8 images, evaluation mode."""
        self._check_fitted()
        batches = evaluation_batches(checked_images(X, "X"), self.views_.evaluation)
        return np.concatenate([self.backbone_(batch) for batch in batches])

    def predict_logits(self, X: np.ndarray) -> np.ndarray:
        """Scores (N, classes); a class without training images scores minus infinity."""
        features = self.features(X)
        known = self.classifier_.classes_
        decision = self.classifier_.decision_function(features)
        if len(known) == 2:
            decision = np.stack([-decision, decision], axis=1)
        logits = np.full((len(features), len(self.classes_)), -np.inf)
        logits[:, known] = decision
        return logits

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The likeliest class of each image, int64 (N,)."""
        return self.predict_logits(X).argmax(axis=1)

    def correct(self, X: np.ndarray, y: np.ndarray) -> int:
        """How many images are classified correctly."""
        return correct_predictions(self.predict_logits(X), checked_labels(y, len(X), len(self.classes_)))

    def score(self, X: np.ndarray, y: np.ndarray, metrics: str | Sequence[str] = "top1") -> float | dict[str, float]:
        """Accuracy in 0..1: one number for one of "top1", "top5"; a dict for several."""
        return scores(self.predict_logits(X), checked_labels(y, len(X), len(self.classes_)), metrics)
