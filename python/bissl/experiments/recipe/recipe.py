"""A whole run in one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from ...data.pretext_recipes import pretext_presets
from ...errors import InvalidArgument, WrongType, check_option
from ...training.methods import METHODS, defaults_of
from .earlystops import EarlyStops
from .options import (
    Augmentation,
    BiSSLSection,
    Callbacks,
    ContinuedSection,
    Data,
    FineTuneSection,
    HeadWarmupSection,
    LinearProbeSection,
    NoisyTune,
    PretrainSection,
    Search,
    Seeds,
    StudySection,
    WeightedSumSection,
)
from .rows import APPROACH_LABELS, changes_of_rows, check_rows
from .sections import Section, StageSection
from .tasks import Task
from .values import copied, fitted

#: By key: the class of every section.
SECTIONS: Mapping[str, type[Section]] = {
    "data": Data,
    "augmentation": Augmentation,
    "task": Task,
    "pretrain": PretrainSection,
    "warmup": HeadWarmupSection,
    "bissl": BiSSLSection,
    "finetune": FineTuneSection,
    "probe": LinearProbeSection,
    "noisytune": NoisyTune,
    "data_mix": ContinuedSection,
    "weighted_sum": WeightedSumSection,
    "early_stop": EarlyStops,
    "callbacks": Callbacks,
    "seeds": Seeds,
    "search": Search,
    "study": StudySection,
}

#: What comes before fine-tuning, by name: see `bissl.experiments.running.approaches`.
APPROACH_NAMES = tuple(APPROACH_LABELS)


@dataclass(frozen=True)
class Recipe:
    """Data, backbone, pretext task, every stage and the seeds of a run, or of a study of many.

    All values are checked when it is made; a section may be given as a dict. ``Recipe(bissl={"lam": 0.01})`` and the YAML
    file with ``bissl: {lam: 0.01}`` are the same.

    Parameters
    ----------
    name : str, default "recipe"
        Name of the run.
    description : str, default ""
        A sentence on it.
    approach : str, default "bissl"
        How the pretrained backbone is made ready for fine-tuning, one of `APPROACH_NAMES`.
    weights : str or None, optional
        File of weights that the backbone begins with (section C.6); None is a random initialisation.
    data : Data, optional
        The images, and how they are seen.
    augmentation : Augmentation, optional
        The images, and how they are seen.
    task : Task, optional
        The downstream objective.
    pretrain, warmup, bissl, finetune, probe : StageSection, optional
        The stages; ``pretrain.backbone`` is the backbone, ``probe`` the linear probe of ``study.alignment``.
    finetune_after_bissl : mapping, optional
        Values of ``finetune`` that differ after BiSSL (Table 7), by option.
    noisytune : NoisyTune, optional
        Of these approaches.
    data_mix : ContinuedSection, optional
        Of these approaches.
    weighted_sum : StageSection, optional
        Of these approaches.
    early_stop : EarlyStops, optional
        Stages that end when they no longer get better.
    callbacks : Callbacks, optional
        What looks on.
    seeds : Seeds, optional
        Of repeats, hyper-parameter search and comparison.
    search : Search, optional
        Of repeats, hyper-parameter search and comparison.
    study : StudySection, optional
        Of repeats, hyper-parameter search and comparison.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming section and key, and what to write instead; an unknown key is told the nearest.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits").changed({"bissl.lam": 0.5})
    >>> recipe.bissl.lam
    0.5
    """

    name: str = "recipe"
    description: str = ""
    approach: str = "bissl"
    weights: str | None = None
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    task: Task = field(default_factory=Task)
    pretrain: StageSection = field(default_factory=PretrainSection)
    warmup: StageSection = field(default_factory=HeadWarmupSection)
    bissl: StageSection = field(default_factory=BiSSLSection)
    finetune: StageSection = field(default_factory=FineTuneSection)
    probe: StageSection = field(default_factory=LinearProbeSection)
    finetune_after_bissl: Mapping[str, Any] = field(default_factory=dict)
    noisytune: NoisyTune = field(default_factory=NoisyTune)
    data_mix: ContinuedSection = field(default_factory=ContinuedSection)
    weighted_sum: StageSection = field(default_factory=WeightedSumSection)
    early_stop: EarlyStops = field(default_factory=EarlyStops)
    callbacks: Callbacks = field(default_factory=Callbacks)
    seeds: Seeds = field(default_factory=Seeds)
    search: Search = field(default_factory=Search)
    study: StudySection = field(default_factory=StudySection)

    if TYPE_CHECKING:  # Sections may be given as mappings, which the types of the fields do not tell.

        def __init__(
            self,
            name: str = ...,
            description: str = ...,
            approach: str = ...,
            weights: str | None = ...,
            data: Data | Mapping[str, Any] = ...,
            augmentation: Augmentation | Mapping[str, Any] = ...,
            task: Task | Mapping[str, Any] = ...,
            pretrain: StageSection | Mapping[str, Any] = ...,
            warmup: StageSection | Mapping[str, Any] = ...,
            bissl: StageSection | Mapping[str, Any] = ...,
            finetune: StageSection | Mapping[str, Any] = ...,
            probe: StageSection | Mapping[str, Any] = ...,
            finetune_after_bissl: Mapping[str, Any] = ...,
            noisytune: NoisyTune | Mapping[str, Any] = ...,
            data_mix: ContinuedSection | Mapping[str, Any] = ...,
            weighted_sum: StageSection | Mapping[str, Any] = ...,
            early_stop: EarlyStops | Mapping[str, Any] = ...,
            callbacks: Callbacks | Mapping[str, Any] = ...,
            seeds: Seeds | Mapping[str, Any] = ...,
            search: Search | Mapping[str, Any] = ...,
            study: StudySection | Mapping[str, Any] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        for key, section in SECTIONS.items():
            object.__setattr__(self, key, section.of(getattr(self, key)))
        for key in ("name", "description"):
            fitted(key, getattr(self, key), str)
        fitted("weights", self.weights, str | None)
        check_option("approach", self.approach, APPROACH_NAMES)
        object.__setattr__(self, "finetune_after_bissl", copied(_checked_mapping(self.finetune_after_bissl)))
        check_option("augmentation.pretext", self.augmentation.pretext, pretext_presets(self.views))
        self.early_stop.require_measured(
            {name: getattr(self.callbacks, f"{name}_every") for name in ("knn", "probe", "rankme", "lidar")}
        )
        self.finetuned_after_bissl()
        variants = self.variants()
        for row, other in self.study.compared_with.items():
            _check_pair(
                f"study.compared_with.{row}", check_option("study.compared_with", row, variants), other, variants
            )
        _check_questions(self.study.questions, variants)

    @property
    def views(self) -> int:
        """Views of an image that the pretext task takes."""
        return METHODS[self.pretrain.method].views

    @property
    def backbone(self) -> Any:
        """What all stages make the backbone of: that of ``pretrain``, or the usual one of its pretext task."""
        chosen = self.pretrain.backbone
        return defaults_of(METHODS[self.pretrain.method]).backbone if chosen is None else chosen

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Recipe:
        """The recipe with these values by key. Raises as the class does."""
        names = [option.name for option in fields(cls)]
        for name in values:
            check_option("recipe", name, names)
        return cls(**values)

    def finetuned_after_bissl(self) -> StageSection:
        """``finetune`` as it is after BiSSL."""
        section: StageSection = section_with(self.finetune, self.finetune_after_bissl, "finetune_after_bissl")
        return section

    def as_dict(self) -> dict[str, Any]:
        """All values by key, as YAML writes them."""
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        return {
            name: value.as_dict() if isinstance(value, Section) else copied(value) for name, value in values.items()
        }

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """A recipe in which these values, by dotted name (``"bissl.lam"``), are others."""
        values = self.as_dict()
        for name, value in changes.items():
            set_dotted(values, name, value)
        return Recipe.of(values)

    def variants(self) -> dict[str, Recipe]:
        """What ``study`` compares, by name: the recipe with each of its approaches, with each value of its sweeps, and its
        variants. InvalidArgument (ValueError) for rows that a table could not tell apart or measure alike, and for changes
        that no row has for itself."""
        if self.study == StudySection():
            return {self.approach: self}
        plain = replace(self, study=StudySection())
        rows: dict[str, tuple[str, Recipe]] = {}
        for key, name, changes in changes_of_rows(self.study):
            if name in rows:
                raise InvalidArgument(
                    f"{key}: expected a name that no other row has, got {name!r}, which is also in {rows[name][0]}; leave "
                    "one of them out, or call it otherwise"
                )
            rows[name] = key, _changed(plain, key, changes)
        check_rows(rows)
        return {name: row for name, (_, row) in rows.items()} or {self.approach: plain}


def section_with(section: Any, changes: Mapping[str, Any], key: str) -> Any:
    """The section with other values; messages name ``key``."""
    for name in changes:
        check_option(key, name, section.names())
    return _named(key, section.key, lambda: replace(section, **changes))


def set_dotted(values: dict[str, Any], name: str, value: Any) -> None:
    """Sets ``values["a"]["b"]`` for the name "a.b". InvalidArgument where "a" holds no options by name."""
    *parents, last = name.split(".")
    for depth, parent in enumerate(parents, 1):
        inner = values.get(parent)
        if inner is not None and not isinstance(inner, Mapping):
            raise InvalidArgument(f"{name}: {'.'.join(parents[:depth])} is {inner!r}, which has no key {last!r}")
        values[parent] = dict(inner or {})
        values = values[parent]
    values[last] = value


def _check_pair(key: str, row: Any, other: Any, variants: Mapping[str, Recipe]) -> None:
    """InvalidArgument for a row that there is not, and for two that are not measured on the same test images."""
    for name in (row, other):
        check_option(key, name, variants)
    if row == other:
        raise InvalidArgument(f"{key}: expected another row, got the row itself")
    if test_images_of(variants[row]) != test_images_of(variants[other]):
        raise InvalidArgument(f"{key}: expected a row measured on the same test images, which {other} is not")


def _check_questions(questions: Mapping[str, Any], variants: Mapping[str, Recipe]) -> None:
    """InvalidArgument for questions that no rows of the study answer."""
    for question, pairs in questions.items():
        key = f"study.questions.{question}"
        if not isinstance(pairs, (list, tuple)) or not pairs or not all(_is_pair(pair) for pair in pairs):
            raise InvalidArgument(f"{key}: expected pairs of rows, such as [[bissl, finetune]], got {pairs!r}")
        for row, other in pairs:
            _check_pair(key, row, other, variants)


def _is_pair(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(name, str) for name in value)


def test_images_of(recipe: Recipe) -> tuple[Any, ...]:
    """What says which images a recipe's models are measured on."""
    data = recipe.data
    return data.downstream, data.downstream_root, data.downstream_options, data.seed


def _changed(recipe: Recipe, key: str, changes: Mapping[str, Any]) -> Recipe:
    try:
        return recipe.changed(changes)
    except InvalidArgument as error:
        raise InvalidArgument(f"{key}: {error}") from None
    except WrongType as error:
        raise WrongType(f"{key}: {error}") from None


def _named(key: str, section: str, make: Any) -> Any:
    """What ``make`` gives; its errors name ``key`` in place of ``section``."""
    try:
        return make()
    except (InvalidArgument, WrongType) as error:
        raise type(error)(f"{key}{str(error).removeprefix(section)}") from None


def _checked_mapping(values: Any) -> Mapping[str, Any]:
    if not isinstance(values, Mapping | None):
        raise WrongType(f"finetune_after_bissl: expected options by name, got {type(values).__name__} ({values!r})")
    return values or {}
