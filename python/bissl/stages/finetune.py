"""Fine-tuning on the downstream task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..classifiers import Classifier
from ..data.augmentation import DownstreamViews
from ..data.checks import checked_images, checked_labels
from ..networks import Backbone
from ..objectives import StepInfo
from ..optimizers import SGD
from ..progress import progress_bar
from ..schedules import CosineSchedule
from .base import Stage, checked_counts, derived_seed, resolved_seed
from .batches import evaluation_batches
from .metrics import correct_predictions, scores
from .sources import trained_backbone
from .task import DownstreamTask
from .training import train_epochs

if TYPE_CHECKING:
    from typing import Self

Labelled = tuple[np.ndarray, np.ndarray]


class FineTune(Stage):
    """Trains backbone and a new linear head together, cosine rate without warm-up (section 4.2.1).

    Parameters
    ----------
    lr, weight_decay, momentum : of SGD. The paper searches lr and weight decay on validation data (section B.2).
    epochs : passes over the images.
    batch_size : None is 256, or all images where there are fewer.
    augmentation : "paper" (96 pixels, flip), "small" (the images' own size, no flip), or a
        `bissl.data.DownstreamViews`.
    num_classes : None counts them in ``y``.
    validate_every : epochs between two looks at the validation data; the last epoch is always looked at.
    random_state, progress : as in `Pretrain`.

    Attributes
    ----------
    backbone_, downstream_ : the trained network and the classifier with its head: of the epoch that was best on the
        validation data (the first of equals) where there is any, else of the last epoch.
    best_epoch_ : that epoch; best_validation_ : its correct validation predictions.
    history_ : per epoch: epoch, loss, gradient_norm, seconds, learning_rate, and (where it was looked at) validation
        accuracy in 0..1.
    """

    def __init__(
        self,
        *,
        lr: float = 0.03,
        epochs: int = 400,
        weight_decay: float = 1e-3,
        momentum: float = 0.9,
        batch_size: int | None = None,
        augmentation: str | DownstreamViews = "paper",
        num_classes: int | None = None,
        validate_every: int = 1,
        random_state: int | None = 0,
        progress: bool = True,
    ) -> None:
        self.lr = lr
        self.epochs = epochs
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.num_classes = num_classes
        self.validate_every = validate_every
        self.random_state = random_state
        self.progress = progress

    def fit(self, backbone: Stage | Backbone, X: np.ndarray, y: np.ndarray, validation: Labelled | None = None) -> Self:
        """Trains a copy of ``backbone`` (a network or a fitted stage) on uint8 images X and labels y.

        ``validation`` is (images, labels); the best epoch on them is kept.
        """
        task = DownstreamTask.checked(X, y, self.num_classes, self.augmentation, self.batch_size)
        if validation is not None:
            validation = _checked_validation(validation, task.classes)
        checked_counts(epochs=self.epochs, validate_every=self.validate_every)
        optimizer = SGD(lr=self.lr, weight_decay=self.weight_decay, momentum=self.momentum)
        network = trained_backbone(backbone).clone()
        seed = resolved_seed(self.random_state)
        downstream = Classifier(network.num_features, task.classes, seed=derived_seed(seed, "head"))

        self._begin(seed)
        self.backbone_, self.downstream_, self.views_ = network, downstream, task.views
        self.classes_ = np.arange(task.classes)
        self.best_epoch_ = self.best_validation_ = None
        self._train(task, optimizer, validation)
        return self

    def _train(self, task: DownstreamTask, optimizer: SGD, validation: Labelled | None) -> None:
        schedule = CosineSchedule(self.lr, self.epochs * task.steps)
        order, batches = task.sources(self.seed_)
        best = None

        def step(number: int) -> StepInfo:
            optimizer.lr = schedule(number)
            return self.downstream_.step(self.backbone_, batches.draw(order), optimizer)

        with progress_bar(schedule.total, "fine-tune", self.progress) as bar:
            for record in train_epochs("fine-tuning", self.epochs, task.steps, step, bar):
                self.history_.append(record | {"learning_rate": optimizer.lr})
                if validation is not None and self._is_looked_at(record["epoch"]):
                    best = self._validate(validation, best)
        if best is not None:
            self._restore(best)

    def _is_looked_at(self, epoch: int) -> bool:
        return (epoch + 1) % self.validate_every == 0 or epoch + 1 == self.epochs

    def _validate(self, validation: Labelled, best: dict[str, Any] | None) -> dict[str, Any]:
        """Adds the validation accuracy to the epoch's record and returns the best state so far."""
        images, labels = validation
        correct = correct_predictions(self._logits(images), labels)
        self.history_[-1]["validation"] = correct / len(labels)
        if best is not None and correct <= self.best_validation_:
            return best
        self.best_epoch_, self.best_validation_ = self.history_[-1]["epoch"], correct
        return {"backbone": self.backbone_.state_dict(), "head": self.downstream_.head.state_dict()}

    def _restore(self, state: dict[str, Any]) -> None:
        self.backbone_.load_state_dict(state["backbone"])
        self.downstream_.head.load_state_dict(state["head"])

    def _logits(self, images: np.ndarray) -> np.ndarray:
        batches = evaluation_batches(images, self.views_.evaluation)
        return np.concatenate([self.downstream_.predict_logits(self.backbone_, batch) for batch in batches])

    def predict_logits(self, X: np.ndarray) -> np.ndarray:
        """Logits (N, classes) of uint8 images, evaluation mode."""
        self._check_fitted()
        return self._logits(checked_images(X, "X"))

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The likeliest class of each image, int64 (N,)."""
        return self.predict_logits(X).argmax(axis=1)

    def correct(self, X: np.ndarray, y: np.ndarray) -> int:
        """How many images are classified correctly: what `bissl.statistics.permutation_test` takes."""
        images = checked_images(X, "X")
        return correct_predictions(self.predict_logits(images), checked_labels(y, len(images), len(self.classes_)))

    def score(self, X: np.ndarray, y: np.ndarray, metrics: str | Sequence[str] = "top1") -> float | dict[str, float]:
        """Accuracy in 0..1: one number for one of "top1", "top5"; a dict for several."""
        self._check_fitted()
        images = checked_images(X, "X")
        labels = checked_labels(y, len(images), len(self.classes_))
        return scores(self._logits(images), labels, metrics)


def _checked_validation(validation: Labelled, classes: int) -> Labelled:
    images = checked_images(validation[0], "validation images")
    return images, checked_labels(validation[1], len(images), classes, "validation labels")
