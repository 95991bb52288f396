"""Pretext and downstream objectives: losses of a backbone and a head, written in Python or in the engine."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _engine
from ..configured import wrong_object
from ..errors import InvalidArgument, WrongType, checked_flag, checked_integer, checked_number
from ..models.backbone import STANDING_FOR, Backbone, checked_backbone, network_shapes
from ..models.heads import Head
from ..models.inputs import float_images
from ..models.module import Module, refuse_methods
from ..models.vectors import FlatVector
from ..ops.recording import of_head, recorded
from ..ops.variable import Variable, as_variable
from ..optim.optimizers import SGD, Optimizer, checked_optimizer
from ..targets import Targets
from ..weights.loading import load_into
from ..weights.report import WeightsReport
from .linearization import Gradient, Linearization
from .reports import begun_report
from .state import ObjectiveState
from .wholes import Fitted, Whole

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True)
class StepInfo:
    """A training step: the loss before it, and the joint ℓ2 norm of the gradient before clipping.

    Parameters
    ----------
    loss : float
        Before the step.
    gradient_norm : float
        Joint ℓ2 norm before clipping.

    Examples
    --------
    >>> pretext = bissl.SimCLR(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"), projector=(8,))
    >>> views = tuple(np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3)))
    >>> pretext.step(views, bissl.SGD(lr=0.1)).gradient_norm > 0
    True
    """

    loss: float
    gradient_norm: float


class Objective(ObjectiveState):
    """A loss L(θ, φ; batch) of a backbone θ and a head φ, in training mode.

    A subclass states it in Python by `loss`, with the operations of `bissl.ops`; gradients, Hessian products, training
    steps and the bilevel stage follow from that. A copy of an objective (`clone`, ``copy.deepcopy``) shares nothing
    with it that either could change: modules, arrays, NumPy generators and other objects that it holds are copied too,
    functions and classes are not.

    Parameters
    ----------
    head : Module
        On the features: `bissl.Projector`, `bissl.LinearHead`, `bissl.Parameters`.

    Raises
    ------
    WrongType (TypeError)
        A head that is none.

    Examples
    --------
    >>> issubclass(bissl.SimCLR, bissl.Objective), issubclass(bissl.Classifier, bissl.Objective)
    (True, True)
    """

    #: How many of the arrays of a batch, from the first on, are images that pass the backbone.
    views: int = 1
    #: The feature maps (`Backbone.feature_info`) that `loss` takes in place of features: a dict of Variables (N, H, W, C) by
    #: name for each view, in which ``"features"`` are the pooled ones. Empty: the pooled features alone.
    maps: Sequence[str] = ()
    head: Head

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if len(inspect.signature(cls.begin_training).parameters) < 2:
            raise WrongType(f"{cls.__name__}.begin_training: expected a method that takes a seed: (self, seed)")

    def __init__(self, head: Module) -> None:
        self._fix(head=checked_head(head))

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, checked_head(value) if name == "head" else value)

    def loss(self, *arguments: Any) -> Variable:
        """The loss, a scalar `bissl.ops.Variable`, to be written by the subclass.

        Its arguments are the features (N, F) of each of the batch's `views`, Variables, and then the rest of what
        `prepare` made of the batch, as it is. ``self.head(features)`` are the head's outputs. Must give the same when
        called twice: what is drawn at random belongs into the batch.
        """
        raise NotImplementedError(f"{type(self).__name__} states no loss: write its method loss")

    def stage(self, name: str, x: Variable, stride: int | None = None, dilation: int = 1) -> Variable:
        """What a stage of the backbone makes of another map than the one before it, inside `loss`: ``layer4`` of crops of
        ``layer3``, say, or ``layer4`` read at stride 1 with dilation 2 for segmentation. Its parameters are the backbone's.

        Parameters
        ----------
        name : str
            Name of the stage's map (`Backbone.feature_info`).
        x : Variable
            (N, H, W, C) with the channels of the map before it.
        stride : int or None, optional
            In place of the stage's own.
        dilation : int, default 1
            Dilation of its windows, which are padded to match.
        """
        handle, x = of_head(self.head), as_variable(x)
        own = 0 if stride is None else checked_integer("stride", stride, 1)
        dilation = checked_integer("dilation", dilation)
        return Variable(_engine.recording_stage(handle, name, x._handle, own, dilation))

    @contextmanager
    def evaluating(self, backbone: Backbone, images: Any) -> Iterator[Any]:
        """Evaluation mode, for predictions: gives the features of normalised float images (N, H, W, 3), or their `maps` by
        name, as Variables without a derivative. Inside, ``self.head`` and `stage` are used as in `loss`:

        ::

            with self.evaluating(backbone, images) as maps:
                scores = self.head(maps["layer4"]).numpy()
        """
        checked_backbone(backbone, "backbone")
        images = float_images(images)
        backbone._prepare(images.shape)
        handle = _engine.recording_create(backbone._handle, self.head._handle, False, False, False, False)
        with recorded(handle, self.head):
            yield _seen(handle, images, 1, self.maps)

    def prepare(self, batch: Any) -> Sequence[Any]:
        """From the batch that was given to what `loss` takes, with images in place of features; here: the batch.

        Override it to make further images or targets of the batch, such as rotations of each image.
        """
        return batch if isinstance(batch, (tuple, list)) else (batch,)

    def after_step(self) -> None:
        """Called after every training step on this objective's batches, never by a query. For objectives with a state
        of their own."""

    def begin_training(self, seed: int) -> None:
        """Called when a stage of training begins with this objective, with a seed of that run's: what the objective
        draws at random from then on must follow from it, so that runs of different seeds draw different things."""

    def clone(self) -> Self:
        """An independent copy, which shares nothing with this objective that either could change."""
        return self._copied({})

    def _copied(self, memo: dict[Any, Any]) -> Self:
        try:
            return copy.deepcopy(self, memo)
        except TypeError as error:
            raise WrongType(
                f"{type(self).__name__}: an attribute cannot be copied ({error}); give its class a __deepcopy__, or "
                "keep it outside of the objective"
            ) from error

    __copy__ = clone

    def _evaluate(self, backbone: Backbone, batch: Any, wants_backbone: bool = True) -> Any:
        """The engine's evaluation at (backbone, self.head). Changes nothing."""
        return _engine.recording_evaluate(*self._recorded_loss(backbone, batch, wants_backbone, snapshot=False))

    def _evaluate_step(self, backbone: Backbone, batch: Any, wants_backbone: bool = True) -> Any:
        """The evaluation that begins a training step. Changes nothing either: the step commits what it changes."""
        return self._evaluate(backbone, batch, wants_backbone)

    def _evaluate_beside(self, backbone: Backbone, batch: Any) -> Any:
        """The evaluation at another backbone than the one that a training step on this batch changes: θ_P in the upper
        level. Changes nothing."""
        return self._evaluate(backbone, batch)

    def _linearize(self, backbone: Backbone, batch: Any, jointly: bool = False) -> Any:
        """The engine's linearization at (backbone, self.head), for products in the parameters of the backbone, or of both."""
        return _engine.recording_linearize(*self._recorded_loss(backbone, batch, True, snapshot=True), jointly)

    def _recorded_loss(self, backbone: Backbone, batch: Any, wants_backbone: bool, snapshot: bool) -> tuple[Any, Any]:
        """The engine's recording and, on its tape, the loss."""
        arguments = self._checked_arguments(batch)
        backbone._prepare(*network_shapes(arguments[: self.views]))
        handle = _engine.recording_create(backbone._handle, self.head._handle, wants_backbone, True, snapshot, True)
        with recorded(handle, self.head):
            features = _features(handle, arguments[: self.views], self.maps)
            loss = self.loss(*features, *arguments[self.views :])
        if not isinstance(loss, Variable):
            raise WrongType(
                f"{type(self).__name__}.loss: expected a bissl.ops.Variable, got {type(loss).__name__}: "
                "compute the loss with bissl.ops"
            )
        return handle, loss._handle

    def _checked_arguments(self, batch: Any) -> list[Any]:
        """What `prepare` made of the batch, its images checked."""
        prepared: Any = self.prepare(batch)
        if not isinstance(prepared, Sequence) and not np.ndim(prepared) or isinstance(prepared, str):
            raise WrongType(
                f"{type(self).__name__}.prepare: expected it to return a tuple of what loss takes, got "
                f"{type(prepared).__name__}; write return images, targets"
            )
        arguments = list(prepared)
        if len(arguments) < self.views:
            raise InvalidArgument(
                f"batch: {type(self).__name__} expects {self.views} arrays of images, got {len(arguments)} arrays"
            )
        images = [float_images(view, f"batch[{place}]") for place, view in enumerate(arguments[: self.views])]
        return images + arguments[self.views :]

    def _value_and_gradient(self, backbone: Backbone, batch: Any) -> tuple[float, Gradient]:
        evaluation = self._evaluate(checked_backbone(backbone, "backbone"), batch)
        backbone_gradient, head_gradient = (_engine.array(_engine.evaluation_gradient(evaluation, i)) for i in (0, 1))
        gradient = Gradient(
            FlatVector(backbone_gradient, backbone._layout), FlatVector(head_gradient, self.head._layout)
        )
        return _engine.evaluation_loss(evaluation), gradient

    def _step(
        self, backbone: Backbone, batch: Any, optimizer: Optimizer, train_backbone: bool, clip_norm: float | None
    ) -> StepInfo:
        checked_backbone(backbone, "backbone")
        checked_optimizer(optimizer)
        clip, trained = checked_clip(clip_norm), checked_flag("train_backbone", train_backbone)
        evaluation = self._evaluate_step(backbone, batch, wants_backbone=trained)
        step = _engine.step_propose("training step", {"training": 1.0}, (evaluation,))
        info, numbers = begun_report(StepInfo, loss=_engine.evaluation_loss(evaluation))
        numbers["gradient_norm"] = _engine.step_commit(step, optimizer._for(backbone, self.head), optimizer.lr, clip)
        self.after_step()
        return info


