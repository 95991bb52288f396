"""The BiSSL stage: both levels in turn (Algorithm 1)."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..bilevel.hypergradients import HypergradientChoice
from ..bilevel.loop import Bilevel
from ..checkpoints.run import EVERY, StageRun, run_of
from ..data.augmentation import DownstreamViews
from ..data.checks import checked_batch_size
from ..data.given import ImagesLike
from ..data.pretext_recipes import PretextRecipe
from ..data.stacks import RandomDraws, Stack, Stacks
from ..errors import checked_integer
from ..objectives.base import Downstream, Pretext
from ..optim.optimizers import Optimizer
from ..optim.schedules import CosineSchedule
from ..progress import progress_bar
from ..solvers import Damping, SolverChoice
from ..targets import Targets
from .alternating import AlternationLoop
from .alternation import Alternation
from .base import derived_seed, resolved_seed
from .callback import Callback
from .failedsolves import warn_of_failed_solves
from .identity import run_identity
from .labels import LabelledStage
from .methods import defaults_of, keyed
from .optimization import downstream_default, stage_optimizer, with_drop_path, with_layer_decay
from .task import Labelled, checked_task_batch_size
from .training import checked_warmup, exhaust, rate_curve, train
from .twolevels import TwoLevels

if TYPE_CHECKING:
    from typing import Self


class BiSSL(LabelledStage):
    """Aligns a pretrained backbone with the downstream task. The defaults are the paper's (sections 4.2.2, B.3, B.4).

    Parameters
    ----------
    alternations : int, default 500
        T.
    lower_steps, upper_steps : int, optional
        N_L and N_U per alternation.
    lam : float, default 0.001
        λ, the weight of ‖θ_P − θ_D‖² / 2.
    damping : float or "auto", default 10.0
        λ_damp, added to λ where the Hessian is divided; or "auto": every alternation finds the least that its solves
        can be trusted with.
    hypergradient : Hypergradient, Solver, str, mapping, callable or None, optional
        "implicit", "identity", "discarded", "neumann", "nystrom", "joint", "unrolled", "penalty", or a callable
        ``function(product, v)``; as of `bissl.Bilevel`.
    solver : Solver, str, callable or None, optional
        Solver of "implicit". None is `bissl.ConjugateGradient()` (layer-wise, 5 iterations), and `bissl.Krylov()` with
        ``damping="auto"``; also any other of `bissl.solvers`, by name or as an object, or a callable ``solver(product,
        v)``.
    product : str, default "exact"
        As of `bissl.Bilevel`.
    damping_rule : str, default "paper"
        As of `bissl.Bilevel`.
    warm_start : bool, default False
        As of `bissl.Bilevel`.
    lower_optimizer : Optimizer or None, optional
        Whose settings the lower level uses; None is `bissl.LARS` (lr 1, weight_decay 1e-6, momentum 0.9), for MAE
        `bissl.AdamW` (lr 1e-4, weight_decay 0.05 but for biases and norms, betas 0.9 and 0.95). Its rate follows a
        cosine after ``warmup_alternations`` of linear warm-up (None is 10, at most a tenth of the run).
    lower_lr : float or None, optional
        In place of the optimisers'.
    lower_weight_decay : float or None, optional
        In place of the optimisers'.
    warmup_alternations : int or None, optional
        Of linear warm-up of the lower level's rate; None is 10, at most a tenth of the run.
    upper_optimizer : Optimizer or None, optional
        Likewise of the upper level; None is `bissl.SGD` (lr 0.03, weight_decay 1e-3, momentum 0.9); cosine without
        warm-up.
    upper_lr : float or None, optional
        In place of the optimisers'.
    upper_weight_decay : float or None, optional
        In place of the optimisers'.
    layer_decay, drop_path : float or None, optional
        Of θ_D, in the upper level, as in `FineTune`.
    lower_batch_size, upper_batch_size : int or None, optional
        None is 1024 pairs and 256 images (16 for detection and segmentation), or all where there are fewer.
    hessian_batch_size : int or None, optional
        Pairs of the batch that serves all Hessian products of an alternation; None is the lower level's.
    clip_norm : float or None, default 10.0
        Largest joint gradient norm of either level; None does not clip.
    pretext_augmentation : str, OneView, TwoViews, tuple of View or None, optional
        "paper", "authors-code", "small", or views as in `Pretrain`; None is that of the `Pretrain`.
    downstream_augmentation : str, DownstreamViews or None, optional
        "paper", "small", or a `bissl.data.DownstreamViews`; None is that of the `HeadWarmup`, or the paper's of the
        task.
    random_state : int or None, default 0
        As in `Pretrain`.
    progress : bool, default True
        As in `Pretrain`.
    callbacks : sequence of Callback, default ()
        As in `Pretrain`.

    Attributes
    ----------
    backbone_ : Backbone
        θ_P, the result.
    upper_backbone_
        θ_D.
    downstream_
        The objective with φ_D.
    targets_, classes_ : Targets
        Of φ_D, as in `FineTune`.
    loop_
        The `bissl.Bilevel`.
    stacks_
        The order of its batches, after the last that a step has taken.
    history_ : list of dict
        One dict per alternation, the fields of `Alternation`.

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
    >>> stage = bissl.BiSSL(alternations=1, lower_steps=1, upper_steps=1, damping=1000.0, progress=False)
    >>> len(stage.fit(ssl, warm, images, (images, labels)).history_)
    1
    """

    def __init__(
        self,
        *,
        alternations: int = 500,
        lower_steps: int = 20,
        upper_steps: int = 8,
        lam: float = 1e-3,
        damping: Damping = 10.0,
        hypergradient: HypergradientChoice = None,
        solver: SolverChoice = None,
        product: str = "exact",
        damping_rule: str = "paper",
        warm_start: bool = False,
        lower_optimizer: Optimizer | None = None,
        lower_lr: float | None = None,
        lower_weight_decay: float | None = None,
        warmup_alternations: int | None = None,
        upper_optimizer: Optimizer | None = None,
        upper_lr: float | None = None,
        upper_weight_decay: float | None = None,
        layer_decay: float | None = None,
        drop_path: float | None = None,
        lower_batch_size: int | None = None,
        upper_batch_size: int | None = None,
        hessian_batch_size: int | None = None,
        clip_norm: float | None = 10.0,
        pretext_augmentation: PretextRecipe | None = None,
        downstream_augmentation: str | DownstreamViews | None = None,
        random_state: int | None = 0,
        progress: bool = True,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.alternations = alternations
        self.lower_steps = lower_steps
        self.upper_steps = upper_steps
        self.lam = lam
        self.damping = damping
        self.hypergradient = hypergradient
        self.solver = solver
        self.product = product
        self.damping_rule = damping_rule
        self.warm_start = warm_start
        self.lower_optimizer = lower_optimizer
        self.lower_lr = lower_lr
        self.lower_weight_decay = lower_weight_decay
        self.warmup_alternations = warmup_alternations
        self.upper_optimizer = upper_optimizer
        self.upper_lr = upper_lr
        self.upper_weight_decay = upper_weight_decay
        self.layer_decay = layer_decay
        self.drop_path = drop_path
        self.lower_batch_size = lower_batch_size
        self.upper_batch_size = upper_batch_size
        self.hessian_batch_size = hessian_batch_size
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
        """Runs all alternations. See `iterate` for the arguments."""
        run = run_of(checkpoint, checkpoint_every)
        alternations = self._begun(run, pretrained, warm, X_unlabeled, labeled)
        with run.waiting():
            exhaust(alternations)
        return self

    def iterate(
        self,
        pretrained: Any,
        warm: Any,
        X_unlabeled: ImagesLike,
        labeled: Labelled,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: str = EVERY,
    ) -> Iterator[Alternation]:
        """Runs one alternation per turn of the iterator and yields its record; stop whenever you like.

        Arguments are checked at once; the stage is what it was before until the first turn. Between turns ``loop_``,
        ``backbone_`` and ``history_`` are up to date and yours to look at or change.

        Parameters
        ----------
        pretrained : object
            Fitted `Pretrain`, or a pretext objective such as `bissl.SimCLR`. Copied.
        warm : object
            Fitted `HeadWarmup`, or a downstream objective such as `bissl.Classifier`. Copied.
        X_unlabeled : ndarray or Dataset
            uint8 (N, H, W, C), or a `bissl.data.Dataset`, for the pretext level.
        labeled : tuple (X, y) or Dataset
            Images, uint8 (M, H, W, C) or a data set, and their labels, as the downstream objective takes them; or a
            data set that has labels. Classes are those of ``warm``, joined by name where both have names.
        checkpoint : str, path or None, optional
            As in `Pretrain.fit`. What was changed between turns is saved with the rest. Where the folder holds a
            checkpoint, the iterator begins with the alternation that it stands in.
        checkpoint_every : str, default "10 minutes"
            As in `Pretrain.fit`. What was changed between turns is saved with the rest. Where the folder holds a
            checkpoint, the iterator begins with the alternation that it stands in.
        """
        return self._begun(run_of(checkpoint, checkpoint_every), pretrained, warm, X_unlabeled, labeled)

    def _begun(
        self, run: StageRun, pretrained: Any, warm: Any, X_unlabeled: ImagesLike, labeled: Labelled
    ) -> Iterator[Alternation]:
        names = ("alternations", "lower_steps", "upper_steps")
        alternations, lower, upper = (checked_integer(name, getattr(self, name), 1) for name in names)
        task = TwoLevels.checked(self, pretrained, warm, X_unlabeled, labeled)
        seed = run.seed(self.random_state, resolved_seed)
        task.begin(seed)
        loop = self._new_loop(task.pretext, task.downstream, seed)
        rates = _schedules(loop, alternations, lower, upper, self.warmup_alternations)
        stacks = self._stacks(len(task.unlabeled), len(task.images), seed, task.targets)

        batches = (
            task.pretext_batches(stacks.lower, seed),
            task.pretext_batches(stacks.hessian, seed, "hessian", prefetch=1),
            task.downstream_batches(stacks.upper, seed),
        )

        self._check_looking_on()

        def alternate() -> Iterator[Alternation]:  # an iterator that is never begun leaves the stage as it is
            self._begin_with(task, loop, stacks, seed)
            bar = progress_bar(alternations, "BiSSL", self.progress, unit="alternation")
            rounds = AlternationLoop(loop, alternations, lower, upper, batches, rates, bar, self.history_)
            with batches[0], batches[1], batches[2], bar:
                yield from train(self, rounds, run, {"bilevel": loop}, identity)
            warn_of_failed_solves(self.history_, self.damping, self.product, loop.hypergradient)

        def identity() -> dict[str, Any]:
            return run_identity(self, task.data, task.targets, **task.augmentation)

        return alternate()

    def _begin_with(self, task: TwoLevels, loop: Bilevel, stacks: Stacks, seed: int) -> None:
        self._begin(seed)
        self.loop_, self.stacks_, self.downstream_, self.targets_ = loop, stacks, task.downstream, task.targets
        self.backbone_, self.upper_backbone_ = loop.backbone, loop.upper_backbone
        self.views_ = task.downstream_views

    def _new_loop(self, pretext: Pretext, downstream: Downstream, seed: int) -> Bilevel:
        lower_default = defaults_of(pretext).lower_level
        lower = {"lr": self.lower_lr, "weight_decay": self.lower_weight_decay}
        upper = {"lr": self.upper_lr, "weight_decay": self.upper_weight_decay}
        upper_backbone = keyed(with_drop_path(pretext.backbone, self.drop_path), derived_seed(seed, "upper"))
        upper_optimizer = stage_optimizer(self.upper_optimizer, downstream_default, level="upper_", **upper)
        return Bilevel(
            pretext,
            downstream,
            lam=self.lam,
            damping=self.damping,
            hypergradient=copy.deepcopy(self.hypergradient),
            solver=copy.deepcopy(self.solver),  # one that keeps something begins every fit with the same
            product=self.product,
            damping_rule=self.damping_rule,
            warm_start=self.warm_start,
            clip_norm=self.clip_norm,
            lower_optimizer=stage_optimizer(self.lower_optimizer, lower_default, level="lower_", **lower),
            upper_optimizer=with_layer_decay(upper_optimizer, upper_backbone, self.layer_decay),
            upper_backbone=upper_backbone,
        )

    def _stacks(self, unlabeled: int, labeled: int, seed: int, targets: Targets = Targets()) -> Stacks:
        lower = checked_batch_size(self.lower_batch_size, 1024, unlabeled, name="lower_batch_size")
        upper = checked_task_batch_size(self.upper_batch_size, labeled, targets, "upper_batch_size")
        hessian = checked_batch_size(self.hessian_batch_size, lower, unlabeled, name="hessian_batch_size")
        return Stacks(
            lower=Stack(unlabeled, lower, self.lower_steps, derived_seed(seed, "lower order")),
            upper=Stack(labeled, upper, self.upper_steps, derived_seed(seed, "upper order")),
            hessian=RandomDraws(unlabeled, hessian, derived_seed(seed, "hessian order")),
        )


def _schedules(
    loop: Bilevel, alternations: int, lower_steps: int, upper_steps: int, warmup_alternations: int | None
) -> tuple[CosineSchedule, CosineSchedule]:
    """The rates of both levels, from those that their optimisers begin with."""
    total = alternations * lower_steps
    warmup = checked_warmup("warmup_alternations", warmup_alternations, lower_steps, total)
    lower = rate_curve(loop.lower_optimizer.lr, total, warmup, 10 * lower_steps)
    return lower, CosineSchedule(loop.upper_optimizer.lr, alternations * upper_steps)
