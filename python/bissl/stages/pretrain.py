"""Self-supervised pretraining."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..byol import BYOL
from ..data.augmentation import TwoViews, pretext_views
from ..data.checks import checked_batch_size, checked_images
from ..data.stacks import Stack
from ..errors import check_option
from ..objectives import StepInfo
from ..optimizers import LARS
from ..progress import progress_bar
from ..schedules import CosineSchedule
from ..simclr import SimCLR
from .base import Stage, checked_counts, derived_seed, resolved_seed
from .batches import PretextBatches
from .sources import BackboneChoice, new_backbone
from .training import rate_curve, train_epochs

if TYPE_CHECKING:
    from typing import Self

METHODS = ("simclr", "byol")


class Pretrain(Stage):
    """Pretrains a backbone on unlabelled images. The defaults are the paper's (section 4.2.1).

    Parameters
    ----------
    method : "simclr" or "byol".
    backbone : "resnet18", "resnet34", "resnet50", "vit_tiny", "vit_small", "vit_base"; options of `bissl.ResNet`; or a
        network, which is copied.
    epochs : passes over the images.
    batch_size : pairs per step; None is 1024, or all images where there are fewer. Images beyond the last whole batch
        are left out of that epoch (``dropped_per_epoch_``).
    lr, weight_decay, momentum : of LARS; the rate is used as given, not scaled by the batch size.
    warmup_epochs : of linear warm-up; None is 10, at most a tenth of the run. Then a cosine to 0.001 lr.
    projector : widths of the projection head.
    temperature : of NT-Xent ("simclr").
    predictor : widths of the predictor ("byol"); None is those of the projector.
    decay : of the target network ("byol"), a number or a function of the step such as `bissl.CosineDecay`.
    augmentation : "paper", "authors-code" (both 96 pixels), "small" (the images' own size, no flip), or
        a `bissl.data.TwoViews`.
    clip_norm : largest joint gradient norm; None does not clip.
    random_state : integer; the same one gives the same bits. None draws one, kept as ``seed_``.
    progress : show a progress bar.

    Attributes
    ----------
    backbone_, pretext_ : the trained network, and the objective that holds it with its projection head.
    history_ : per epoch: epoch, loss, gradient_norm, learning_rate, seconds.
    """

    def __init__(
        self,
        method: str = "simclr",
        *,
        backbone: BackboneChoice = "resnet18",
        epochs: int = 500,
        batch_size: int | None = None,
        lr: float = 4.8,
        weight_decay: float = 1e-6,
        momentum: float = 0.9,
        warmup_epochs: int | None = None,
        projector: Sequence[int] = (256, 256, 256),
        temperature: float = 0.5,
        predictor: Sequence[int] | None = None,
        decay: float | Callable[[int], float] = 0.9995,
        augmentation: str | TwoViews = "paper",
        clip_norm: float | None = None,
        random_state: int | None = 0,
        progress: bool = True,
    ) -> None:
        self.method = method
        self.backbone = backbone
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.warmup_epochs = warmup_epochs
        self.projector = projector
        self.temperature = temperature
        self.predictor = predictor
        self.decay = decay
        self.augmentation = augmentation
        self.clip_norm = clip_norm
        self.random_state = random_state
        self.progress = progress

    def fit(self, X: np.ndarray, y: None = None) -> Self:
        """Trains on uint8 images (N, H, W, 3) or grey (N, H, W). ``y`` is not used."""
        images = checked_images(X, "X")
        views = pretext_views(self.augmentation, images.shape)
        batch_size = checked_batch_size(self.batch_size, 1024, len(images))
        check_option("method", self.method, METHODS)
        checked_counts(epochs=self.epochs)
        optimizer = LARS(lr=self.lr, weight_decay=self.weight_decay, momentum=self.momentum)
        schedule = self._schedule(len(images) // batch_size)
        seed = resolved_seed(self.random_state)
        pretext = self._new_pretext(seed)

        self._begin(seed)
        self.backbone_, self.pretext_ = pretext.backbone, pretext
        self.dropped_per_epoch_ = len(images) % batch_size
        order = Stack(len(images), batch_size, seed=derived_seed(seed, "order"))
        batches = PretextBatches(images, views, derived_seed(seed, "views"))

        def step(number: int) -> StepInfo:
            optimizer.lr = schedule(number)
            return pretext.step(batches.draw(order), optimizer, clip_norm=self.clip_norm)

        with progress_bar(schedule.total, "pretrain", self.progress) as bar:
            for record in train_epochs("pretraining", self.epochs, schedule.total // self.epochs, step, bar):
                self.history_.append(record | {"learning_rate": optimizer.lr})
        return self

    def _schedule(self, steps: int) -> CosineSchedule:
        """The rate of every step, ``steps`` per epoch."""
        warmup = None if self.warmup_epochs is None else self.warmup_epochs * steps
        return rate_curve(self.lr, self.epochs * steps, warmup, 10 * steps)

    def _new_pretext(self, seed: int) -> SimCLR | BYOL:
        net = new_backbone(self.backbone, derived_seed(seed, "backbone"))
        options = {"projector": tuple(self.projector), "seed": derived_seed(seed, "head")}
        if self.method == "byol":
            return BYOL(net, predictor=self.predictor, decay=self.decay, **options)
        return SimCLR(net, temperature=self.temperature, **options)
