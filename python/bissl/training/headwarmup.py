"""Warming up a head on a frozen backbone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..checkpoints.run import EVERY, run_of
from ..data.augmentation import DownstreamViews
from ..data.given import ImagesLike, LabelsLike
from ..errors import checked_integer
from ..models.backbone import Backbone
from ..objectives.base import StepInfo
from ..optim.optimizers import Optimizer
from ..progress import progress_bar
from .base import Stage, resolved_seed
from .callback import Callback
from .identity import BackboneState, OptimizerState, run_identity
from .labels import LabelledStage
from .methods import keyed
from .optimization import downstream_default, stage_optimizer
from .sources import trained_backbone
from .task import DownstreamTask, ObjectiveChoice
from .training import EpochLoop, exhaust, train

if TYPE_CHECKING:
    from typing import Self


class HeadWarmup(LabelledStage):
    """Fits a head at a constant rate; the backbone's parameters are frozen (sections 4.2.2 and B.3).

    Batch norm stays in training mode, as the authors ran it: the upper level of BiSSL meets the head in that mode.

    Parameters
    ----------
    epochs : int, default 20
        Passes over the images.
    batch_size : int or None, optional
        None is 256 (16 for detection and segmentation), or all images where there are fewer.
    optimizer : Optimizer or None, optional
        Whose settings to use; None is `bissl.SGD` (lr 0.03, weight_decay 1e-3, momentum 0.9).
    lr, weight_decay, momentum : float or None, optional
        In place of the optimiser's.
    augmentation : str or DownstreamViews, default "paper"
        "paper" (96 pixels, flip; whole images for detection and segmentation, see `bissl.data.DenseView`), "small"
        (the images' own size, no flip), or a `bissl.data.DownstreamViews`.
    objective : callable, Downstream or None, optional
        None is a linear classifier for one class per image or for any number of them, as the labels are; for labels of
        another kind a callable that takes ``num_features`` (or ``net``) and ``seed``, and ``num_classes`` if it likes, and
        makes a downstream objective, or such an objective, such as ``bissl.FasterRCNN(net, num_classes=3)``, which is copied.
    num_classes : int or None, optional
        Num classes of a classifier whose labels are the numbers below it; None takes the classes that the data set
        names, else the different labels that there are.
    random_state : int or None, default 0
        As in `Pretrain`.
    progress : bool, default True
        As in `Pretrain`.
    callbacks : sequence of Callback, default ()
        As in `Pretrain`.

    Attributes
    ----------
    downstream_
        The objective with the head.
    targets_, classes_ : Targets
        As in `FineTune`.
    backbone_ : Backbone
        A copy of the backbone, whose running statistics moved.
    history_ : list of dict
        Per epoch: epoch, loss, gradient_norm, seconds.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By ``fit``: options, images or labels that do not fit.

    Examples
    --------
    >>> images, labels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8), ["cat", "dog"] * 4
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> stage = bissl.HeadWarmup(epochs=1, augmentation="small", progress=False).fit(net, images, np.array(labels))
    >>> stage.classes_.tolist()
    ['cat', 'dog']
    """

    def __init__(
        self,
        *,
        epochs: int = 20,
        batch_size: int | None = None,
        optimizer: Optimizer | None = None,
        lr: float | None = None,
        weight_decay: float | None = None,
        momentum: float | None = None,
        augmentation: str | DownstreamViews = "paper",
        objective: ObjectiveChoice = None,
        num_classes: int | None = None,
        random_state: int | None = 0,
        progress: bool = True,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.augmentation = augmentation
        self.objective = objective
        self.num_classes = num_classes
        self.random_state = random_state
        self.progress = progress
        self.callbacks = callbacks

    def fit(
        self,
        source: Stage | Backbone,
        X: ImagesLike,
        y: LabelsLike | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self:
        """Fits the head on images X, uint8 (N, H, W, C), a list of images that may differ in size, or a
        `bissl.data.Dataset`, and their labels y: class numbers or names (N,), sets of classes (N, classes) of 0 and 1 (-1
        leaves a pair out), or what the objective takes (boxes, label maps: see `bissl.targets`); None takes those of the
        data set.

        ``source`` is a fitted stage or a network; it is not changed. ``checkpoint``, ``checkpoint_every``: as in
        `Pretrain.fit`.
        """
        run = run_of(checkpoint, checkpoint_every)
        seed = run.seed(self.random_state, resolved_seed)
        backbone = keyed(trained_backbone(source, "source").clone(), seed)
        task = DownstreamTask.checked(self, backbone, X, y, seed)
        epochs = checked_integer("epochs", self.epochs, 1)
        optimizer = stage_optimizer(
            self.optimizer, downstream_default, lr=self.lr, weight_decay=self.weight_decay, momentum=self.momentum
        )

        batches = task.batches(seed)

        self._begin(seed)
        self.backbone_, self.downstream_ = backbone, task.downstream
        self.views_, self.targets_ = task.views, task.targets

        def step(number: int) -> StepInfo:
            return task.downstream.step(backbone, batches.draw(), optimizer, train_backbone=False)

        def identity() -> dict[str, Any]:
            return run_identity(self, task.data, task.targets, augmentation=task.views)

        parts = {
            "backbone": BackboneState(backbone),
            "downstream": task.downstream,
            "optimizer": OptimizerState(optimizer, head=task.downstream.head),
            "batches": batches,
        }
        with batches, progress_bar(epochs * task.steps, "head warm-up", self.progress) as bar, run.waiting():
            loop = EpochLoop("head warm-up", epochs, task.steps, step, bar, self.history_)
            exhaust(train(self, loop, run, parts, identity))
        return self
