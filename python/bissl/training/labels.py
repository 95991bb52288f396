"""What stages that train on labels share: what the labels are."""

from __future__ import annotations

import numpy as np

from ..targets import Classes, Targets
from .base import Stage


class LabelledStage(Stage):
    """A stage that trains on labels. ``targets_`` : what labels are and how predictions of them are measured."""

    targets_: Targets

    @property
    def classes_(self) -> np.ndarray:
        """The labels that the outputs of the head stand for, in their order, where labels are classes: the different ones
        of the training images; or the class numbers, where ``num_classes`` or names of a data set gave these."""
        return self._classes().labels

    @property
    def class_names_(self) -> tuple[str, ...]:
        """What the classes are called, in the order of ``classes_``: by the data set, else by their labels."""
        return self._classes().names

    def _classes(self) -> Classes:
        if self.targets_.classes is None:
            raise AttributeError(f"the labels of this {type(self).__name__} are no classes")
        return self.targets_.classes
