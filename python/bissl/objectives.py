"""Pretext and downstream objectives: losses of a backbone and a head."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _engine
from .errors import InvalidArgument
from .inputs import labelled, multilabelled, two_views
from .modules import Module
from .networks import Backbone
from .optimizers import Optimizer
from .solvers import SolveInfo, Solver, solve_info
from .targets import ClassNumbers, ClassSets, Targets
from .vectors import FlatVector, flatten


@dataclass(frozen=True)
class Gradient:
    """A gradient: flat over the backbone's and over the head's parameters."""

    backbone: FlatVector
    head: FlatVector

    def as_dict(self) -> dict[str, np.ndarray]:
        """All parameters of backbone and head by name, in PyTorch's layouts."""
        return self.backbone.as_dict() | self.head.as_dict()


@dataclass(frozen=True)
class StepInfo:
    """A training step: the loss before it, and the joint ℓ2 norm of the gradient before clipping."""

    loss: float
    gradient_norm: float


class Linearization:
    """A pretext loss expanded to second order at one point. A snapshot: later changes of parameters do not touch it."""

    def __init__(self, handle: Any, backbone: Module, head: Module) -> None:
        self._handle = handle
        self._backbone = backbone
        self.loss: float = _engine.linearization_loss(handle)
        self.gradient = Gradient(
            FlatVector(np.asarray(_engine.linearization_gradient(handle, 0)), backbone._layout),
            FlatVector(np.asarray(_engine.linearization_gradient(handle, 1)), head._layout),
        )

    def hvp(self, u: np.ndarray | Mapping[str, np.ndarray]) -> FlatVector:
        """∂²L/∂θ² · u, flat: the Hessian product of the backbone, the head fixed. Costs about two gradients.

        Parameters
        ----------
        u : a direction of the backbone's parameters, flat or as a dict of all of them by name.
        """
        direction = flatten(u, self._backbone._layout, "u")
        product = _engine.linearization_product(self._handle, direction)
        return FlatVector(np.asarray(product), self._backbone._layout)

    def solve(
        self, v: np.ndarray | Mapping[str, np.ndarray], solver: Solver, lam: float, damping: float
    ) -> tuple[FlatVector, SolveInfo]:
        """x ≈ (I + H/(lam + damping))⁻¹ v, and how the solve went."""
        direction = flatten(v, self._backbone._layout, "v")
        report = _engine.solve(self._handle, direction, self._backbone._handle, solver._handle, lam, damping)
        solution = FlatVector(np.asarray(_engine.report_v_ij(report)), self._backbone._layout)
        return solution, solve_info(_engine.report_describe(report))[0]


class Projector(Module):
    """SimCLR's head: Linear-BN-ReLU for all widths but the last, then Linear without bias."""

    def __init__(self, inputs: int, widths: Sequence[int], seed: int = 0) -> None:
        self._widths = tuple(widths)
        super().__init__(_engine.projector_create(inputs, self._widths, seed))

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "widths": self._widths}


class LinearHead(Module):
    """One linear layer with bias."""

    def __init__(self, inputs: int, outputs: int, seed: int = 0) -> None:
        super().__init__(_engine.linear_create(inputs, outputs, seed))

    def _arguments(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "outputs": self._outputs}


