"""Classification as a downstream objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import _engine
from ...errors import checked_integer
from ...models.backbone import Backbone
from ...models.heads import LinearHead
from ...models.inputs import labelled, multilabelled
from ...targets import Classes, ClassNumbers, ClassSets
from ...targets.base import ClassTargets
from ...targets.classes import checked_num_classes
from ..base import Downstream, EngineLoss


class _LinearClassifier(EngineLoss, Downstream):
    """A linear layer on the features, one output per class."""

    head: LinearHead
    seed: int
    _fixed = ("num_features", "num_classes", "seed")
    _kind: type[ClassTargets]

    def __init__(self, num_features: int, num_classes: int, least: int, seed: int) -> None:
        outputs = checked_num_classes(num_classes, least)
        super().__init__(LinearHead(checked_integer("num_features", num_features, 1), outputs, seed))
        self._fix(seed=self.head.seed)
        self._objective = self._new_objective()
        self._classes: Classes | None = None

    @property
    def num_classes(self) -> int:
        return self.head._outputs

    @property  # type: ignore[override]  # an attribute of others: here it follows from the head
    def targets(self) -> ClassTargets:
        """Class numbers, or sets of them; with the classes that the head was trained on, where a stage did that."""
        return self._kind(self.num_classes, self._classes)

    @targets.setter
    def targets(self, targets: ClassTargets) -> None:
        self._classes = targets.classes

    def predict_logits(self, backbone: Backbone, images: Any) -> np.ndarray:
        """Logits (N, num_classes) of normalised float images (N, H, W, 3), in evaluation mode."""
        return self.predict(backbone, images)


class Classifier(_LinearClassifier):
    """Classification: a linear layer and cross-entropy, mean over the batch.

    A batch is a pair (images, labels): normalised float images (N, H, W, 3), integer labels in 0..num_classes-1. (The
    stages, `bissl.FineTune` and others, take labels of any numbers or names, and map them to these.)

    Parameters
    ----------
    num_features : int
        Features of the backbone.
    num_classes : int
        At least 2.
    seed : int, default 0
        Seed of the head's initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number out of range.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> task = bissl.Classifier(net.num_features, num_classes=3)
    >>> loss, gradient = task.value_and_gradient(net, (np.zeros((4, 8, 8, 3)), np.array([0, 1, 2, 0])))
    >>> gradient.head.shape
    (15,)
    """

    _kind = ClassNumbers

    def __init__(self, num_features: int, num_classes: int, seed: int = 0) -> None:
        super().__init__(num_features, num_classes, 2, seed)

    def _new_objective(self) -> Any:
        return _engine.objective_create("classifier", {}, ())

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return labelled(batch, self.num_classes)


class MultiLabelClassifier(_LinearClassifier):
    """Any number of classes per image, as VOC07 needs: a linear layer and, per class, binary cross-entropy with logits,
    mean over batch and classes (``torch.nn.BCEWithLogitsLoss``). Pairs of an image and a class that are left out neither
    count in the mean nor have a gradient; the loss of a batch without any other is 0.

    A batch is a pair (images, targets): normalised float images (N, H, W, 3); targets (N, num_classes), each 0 or 1, or -1
    where the pair is left out, as booleans, integers or floats.

    Parameters
    ----------
    num_features : int
        Features of the backbone.
    num_classes : int
        At least 1.
    seed : int, default 0
        Seed of the head's initial parameters.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A number out of range.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4), stem="small")
    >>> task = bissl.MultiLabelClassifier(net.num_features, num_classes=2)
    >>> loss, _ = task.value_and_gradient(net, (np.zeros((2, 8, 8, 3)), np.array([[1, 0], [0, -1]])))
    >>> loss > 0
    True
    """

    _kind = ClassSets

    def __init__(self, num_features: int, num_classes: int, seed: int = 0) -> None:
        super().__init__(num_features, num_classes, 1, seed)

    def _new_objective(self) -> Any:
        return _engine.objective_create("multilabel", {}, ())

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return multilabelled(batch, self.num_classes)
