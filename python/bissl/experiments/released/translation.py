"""From the keys of the authors' configurations to recipes.

A configuration is what their program was called with: of pretraining, or of BiSSL with that of its pretraining under "PT".
Keys of the lower level (p_…) that are null stand for those of pretraining, keys of the linear warm-up for the upper
level's (d_…).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import InvalidArgument, check_option

#: Their names of data sets that are others here.
_DATASETS = {
    "aircrafts": "aircraft",
    "flowers": "flowers102",
    "food": "food101",
    "voc07": "voc2007",
}
_SOLVERS = {"cg": "conjugate-gradient"}
_ADAPTIVE = ("adam", "adamw")


def pretrain_values(pretrained: Mapping[str, Any]) -> dict[str, Any]:
    """The sections that pretraining states, by key of a recipe."""
    return {
        "data": {"pretext": _dataset(pretrained["dataset"])},
        "augmentation": {"pretext": "authors-code", "size": pretrained["img_size"]},
        "pretrain": {
            "method": pretrained["pretext_task"],
            "method_options": objective_options(pretrained),
            "backbone": pretrained["backbone_arch"],
            "epochs": pretrained["epochs"],
            "batch_size": pretrained["batch_size"],
            "optimizer": _optimizer(pretrained),
        },
    }


def objective_options(pretrained: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the pretext task: those of `bissl.SimCLR` or `bissl.BYOL`."""
    projector = _widths(pretrained["projector_mlp"])
    if pretrained["pretext_task"] == "simclr":
        return {"projector": projector, "temperature": pretrained["temperature"]}
    if pretrained["pretext_task"] == "byol":
        if pretrained["ma_use_scheduler"]:
            raise InvalidArgument("ma_use_scheduler: a decay that changes is not in any released model; set it to 0")
        predictor = pretrained["predictor_mlp"]
        return {
            "projector": projector,
            "predictor": projector if predictor is None else _widths(predictor),
            "decay": pretrained["ma_decay"],
        }
    raise InvalidArgument(f'pretext_task: expected "simclr" or "byol", got "{pretrained["pretext_task"]}"')


def bissl_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """The sections that the configuration of a BiSSL run states beside those of pretraining."""
    _check_classification(config)
    warmup = {
        name: _or_else(config, f"d_linear_warmup_{name}", config[f"d_{name}"]) for name in ("lr", "wd", "momentum")
    }
    return {
        "data": {"downstream": _dataset(config["d_dataset"])},
        "warmup": {
            "epochs": config["d_linear_warmup_epochs"],
            "batch_size": config["d_batch_size"],
            "lr": warmup["lr"],
            "weight_decay": warmup["wd"],
            "momentum": warmup["momentum"],
        },
        "bissl": {
            "alternations": config["epochs"],
            "lower_steps": config["lower_num_iter"],
            "upper_steps": config["upper_num_iter"],
            "lam": config["cg_lam"],
            "damping": config["cg_lam_dampening"],
            "solver": {
                "kind": _SOLVERS[check_option("hinv_solver", config["hinv_solver"], _SOLVERS)],
                "iterations": config["cg_iter_num"],
                "layerwise": True,
                "guard": "authors",
            },
            "lower_optimizer": _optimizer(_lower_level(config)),
            "lower_batch_size": _lower_level(config)["batch_size"],
            "upper_optimizer": _optimizer({name.removeprefix("d_"): value for name, value in config.items()}),
            "upper_batch_size": config["d_batch_size"],
            "upper_lr": None,
            "upper_weight_decay": None,
        },
    }


def _check_classification(config: Mapping[str, Any]) -> None:
    """InvalidArgument for another downstream task."""
    task = config.get("downstream_task", "classification")
    if task != "classification":
        method = config["PT"]["pretext_task"]
        raise InvalidArgument(
            f'downstream_task: expected "classification", got "{task}": the authors have withdrawn their code of detection, '
            "which was not what the paper describes (section B.7: it divided the backbone otherwise), so that its settings "
            f'state no run of bissl. The paper\'s is the recipe "{method}/voc2007+2012-detection"'
        )


def _lower_level(config: Mapping[str, Any]) -> dict[str, Any]:
    pretrained = config["PT"]
    return {name: _or_else(config, f"p_{name}", value) for name, value in pretrained.items()}


def _or_else(config: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    value = config.get(name)
    return otherwise if value is None else value


def _optimizer(settings: Mapping[str, Any]) -> dict[str, Any]:
    kind = settings["optimizer"]
    options = {"kind": kind, "lr": settings["lr"], "weight_decay": settings["wd"]}
    if kind in _ADAPTIVE:
        return options | {"kind": "adamw", "betas": [settings["beta1"], settings["beta2"]]}
    if kind == "lars":
        options["trust_coefficient"] = 0.001  # their code's; no configuration states it
    return options | {"momentum": settings["momentum"]}


def _widths(text: str) -> list[int]:
    """As "256-256-256"."""
    return [int(width) for width in text.split("-")]


def _dataset(name: str) -> str:
    return _DATASETS.get(name, name)