def _features(
    recording: Any, views: Sequence[np.ndarray], maps: Sequence[str]
) -> list[Variable] | list[dict[str, Variable]]:
    """The features of each view, or its maps by name. Views of one shape pass the network together, which is faster;
    batch norm takes the statistics of each all the same."""
    if len(views) < 2 or len({view.shape for view in views}) > 1:
        return [_seen(recording, view, 1, maps) for view in views]
    together = _seen(recording, np.concatenate(views), len(views), maps)
    rows = [slice(start, start + len(views[0])) for start in range(0, len(views) * len(views[0]), len(views[0]))]
    if isinstance(together, Variable):
        return [together[part] for part in rows]
    return [{name: values[part] for name, values in together.items()} for part in rows]


def _seen(recording: Any, images: np.ndarray, batches: int, maps: Sequence[str]) -> Any:
    """What the network makes of images: features, or maps by name, among which "features" are the pooled ones."""
    names = [name for name in maps if name != "features"]
    pooled = not maps or len(names) < len(maps)
    made = _engine.recording_features(recording, images, batches, {name: () for name in names}, pooled)
    variables = dict(zip([*names, "features"], map(Variable, made)))
    return {name: variables[name] for name in maps} if maps else variables["features"]


class Pretext(Objective):
    """A self-supervised objective on a backbone of its own. Subclass it for a pretext task of yours:

    ::

        class Alignment(bissl.Pretext):
            def __init__(self, net, seed=0):
                super().__init__(net, bissl.Projector(net.num_features, (64, 64), seed))

            def loss(self, first, second):  # features of the two views
                return bissl.ops.mse_loss(self.head(first), self.head(second))

    Parameters
    ----------
    net : Backbone
        The backbone.
    head : Module
        On its features: `bissl.Projector`, `bissl.LinearHead`, `bissl.Parameters`.

    Raises
    ------
    WrongType (TypeError)
        A network or head that is none.

    Examples
    --------
    >>> class Alignment(bissl.Pretext):
    ...     def __init__(self, net, seed=0):
    ...         super().__init__(net, bissl.Projector(net.num_features, (8, 8), seed))
    ...     def loss(self, first, second):
    ...         return bissl.ops.mse_loss(self.head(first), self.head(second))
    >>> views = np.random.default_rng(0).normal(size=(2, 4, 8, 8, 3))
    >>> task = Alignment(bissl.resnet18(widths=(4, 4, 4, 4), stem="small"))
    >>> task.linearize(tuple(views)).gradient.backbone.size == task.backbone.vector.size
    True
    """

    #: Views per image in a batch, which is a tuple of them, (N, H, W, 3) each; with 1, a batch may be the array itself.
    views = 2
    backbone: Backbone
    #: What stands before the backbone's names where both are in one file.
    _backbone_prefix = "backbone."

    _fixed: Iterable[str] = ("net",)

    def __init__(self, net: Backbone, head: Module) -> None:
        super().__init__(head)
        self._fix(backbone=checked_backbone(net))

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, checked_backbone(value) if name == "backbone" else value)

    def _instead(self, name: str) -> str:
        if name == "net":
            return "the network is called backbone"
        if name in ("backbone", "head"):
            return f"since other parts were made to fit it: make a new {type(self).__name__}"
        return super()._instead(name)

    def value_and_gradient(self, batch: Any) -> tuple[float, Gradient]:
        """Loss and gradient of backbone and head, in training mode. Changes no state."""
        return self._value_and_gradient(self.backbone, batch)

    def linearize(self, batch: Any) -> Linearization:
        """The loss expanded to second order here and now, for Hessian products of the backbone."""
        return Linearization(self._linearize(self.backbone, batch), self.backbone, self.head)

    def step(
        self, batch: Any, optimizer: Optimizer, *, clip_norm: float | None = None, train_backbone: bool = True
    ) -> StepInfo:
        """One training step of backbone and head; running statistics move. Stops before any change when the loss or a
        gradient is not finite (FloatingPointError). With ``train_backbone=False`` the backbone's parameters stay."""
        return self._step(self.backbone, batch, optimizer, train_backbone, clip_norm)

    def load_weights(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any],
        strict: bool = True,
        key: str | Sequence[str] | None = None,
        resize_positions: bool = False,
    ) -> WeightsReport:
        """Takes the weights of backbone and head over from one file or mapping, such as the authors' checkpoint of MAE.
        Each of the two is looked for among the names as `Module.load_weights` does; parameters and errors as there.
        Nothing changes unless both fit. Names of other parts are passed over, but none that belong to the head's.

        Returns
        -------
        WeightsReport
            What was loaded, under names that begin with ``backbone.`` and ``head.``, and what was not.
        """
        return load_into(self, source, strict, key, resize_positions)

    def save_weights(self, path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None) -> None:
        """Writes backbone and head as one safetensors file (`bissl.weights.save`), under the names that the authors of
        the task use: those of the head as they are, those of the backbone behind ``backbone.``, but for MAE's."""
        Whole(self._modules()).save(path, self._backbone_prefix, metadata)

    def _with_backbones(self, change: Callable[[Backbone], Backbone]) -> Self:
        """A copy with ``change`` made to its backbone, and to whatever else it holds of the same architecture, however deep.
        What is one network under several names stays one."""
        mine = self.backbone

        def stand_in(net: Backbone) -> Backbone | None:
            alike = type(net) is type(mine) and (net._shapes, net._division) == (mine._shapes, mine._division)
            return change(net) if alike else None

        return self._copied({STANDING_FOR: stand_in, id(mine): change(mine)})

    def _fitted(self, arrays: Mapping[str, Any], resize_positions: bool) -> tuple[Fitted, WeightsReport]:
        return Whole(self._modules())._fitted(arrays, resize_positions)

    def _assign(self, values: Fitted) -> None:
        Whole(self._modules())._assign(values)


