"""Fine-tuning on the downstream task."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..checkpoints.run import EVERY, StageRun, run_of
from ..data.augmentation import DownstreamViews
from ..data.dataset import Dataset
from ..data.given import ImagesLike, LabelsLike
from ..data.relabelled import DenseLabels
from ..errors import checked_flag, checked_integer
from ..models.backbone import Backbone
from ..objectives.base import Downstream, StepInfo
from ..optim.optimizers import Optimizer
from ..optim.schedules import CosineSchedule
from ..progress import progress_bar
from ..targets import Targets
from .base import Stage, resolved_seed
from .batches import DownstreamBatches, Evaluated
from .best import BestEpoch
from .callback import Callback
from .evaluation import PredictingStage, judged, known_metrics, outputs_of, require_measurable
from .givenbackbone import BackboneOption, begun_backbone, given_to_fit
from .identity import BackboneState, OptimizerState, run_identity
from .labels import checked_labels
from .methods import keyed
from .optimization import downstream_default, stage_optimizer, with_drop_path, with_layer_decay
from .task import DownstreamTask, Labelled, ObjectiveChoice, labelled_pair
from .training import EpochLoop, exhaust, train

if TYPE_CHECKING:
    from typing import Self

Checked = tuple[Dataset, np.ndarray | DenseLabels]
_VALIDATION = ("validation images", "validation labels")


class FineTune(PredictingStage):
    """Trains backbone and a new head together, cosine rate without warm-up (section 4.2.1).

    Parameters
    ----------
    backbone : Stage, Backbone, str, dict or None, optional
        That of ``fit(X, y)``: a fitted stage or a network, which is copied; or what `Pretrain` takes as ``backbone``,
        for random numbers. ``fit(backbone, X, y)`` takes another.
    lr : float or None, optional
        In place of the optimiser's.
    epochs : int, default 400
        Passes over the images.
    weight_decay : float or None, optional
        In place of the optimiser's.
    momentum : float or None, optional
        In place of the optimiser's.
    optimizer : Optimizer or None, optional
        Whose settings to use; None is `bissl.SGD` (lr 0.03, weight_decay 1e-3, momentum 0.9). The paper searches rate
        and weight decay on validation data (section B.2).
    layer_decay : float or None, optional
        The rate of a layer over that of the next, see `bissl.layer_decay`; None is 0.75 for vision transformers
        (section B.8), else 1.
    drop_path : float or None, optional
        Drop path of vision transformers, in training; None is the number that the network was made with (0 too), or
        0.1 (section B.8) where it was made without one.
    batch_size : int or None, optional
        None is 256 (16 for detection and segmentation), or all images where there are fewer.
    augmentation : str or DownstreamViews, default "paper"
        "paper" (96 pixels, flip; whole images for detection and segmentation, see `bissl.data.DenseView`), "small"
        (the images' own size, no flip), or a `bissl.data.DownstreamViews`.
    objective : callable, Downstream or None, optional
        As in `HeadWarmup`.
    num_classes : int or None, optional
        As in `HeadWarmup`.
    freeze_backbone : bool, default False
        Train the head only (linear probing, section B.9.1); batch norm stays in training mode.
    zero_head : bool, default False
        Begin with a head of zeros in place of random numbers (section B.9.1).
    validate_every : int, default 1
        Epochs between two looks at the validation data; the last epoch is always looked at, also where `stop` makes it
        the last.
    random_state : int or None, default 0
        As in `Pretrain`.
    progress : bool, default True
        As in `Pretrain`.
    callbacks : sequence of Callback, default ()
        As in `Pretrain`.

    Attributes
    ----------
    backbone_, downstream_ : Backbone
        The trained network and the objective with its head: of the epoch that was best on the validation data (the
        first of equals) where there is any, else of the last epoch. So also where Ctrl-C or an error has ended the fit.
    best_epoch_
        That epoch.
    best_validation_
        Its score on the validation data.
    classes_
        The labels that the head's outputs stand for, where there are classes, as in scikit-learn.
    class_names_
        What they are called.
    targets_ : Targets
        What the labels are.
    history_ : list of dict
        Per epoch: epoch, loss, gradient_norm, seconds, learning_rate, and (where it was looked at) validation: the
        first metric of the targets (accuracy, mean average precision) on the validation data.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By ``fit``: options, images or labels that do not fit.

    Examples
    --------
    >>> images, labels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), np.uint8), np.arange(8) % 2
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> stage = bissl.FineTune(epochs=1, augmentation="small", progress=False).fit(net, images, labels)
    >>> stage.predict(images).shape
    (8,)
    """

    downstream_: Downstream
    best_epoch_: int | None
    best_validation_: float | None
    _incidental = (*PredictingStage._incidental, "backbone")  # checkpoints hold the network itself

    def __init__(
        self,
        *,
        backbone: BackboneOption = None,
        lr: float | None = None,
        epochs: int = 400,
        weight_decay: float | None = None,
        momentum: float | None = None,
        optimizer: Optimizer | None = None,
        layer_decay: float | None = None,
        drop_path: float | None = None,
        batch_size: int | None = None,
        augmentation: str | DownstreamViews = "paper",
        objective: ObjectiveChoice = None,
        num_classes: int | None = None,
        freeze_backbone: bool = False,
        zero_head: bool = False,
        validate_every: int = 1,
        random_state: int | None = 0,
        progress: bool = True,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.backbone = backbone
        self.lr = lr
        self.epochs = epochs
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.optimizer = optimizer
        self.layer_decay = layer_decay
        self.drop_path = drop_path
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.objective = objective
        self.num_classes = num_classes
        self.freeze_backbone = freeze_backbone
        self.zero_head = zero_head
        self.validate_every = validate_every
        self.random_state = random_state
        self.progress = progress
        self.callbacks = callbacks

    @overload
    def fit(
        self,
        backbone: Stage | Backbone,
        X: ImagesLike,
        y: LabelsLike | None = None,
        validation: Labelled | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self: ...

    @overload
    def fit(
        self,
        X: ImagesLike,
        y: LabelsLike | None = None,
        /,
        *,
        validation: Labelled | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self: ...

    @overload
    def fit(
        self,
        *,
        X: ImagesLike,
        y: LabelsLike | None = None,
        validation: Labelled | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self: ...

    def fit(
        self,
        backbone: Any = None,
        X: Any = None,
        y: LabelsLike | None = None,
        validation: Labelled | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self:
        """Trains a copy of ``backbone`` (a network or a fitted stage) on images X and labels y (see
        `HeadWarmup.fit`). ``fit(X, y)`` takes the backbone of the constructor.

        ``validation`` is (images, labels) or a data set; the best epoch on them is kept. Its classes are joined with those
        of ``X`` by name where both have names; one that ``X`` does not have is an error. Those of its images that cannot be
        read are left out, with one warning, where the data set skips them. ``checkpoint``,
        ``checkpoint_every``: as in `Pretrain.fit`.
        """
        backbone, X, y = given_to_fit(self, self.backbone, backbone, X, y)
        run = run_of(checkpoint, checkpoint_every)
        seed = run.seed(self.random_state, resolved_seed)
        network = keyed(with_drop_path(begun_backbone(backbone, seed), self.drop_path), seed)
        task = DownstreamTask.checked(self, network, X, y, seed)
        targets = task.targets
        checked = None if validation is None else _checked_validation(validation, targets)
        epochs = checked_integer("epochs", self.epochs, 1)
        validate_every = checked_integer("validate_every", self.validate_every, 1)
        for name in ("freeze_backbone", "zero_head"):
            checked_flag(name, getattr(self, name))
        optimizer = self._new_optimizer(network)
        if self.zero_head:
            task.downstream.head.vector[:] = 0

        batches = task.batches(seed)

        self._begin(seed)
        self.backbone_, self.downstream_, self.views_, self.targets_ = network, task.downstream, task.views, targets
        self.best_epoch_, self.best_validation_ = None, None
        self._train(run, epochs, validate_every, task, batches, optimizer, checked)
        return self

    def _new_optimizer(self, network: Backbone) -> Optimizer:
        shorthands: dict[str, Any] = {"lr": self.lr, "weight_decay": self.weight_decay, "momentum": self.momentum}
        optimizer = stage_optimizer(self.optimizer, downstream_default, **shorthands)
        return with_layer_decay(optimizer, network, self.layer_decay)

    def _train(
        self,
        run: StageRun,
        epochs: int,
        validate_every: int,
        task: DownstreamTask,
        batches: DownstreamBatches,
        optimizer: Optimizer,
        validation: Checked | None,
    ) -> None:
        schedule = CosineSchedule(optimizer.lr, epochs * task.steps)
        best = BestEpoch(self.backbone_, self.downstream_)

        def step(number: int) -> StepInfo:
            optimizer.lr = schedule(number)
            return self.downstream_.step(
                self.backbone_, batches.draw(), optimizer, train_backbone=not self.freeze_backbone
            )

        def finish(record: dict[str, Any]) -> None:
            record["learning_rate"] = optimizer.lr
            done = record["epoch"] + 1
            if done % validate_every == 0 or done == epochs:
                look(record)

        def look(record: dict[str, Any]) -> None:
            if validation is not None and "validation" not in record:
                record["validation"] = self._validated(validation, tell=best.epoch is None)
                best.consider(record["epoch"], record["validation"])
                self.best_epoch_, self.best_validation_ = best.epoch, best.score

        def settle() -> None:
            best.restore()
            self.best_epoch_, self.best_validation_ = best.epoch, best.score

        parts = {
            "backbone": BackboneState(self.backbone_),
            "downstream": self.downstream_,
            "optimizer": OptimizerState(optimizer, backbone=self.backbone_, head=self.downstream_.head),
            "batches": batches,
            "best": best,
        }
        data = task.data if validation is None else task.data | dict(zip(_VALIDATION, validation))

        def identity() -> dict[str, Any]:
            return run_identity(self, data, task.targets, augmentation=task.views)

        with batches, progress_bar(schedule.total, "fine-tune", self.progress) as bar, run.waiting():
            loop = EpochLoop("fine-tuning", epochs, task.steps, step, bar, self.history_, finish)
            exhaust(train(self, loop, run, parts, identity, look, settle))

    def _validated(self, validation: Checked, tell: bool) -> float:
        images, labels = validation
        metric = next(iter(self.targets_.metrics.values()))
        return metric(*judged(self._evaluated(images), labels, self.targets_, images, _VALIDATION[1], tell))

    def _evaluated(self, images: Dataset) -> Evaluated:
        return outputs_of(self.downstream_, self.backbone_, images, self.views_.evaluation)


def _checked_validation(validation: Labelled, targets: Targets) -> Checked:
    known_metrics(targets)
    images, labels = checked_labels(labelled_pair(validation, "validation", _VALIDATION), targets, *_VALIDATION)
    require_measurable(targets, labels, images, _VALIDATION[1])
    return images, labels
