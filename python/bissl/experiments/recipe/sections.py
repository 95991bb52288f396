"""The sections of a recipe. Those of stages have the stages' own options, types and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, make_dataclass
from typing import TYPE_CHECKING, Any, ClassVar, get_args, get_type_hints

from ...bilevel.hypergradients import Hypergradient
from ...errors import InvalidArgument, WrongType, check_option
from ...optim.optimizers import Optimizer
from ...solvers import Solver
from ...training.base import Stage
from .made import described, made
from .rules import check_possible
from .values import fitted

#: Options that a recipe sets for all stages at once: seeds, views of the images, what is seen of the run.
ELSEWHERE = frozenset(
    {
        "random_state",
        "progress",
        "callbacks",
        "objective",
        "augmentation",
        "pretext_augmentation",
        "downstream_augmentation",
    }
)


@dataclass(frozen=True)
class Section:
    """Checked when it is made: every value has its option's type and can be."""

    key: ClassVar[str]

    def __post_init__(self) -> None:
        hints = self.hints()
        for option in fields(self):
            path = f"{self.key}.{option.name}"
            value = fitted(path, described(path, getattr(self, option.name)), hints[option.name])
            check_possible(path, option.name, value)
            object.__setattr__(self, option.name, value)
        self.check()

    def check(self) -> None:
        """What no option can tell alone."""

    @classmethod
    def hints(cls) -> dict[str, Any]:
        """The type of every option."""
        return {name: hint for name, hint in get_type_hints(cls).items() if name in cls.names()}

    @classmethod
    def names(cls) -> list[str]:
        """The names of all options."""
        return [option.name for option in fields(cls)]

    @classmethod
    def of(cls, values: Any) -> Section:
        """The section with these values: a mapping by option, None for all defaults, or the section itself.

        Raises
        ------
        WrongType (TypeError), InvalidArgument (ValueError)
            Naming section and key; an unknown one is told the nearest.
        """
        if isinstance(values, cls):
            return values
        if not isinstance(values, Mapping | None):
            raise WrongType(f"{cls.key}: expected options by name, got {type(values).__name__} ({values!r})")
        for name in values or {}:
            check_option(cls.key, name, cls.names())
        return cls(**values or {})

    def as_dict(self) -> dict[str, Any]:
        """All values, as YAML writes them."""
        return {name: _listed(getattr(self, name)) for name in self.names()}


@dataclass(frozen=True)
class StageSection(Section):
    """The options of a stage but for those of `ELSEWHERE`; optimisers, solvers and hypergradients as `bissl.experiments.recipe.made` has them."""

    stage: ClassVar[type[Stage]]
    #: Options that name an optimiser, a solver or a hypergradient.
    makes: ClassVar[Mapping[str, type]]

    if TYPE_CHECKING:  # The options are fields that `stage_section` adds.

        def __getattr__(self, option: str) -> Any: ...

    def check(self) -> None:
        for name, base in self.makes.items():
            made(f"{self.key}.{name}", getattr(self, name), base)

    def make(self, **others: Any) -> Any:
        """The stage. ``others``: options of `ELSEWHERE`, and those that are to differ."""
        objects = {name: made(f"{self.key}.{name}", getattr(self, name), base) for name, base in self.makes.items()}
        return self.stage(**{name: getattr(self, name) for name in self.names()} | objects | others)


def stage_section(key: str, stage: type[Stage], module: str, check: Any = None) -> type[StageSection]:
    """The section of a stage, from the signature of its ``__init__``. ``check(section)``: what no option tells alone."""
    hints = get_type_hints(vars(stage)["__init__"])
    apart = ELSEWHERE.union(stage._incidental)
    parameters = [p for p in inspect.signature(stage).parameters.values() if p.name not in apart]
    kinds = (Solver, Hypergradient, Optimizer)  # a hypergradient may be a solver, so that the later one counts
    makes = {p.name: base for p in parameters for base in kinds if base in get_args(hints[p.name])}
    options = [(p.name, _written(hints[p.name], p.name in makes), field(default=p.default)) for p in parameters]

    def check_all(self: StageSection) -> None:
        StageSection.check(self)
        if check is not None:
            check(self)

    names = {"key": key, "stage": stage, "makes": makes, "check": check_all, "__doc__": inspect.getdoc(stage)}
    made_class = make_dataclass(
        f"{stage.__name__}Section", options, bases=(StageSection,), frozen=True, kw_only=True, namespace=names
    )
    made_class.__module__ = module
    return made_class


def _written(hint: Any, makes: bool) -> Any:
    """The type of what stands in the recipe for an option of this type."""
    return str | Mapping | None if makes else hint


def _listed(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_listed(item) for item in value]
    return {name: _listed(item) for name, item in value.items()} if isinstance(value, Mapping) else value


def check_warmup(path: str, warmup: int | None, total: int, unit: str) -> None:
    """InvalidArgument where a warm-up does not end before the run does."""
    if warmup is not None and warmup >= total:
        raise InvalidArgument(f"{path}: expected fewer than the {total} {unit} of the run, got {warmup}")
