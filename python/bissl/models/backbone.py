"""What backbones have in common, and backbones written in Python."""

from __future__ import annotations

import inspect
import itertools
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _engine
from ..configured import wrong_object
from ..errors import InvalidArgument, InvalidState, WrongType, checked_integer, checked_real, checked_seed
from ..ops.recording import Listener, is_tracing, present_trace, tell, traced
from ..ops.variable import Variable, as_variable
from ..weights.matching import BESIDE_BACKBONES
from .extents import checked_integers
from .inputs import float_images
from .module import Adapter, Module, refuse_methods

if TYPE_CHECKING:
    from typing import Self

    from .heads import LinearHead

#: What listeners to a trace are told of a `BatchNorm`, beside the operations of the engine's catalogue.
NAMED_BATCH_NORM = "NamedBatchNorm"
#: In the memo of ``copy.deepcopy``: what makes, of a backbone that is met, the one to stand for it, or None for a copy.
STANDING_FOR = "backbones standing for others"
#: Of networks written in Python: another one after each change of one.
_VERSIONS = itertools.count(1)
#: Images that evaluation takes at a time, so that memory does not grow with the data set.
_EVALUATION_BATCH = 256


@dataclass(frozen=True)
class FeatureMap:
    """One feature map of a backbone."""

    name: str
    #: Channels, or the width of tokens.
    channels: int
    #: Pixels of the image between neighbouring positions of the map.
    stride: int


class Parameter(Variable):
    """A parameter tensor of a backbone written in Python: a Variable while the backbone's features are made."""

    __slots__ = ("name",)

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name, self.shape, self._constant = name, shape, False

    @property
    def _handle(self) -> Any:
        return _engine.trace_parameter(present_trace(f"the parameter {self.name!r}"), self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Parameter, (self.name, self.shape)

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.shape})"


class BatchNorm:
    """A batch norm of a backbone written in Python, to be called on a Variable (…, channels) while the backbone's features
    are made. Training normalises by the batch's statistics, evaluation by the running ones, which steps move."""

    def __init__(self, name: str, channels: int) -> None:
        self.name, self.channels = name, channels

    def __call__(self, x: Any) -> Variable:
        trace = present_trace(f"the batch norm {self.name!r}")
        x = as_variable(x)
        result = Variable(_engine.trace_batch_norm(trace, self.name, x._handle))
        tell(NAMED_BATCH_NORM, (x,), {"name": self.name}, result)
        return result

    def __repr__(self) -> str:
        return f"BatchNorm({self.name!r}, {self.channels})"


class Traces(dict[tuple[int, ...], int]):
    """What the engine knows of a network and of its copies, which share it: by shape of images, which version was traced
    last."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Traces:
        return self


class _Constructed(type):
    """Builds a backbone when its constructors are done, all the way down to the user's; keeps what it was made with."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        net = super().__call__(*args, **kwargs)
        net._finish(cls, args, kwargs)
        return net


