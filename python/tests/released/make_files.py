"""Writes this folder's files as the program of BiSSL's authors does: the keys of their released configurations, and the
``state_dict`` of timm's ResNet without classifier and of the heads, as ``torch.save`` writes them. The network is tiny, its
numbers are random; ``numbers.npz`` holds them too.

    python make_files.py
"""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn

FOLDER = Path(__file__).resolve().parent
ARCHITECTURE = "resnet_tiny"

PRETRAINED = {
    "backbone_arch": ARCHITECTURE, "batch_size": 1024, "beta1": 0.9, "beta2": 0.999, "dataset": "imagenet", "epochs": 500,
    "img_crop_min_ratio": 0.5, "img_size": 96, "lr": 4.8, "momentum": 0.9, "optimizer": "lars", "project_name": "Pretext",
    "projector_mlp": "5-4-3", "save_model": 1, "wd": 1e-06,
}  # fmt: skip
SIMCLR = PRETRAINED | {"pretext_task": "simclr", "temperature": 0.5}
BYOL = PRETRAINED | {"pretext_task": "byol", "ma_decay": 0.9995, "ma_use_scheduler": 0, "predictor_mlp": None}
BISSL = {
    "cg_iter_num": 5, "cg_lam": 0.001, "cg_lam_dampening": 10.0, "cg_verbose": 0, "d_batch_size": 256, "d_beta1": 0.9,
    "d_beta2": 0.999, "d_dataset": "flowers", "d_img_crop_min_ratio": None, "d_img_size": None,
    "d_linear_warmup_epochs": 20, "d_linear_warmup_lr": None, "d_linear_warmup_momentum": None,
    "d_linear_warmup_wd": None, "d_lr": 0.05, "d_momentum": 0.9, "d_optimizer": "sgd", "d_wd": 0.0005,
    "downstream_task": "classification", "epochs": 500, "hinv_solver": "cg", "lower_num_iter": 20, "p_batch_size": None,
    "p_beta1": None, "p_beta2": None, "p_dataset": None, "p_img_crop_min_ratio": None, "p_img_size": None, "p_lr": 1.0,
    "p_momentum": None, "p_optimizer": None, "p_wd": None, "project_name": "BiSSL", "save_model": 1, "upper_num_iter": 8,
}  # fmt: skip


def resnet() -> nn.Module:
    net = torchvision.models.ResNet(torchvision.models.resnet.Bottleneck, [1, 1, 1, 1])
    net.inplanes = 4
    net.conv1 = nn.Conv2d(3, 4, 7, stride=2, padding=3, bias=False)
    net.bn1 = nn.BatchNorm2d(4)
    net.layer1 = net._make_layer(torchvision.models.resnet.Bottleneck, 4, 1)
    net.layer2 = net._make_layer(torchvision.models.resnet.Bottleneck, 3, 1, stride=2)
    net.layer3 = net.layer4 = nn.Identity()
    net.fc = nn.Flatten()
    return net


def mlp(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in zip(widths[:-2], widths[1:-1]):
        layers += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1], bias=False))


def write(name: str, module: nn.Module, numbers: dict[str, np.ndarray]) -> None:
    for tensor in module.state_dict().values():
        tensor += torch.rand_like(tensor) if tensor.dtype.is_floating_point else 7
    torch.save(module.state_dict(), FOLDER / f"{name}.pth")
    numbers |= {f"{name}/{key}": value.numpy() for key, value in module.state_dict().items()}


def describe(name: str, config: dict[str, object]) -> None:
    (FOLDER / f"{name}.json").write_text(json.dumps(config, sort_keys=True, indent=4))


def main() -> None:
    torch.manual_seed(0)
    numbers: dict[str, np.ndarray] = {}
    simclr, byol = f"Pretext_simclr_arch-{ARCHITECTURE}", f"Pretext_byol_arch-{ARCHITECTURE}"
    describe(f"{simclr}_config_id-s1", SIMCLR)
    write(f"{simclr}_backbone_id-s1", resnet(), numbers)
    write(f"{simclr}_head_id-s1", nn.Sequential(OrderedDict(projector=mlp(12, 5, 4, 3))), numbers)
    describe(f"{byol}_config_id-b1", BYOL)
    write(f"{byol}_backbone_id-b1", resnet(), numbers)
    head = OrderedDict(projector=mlp(12, 5, 4, 3), predictor=mlp(3, 5, 4, 3))
    write(f"{byol}_head_id-b1", nn.Sequential(head), numbers)
    bissl = f"BiSSL_simclr_classification_flowers_arch-{ARCHITECTURE}"
    pretrained = {
        "pretrained_model_backbone": f"{simclr}_backbone_id-s1.pth",
        "pretrained_model_config": f"{simclr}_config_id-s1.json",
        "pretrained_model_head": f"{simclr}_head_id-s1.pth",
    }
    describe(f"{bissl}_config_id-f1", BISSL | pretrained | {"PT": SIMCLR, "p_simclr_temperature": None})
    write(f"{bissl}_lower_backbone_id-f1", resnet(), numbers)
    np.savez_compressed(FOLDER / "numbers.npz", **numbers)


if __name__ == "__main__":
    main()
