"""The demo's settings, full and quick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import check_option
from ...optim.optimizers import AdamW

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Settings:
    """Everything that shapes a run of the demo.

    Parameters
    ----------
    task : str
        The pretext task, one of `TASKS`.
    labels_per_class : int
        Training images of each digit whose label the downstream task sees.
    pretrain, warmup, bilevel, finetune, probe : dict
        Options of the stages `Pretrain`, `HeadWarmup`, `BiSSL`, `FineTune`, `LinearProbe`.
    rates : tuple of float
        Fine-tuning rates that every arm tries, each once, on validation images.
    seeds : int
        Measured runs per arm.

    Examples
    --------
    >>> bissl.experiments.demo.full("mae").task
    'mae'
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

    def as_dict(self) -> dict[str, Any]:
        """For JSON; optimisers as the calls that make them."""
        described: dict[str, Any] = json.loads(json.dumps(vars(self), default=repr))
        return described


#: The demo as it is meant, with SimCLR: under five minutes on two cores.
#:
#: λ, damping and the upper rate are not the paper's, which were made for a large run. Trials on validation images, one
#: run each: with damping 10 conjugate gradients now and then met negative curvature (at λ = 0.1 ‖v_IJ‖ reached 18 ‖v‖);
#: with damping 30 and λ = 1 the residual falls, with rare exceptions, and v_IJ stays close to v.
_FULL: Options = {
    "labels_per_class": 5,
    "pretrain": {
        "backbone": {"kind": "resnet", "layers": (1, 1, 1, 1), "widths": (8, 16, 32, 64), "stem": "small"},
        "method_options": {"projector": (128, 128, 64)}, "epochs": 60, "batch_size": 128, "lr": 4.0,
    },
    "warmup": {"epochs": 30, "lr": 0.03},
    "bilevel": {
        "alternations": 10, "lower_steps": 20, "upper_steps": 8, "lam": 1.0, "damping": 30.0, "lower_lr": 1.0,
        "upper_lr": 0.01, "lower_batch_size": 64, "hessian_batch_size": 32,
    },
    "finetune": {"epochs": 100, "validate_every": 5},
    "probe": {"recalibration_batches": 50},
    "rates": (0.003, 0.01, 0.03),
    "seeds": 5,
}  # fmt: skip

#: The same steps in seconds, to see that everything works; its figures mean nothing.
_QUICK: Options = {
    "labels_per_class": 5,
    "pretrain": {
        "backbone": {"kind": "resnet", "layers": (1, 1), "widths": (8, 16), "stem": "small"},
        "method_options": {"projector": (16, 16)}, "epochs": 1, "batch_size": 64, "lr": 1.0,
    },
    "warmup": {"epochs": 2, "lr": 0.03},
    "bilevel": {
        "alternations": 2, "lower_steps": 2, "upper_steps": 2, "lam": 1.0, "damping": 100.0, "lower_lr": 1.0,
        "upper_lr": 0.003, "lower_batch_size": 32, "hessian_batch_size": 16,
    },
    "finetune": {"epochs": 2},
    "probe": {"recalibration_batches": 2},
    "rates": (0.01, 0.03),
    "seeds": 2,
}  # fmt: skip


def _transformer(width: int, depth: int) -> Options:
    return {
        "kind": "vit",
        "image_size": 8,
        "patch_size": 2,
        "width": width,
        "depth": depth,
        "heads": 4,
        "pooling": "mean",
    }


def _decoder(width: int) -> Options:
    return {"decoder_width": width, "decoder_depth": 1, "decoder_heads": 4, "mask_ratio": 0.6}


#: What a pretext task changes of the full and of the quick settings, stage by stage.
_CHANGES: Mapping[str, tuple[Options, Options]] = {
    "simclr": ({}, {}),
    # The target network of a run of hundreds of steps follows faster than the paper's, which was made for hundreds of
    # thousands.
    "byol": (
        {"pretrain": {"method_options": {"projector": (128, 128, 64), "decay": 0.99}}},
        {"pretrain": {"method_options": {"projector": (16, 16), "decay": 0.99}}},
    ),
    # Hand-picked on validation images, one run each. AdamW serves the transformer's upper level and fine-tuning better than
    # SGD; λ and damping stay: with damping 3 layer-wise conjugate gradients met ‖v_IJ‖ up to 150 ‖v‖.
    "mae": (
        {
            "pretrain": {
                "backbone": _transformer(32, 3), "method_options": _decoder(32), "batch_size": 32, "lr": 3e-3,
            },
            "bilevel": {
                "lower_lr": 1e-3, "upper_optimizer": AdamW(lr=3e-3, weight_decay=0.05), "upper_lr": None,
            },
            "finetune": {"epochs": 60, "optimizer": AdamW(lr=1e-2, weight_decay=0.05)},
            "probe": {"recalibration_batches": 0},
        },
        {
            "pretrain": {"backbone": _transformer(8, 1), "method_options": _decoder(8), "lr": 1e-3},
            "bilevel": {"lower_lr": 1e-3, "upper_optimizer": AdamW(lr=3e-3), "upper_lr": None},
        },
    ),
}  # fmt: skip

#: The pretext tasks that the demo runs.
TASKS = tuple(_CHANGES)


def full(task: str = "simclr") -> Settings:
    """The demo as it is meant. ValueError for an unknown task; the nearest is named.

    Parameters
    ----------
    task : str, default "simclr"
        One of `bissl.experiments.demo.TASKS`.

    Returns
    -------
    Settings
        For `Experiment`.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown task; the nearest is named.

    Examples
    --------
    >>> bissl.experiments.demo.full("byol").seeds >= 2
    True
    """
    return _settings(task, _FULL, 0)


def quick(task: str = "simclr") -> Settings:
    """The same steps in seconds. ValueError for an unknown task; the nearest is named.

    Parameters
    ----------
    task : str, default "simclr"
        One of `bissl.experiments.demo.TASKS`.

    Returns
    -------
    Settings
        For `Experiment`.

    Raises
    ------
    InvalidArgument (ValueError)
        An unknown task; the nearest is named.

    Examples
    --------
    >>> bissl.experiments.demo.quick().seeds <= bissl.experiments.demo.full().seeds
    True
    """
    return _settings(task, _QUICK, 1)


def _settings(task: str, options: Options, which: int) -> Settings:
    changes = _CHANGES[check_option("task", task, TASKS)][which]
    return Settings(task=task, **{**options, **{stage: {**options[stage], **changes[stage]} for stage in changes}})