class Objective:
    """A loss L(θ, φ; batch) of a backbone θ and a head φ, in training mode."""

    head: Module

    def __init__(self, handle: Any, head: Module) -> None:
        self._objective = handle
        self.head = head

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        """The batch, checked, as the engine takes it."""
        raise NotImplementedError

    def _modules(self) -> dict[str, Module]:
        """The modules that make up the state, by attribute."""
        return {"head": self.head}

    def clone(self) -> Objective:
        """An independent copy: all modules of the objective are copied."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name, module in self._modules().items():
            setattr(twin, name, module.clone())
        return twin

    __copy__ = clone

    def __deepcopy__(self, memo: dict) -> Objective:
        return self.clone()

    def _evaluate(self, backbone: Module, batch: Any) -> Any:
        """The engine's evaluation at (backbone, self.head). Changes nothing."""
        return self._evaluation_of(self._objective, backbone, batch)

    def _evaluate_step(self, backbone: Module, batch: Any, wants_backbone: bool = True) -> Any:
        """The evaluation that begins a training step. Changes nothing either: the step commits what it changes."""
        return self._evaluation_of(self._begin_step(backbone), backbone, batch, wants_backbone)

    def _evaluation_of(self, objective: Any, backbone: Module, batch: Any, wants_backbone: bool = True) -> Any:
        return _engine.objective_evaluate(
            objective, backbone._handle, self.head._handle, self._arrays(batch), wants_backbone, True
        )

    def _begin_step(self, backbone: Module) -> Any:
        """The engine's objective to evaluate in a training step: itself, unless it has a state that steps move."""
        return self._objective

    def _value_and_gradient(self, backbone: Module, batch: Any) -> tuple[float, Gradient]:
        evaluation = self._evaluate(backbone, batch)
        backbone_gradient, head_gradient = (np.asarray(_engine.evaluation_gradient(evaluation, i)) for i in (0, 1))
        gradient = Gradient(
            FlatVector(backbone_gradient, backbone._layout), FlatVector(head_gradient, self.head._layout)
        )
        return _engine.evaluation_loss(evaluation), gradient

    def _step(
        self, backbone: Module, batch: Any, optimizer: Optimizer, train_backbone: bool, clip_norm: float | None
    ) -> StepInfo:
        evaluation = self._evaluate_step(backbone, batch, wants_backbone=train_backbone)
        norm = _engine.optimizer_step(
            optimizer._for(backbone, self.head), optimizer.lr, backbone._handle, self.head._handle, evaluation,
            _clip(clip_norm),
        )  # fmt: skip
        self._stepped()
        return StepInfo(_engine.evaluation_loss(evaluation), norm)

    def _stepped(self) -> None:
        """Called after every training step on the objective's own batches, never by a query."""


class Pretext(Objective):
    """A self-supervised objective on a backbone of its own.

    ``views`` : random views of every image that a batch holds. A batch is a tuple of that many arrays (N, H, W, 3);
    with one view it is the array itself.
    """

    views: int = 2

    def __init__(self, net: Backbone, handle: Any, head: Module) -> None:
        super().__init__(handle, head)
        self.backbone = net

    def _modules(self) -> dict[str, Module]:
        return {"backbone": self.backbone, "head": self.head}

    def value_and_gradient(self, batch: Any) -> tuple[float, Gradient]:
        """Loss and gradient of backbone and head, in training mode. Changes no state."""
        return self._value_and_gradient(self.backbone, batch)

    def linearize(self, batch: Any) -> Linearization:
        """The loss expanded to second order here and now, for Hessian products of the backbone."""
        handle = _engine.objective_linearize(
            self._objective, self.backbone._handle, self.head._handle, self._arrays(batch)
        )
        return Linearization(handle, self.backbone, self.head)

    def step(self, batch: Any, optimizer: Optimizer, clip_norm: float | None = None) -> StepInfo:
        """One training step of backbone and head; running statistics move. Stops before any change when the loss or a
        gradient is not finite (FloatingPointError)."""
        return self._step(self.backbone, batch, optimizer, True, clip_norm)

    def _begin_training(self) -> None:
        """Called when a stage of training begins with this objective."""


class SimCLR(Pretext):
    """SimCLR (Chen et al. 2020): NT-Xent between two views of a batch.

    Parameters
    ----------
    net : the backbone.
    projector : widths of the head: Linear-BN-ReLU for all but the last, then Linear without bias.
    temperature : τ > 0.
    seed : of the head's initial parameters.

    A batch is a pair (view1, view2) of normalised float images (N, H, W, 3), N ≥ 2. The views pass the network as two
    batches, with batch-norm statistics of their own.
    """

    def __init__(
        self, net: Backbone, projector: Sequence[int] = (256, 256, 256), temperature: float = 0.5, seed: int = 0
    ) -> None:
        _check_backbone(net)
        head = Projector(net.num_features, projector, seed)
        super().__init__(net, _engine.simclr_create(temperature), head)
        self.temperature = temperature

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return two_views(batch)

    def __reduce__(self) -> tuple:
        return _restore_simclr, (self.backbone, self.head, self.temperature)


def _restore_simclr(backbone: Backbone, head: Module, temperature: float) -> SimCLR:
    pretext = SimCLR(backbone, projector=head._arguments()["widths"], temperature=temperature)
    pretext.head = head
    return pretext


