"""Both objectives at once, weighted: the single-level alternative to BiSSL."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..bilevel.joint import JointInfo, WeightedObjectives
from ..checkpoints.run import EVERY, run_of
from ..data.augmentation import DownstreamViews
from ..data.checks import checked_batch_size
from ..data.given import ImagesLike
from ..data.pretext_recipes import PretextRecipe
from ..data.stacks import Stack
from ..errors import InvalidArgument, checked_integer
from ..optim.optimizers import Optimizer
from ..progress import progress_bar
from .base import derived_seed, resolved_seed
from .callback import Callback
from .identity import run_identity
from .labels import LabelledStage
from .methods import defaults_of
from .optimization import stage_optimizer
from .task import Labelled, checked_task_batch_size
from .training import EpochLoop, checked_warmup, exhaust, rate_curve, train
from .twolevels import TwoLevels

if TYPE_CHECKING:
    from typing import Self


class WeightedSum(LabelledStage):
    """Minimises (1 − w) L^P + w L^D over one backbone and both heads, in place of BiSSL: the baseline of equation (10)
    (section B.9.4). The defaults are the paper's: the lower level's optimiser, as many steps as BiSSL's upper level has.

    The paper does not say what φ_D begins with; here it is the warmed-up head, as in BiSSL.

    Parameters
    ----------
    weight : float, default 0.25
        w, from 0 (pretext task only) to 1.
    steps : int, default 4000
        Training steps, each on one batch of either level.
    record_every : int or None, optional
        Steps per record, a divisor of ``steps``; None is the greatest up to 20.
    optimizer : Optimizer or None, optional
        As ``lower_optimizer`` and so on of `BiSSL`.
    lr : float or None, optional
        As ``lower_optimizer`` and so on of `BiSSL`.
    weight_decay : float or None, optional
        As ``lower_optimizer`` and so on of `BiSSL`.
    warmup_steps : int or None, optional
        Warmup steps of linear warm-up; None is 200, at most a tenth of the run. Then a cosine.
    lower_batch_size, upper_batch_size : int or None, optional
        Of the pretext and the downstream batches, as in `BiSSL`.
    clip_norm : float or None, default 10.0
        Largest joint norm of the gradient; None does not clip.
    pretext_augmentation : str, OneView, TwoViews, tuple of View or None, optional
        As in `BiSSL`.
    downstream_augmentation : str, DownstreamViews or None, optional
        As in `BiSSL`.
    random_state : int or None, default 0
        As in `Pretrain`.
    progress : bool, default True
        As in `Pretrain`.
    callbacks : sequence of Callback, default ()
        As in `Pretrain`.

    Attributes
    ----------
    backbone_, pretext_, downstream_ : Backbone
        The network, and both objectives with their heads.
    targets_, classes_ : Targets
        As in `FineTune`.
    history_ : list of dict
        Per record: epoch (its number), loss, gradient_norm, pretext_loss, downstream_loss (the last three at its last
        step), learning_rate, seconds.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By ``fit``: options, images or labels that do not fit.

    Examples
    --------
    >>> images, labels = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), np.uint8), np.arange(16) % 2
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> options = {"augmentation": "small", "progress": False}
    >>> ssl = bissl.Pretrain(backbone=net, epochs=1, method_options={"projector": (8, 8)}, **options).fit(images)
    >>> warm = bissl.HeadWarmup(epochs=1, **options).fit(ssl, images, labels)
    >>> stage = bissl.WeightedSum(weight=0.25, steps=2, progress=False).fit(ssl, warm, images, (images, labels))
    >>> stage.history_[0]["pretext_loss"] > 0
    True
    """

    def __init__(
        self,
        *,
        weight: float = 0.25,
        steps: int = 4000,
        record_every: int | None = None,
        optimizer: Optimizer | None = None,
        lr: float | None = None,
        weight_decay: float | None = None,
        warmup_steps: int | None = None,
        lower_batch_size: int | None = None,
        upper_batch_size: int | None = None,
        clip_norm: float | None = 10.0,
        pretext_augmentation: PretextRecipe | None = None,
        downstream_augmentation: str | DownstreamViews | None = None,
        random_state: int | None = 0,
        progress: bool = True,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.weight = weight
        self.steps = steps
        self.record_every = record_every
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.warmup_steps = warmup_steps
        self.lower_batch_size = lower_batch_size
        self.upper_batch_size = upper_batch_size
        self.clip_norm = clip_norm
        self.pretext_augmentation = pretext_augmentation
        self.downstream_augmentation = downstream_augmentation
        self.random_state = random_state
        self.progress = progress
        self.callbacks = callbacks

    def fit(
        self,
        pretrained: Any,
        warm: Any,
        X_unlabeled: ImagesLike,
        labeled: Labelled,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self:
        """Trains. The arguments are those of `BiSSL.iterate`."""
        run = run_of(checkpoint, checkpoint_every)
        steps = checked_integer("steps", self.steps, 1)
        length = record_length(steps, self.record_every)
        task = TwoLevels.checked(self, pretrained, warm, X_unlabeled, labeled)
        lower = checked_batch_size(self.lower_batch_size, 1024, len(task.unlabeled), name="lower_batch_size")
        upper = checked_task_batch_size(self.upper_batch_size, len(task.images), task.targets, "upper_batch_size")
        shorthands: dict[str, Any] = {"lr": self.lr, "weight_decay": self.weight_decay}
        optimizer = stage_optimizer(self.optimizer, defaults_of(task.pretext).lower_level, **shorthands)
        objectives = WeightedObjectives(task.pretext, task.downstream, self.weight, optimizer, clip_norm=self.clip_norm)
        warmup = checked_warmup("warmup_steps", self.warmup_steps, 1, steps)
        rate = rate_curve(optimizer.lr, steps, warmup, 200)
        seed = run.seed(self.random_state, resolved_seed)
        task.begin(seed)

        lower_order = Stack(len(task.unlabeled), lower, seed=derived_seed(seed, "lower order"))
        upper_order = Stack(len(task.images), upper, seed=derived_seed(seed, "upper order"))
        pretext_batches = task.pretext_batches(lower_order, seed)
        downstream_batches = task.downstream_batches(upper_order, seed)

        self._begin(seed)
        self.pretext_, self.downstream_, self.backbone_ = task.pretext, task.downstream, task.pretext.backbone
        self.pretext_views_, self.views_, self.targets_ = task.pretext_views, task.downstream_views, task.targets
        last: JointInfo

        def step(number: int) -> JointInfo:
            nonlocal last
            objectives.lr = rate(number)
            last = objectives.step(pretext_batches.draw(), downstream_batches.draw())
            return last

        def finish(record: dict[str, Any]) -> None:
            record |= {"pretext_loss": last.pretext_loss, "downstream_loss": last.downstream_loss}
            record["learning_rate"] = objectives.lr

        def identity() -> dict[str, Any]:
            return run_identity(self, task.data, task.targets, **task.augmentation)

        parts = {"objectives": objectives, "pretext batches": pretext_batches, "downstream batches": downstream_batches}
        bar = progress_bar(steps, "weighted sum", self.progress)
        with pretext_batches, downstream_batches, bar, run.waiting():
            loop = EpochLoop("weighted sum", steps // length, length, step, bar, self.history_, finish)
            exhaust(train(self, loop, run, parts, identity))
        return self


def record_length(steps: int, record_every: int | None) -> int:
    """Steps per record."""
    if record_every is None:
        return max(length for length in range(1, min(20, steps) + 1) if steps % length == 0)
    length = checked_integer("record_every", record_every, 1)
    if steps % length:
        raise InvalidArgument(
            f"record_every: expected a divisor of the {steps} steps, got {length}; "
            f"take {max(1, steps // length) * length} steps, or record_every={math.gcd(steps, length)}"
        )
    return length
