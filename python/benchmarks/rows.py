"""The rows of the table: what is measured, and which ratios it should reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import workloads
from goals import (
    AUTHORS,
    AUTOCAST,
    AUTOTUNED,
    BEST,
    BISSL,
    COMPILED,
    FORWARD,
    HIGH,
    JAX,
    LINEARIZED,
    ROUNDED,
    Goal,
    faster,
)
from workloads import Workload

import bissl

GRADIENT, LINEARIZATION, PRODUCT = "gradient", "linearization", "hessian_product"
LOWER, UPPER_LINEARIZATION, UPPER = "lower_step", "upper_linearization", "upper_step"
#: The product that measures the true residual of an alternation's first solve, which an upper step has only there.
RESIDUAL = "residual_check"
#: What contenders do not do that keep nothing between products or check no solve.
OPTIONAL = {LINEARIZATION, UPPER_LINEARIZATION, RESIDUAL}
#: Of Algorithm 1, as the paper has them.
LOWER_STEPS, UPPER_STEPS = 20, 8
#: How many times the upper level of an alternation does each; `UPPER` is a first step, with the check of its solve.
UPPER_LEVEL = {UPPER_LINEARIZATION: 1, UPPER: UPPER_STEPS, RESIDUAL: 1 - UPPER_STEPS}
UPPER_SHARE = "upper step with its part of the linearization"
ALTERNATION = "alternation of 20 lower and 8 upper steps, summed"
#: bissl and PyTorch in every form but forward mode, whose linearization keeps several times what a graph does.
PEERS = (BISSL, HIGH, AUTHORS, BEST, COMPILED, AUTOTUNED, AUTOCAST, ROUNDED)
BILEVEL = "SimCLR, ResNet-18, 64 pairs of 96 px; 64 downstream images, 5 CG iterations"


@dataclass(frozen=True)
class Row:
    """One workload and its goals.

    workload : makes it, every batch divided by its argument.
    tasks : of the contenders, in the order in which a round does them.
    sums : further quantities as sums of tasks, each with its weight, of the contenders that do them all but for `OPTIONAL`.
    float32 : limits of its own for what contenders may differ by in single precision (`agreement.TOLERANCES`).
    contenders : all that are installed unless named. What they keep for Hessian products is in memory at the same time.
    """

    title: str
    workload: Callable[[int], Workload]
    tasks: tuple[str, ...]
    goals: tuple[Goal, ...]
    sums: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    float32: Mapping[str, float] = field(default_factory=dict)
    contenders: tuple[str, ...] = (*PEERS, FORWARD, LINEARIZED, JAX)


def bilevel(share: int, iterations: int = 5) -> Workload:
    return workloads.simclr(bissl.resnet18, 64 // share, 96, 64 // share, iterations)


def _faster(*wanted: tuple[str, str, float]) -> tuple[Goal, ...]:
    """Tasks that bissl should do so many times faster than a contender: as it is, or with products of split operands."""
    return tuple(faster(*goal, by=by) for by in (BISSL, HIGH) for goal in wanted)


def _products(title: str, workload: Callable[[int], Workload], *goals: Goal, **options: Any) -> Row:
    return Row(title, workload, (GRADIENT, LINEARIZATION, PRODUCT), goals, **options)


ROWS = {
    "resnet18": _products(
        "mean(features²), ResNet-18, 64 images of 96 px",
        lambda share: workloads.features(bissl.resnet18, 64 // share, 96),
        *_faster((GRADIENT, BEST, 2.1), (GRADIENT, COMPILED, 2.2), (PRODUCT, AUTHORS, 6.0), (PRODUCT, JAX, 4.4)),
        *_faster((PRODUCT, LINEARIZED, 4.8)),
        Goal((BISSL, PRODUCT), (BISSL, GRADIENT), at_most=2.1),
    ),
    "resnet50": _products(
        "mean(features²), ResNet-50, 32 images of 96 px",
        lambda share: workloads.features(bissl.resnet50, 32 // share, 96),
        *_faster((GRADIENT, BEST, 1.8), (GRADIENT, COMPILED, 1.5), (PRODUCT, AUTHORS, 4.5)),
        contenders=PEERS,
    ),
    "simclr": Row(
        BILEVEL,
        bilevel,
        (LOWER, UPPER_LINEARIZATION, UPPER, RESIDUAL),
        _faster((LOWER, BEST, 2.1), (LOWER, COMPILED, 2.2), (UPPER_SHARE, AUTHORS, 5.2), (ALTERNATION, AUTHORS, 5.0)),
        {
            UPPER_SHARE: {task: times / UPPER_STEPS for task, times in UPPER_LEVEL.items()},
            ALTERNATION: {LOWER: LOWER_STEPS, **UPPER_LEVEL},
        },
    ),
    "convnext": _products(
        "mean(features²), ConvNeXt-T, 16 images of 96 px",
        lambda share: workloads.features(lambda: bissl.create_model("convnext_tiny"), max(1, 16 // share), 96),
        *_faster((GRADIENT, BEST, 1.0), (PRODUCT, AUTHORS, 2.0)),
        faster(GRADIENT, COMPILED, 1.0),
        contenders=(BISSL, HIGH, AUTHORS, BEST, COMPILED),
    ),
    "depthwise": _products(
        "mean(features²), three depthwise 7×7 convolutions of 96 channels, 16 images of 96 px, every fourth pixel",
        lambda share: workloads.features(workloads.Depthwise, max(1, 16 // share), 96),
        faster(GRADIENT, BEST, 1.0),
        faster(GRADIENT, COMPILED, 1.0),
        faster(PRODUCT, AUTHORS, 2.0),
        contenders=(BISSL, AUTHORS, BEST, COMPILED),
    ),
    "mae": _products(
        "MAE, ViT-S/8, 32 images of 96 px",
        lambda share: workloads.mae(bissl.vit_small, 32 // share, 96),
        *_faster((GRADIENT, BEST, 1.05), (GRADIENT, COMPILED, 1.05), (PRODUCT, AUTHORS, 3.0), (PRODUCT, BEST, 1.4)),
        contenders=(*PEERS, FORWARD),
    ),
    "fcn": Row(
        "FCN-16, ResNet-18, 16 images of 192 × 256 px",
        lambda share: workloads.segmentation(bissl.resnet18, 16 // share, 192, 256),
        (GRADIENT,),
        _faster((GRADIENT, BEST, 1.3)),
        contenders=(BISSL, HIGH, BEST),
    ),
    "detection": Row(
        "Faster R-CNN, small, ResNet-18, 8 images of 192 × 256 px, four objects each",
        lambda share: workloads.detection(bissl.resnet18, 8 // share, 192, 256),
        (GRADIENT,),
        _faster((GRADIENT, BEST, 1.0)),
        float32={"gradient": 0.2},  # proposals that another rounding ranks elsewhere are other samples
        contenders=(BISSL, HIGH, BEST),
    ),
}