class Downstream(Objective):
    """A supervised objective: a head that is evaluated on whichever backbone is given.

    ``targets`` : what its labels are and how its outputs are measured, see `bissl.targets.Targets`.
    """

    targets: Targets = Targets()

    @property
    def num_features(self) -> int:
        """Features of the backbone that the head takes."""
        return self.head._inputs

    def outputs(self, backbone: Backbone, images: Any) -> np.ndarray:
        """What the head makes of normalised float images (N, H, W, 3), in evaluation mode: (N, ...)."""
        return self.head._apply(backbone(images))

    def value_and_gradient(self, backbone: Backbone, batch: Any) -> tuple[float, Gradient]:
        """Loss and gradient at (backbone, head), in training mode. Changes no state."""
        return self._value_and_gradient(backbone, batch)

    def step(
        self,
        backbone: Backbone,
        batch: Any,
        optimizer: Optimizer,
        train_backbone: bool = True,
        clip_norm: float | None = None,
    ) -> StepInfo:
        """One training step. With ``train_backbone=False`` the backbone's parameters stay, but its batch norm is in
        training mode and its running statistics move, as in the paper's head warm-up."""
        return self._step(backbone, batch, optimizer, train_backbone, clip_norm)


class _LinearHead(Downstream):
    """What objectives with a linear layer on the features share."""

    def __init__(self, objective: Any, num_features: int, num_classes: int, least: int, seed: int) -> None:
        if isinstance(num_classes, bool) or not isinstance(num_classes, (int, np.integer)) or num_classes < least:
            raise InvalidArgument(f"num_classes: expected an integer ≥ {least}, got {num_classes!r}")
        super().__init__(objective, LinearHead(num_features, int(num_classes), seed))

    @property
    def num_classes(self) -> int:
        return self.head._outputs

    def predict_logits(self, backbone: Backbone, images: Any) -> np.ndarray:
        """Logits (N, num_classes) of normalised float images (N, H, W, 3), in evaluation mode."""
        return self.outputs(backbone, images)

    def __reduce__(self) -> tuple:
        return _restore_linear, (type(self), self.head)


def _restore_linear(kind: type[_LinearHead], head: Module) -> _LinearHead:
    downstream = kind(head._inputs, head._outputs)
    downstream.head = head
    return downstream


class Classifier(_LinearHead):
    """Classification: a linear layer and cross-entropy, mean over the batch.

    Parameters
    ----------
    num_features : features of the backbone.
    num_classes : at least 2.
    seed : of the head's initial parameters.

    A batch is a pair (images, labels): normalised float images (N, H, W, 3), integer labels in 0..num_classes-1.
    """

    def __init__(self, num_features: int, num_classes: int, seed: int = 0) -> None:
        super().__init__(_engine.classifier_create(), num_features, num_classes, 2, seed)

    @property
    def targets(self) -> ClassNumbers:
        return ClassNumbers(self.num_classes)

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return labelled(batch, self.num_classes)


class MultiLabelClassifier(_LinearHead):
    """Any number of classes per image, as VOC07 needs: a linear layer and, per class, binary cross-entropy with logits,
    mean over batch and classes (``torch.nn.BCEWithLogitsLoss``).

    Parameters
    ----------
    num_features : features of the backbone.
    num_classes : at least 1.
    seed : of the head's initial parameters.

    A batch is a pair (images, targets): normalised float images (N, H, W, 3); targets (N, num_classes), each 0 or 1, as
    booleans, integers or floats.
    """

    def __init__(self, num_features: int, num_classes: int, seed: int = 0) -> None:
        super().__init__(_engine.multilabel_create(), num_features, num_classes, 1, seed)

    @property
    def targets(self) -> ClassSets:
        return ClassSets(self.num_classes)

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        return multilabelled(batch, self.num_classes)


def _check_backbone(net: Any) -> None:
    if not isinstance(net, Backbone):
        raise InvalidArgument(f"net: expected a bissl network such as bissl.resnet18(), got {type(net).__name__}")


def _clip(clip_norm: float | None) -> float:
    """The engine's spelling of a clipping norm: 0 is none."""
    if clip_norm is None:
        return 0.0
    if not math.isfinite(clip_norm) or clip_norm <= 0:
        raise InvalidArgument(f"clip_norm: expected a positive number or None, got {clip_norm}")
    return float(clip_norm)
