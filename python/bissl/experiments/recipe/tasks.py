"""The downstream objective of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any, ClassVar, Literal

from ...errors import InvalidArgument, check_option
from ...objectives.base import Downstream
from ...objectives.downstream.detection import FasterRCNN
from ...objectives.downstream.segmentation import FCN
from ...training.task import ObjectiveChoice
from .sections import Section

#: By name; classifiers are made by the stages, for the labels that they meet.
OBJECTIVES: Mapping[str, type[Downstream] | None] = {"classifier": None, "fcn": FCN, "faster-rcnn": FasterRCNN}
#: By what images are labelled with.
_USUAL = {"": "classifier", "a class per pixel": "fcn", "boxes": "faster-rcnn"}
#: What stages give an objective.
_GIVEN = ("net", "num_classes", "seed")


@dataclass(frozen=True)
class Task(Section):
    """What is trained on the downstream images.

    Parameters
    ----------
    objective : {"classifier", "fcn", "faster-rcnn"} or None, default None
        None goes by what the images are labelled with: `bissl.FCN` for a class per pixel, `bissl.FasterRCNN` for boxes,
        a classifier for classes.
    options : mapping, default {}
        Of that class but for its network, classes and seed. Classifiers take none.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Naming the key, and what to write instead.

    Examples
    --------
    >>> bissl.experiments.recipe.load_recipe("shapes-segmentation").task.objective
    'fcn'
    """

    key: ClassVar[str] = "task"
    objective: Literal["classifier", "fcn", "faster-rcnn"] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        if not self.options:
            return
        if self.objective is None:
            raise InvalidArgument(f"task.options: say whose they are, task.objective: one of {', '.join(OBJECTIVES)}")
        kind = OBJECTIVES[self.objective]
        if kind is None:
            raise InvalidArgument(
                f"task.options: a classifier takes none, got {', '.join(self.options)}; leave them out"
            )
        known = [name for name in signature(kind).parameters if name not in _GIVEN]
        for name in self.options:
            check_option("task.options", name, known)

    def choice(self, dense_targets: str) -> ObjectiveChoice:
        """What stages make the objective with, for images that are labelled with this (`bissl.data.Dataset.dense_targets`).
        InvalidArgument (ValueError) for one of other labels."""
        usual = _USUAL[dense_targets]
        if self.objective not in (None, usual):
            raise InvalidArgument(
                f'task.objective: expected "{usual}" (or null) for images that are labelled with '
                f'{dense_targets or "classes"}, got "{self.objective}"'
            )
        kind = OBJECTIVES[usual]
        return partial(kind, **self.options) if kind is not None and self.options else kind