class Downstream(Objective):
    """A supervised objective: a head that is evaluated on whichever backbone is given. Subclass it for a task of yours:

    ::

        class Regression(bissl.Downstream):
            targets = bissl.targets.RealNumbers()

            def __init__(self, num_features, outputs=1, seed=0):
                super().__init__(bissl.LinearHead(num_features, outputs, seed))

            def loss(self, features, targets):
                outputs = self.head(features)
                return bissl.ops.mse_loss(outputs, targets.reshape(outputs.shape))

    A batch is a pair (images, targets): normalised float images (N, H, W, 3), and whatever `loss` takes. Stages take
    the class as ``objective=Regression``.

    Parameters
    ----------
    head : Module
        On the features: `bissl.LinearHead`, `bissl.Projector`, `bissl.Parameters`.

    Raises
    ------
    WrongType (TypeError)
        A head that is none.

    Examples
    --------
    >>> class Distance(bissl.Downstream):
    ...     targets = bissl.targets.RealNumbers()
    ...     def __init__(self, num_features, seed=0):
    ...         super().__init__(bissl.LinearHead(num_features, 1, seed))
    ...     def loss(self, features, targets):
    ...         outputs = self.head(features)
    ...         return bissl.ops.mse_loss(outputs, targets.reshape(outputs.shape))
    >>> stage = bissl.FineTune(objective=Distance)
    """

    #: What the labels are and how predictions of them are measured: checks, decisions and metrics of the stages.
    targets: Targets = Targets()

    @property
    def num_features(self) -> int:
        """Features of the backbones that it fits: those that the head takes. An objective whose loss gives the head others
        states it itself; 0, as of a head of named parameters, leaves it open."""
        return self.head._inputs

    def predict(self, backbone: Backbone, images: Any) -> np.ndarray:
        """The head's outputs (N, outputs) on normalised float images (N, H, W, 3), in evaluation mode."""
        return self.head(checked_backbone(backbone, "backbone")(images))

    def value_and_gradient(self, backbone: Backbone, batch: Any) -> tuple[float, Gradient]:
        """Loss and gradient at (backbone, head), in training mode. Changes no state."""
        return self._value_and_gradient(backbone, batch)

    def step(
        self,
        backbone: Backbone,
        batch: Any,
        optimizer: Optimizer,
        *,
        clip_norm: float | None = None,
        train_backbone: bool = True,
    ) -> StepInfo:
        """One training step. With ``train_backbone=False`` the backbone's parameters stay, but its batch norm is in
        training mode and its running statistics move, as in the paper's head warm-up."""
        return self._step(backbone, batch, optimizer, train_backbone, clip_norm)

    def observe(self, backbone: Backbone, batch: Any) -> None:
        """Moves the running statistics of backbone and head by one training-mode pass over a batch; parameters stay. Called on
        a few training batches before evaluation, it recalibrates stages that meet other inputs in training than images, such as
        the crops of a detector.

        Parameters
        ----------
        backbone : Backbone
            Whose running statistics move.
        batch : object
            As `step` takes it.
        """
        evaluation = self._evaluate_step(checked_backbone(backbone, "backbone"), batch, wants_backbone=False)
        step = _engine.step_propose("training step", {"training": 1.0}, (evaluation,))
        _engine.step_commit(step, SGD(lr=0.0, momentum=0.0)._for(backbone, self.head), 0.0, 0.0)

    def save_weights(
        self, path: str | os.PathLike[str], backbone: Backbone, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Writes a backbone and this head as one safetensors file (`bissl.weights.save`), a whole detector, say: the names of
        the head as they are, those of the backbone behind ``backbone.``.

        Parameters
        ----------
        path : path-like
            The file.
        backbone : Backbone
            That the head was trained on.
        metadata : mapping of str to str or None, optional
            Kept in the file.
        """
        Whole(self._together(backbone)).save(path, "backbone.", metadata)

    def load_weights(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any],
        backbone: Backbone,
        strict: bool = True,
        key: str | Sequence[str] | None = None,
    ) -> WeightsReport:
        """Takes the weights of a backbone and this head over from one file or mapping, such as `save_weights` writes. Nothing
        changes unless both fit.

        Parameters
        ----------
        source : path-like or mapping
            As in `Module.load_weights`, where the two are looked for among the names.
        backbone : Backbone
            That takes those of the backbone.
        strict : bool, default True
            As in `Module.load_weights`.
        key : str, sequence of str or None, optional
            As in `Module.load_weights`.

        Returns
        -------
        WeightsReport
            What was loaded, under names that begin with ``backbone.`` and ``head.``, and what was not.

        Raises
        ------
        ValueError, FileNotFoundError
            As `Module.load_weights`.
        """
        return load_into(Whole(self._together(backbone)), source, strict, key, False)

    def _together(self, backbone: Backbone) -> dict[str, Module]:
        return {"backbone": checked_backbone(backbone, "backbone"), "head": self.head}


class EngineLoss:
    """Mixed into objectives whose loss the engine states: faster than recording it from Python, otherwise the same."""

    #: The engine's objective. It is no part of copies and pickles, which make one of their own.
    _objective: Any
    head: Head

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_methods(
            cls,
            ("forward", "loss", "prepare", "stage", "value_and_gradient"),
            "Change it by its options; a loss or batches of your own are the methods loss and prepare of a class derived from "
            f"bissl.{'Pretext' if issubclass(cls, Pretext) else 'Downstream'}",
        )

    def _new_objective(self) -> Any:
        """The engine's objective with the settings of this one."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_objective"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._objective = self._new_objective()

    def _arrays(self, batch: Any) -> Sequence[np.ndarray]:
        """The batch, checked, as the engine takes it."""
        raise NotImplementedError

    def _begin_step(self, backbone: Backbone) -> Any:
        """The engine's objective to evaluate in a training step: itself, unless it has a state that steps move."""
        return self._objective

    def _evaluate(self, backbone: Backbone, batch: Any, wants_backbone: bool = True) -> Any:
        return self._evaluation_of(self._objective, backbone, batch, wants_backbone)

    def _evaluate_step(self, backbone: Backbone, batch: Any, wants_backbone: bool = True) -> Any:
        return self._evaluation_of(self._begin_step(backbone), backbone, batch, wants_backbone)

    def _evaluation_of(self, objective: Any, backbone: Backbone, batch: Any, wants_backbone: bool) -> Any:
        arrays = self._arrays(batch)
        backbone._prepare(*network_shapes(arrays))
        return _engine.objective_evaluate(objective, backbone._handle, self.head._handle, arrays, wants_backbone, True)

    def _linearize(self, backbone: Backbone, batch: Any, jointly: bool = False) -> Any:
        arrays = self._arrays(batch)
        backbone._prepare(*network_shapes(arrays))
        return _engine.objective_linearize(self._objective, backbone._handle, self.head._handle, arrays, jointly)


def checked_head(head: Any) -> Head:
    """WrongType unless it is a head."""
    if not isinstance(head, Head):
        raise wrong_object("head", "a head such as bissl.LinearHead", head)
    return head


def checked_pretext(pretext: Any, name: str = "pretext") -> Pretext:
    """WrongType unless it is a pretext objective."""
    if not isinstance(pretext, Pretext):
        raise wrong_object(name, "a pretext objective such as bissl.SimCLR(net)", pretext)
    return pretext


def checked_downstream(downstream: Any, name: str = "downstream") -> Downstream:
    """WrongType unless it is a downstream objective."""
    if not isinstance(downstream, Downstream):
        raise wrong_object(name, "a downstream objective such as bissl.Classifier(net.num_features, 10)", downstream)
    return downstream


def check_fit(downstream: Downstream, features: int, name: str = "downstream") -> None:
    """InvalidArgument where the head takes another number of ``features`` than the backbone gives. Of feature maps it takes what
    the loss makes of them, unless the objective states which backbones it fits."""
    of_maps = downstream.maps and type(downstream).num_features is Downstream.num_features
    if not of_maps and downstream.num_features not in (0, features):
        raise InvalidArgument(
            f"{name}: its head takes {downstream.num_features} features, the backbone gives {features}; make or warm up one "
            "on this backbone"
        )


def check_pair(pretext: Any, downstream: Any) -> None:
    """Raises unless these are a pretext and a downstream objective that can be trained together: on one backbone, with heads of
    their own."""
    check_fit(checked_downstream(downstream), checked_pretext(pretext).backbone.num_features)
    if downstream.head is pretext.head:
        raise InvalidArgument(
            "downstream: expected a head of its own, got that of the pretext objective, which both would step; give "
            "downstream.clone()"
        )


def checked_clip(clip_norm: float | None) -> float:
    """The engine's spelling of a clipping norm: 0 is none."""
    return 0.0 if clip_norm is None else checked_number("clip_norm", clip_norm, above=0)
