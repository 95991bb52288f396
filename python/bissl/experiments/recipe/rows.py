"""The rows of a study's table: what they are called, and in what they differ from the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...data.readers.registry import READERS, label_kind
from ...errors import InvalidArgument, WrongType
from .options import SCENES, StudySection
from .values import fitted

if TYPE_CHECKING:
    from .recipe import Recipe

#: What comes before fine-tuning (`bissl.experiments.running.approaches`), by name: as the paper calls it, with its sections.
APPROACH_LABELS: Mapping[str, str] = {
    "random-initialization": "Random initialization (B.9.1)",
    "linear-probe": "Linear probing (B.9.1)",
    "finetune": "FT",
    "zero-head": "FT, zero-initialized head (B.9.1)",
    "noisytune": "NoisyTune (B.9.2)",
    "continued": "Continued pretraining + FT",
    "data-mix": "Pretraining on data mix (B.9.3) + FT",
    "weighted-sum": "Pretext-downstream sum (B.9.4) + FT",
    "bissl-discarded": "BiSSL, implicit term discarded (B.9.5) + FT",
    "bissl-identity": "BiSSL, identity Jacobian + FT",
    "bissl-neumann": "BiSSL, Neumann series + FT",
    "bissl-nystrom": "BiSSL, Nyström + FT",
    "bissl-unrolled": "BiSSL, unrolled + FT",
    "bissl-penalty": "BiSSL, penalty + FT",
    "bissl": "BiSSL + FT",
}

#: What all rows of a table share: a study reads them once.
_SHARED = ("name", "description", "seeds", "search", "study")


def label_of(name: str, row: Recipe) -> str:
    """What tables call a row."""
    return APPROACH_LABELS[row.approach] if name == row.approach else name


def changes_of_rows(study: StudySection) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Of every row: the key that it stands under, its name, and its changes by dotted name."""
    for approach in study.approaches:
        yield "study.approaches", approach, {"approach": approach}
    for option, values in study.sweep.items():
        key = f"study.sweep.{option}"
        if not isinstance(values, (list, tuple)):
            raise WrongType(f"{key}: expected a list of values, got {values!r}; write [{values}]")
        for value in values:
            yield key, f"{option}={value}", _checked(key, {option: value})
    for name, changes in study.variants.items():
        key = f"study.variants.{name}"
        if not isinstance(changes, Mapping | None):
            raise WrongType(f"{key}: expected options by name, got {type(changes).__name__} ({changes!r})")
        if not fitted("study.variants", name, str).strip():
            raise InvalidArgument(f"study.variants: expected names of rows, got {name!r}; give the row one to be read")
        yield key, name, _checked(key, changes or {})


def _checked(key: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """InvalidArgument for what a row cannot have for itself."""
    for option in changes:
        shared = fitted(key, option, str).partition(".")[0]
        if shared in _SHARED:
            raise InvalidArgument(
                f"{key}: expected what a row may have for itself, got {option}; {shared} is the whole study's: set it "
                "there, or make another study"
            )
    return changes


def check_rows(rows: Mapping[str, tuple[str, Recipe]]) -> None:
    """InvalidArgument where a table could not tell two rows apart, or has no metrics that both are measured by. ``rows`` :
    by name, the key that each stands under, and its recipe."""
    taken: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for name, (key, row) in rows.items():
        if name in APPROACH_LABELS and name != row.approach:
            raise InvalidArgument(
                f"{key}: expected a name of the row's own, got {name!r}, an approach that it does not take (its own is "
                f"{row.approach!r}); call it otherwise"
            )
        for text in {" ".join(text.split()) for text in (name, label_of(name, row))}:
            if text in taken:
                raise InvalidArgument(
                    f"{key}: expected a row whose name no other one has in tables, got {name!r} beside {taken[text]!r}, "
                    f"which both read {text!r} there; call it otherwise"
                )
            taken[text] = name
        kinds.setdefault(_labelled_with(row), name)
        if len(kinds) > 1:
            (kind, first), (other, _) = kinds.items()
            raise InvalidArgument(
                f"{key}: expected a row that is measured by the metrics of the others, got {name!r} on images labelled with "
                f"{other} beside {first!r} on images labelled with {kind}; make two studies of them"
            )


def _labelled_with(row: Recipe) -> str:
    """The kind of labels, which says what is measured."""
    name = SCENES.get(row.data.downstream, row.data.downstream)
    return label_kind(name if name in READERS else "folder")
