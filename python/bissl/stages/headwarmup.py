"""Warming up a head on a frozen backbone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..classifiers import Classifier
from ..data.augmentation import DownstreamViews
from ..networks import Backbone
from ..objectives import StepInfo
from ..optimizers import SGD
from ..progress import progress_bar
from .base import Stage, checked_counts, derived_seed, resolved_seed
from .sources import trained_backbone
from .task import DownstreamTask
from .training import train_epochs

if TYPE_CHECKING:
    from typing import Self


class HeadWarmup(Stage):
    """Fits a linear head at a constant rate; the backbone's parameters are frozen (sections 4.2.2 and B.3).

    Batch norm stays in training mode, as the authors ran it: the upper level of BiSSL meets the head in that mode.

    Parameters
    ----------
    epochs : passes over the images.
    batch_size : None is 256, or all images where there are fewer.
    lr, weight_decay, momentum : of SGD.
    augmentation : "paper" (96 pixels, flip), "small" (the images' own size, no flip), or a
        `bissl.data.DownstreamViews`.
    num_classes : None counts them in ``y``.
    random_state, progress : as in `Pretrain`.

    Attributes
    ----------
    downstream_ : the classifier with the head. backbone_ : a copy of the backbone, whose running statistics moved.
    history_ : per epoch: epoch, loss, gradient_norm, seconds.
    """

    def __init__(
        self,
        *,
        epochs: int = 20,
        batch_size: int | None = None,
        lr: float = 0.03,
        weight_decay: float = 1e-3,
        momentum: float = 0.9,
        augmentation: str | DownstreamViews = "paper",
        num_classes: int | None = None,
        random_state: int | None = 0,
        progress: bool = True,
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.augmentation = augmentation
        self.num_classes = num_classes
        self.random_state = random_state
        self.progress = progress

    def fit(self, source: Stage | Backbone, X: np.ndarray, y: np.ndarray) -> Self:
        """Fits the head on images X (N, H, W, C), uint8, and labels y (N,).

        ``source`` is a fitted stage or a network; it is not changed.
        """
        task = DownstreamTask.checked(X, y, self.num_classes, self.augmentation, self.batch_size)
        checked_counts(epochs=self.epochs)
        optimizer = SGD(lr=self.lr, weight_decay=self.weight_decay, momentum=self.momentum)
        backbone = trained_backbone(source, "source").clone()
        seed = resolved_seed(self.random_state)
        downstream = Classifier(backbone.num_features, task.classes, seed=derived_seed(seed, "head"))

        self._begin(seed)
        self.backbone_, self.downstream_ = backbone, downstream
        order, batches = task.sources(seed)

        def step(number: int) -> StepInfo:
            return downstream.step(backbone, batches.draw(order), optimizer, train_backbone=False)

        with progress_bar(self.epochs * task.steps, "head warm-up", self.progress) as bar:
            for record in train_epochs("head warm-up", self.epochs, task.steps, step, bar):
                self.history_.append(record)
        return self
