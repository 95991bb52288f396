"""BiSSL: bilevel self-supervised learning on CPUs.

A Swift engine does the arithmetic; NumPy arrays go in and come out. Most users meet the stages (`Pretrain`, `HeadWarmup`,
`BiSSL`, `FineTune`); those who drive the bilevel loop themselves use `ResNet`, `SimCLR`, `Classifier` and `Bilevel`.

Importing bissl loads the engine; each public name is imported from its place when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._engine import precision, threadlimits
from ._lazy import places
from ._version import __version__

# Read by type checkers and, for the names' places, by `_lazy`.
if TYPE_CHECKING:
    from . import (
        analysis,
        callbacks,
        checkpoints,
        data,
        distributed,
        errors,
        metrics,
        ops,
        plot,
        scaling,
        solvers,
        statistics,
        tables,
        targets,
        weights,
    )
    from ._engine.settings import (
        get_num_threads,
        memory_at_peak,
        memory_stats,
        release_cached_memory,
        reset_peak_memory,
        set_exact_convolution,
        set_float32_matmul_precision,
        set_num_threads,
        set_recompute_activations,
        show_config,
    )
    from .bilevel import hypergradients
    from .bilevel.loop import Bilevel, LowerInfo, UpperInfo
    from .models.adapters import LoRA, freeze, load_adapters, merge_adapters, save_adapters, unfreeze
    from .models.backbone import Backbone
    from .models.heads import LinearHead, Parameters, Projector
    from .models.networks import (
        ConvNeXt,
        ResNet,
        VisionTransformer,
        resnet18,
        resnet34,
        resnet50,
        vit_base,
        vit_small,
        vit_tiny,
    )
    from .models.registry import create_model, list_models, register_model
    from .models.vectors import FlatVector
    from .objectives.base import Downstream, Objective, Pretext, StepInfo
    from .objectives.downstream.classification import Classifier, MultiLabelClassifier
    from .objectives.downstream.dense import DenseDownstream
    from .objectives.downstream.detection import FasterRCNN
    from .objectives.downstream.segmentation import FCN
    from .objectives.linearization import Gradient, Linearization
    from .objectives.noisytune import noisy_tune
    from .objectives.pretext.byol import BYOL
    from .objectives.pretext.mae import MAE
    from .objectives.pretext.simclr import SimCLR
    from .optim.optimizers import LARS, SGD, AdamW
    from .optim.parameter_groups import layer_decay
    from .optim.schedules import CosineDecay, CosineSchedule
    from .solvers import (
        MINRES,
        ConjugateGradient,
        DiscardedImplicitTerm,
        Exact,
        Identity,
        Krylov,
        NeumannSeries,
        SolveInfo,
    )
    from .training import BiSSL, FineTune, HeadWarmup, LinearProbe, Pretrain, WeightedSum, recalibrate

__all__ = [
    "ops",
    "distributed",
    "Projector",
    "Parameters",
    "Objective",
    "LinearHead",
    "AdamW",
    "BYOL",
    "Backbone",
    "Bilevel",
    "BiSSL",
    "Classifier",
    "ConjugateGradient",
    "ConvNeXt",
    "CosineDecay",
    "CosineSchedule",
    "DiscardedImplicitTerm",
    "DenseDownstream",
    "Downstream",
    "Exact",
    "FCN",
    "FasterRCNN",
    "FineTune",
    "FlatVector",
    "Gradient",
    "HeadWarmup",
    "Identity",
    "Krylov",
    "LARS",
    "LinearProbe",
    "Linearization",
    "LoRA",
    "LowerInfo",
    "MAE",
    "MINRES",
    "MultiLabelClassifier",
    "NeumannSeries",
    "Pretext",
    "Pretrain",
    "ResNet",
    "SGD",
    "SimCLR",
    "SolveInfo",
    "StepInfo",
    "UpperInfo",
    "VisionTransformer",
    "WeightedSum",
    "__version__",
    "analysis",
    "callbacks",
    "checkpoints",
    "create_model",
    "data",
    "errors",
    "freeze",
    "get_num_threads",
    "hypergradients",
    "layer_decay",
    "list_models",
    "load_adapters",
    "memory_at_peak",
    "memory_stats",
    "merge_adapters",
    "metrics",
    "noisy_tune",
    "plot",
    "precision",
    "recalibrate",
    "register_model",
    "release_cached_memory",
    "reset_peak_memory",
    "resnet18",
    "resnet34",
    "resnet50",
    "save_adapters",
    "scaling",
    "set_exact_convolution",
    "set_float32_matmul_precision",
    "set_recompute_activations",
    "set_num_threads",
    "show_config",
    "solvers",
    "statistics",
    "tables",
    "targets",
    "unfreeze",
    "vit_base",
    "vit_small",
    "vit_tiny",
    "weights",
]

if not TYPE_CHECKING:  # else every name would be allowed
    _PLACES = places(__loader__.get_source(__name__))

    def __getattr__(name: str) -> Any:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = _PLACES[name]
        value = import_module(module, __name__)
        if attribute is not None:
            value = getattr(value, attribute)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_PLACES})


threadlimits.register()