class Backbone(Module, metaclass=_Constructed):
    """A network from images to features. Subclass it for a network of yours, with the operations of `bissl.ops`:

    ::

        class Net(bissl.Backbone):
            def __init__(self, width=32, seed=0):
                super().__init__(num_features=width, seed=seed)
                self.conv = self.add_parameter("conv.weight", (width, 3, 3, 3), init="kaiming")
                self.norm = self.add_batch_norm("norm", width)

            def features(self, images):
                x = bissl.ops.relu(self.norm(bissl.ops.conv2d(images, self.conv, padding=1)))
                return bissl.ops.global_avg_pool(self.map("conv", x, stride=1))

    It takes part in every objective and stage, with gradients, Hessian products, checkpoints and weights. What `features`
    does is traced once for every shape of images and repeated by the engine: it must do the same to all images of one
    shape, and not look at values. Attributes that are assigned later on count from the next call; what is changed inside of
    one, such as an entry of a list, does not count for shapes that were traced before. Its class must be importable where it
    is unpickled, as in worker processes.

    Parameters
    ----------
    num_features : int
        Features per image.
    seed : int, default 0
        Seed of the initial parameters, a non-negative integer.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        Numbers out of range.

    Examples
    --------
    >>> class Brightness(bissl.Backbone):
    ...     def __init__(self, seed=0):
    ...         super().__init__(num_features=3, seed=seed)
    ...         self.scale = self.add_parameter("scale", (3,), init="ones")
    ...     def features(self, images):
    ...         return bissl.ops.scale_channels(bissl.ops.global_avg_pool(images), self.scale)
    >>> Brightness()(np.ones((2, 8, 8, 3))).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    _beside = BESIDE_BACKBONES
    seed: int
    _fixed: Iterable[str] = ("num_features", "seed")
    _unpickled = ("_traces", "_version")
    _traces: Traces
    #: Which of its states `features` speaks of; copies have it until either is changed.
    _version: int = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_methods(cls, ("__call__", "observe"))

    @classmethod
    def _check_option(cls, name: str) -> None:
        check_no_pretrained(name)
        super()._check_option(name)

    def __init__(self, num_features: int, seed: int = 0) -> None:
        if type(self).features is Backbone.features:
            raise WrongType(f"{type(self).__name__} states no features: write its method features(self, images)")
        self._parts: dict[str, Any] = {"num_features": checked_integer("num_features", num_features, 1)}
        self._fix(seed=checked_seed("seed", seed))

    @property
    def num_features(self) -> int:
        """Features per image."""
        return self._outputs

    @property
    def feature_info(self) -> tuple[FeatureMap, ...]:
        """The feature maps, in the order in which they are made. Of a network written in Python it is known once it has
        seen images."""
        return tuple(FeatureMap(**entry) for entry in json.loads(_engine.module_describe(self._handle))["maps"])

    def features(self, images: Variable) -> Variable:
        """The features (N, num_features) of images (N, H, W, 3), to be written by a subclass."""
        raise NotImplementedError

    def add_parameter(self, name: str, shape: Sequence[int], init: str | tuple[str, float] = "kaiming") -> Parameter:
        """Declares a trainable tensor, in the constructor, in the order of the state dict.

        Parameters
        ----------
        name : str
            In the state dict, such as ``"conv.weight"``.
        shape : sequence of int
            Shape of a convolution's weight (outputs, inputs, height, width), of a matrix (outputs, inputs).
        init : str or tuple (str, float), default "kaiming"
            "kaiming" (normal, fan-out, for ReLU), "xavier" (uniform), "torch" (PyTorch's of linear layers), "zeros",
            "ones", ("normal", deviation), ("uniform", bound) or ("constant", x).

        Returns
        -------
        Parameter
            What `features` takes for it.

        Raises
        ------
        WrongType (TypeError), InvalidArgument (ValueError)
            A name that is taken or no text, a shape that is none, an ``init`` that there is not.
        InvalidState (RuntimeError)
            After the constructor.
        """
        kind, numbers = _checked_init(f"{name}: init", init)
        shape = checked_integers(f"{name}: shape", shape)
        self._declare(name, (kind, shape))
        if numbers:
            self._parts[f"{name}#init"] = numbers
        return Parameter(name, shape)

    def add_batch_norm(self, name: str, channels: int) -> BatchNorm:
        """Declares a batch norm, in the constructor: ``name.weight``, ``name.bias`` and running statistics."""
        self._declare(name, ("batch_norm", (checked_integer(f"{name}: channels", channels, 1),)))
        return BatchNorm(name, channels)

    def map(self, name: str, x: Variable, stride: int) -> Variable:
        """Names x, (N, H, W, C) or tokens (N, L, C), as a feature map, inside `features`; answers x. ``stride``: pixels of
        the image between neighbouring positions."""
        x = as_variable(x)
        _engine.trace_map(present_trace(f"the map {name!r}"), name, x._handle, checked_integer("stride", stride))
        return x

    def __call__(self, images: Any) -> np.ndarray:
        """Features (N, num_features) of normalised float images (N, H, W, 3), in evaluation mode."""
        images = float_images(images)
        return np.concatenate([self._apply(part) for part in _parts_of(images)])

    def feature_maps(self, images: Any, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Feature maps of normalised float images, in evaluation mode.

        Parameters
        ----------
        images : object
            (N, H, W, 3).
        names : sequence of str or None, optional
            Names of `feature_info`; None is all. The network is run no further than they need.

        Returns
        -------
        dict of str to ndarray
            By name (N, height, width, channels), of transformers (N, tokens, width) before the final norm.

        Raises
        ------
        InvalidArgument (ValueError), WrongType (TypeError)
            A name that there is not, or no sequence of names.
        """
        images = float_images(images)
        if names is not None and (isinstance(names, str) or not isinstance(names, Iterable)):
            raise WrongType(f'names: expected a sequence of names, such as ["layer4"], got {names!r}')
        parts = list(_parts_of(images))
        self._prepare(*(part.shape for part in parts))
        wanted = [feature.name for feature in self.feature_info] if names is None else list(names)
        made = [_engine.module_maps(self._handle, part, {name: () for name in wanted}) for part in parts]
        arrays = [[Variable(handle).numpy() for handle in handles] for handles in made]
        return {name: np.concatenate([part[place] for part in arrays]) for place, name in enumerate(wanted)}

    def observe(self, images: Any) -> None:
        """Moves the running statistics of batch norm by one training-mode pass over ``images`` (N, H, W, 3), as one
        batch; parameters stay. Called on downstream batches, it recalibrates a backbone (paper, section B.10)."""
        images = float_images(images)
        self._prepare(images.shape)
        _engine.module_observe(self._handle, images)

    def to_onnx(
        self,
        path: str | os.PathLike[str],
        *,
        head: LinearHead | None = None,
        layout: str = "NCHW",
        image_size: int | Sequence[int] | np.ndarray | None = None,
    ) -> None:
        """Writes the network as it is in evaluation mode as an ONNX file, in float32, for onnxruntime and other runtimes.

        The input is ``images``, normalised, any number of them. The output is ``features`` (N, num_features), with a head
        ``logits`` (N, classes). Low-rank adapters are added up. Operator set 23.

        Parameters
        ----------
        path : str or path
            Ends in ``.onnx``; its folder exists.
        head : LinearHead or None, optional
            On top of the features, such as ``classifier.head``; None for the features alone.
        layout : str, default "NCHW"
            Of the images: "NCHW", PyTorch's, which ONNX's users expect, or "NHWC", as this package has them.
        image_size : int, sequence of int or None, optional
            Of the images, one number or (height, width). A network written in Python needs it, as it is traced for images
            of one size; others take any size unless it is given, and a `VisionTransformer` its own.

        Raises
        ------
        InvalidArgument (ValueError)
            Another suffix or layout; a head for other features; an image size that is missing, not the network's or too
            small for it; an operation that ONNX has not.
        WrongType (TypeError)
            A head that is no `bissl.LinearHead`.
        MissingPackage (ImportError)
            ``pip install 'bissl[onnx]'`` brings onnx.
        FileMissing (FileNotFoundError), NotWritable (PermissionError), DiskFull (OSError)
            Nothing is left behind.

        Examples
        --------
        >>> bissl.resnet18().to_onnx("resnet18.onnx")  # doctest: +SKIP
        >>> import onnxruntime  # doctest: +SKIP
        >>> session = onnxruntime.InferenceSession("resnet18.onnx")  # doctest: +SKIP
        >>> (features,) = session.run(None, {"images": np.zeros((2, 3, 64, 64), "f")})  # doctest: +SKIP
        """
        from .onnxfile import write_onnx  # which knows the architectures, that know this class

        write_onnx(self, path, head, layout, image_size)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        self._prepare(values.shape)
        return super()._apply(values)

    def _declare(self, name: str, part: tuple[str, tuple[int, ...]]) -> None:
        if not isinstance(name, str):
            raise WrongType(f"name: expected text such as 'conv.weight', got {type(name).__name__}")
        if "_handle" in self.__dict__:
            raise InvalidState(f"{name}: parameters are declared in the constructor, this network is in use already")
        if name in self._parts:
            raise InvalidArgument(f"{name}: a parameter of this name was declared already")
        self._parts[name] = part

    def _finish(self, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Called when the constructor is done."""
        if "_parts" not in self.__dict__:
            raise InvalidState(f"{kind.__name__}: its __init__ must call super().__init__(num_features=…) first")
        Module.__init__(self, "traced", self._parts, self.seed)
        self._given = _named_arguments(vars(kind).get("__init__", getattr(kind, "__init__")), self, args, kwargs)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Self:
        stand_in = memo[STANDING_FOR](self) if STANDING_FOR in memo else None
        return super().__deepcopy__(memo) if stand_in is None else stand_in

    def _hold(self, handle: Any) -> None:
        super()._hold(handle)
        self.__dict__["_traces"] = Traces()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name not in vars(Module):  # the numbers, which no trace holds
            self._change()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._change()

    def _change(self) -> None:
        """`features` may do something else from now on, unless it is what changed the network itself."""
        if not is_tracing():
            self.__dict__["_version"] = next(_VERSIONS)

    def _key_draws(self, seed: int) -> None:
        """Makes what the network draws at random in training follow from this seed. Stages call it on their copies."""

    def _arguments(self) -> dict[str, Any]:
        return dict(self._given)

    def _prepare(self, *shapes: tuple[int, ...]) -> None:
        """Sees to it that the engine knows what this network does to images of these shapes."""
        for shape in shapes:
            if self._traces.get(shape) != self._version:
                self._trace(shape)

    def _trace(self, shape: tuple[int, ...], listener: Listener | None = None) -> tuple[Variable, Variable]:
        """Lets the engine know what this network does to images of a shape; answers what stood for these and for their
        features, which `listener` was told of."""
        trace = _engine.trace_create(self._handle, shape)
        images = Variable(_engine.trace_images(trace))
        with traced(trace, listener):
            features = self.features(images)
        if not isinstance(features, Variable):
            raise WrongType(
                f"{type(self).__name__}.features: expected a bissl.ops.Variable, got {type(features).__name__}: "
                "compute the features with bissl.ops"
            )
        _engine.trace_end(trace, features._handle)
        self._traces[shape] = self._version
        return images, features

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """The low-rank adapters (`bissl.LoRA`), in the order of their layers."""
        return self._adapters

    @property
    def frozen(self) -> tuple[str, ...]:
        """The names of the parameters that are not trained (`bissl.freeze`), in the state dict's order."""
        return self._division.frozen

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._arguments().items())
        text = f"{type(self).__name__}({options})"
        if self._frozen_layout or self._adapters:
            text += f" with {len(self._adapters)} low-rank adapters and {len(self.frozen)} frozen parameter tensors"
        return text


class EngineBackbone(Backbone):
    """A backbone that the engine states."""

    #: The keyword arguments that make a network of this architecture.
    _options: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_methods(cls, ("features",))

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        own = {name: value for name, value in settings.items() if name != "seed"}
        Module.__init__(self, kind, own, settings["seed"])

    def _finish(self, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        pass

    def _prepare(self, *shapes: tuple[int, ...]) -> None:
        pass

    def _arguments(self) -> dict[str, Any]:
        return dict(self._options)


def _checked_init(name: str, init: Any) -> tuple[str, tuple[float, ...]]:
    """The kind of initial values, and its numbers."""
    kind, *numbers = init if isinstance(init, (tuple, list)) and init else (init,)
    if not isinstance(kind, str):
        raise WrongType(f'{name}: expected text such as "kaiming" or a pair such as ("normal", 0.02), got {init!r}')
    return kind, tuple(checked_real(name, number, _engine.LARGEST) for number in numbers)


def checked_backbone(net: Any, name: str = "net") -> Backbone:
    """WrongType unless it is a network."""
    if not isinstance(net, Backbone):
        raise wrong_object(name, "a bissl network such as bissl.resnet18()", net)
    return net


def check_no_pretrained(option: str) -> None:
    """InvalidArgument for the options by which other libraries download weights."""
    if option in ("pretrained", "weights", "checkpoint_path"):
        raise InvalidArgument(
            f"{option}: bissl downloads no weights; make the network without it and load a file, such as one of "
            "torchvision's or timm's: net.load_weights(path)"
        )


def _named_arguments(
    constructor: Callable[..., Any], net: Backbone, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The keyword arguments that make such a network again."""
    signature = inspect.signature(constructor)
    bound = signature.bind(net, *args, **kwargs)
    bound.apply_defaults()
    named: dict[str, Any] = {}
    for parameter, value in list(zip(signature.parameters.values(), bound.arguments.values()))[1:]:
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            raise WrongType(
                f"{type(net).__name__}.__init__: name all arguments in place of *{parameter.name}, so that the network can "
                "be made again where a run is resumed"
            )
        named |= value if parameter.kind is inspect.Parameter.VAR_KEYWORD else {parameter.name: value}
    return named


def network_shapes(arrays: Sequence[Any]) -> list[tuple[int, ...]]:
    """The shapes in which images among the arrays of a batch pass a network: views of one shape pass it together."""
    shapes = [np.shape(array) for array in arrays if np.ndim(array) == 4]
    if len(set(shapes)) != 1:
        return shapes
    return [(len(shapes) * shapes[0][0], *shapes[0][1:])]


def _parts_of(images: np.ndarray) -> Sequence[np.ndarray]:
    return [images[start : start + _EVALUATION_BATCH] for start in range(0, len(images), _EVALUATION_BATCH)]
