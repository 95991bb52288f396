"""The sections of a recipe, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, ClassVar, Literal, get_type_hints

from ...bilevel.hypergradients import as_hypergradient
from ...bilevel.loop import checked_system
from ...data import dataset_names, glyphs, scenes, write_scenes
from ...data.readers.registry import check_options
from ...data.spellings import spelled
from ...errors import InvalidArgument, WrongType, check_option
from ...training import BiSSL, FineTune, HeadWarmup, LinearProbe, Pretrain, WeightedSum
from ...training.methods import checked_method
from ...training.weightedsum import record_length
from .sections import Section, StageSection, check_warmup, stage_section
from .values import fitted

#: Generated scenes, written to a folder: the published data set that they are written and read as.
SCENES: Mapping[str, str] = {"scenes-detection": "voc2007-detection", "scenes-segmentation": "cityscapes"}
#: Data sets that need no files.
BUILT_IN = ("digits", "glyphs", "scenes", *SCENES)
#: Several named data sets together, for the pretext task.
MIXTURE = "mixture"


@dataclass(frozen=True)
class Data(Section):
    """The images of both levels.

    Parameters
    ----------
    pretext : str, optional
        "digits" (scikit-learn's, 8 × 8), "glyphs" (`bissl.data.glyphs`), "scenes" (`bissl.data.scenes`), a name of
        `bissl.data.dataset_names`, or "mixture" of several of these names. Digits and glyphs are split here; others have
        their own splits (section B.1).
    pretext_root : str or None, optional
        The folder in which the archives of a named data set were unpacked; null is where its package puts it, where it
        has one.
    pretext_split : str, default "train"
        The part of a named data set that serves the pretext task, such as "unlabeled" of "stl10".
    pretext_options : mapping, optional
        Of the reader (with those of `bissl.data.Decoding`), of `bissl.data.glyphs` or `bissl.data.scenes`; of a mixture,
        the options of each data set by its name, with ``root`` and ``split`` ("train+validation" unless stated).
    downstream : str, optional
        "digits", "glyphs", "scenes-detection" or "scenes-segmentation" (`bissl.data.write_scenes`), or a name of
        `bissl.data.dataset_names`.
    downstream_root : str or None, optional
        The folder in which the archives of a named data set were unpacked; null is where its package puts it. Scenes are
        written to it; null writes them to a folder among the user's caches.
    downstream_options : mapping, optional
        Of the reader (with those of `bissl.data.Decoding`), of `bissl.data.glyphs` or `bissl.data.write_scenes`.
    labels_per_class : int or None, optional
        Training images per class whose label the downstream task sees; null is all.
    redraw_labels : bool, default False
        Whether every run draws these images anew, with its seeds, so that deviations and tests also tell of the choice;
        else all runs share those that ``seed`` draws.
    kept_side : int or None, optional
        Images in files are decoded once, and kept as squares of so many pixels in a folder among the user's caches
        (`bissl.data.cached`), which also makes them images of one size; null decodes them for every batch.
    seed : int, default 0
        Seed of splits, and of that choice.
    check_files : bool, default True
        Whether every image file of all parts is decoded before a run begins, see `bissl.data.check_files`.
    on_error : {"raise", "skip"}, default "raise"
        Of loaders, for the data sets of both levels, see `bissl.data.Loader`.
    workers : int or None, optional
        Of loaders, for the data sets of both levels, see `bissl.data.Loader`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.Data(pretext="glyphs", downstream="digits", labels_per_class=10).downstream
    'digits'
    """

    key: ClassVar[str] = "data"
    pretext: str = "imagenet"
    pretext_root: str | None = None
    pretext_split: str = "train"
    pretext_options: Mapping[str, Any] = field(default_factory=dict)
    downstream: str = "pets"
    downstream_root: str | None = None
    downstream_options: Mapping[str, Any] = field(default_factory=dict)
    labels_per_class: int | None = None
    redraw_labels: bool = False
    kept_side: int | None = None
    seed: int = 0
    check_files: bool = True
    on_error: Literal["raise", "skip"] = "raise"
    workers: int | None = None

    def check(self) -> None:
        """What no option can tell alone."""
        for option in ("pretext", "pretext_split", "downstream"):
            object.__setattr__(self, option, spelled(getattr(self, option)))
        for level in ("pretext", "downstream"):
            several = (MIXTURE,) if level == "pretext" else ()
            name = check_option(f"data.{level}", getattr(self, level), (*BUILT_IN, *several, *dataset_names()))
            if name == MIXTURE:
                _check_mixture(f"data.{level}_options", getattr(self, f"{level}_options"))
            elif name in BUILT_IN:
                _check_options(f"data.{level}_options", name, getattr(self, f"{level}_options"))
            else:
                check_options(name, getattr(self, f"{level}_options"), f"data.{level}_options")
        if self.downstream == "scenes":
            raise InvalidArgument(
                f"data.downstream: scenes are drawn without labels for the pretext task; take one of {', '.join(SCENES)}"
            )
        if self.redraw_labels and self.labels_per_class is None:
            raise InvalidArgument(
                "data.redraw_labels: without data.labels_per_class there is nothing to draw; give both"
            )


def _check_options(path: str, name: str, options: Mapping[str, Any]) -> None:
    """Those of data sets that need no files."""
    if name == "digits" and options:
        raise InvalidArgument(f"{path}: digits take none, got {', '.join(options)}; leave them out")
    makes = glyphs if name == "glyphs" else scenes if name == "scenes" else write_scenes
    known = [option for option in signature(makes).parameters if option not in ("folder", "layout")]
    hints = get_type_hints(makes)
    for option, value in options.items():
        fitted(f"{path}.{option}", value, hints[check_option(path, option, known)])


def _check_mixture(path: str, parts: Mapping[str, Any]) -> None:
    """The data sets of a mixture, by name, each with its options by name."""
    if not parts:
        raise InvalidArgument(
            f"{path}: a mixture has the options of each data set by its name, such as {{clipart: {{}}}}"
        )
    for name, options in parts.items():
        check_option(path, name, dataset_names())
        if not isinstance(options, Mapping):
            raise WrongType(f"{path}.{name}: expected options by name, got {options!r}; write {name}: {{}} for none")
        check_options(name, [option for option in options if option not in ("root", "split")], f"{path}.{name}")


@dataclass(frozen=True)
class Augmentation(Section):
    """How images are seen, in all stages of a run.

    Parameters
    ----------
    pretext : {"paper", "authors-code", "small"}, default "paper"
        "paper", "authors-code" or "small", see `bissl.data.TwoViews` and `bissl.data.OneView`.
    downstream : {"paper", "small"}, default "paper"
        "paper" or "small", see `bissl.data.DownstreamViews`.
    size : int or None, optional
        Size of all views, in pixels; null is 96 ("small": the images' own).
    statistics : {"imagenet", "measured"}, default "imagenet"
        Values are normalised by the mean and deviation of "imagenet", or by those "measured" on the pretext images.
    flip : bool, default False
        Whether views may be mirrored with "small"; the others always are.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.Augmentation(pretext="small", size=24).as_dict()["size"]
    24
    """

    key: ClassVar[str] = "augmentation"
    pretext: Literal["paper", "authors-code", "small"] = "paper"
    downstream: Literal["paper", "small"] = "paper"
    size: int | None = None
    statistics: Literal["imagenet", "measured"] = "imagenet"
    flip: bool = False


@dataclass(frozen=True)
class NoisyTune(Section):
    """Noise before fine-tuning: see `bissl.noisy_tune`.

    Parameters
    ----------
    scale : float, default 0.015
        Of the noise, at least 0.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.NoisyTune(scale=0.02).scale
    0.02
    """

    key: ClassVar[str] = "noisytune"
    scale: float = 0.015


@dataclass(frozen=True)
class Callbacks(Section):
    """What looks on while stages train, besides the files of records; it changes no result, unless ``early_stop`` follows a score. See `bissl.callbacks`.

    Parameters
    ----------
    nan_monitor : bool, default True
        Stop where a record or the backbone is no longer finite.
    knn_every, probe_every : int or None, optional
        Epochs of pretraining between two scores of its features on the downstream validation images, by nearest
        neighbours and by a linear probe; null is never. Both need scikit-learn.
    rankme_every, lidar_every : int or None, optional
        Likewise, of the rank of its features on these images, which needs no labels.
    plot_every : int or None, optional
        Records between two pictures of all curves; null draws none. Needs matplotlib.
    tensorboard : bool, default False
        Write event files too. Needs tensorboardX.
    wandb : str or None, optional
        Project at Weights & Biases to send records to; null sends nothing. Needs wandb.
    mlflow : str or None, optional
        Experiment of MLflow to log records to, where MLflow's own settings say; null logs none. Needs `bissl[mlflow]`.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.Callbacks(knn_every=5).nan_monitor
    True
    """

    key: ClassVar[str] = "callbacks"
    nan_monitor: bool = True
    knn_every: int | None = None
    probe_every: int | None = None
    rankme_every: int | None = None
    lidar_every: int | None = None
    plot_every: int | None = None
    tensorboard: bool = False
    wandb: str | None = None
    mlflow: str | None = None


@dataclass(frozen=True)
class Seeds(Section):
    """The seeds of repeats. Their numbers count, not their order.

    Parameters
    ----------
    pretrain : tuple of int, default (0,)
        Of the pretrained backbones, one run of pretraining each.
    runs : tuple of int, default (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        Of the measured runs on every backbone (the paper's ten, section B.2).

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.Seeds(pretrain=[0, 1], runs=[1, 2, 3]).runs
    (1, 2, 3)
    """

    key: ClassVar[str] = "seeds"
    pretrain: tuple[int, ...] = (0,)
    runs: tuple[int, ...] = tuple(range(1, 11))

    def check(self) -> None:
        for name in ("pretrain", "runs"):
            seeds = getattr(self, name)
            if not seeds or len(set(seeds)) < len(seeds):
                raise InvalidArgument(f"seeds.{name}: expected one or more different seeds, got {list(seeds)}")


@dataclass(frozen=True)
class Search(Section):
    """Random search of fine-tuning's rate and weight decay on validation images (section B.2).

    Parameters
    ----------
    trials : int, default 100
        How many pairs are tried.
    lr, weight_decay : tuple of float, optional
        The ranges (least, most), sampled log-uniformly; equal ends fix a value.
    seed : int, default 0
        Seed of the samples, and of the fine-tuning in all trials.
    pretrain : int or None, optional
        Seed of the pretrained backbone that trials begin with; null is the first of ``seeds.pretrain``. One that is none of
        these keeps choices and measurements apart.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.Search(trials=20, lr=(0.01, 0.1)).trials
    20
    """

    key: ClassVar[str] = "search"
    trials: int = 100
    lr: tuple[float, float] = (1e-4, 1.0)
    weight_decay: tuple[float, float] = (1e-5, 1e-2)
    seed: int = 0
    pretrain: int | None = None

    def check(self) -> None:
        """What no option can tell alone."""
        for name in ("lr", "weight_decay"):
            least, most = getattr(self, name)
            if not 0 < least <= most:
                raise InvalidArgument(
                    f"search.{name}: expected (least, most) with 0 < least <= most, as it is sampled log-uniformly, "
                    f"got {[least, most]}"
                )


@dataclass(frozen=True)
class StudySection(Section):
    """What `bissl compare` compares; nothing of it: only the recipe's own approach.

    Parameters
    ----------
    approaches : tuple of str, default ()
        Names of approaches.
    sweep : mapping, optional
        Dotted names to lists of values, each tried with the recipe's approach: ``{"bissl.lam": [0.0001, 0.001]}``.
    variants : mapping, optional
        Names of your own, which no other row has in tables, to changes by dotted name:
        ``{"N_U = 1": {"bissl.upper_steps": 1}}``. Seeds, search and study are not a row's, but all rows'.
    tune : bool, default False
        Whether ``search`` chooses rate and weight decay of fine-tuning for each of them, with as many trials each.
    compared_with : mapping, optional
        The name of a row of the table to the name of the row that it is compared with. Others are compared with plain
        fine-tuning on the same data after the same pretraining, where that is among the rows.
    alignment : bool, default False
        Whether every run is also looked at before fine-tuning: a linear probe on its backbone (section ``probe``), the
        cosine similarity of backbone and features with the fine-tuned network's (section B.10.1, Table 9), and t-SNE of
        the features of validation images. Of images with classes; needs scikit-learn.
    questions : mapping, optional
        What is asked, in order, and which rows answer it: ``{"Does BiSSL help?": [["bissl", "finetune"]]}``. ``bissl report``
        answers it over all studies that ask the same; of several pairs the one that says least counts.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.StudySection(approaches=["finetune", "bissl"], tune=True).tune
    True
    """

    key: ClassVar[str] = "study"
    approaches: tuple[str, ...] = ()
    sweep: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Any] = field(default_factory=dict)
    tune: bool = False
    compared_with: Mapping[str, Any] = field(default_factory=dict)
    alignment: bool = False
    questions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Whether it lists what it compares."""
        return bool(self.approaches or self.sweep or self.variants)


def _check_pretrain(section: Any) -> None:
    checked_method("pretrain", section.method, section.method_options, section.backbone)
    check_warmup("pretrain.warmup_epochs", section.warmup_epochs, section.epochs, "epochs")


def _check_bissl(section: Any) -> None:
    check_warmup("bissl.warmup_alternations", section.warmup_alternations, section.alternations, "alternations")
    try:
        term = as_hypergradient(section.hypergradient, section.solver, section.damping)
        checked_system(section.lam, section.damping, section.product, section.damping_rule, term, section.warm_start)
    except InvalidArgument as error:
        raise InvalidArgument(f"bissl.{error}") from None


def _check_weighted_sum(section: Any) -> None:
    check_warmup("weighted_sum.warmup_steps", section.warmup_steps, section.steps, "steps")
    try:
        record_length(section.steps, section.record_every)
    except InvalidArgument as error:
        raise InvalidArgument(f"weighted_sum.{error}") from None


PretrainSection: type[StageSection] = stage_section("pretrain", Pretrain, __name__, _check_pretrain)
HeadWarmupSection: type[StageSection] = stage_section("warmup", HeadWarmup, __name__)
BiSSLSection: type[StageSection] = stage_section("bissl", BiSSL, __name__, _check_bissl)
FineTuneSection: type[StageSection] = stage_section("finetune", FineTune, __name__)
LinearProbeSection: type[StageSection] = stage_section("probe", LinearProbe, __name__)
WeightedSumSection: type[StageSection] = stage_section("weighted_sum", WeightedSum, __name__, _check_weighted_sum)


@dataclass(frozen=True)
class ContinuedSection(Section):
    """Pretraining goes on, with the downstream images among the others ("data-mix") or without them ("continued"): values of
    ``pretrain`` that differ then.

    The defaults are section B.9.3's: 10 epochs, a cosine from 1.0 without warm-up. ``images`` of the pretext task's are drawn
    by the run's seed (the same on every backbone), so that an epoch can be shorter than a pass over all; None takes all.
    """

    key: ClassVar[str] = "data_mix"
    epochs: int = 10
    lr: float = 1.0
    warmup_epochs: int = 0
    images: int | None = None

    def check(self) -> None:
        check_warmup("data_mix.warmup_epochs", self.warmup_epochs, self.epochs, "epochs")
