"""Self-supervised pretraining."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checkpoints.run import EVERY, run_of
from ..data.augmentation import DownstreamViews, View
from ..data.checks import checked_batch_size
from ..data.given import ImagesLike, as_dataset
from ..data.imageviews import ImageView
from ..data.pretext_recipes import PretextRecipe, pretext_views
from ..data.stacks import Stack
from ..errors import InvalidArgument, checked_flag, checked_integer
from ..models.backbone import Backbone
from ..objectives.base import Pretext, StepInfo, checked_clip
from ..optim.optimizers import Optimizer
from ..optim.schedules import CosineSchedule
from ..progress import progress_bar
from .backbones import BackboneChoice, check_image_size
from .base import Stage, derived_seed, resolved_seed
from .batches import PretextBatches, evaluated
from .callback import Callback
from .identity import OptimizerState, run_identity
from .methods import MethodChoice, defaults_of, new_pretext, objective_options
from .optimization import stage_optimizer
from .sklearntags import tags_of
from .training import EpochLoop, checked_warmup, exhaust, rate_curve, train

if TYPE_CHECKING:
    from typing import Self


class Pretrain(Stage):
    """Pretrains a backbone on unlabelled images. The defaults are the paper's (sections 4.2.1 and B.8).

    Parameters
    ----------
    method : str, callable or Pretext, default "simclr"
        "simclr", "byol" or "mae"; a callable that takes ``net`` and ``seed`` and makes a pretext objective, such as a
        class derived from `bissl.Pretext`; or an objective, which is copied with its backbone.
    method_options : mapping or None, optional
        Options of what makes the objective, by name: see `bissl.SimCLR`, `bissl.BYOL`, `bissl.MAE`.
    backbone : str, dict, Backbone or None, optional
        A name ("resnet18", "resnet34", "resnet50", "vit_tiny", "vit_small", "vit_base"); a dict of options of
        `bissl.ResNet` or `bissl.VisionTransformer`, whose ``"kind"`` may be such a name ("resnet" and "vit" where it
        is none of them); or a network, which is copied, with its adapters (`bissl.LoRA`) and frozen parameters
        (`bissl.freeze`). In a dict these are ``"lora": {"rank": 8, "targets": "qkv|proj"}`` and ``"freeze": PATTERN``;
        all later stages take them over with the network. None is "vit_small" for "mae", else "resnet18".
    epochs : int, default 500
        Passes over the images.
    batch_size : int or None, optional
        Images per step; None is 1024, or all images where there are fewer. Images beyond the last whole batch are left
        out of that epoch (``dropped_per_epoch_``).
    optimizer : Optimizer or None, optional
        Whose settings to use; the rate is used as given, not scaled by the batch size. None is `bissl.LARS` (lr 4.8,
        weight_decay 1e-6, momentum 0.9); for "mae" `bissl.AdamW` (lr 5e-4, weight_decay 0.05 but for biases and norms,
        betas 0.9 and 0.95).
    lr, weight_decay, momentum : float or None, optional
        In place of the optimiser's.
    warmup_epochs : int or None, optional
        Warmup epochs of linear warm-up; None is 10, at most a tenth of the run. Then a cosine to 0.001 lr.
    augmentation : str, OneView, TwoViews or tuple of View, default "paper"
        "paper", "authors-code" (both 96 pixels), "small" (the images' own size, no flip), or the views:
        `bissl.data.OneView` for "mae", `bissl.data.TwoViews` for the others, or a tuple of as many `bissl.data.View`
        as the objective's ``views``.
    clip_norm : float or None, optional
        Largest joint gradient norm; None does not clip.
    freeze_backbone : bool, default False
        Train the head only, as for a backbone that came without one (section C.6). Batch norm stays in training mode.
    random_state : int or None, default 0
        Integer; the same one gives the same bits. None draws one, kept as ``seed_``.
    progress : bool, default True
        Show a progress bar.
    callbacks : sequence of Callback, default ()
        See `bissl.callbacks`.

    Attributes
    ----------
    backbone_, pretext_ : Backbone
        The trained network, and the objective that holds it with its head.
    pretext_views_ : tuple of View
        How it saw the images; later stages see them so too, unless told otherwise.
    history_ : list of dict
        Per epoch: epoch, loss, gradient_norm, learning_rate, seconds, wait_seconds (those of ``seconds`` in which no
        batch was ready).

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        By ``fit``: options, images or labels that do not fit.

    Examples
    --------
    >>> images = np.random.default_rng(0).integers(0, 256, (16, 16, 16, 3), np.uint8)
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> stage = bissl.Pretrain("simclr", backbone=net, epochs=1, augmentation="small", progress=False)
    >>> stage.fit(images).history_[0]["epoch"]
    0
    """

    def __init__(
        self,
        method: MethodChoice = "simclr",
        *,
        method_options: Mapping[str, Any] | None = None,
        backbone: BackboneChoice | None = None,
        epochs: int = 500,
        batch_size: int | None = None,
        optimizer: Optimizer | None = None,
        lr: float | None = None,
        weight_decay: float | None = None,
        momentum: float | None = None,
        warmup_epochs: int | None = None,
        augmentation: PretextRecipe = "paper",
        clip_norm: float | None = None,
        freeze_backbone: bool = False,
        random_state: int | None = 0,
        progress: bool = True,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.method = method
        self.method_options = method_options
        self.backbone = backbone
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.warmup_epochs = warmup_epochs
        self.augmentation = augmentation
        self.clip_norm = clip_norm
        self.freeze_backbone = freeze_backbone
        self.random_state = random_state
        self.progress = progress
        self.callbacks = callbacks

    def _with_backbones(self, change: Callable[[Backbone], Backbone]) -> Self:
        """A copy of the fitted stage whose networks have a change: `bissl.LoRA`, `bissl.freeze`."""
        self._check_fitted()
        twin = copy.copy(self)
        twin.pretext_ = self.pretext_._with_backbones(change)
        twin.backbone_ = twin.pretext_.backbone
        return twin

    @classmethod
    def _check_option(cls, name: str) -> None:
        if name in objective_options() - {*cls._parameter_names(), "seed"}:
            raise InvalidArgument(f'{name}: an option of the objective; give it as method_options={{"{name}": ...}}')
        super()._check_option(name)

    def fit(
        self,
        X: ImagesLike,
        y: None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Self:
        """Trains on uint8 images (N, H, W, 3) or grey (N, H, W), or a `bissl.data.Dataset`. ``y`` is not used.

        Parameters
        ----------
        checkpoint : str, path or None, optional
            Folder for checkpoints of this run. Where it holds one, the run goes on from it: all later numbers and the
            weights are bit for bit those of a run that was never stopped. Ctrl-C ends the run at once, in the middle
            of a step, and saves the last state between two steps that there is a copy of (copies take at most 2 % of
            the time, so that seldom more than that step is lost); SIGTERM waits for the end of the step, saves, and
            ends the run. A second one does not wait for the save either. An error saves as Ctrl-C does,
            unless numbers are not finite.
        checkpoint_every : str, default "10 minutes"
            How often to save, as well as at the beginning and the end: "10 minutes", "100 steps", "1 epoch" ("1
            alternation").

        Raises
        ------
        ValueError
            Where the folder holds checkpoints of other settings, data or networks; where all of its checkpoints are
            damaged. DiskFull, NotWritable (OSError) where a checkpoint cannot be written: those before it stay.
        """
        run = run_of(checkpoint, checkpoint_every)
        images = as_dataset(X, "X")
        batch_size = checked_batch_size(self.batch_size, 1024, len(images))
        epochs = checked_integer("epochs", self.epochs, 1)
        checked_clip(self.clip_norm)
        checked_flag("freeze_backbone", self.freeze_backbone)
        seed = run.seed(self.random_state, resolved_seed)
        pretext = new_pretext(self.method, self.method_options, self.backbone, seed)
        views = pretext_views(self.augmentation, images, pretext.views)
        check_image_size(pretext.backbone, views)
        optimizer = self._new_optimizer(pretext)
        schedule = self._schedule(optimizer.lr, epochs, len(images) // batch_size)

        evaluation = _evaluation_view(self.augmentation, next(iter(views)))
        order = Stack(len(images), batch_size, seed=derived_seed(seed, "order"))
        batches = PretextBatches(images, order, views, derived_seed(seed, "views"))

        self._begin(seed)
        self.backbone_, self.pretext_, self.pretext_views_ = pretext.backbone, pretext, views
        self._evaluation_view = evaluation
        self.dropped_per_epoch_ = len(images) % batch_size

        def step(number: int) -> StepInfo:
            optimizer.lr = schedule(number)
            return pretext.step(
                batches.draw(), optimizer, clip_norm=self.clip_norm, train_backbone=not self.freeze_backbone
            )

        waited = 0.0

        def finish(record: dict[str, Any]) -> None:
            nonlocal waited
            record |= {"learning_rate": optimizer.lr, "wait_seconds": batches.wait_seconds - waited}
            waited = batches.wait_seconds

        parts = {
            "pretext": pretext,
            "optimizer": OptimizerState(optimizer, backbone=pretext.backbone, head=pretext.head),
            "batches": batches,
        }
        with batches, progress_bar(schedule.total, "pretrain", self.progress) as bar, run.waiting():
            steps = schedule.total // epochs
            loop = EpochLoop("pretraining", epochs, steps, step, bar, self.history_, finish)
            exhaust(train(self, loop, run, parts, lambda: run_identity(self, {"X": images}, augmentation=tuple(views))))
        return self

    def transform(self, X: ImagesLike) -> np.ndarray:
        """Features (N, num_features) of images, uint8 (N, H, W, C) or a data set, in evaluation mode, for a scikit-learn
        pipeline: the images whole, resized and cropped to the size of the views that were trained on and normalised as
        these. Batch norm has the running statistics of pretraining (`bissl.recalibrate` renews them).
        """
        self._check_fitted()
        images = as_dataset(X, "X")
        features: np.ndarray = evaluated(self.backbone_, images, self._evaluation_view).whole(images)
        return features

    def fit_transform(
        self,
        X: ImagesLike,
        y: None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> np.ndarray:
        """`fit` and `transform` of the same images. ``checkpoint``, ``checkpoint_every``: as in `fit`."""
        return self.fit(X, checkpoint=checkpoint, checkpoint_every=checkpoint_every).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """What `transform` gives: "pretrain0", "pretrain1" and so on."""
        self._check_fitted()
        return np.array([f"pretrain{place}" for place in range(self.backbone_.num_features)], object)

    def __sklearn_tags__(self) -> Any:
        return tags_of(None, transforms=True)

    def _new_optimizer(self, pretext: Pretext) -> Optimizer:
        default = defaults_of(pretext).pretraining
        shorthands: dict[str, Any] = {"lr": self.lr, "weight_decay": self.weight_decay, "momentum": self.momentum}
        return stage_optimizer(self.optimizer, default, **shorthands)

    def _schedule(self, base: float, epochs: int, steps: int) -> CosineSchedule:
        """The rate of every step, ``steps`` per epoch."""
        warmup = checked_warmup("warmup_epochs", self.warmup_epochs, steps, epochs * steps)
        return rate_curve(base, epochs * steps, warmup, 10 * steps)


def _evaluation_view(augmentation: PretextRecipe, trained: View) -> ImageView:
    """The fixed view that belongs to views which were trained on: of the paper's the paper's, of others the whole image."""
    make = DownstreamViews.paper if augmentation in ("paper", "authors-code") else DownstreamViews.small
    return make(trained.size, trained.mean, trained.std).evaluation
