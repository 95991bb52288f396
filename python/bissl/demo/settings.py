"""The demo's settings, full and quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Options = Mapping[str, Any]

#: Pretext tasks that the demo runs, with the options of `Pretrain` that are the task's own. The target network of a run of
#: hundreds of steps follows faster than the paper's, which was made for hundreds of thousands.
TASKS: Mapping[str, Options] = {"simclr": {}, "byol": {"decay": 0.99}}


@dataclass(frozen=True)
class Settings:
    """Everything that shapes a run of the demo.

    task : the pretext task, one of `TASKS`.
    labels_per_class : training images of each digit whose label the downstream task sees.
    pretrain, warmup, bilevel, finetune, probe : options of the stages `Pretrain`, `HeadWarmup`, `BiSSL`, `FineTune`,
        `LinearProbe`.
    rates : fine-tuning rates that every arm tries, each once, on validation images.
    seeds : measured runs per arm.
    """

    task: str
    labels_per_class: int
    pretrain: Options
    warmup: Options
    bilevel: Options
    finetune: Options
    probe: Options
    rates: tuple[float, ...]
    seeds: int


def full(task: str = "simclr") -> Settings:
    """The demo as it is meant: under five minutes on two cores.

    λ, damping and the upper rate are not the paper's, which were made for a large run. Trials on validation images, one
    run each: with damping 10 conjugate gradients now and then met negative curvature (at λ = 0.1 ‖v_IJ‖ reached 18 ‖v‖);
    with damping 30 and λ = 1 the residual falls, with rare exceptions, and v_IJ stays close to v.
    """
    return Settings(
        task=task,
        labels_per_class=5,
        pretrain={
            "backbone": {"layers": (1, 1, 1, 1), "widths": (8, 16, 32, 64), "stem": "small"},
            "epochs": 60, "batch_size": 128, "lr": 4.0, "projector": (128, 128, 64), **TASKS[task],
        },
        warmup={"epochs": 30, "lr": 0.03},
        bilevel={
            "alternations": 10, "lower_steps": 20, "upper_steps": 8, "lam": 1.0, "damping": 30.0, "lower_lr": 1.0,
            "upper_lr": 0.01, "lower_batch_size": 64, "hessian_batch_size": 32,
        },
        finetune={"epochs": 100, "validate_every": 5},
        probe={"recalibration_batches": 50},
        rates=(0.003, 0.01, 0.03),
        seeds=5,
    )  # fmt: skip


def quick(task: str = "simclr") -> Settings:
    """The same steps in seconds, to see that everything works; its figures mean nothing."""
    return Settings(
        task=task,
        labels_per_class=5,
        pretrain={
            "backbone": {"layers": (1, 1), "widths": (8, 16), "stem": "small"},
            "epochs": 1, "batch_size": 64, "lr": 1.0, "projector": (16, 16), **TASKS[task],
        },
        warmup={"epochs": 2, "lr": 0.03},
        bilevel={
            "alternations": 2, "lower_steps": 2, "upper_steps": 2, "lam": 1.0, "damping": 100.0, "lower_lr": 1.0,
            "upper_lr": 0.003, "lower_batch_size": 32, "hessian_batch_size": 16,
        },
        finetune={"epochs": 2},
        probe={"recalibration_batches": 2},
        rates=(0.01, 0.03),
        seeds=2,
    )  # fmt: skip
