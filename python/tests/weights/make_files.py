"""Writes the files of this folder with PyTorch and torchvision. What they hold, or what the networks in them answer to
images, stands beside them as ``.npz``.

    python make_files.py

Names and layouts are PyTorch's own; the numbers are random, and the networks tiny.
"""

from __future__ import annotations

import argparse
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn

FOLDER = Path(__file__).resolve().parent


class Pretraining(nn.Module):
    """A backbone and a projector, as VICReg and its relatives keep them."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = resnet()
        self.backbone.fc = nn.Identity()
        self.projector = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3, bias=False))


def resnet() -> torchvision.models.ResNet:
    """torchvision's ResNet of two basic blocks, with 4 and 6 channels, its stem and names unchanged."""
    net = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=2)
    net.inplanes = 4
    net.conv1 = nn.Conv2d(3, 4, 7, stride=2, padding=3, bias=False)
    net.bn1 = nn.BatchNorm2d(4)
    net.layer1 = net._make_layer(torchvision.models.resnet.BasicBlock, 4, 1)
    net.layer2 = net._make_layer(torchvision.models.resnet.BasicBlock, 6, 1, stride=2)
    net.layer3 = net.layer4 = nn.Identity()
    net.fc = nn.Linear(6, 2)
    return perturbed(net)


def perturbed(net: nn.Module) -> nn.Module:
    """Running statistics and norms away from 0 and 1, so that a mix-up shows."""
    for name, tensor in net.state_dict().items():
        if tensor.dtype.is_floating_point:
            tensor += 0.1 * torch.rand_like(tensor)
        else:
            tensor += 7
    return net


def torchvision_vit() -> torchvision.models.VisionTransformer:
    return perturbed(torchvision.models.VisionTransformer(8, 4, 2, 2, 8, 16, num_classes=3))


def timm_names(state: dict[str, torch.Tensor]) -> OrderedDict[str, torch.Tensor]:
    """torchvision's weights under the names of timm's VisionTransformer (timm/models/vision_transformer.py)."""
    renamed = {"class_token": "cls_token", "encoder.pos_embedding": "pos_embed"}
    blocks = {
        "ln_1": "norm1", "ln_2": "norm2", "self_attention.in_proj_": "attn.qkv.", "self_attention.out_proj": "attn.proj",
        "mlp.0": "mlp.fc1", "mlp.3": "mlp.fc2", "encoder.layers.encoder_layer_": "blocks.", "conv_proj": "patch_embed.proj",
        "encoder.ln": "norm", "heads.head": "head",
    }  # fmt: skip

    def name(old: str) -> str:
        for theirs, timms in blocks.items():
            old = old.replace(theirs, timms)
        return renamed.get(old, old)

    return OrderedDict((name(old), tensor) for old, tensor in state.items())


def sincos(width: int, side: int) -> torch.Tensor:
    """Two-dimensional sine-cosine positions with a row for the class token (MAE, util/pos_embed.py)."""

    def along(coordinate: np.ndarray) -> np.ndarray:
        angles = np.outer(coordinate.ravel(), 1 / 10000 ** (np.arange(width // 4) / (width / 4)))
        return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

    rows, columns = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    grid = np.concatenate([along(columns), along(rows)], axis=1)
    return torch.from_numpy(np.concatenate([np.zeros((1, width)), grid])[None]).float()


def mae_checkpoint() -> dict:
    """As MAE's authors save in pretraining: encoder and decoder under "model", and the state of the training."""
    net = torchvision_vit()
    model = timm_names(net.state_dict())
    del model["head.weight"], model["head.bias"]
    model["pos_embed"] = sincos(8, 2)
    decoder = timm_names(torchvision.models.VisionTransformer(8, 4, 1, 2, 4, 16).state_dict())
    model["mask_token"] = torch.randn(1, 1, 4)
    model["decoder_pos_embed"] = sincos(4, 2)
    model["decoder_embed.weight"], model["decoder_embed.bias"] = torch.randn(4, 8), torch.randn(4)
    model |= {f"decoder_{name}": tensor for name, tensor in decoder.items() if name.startswith(("blocks", "norm"))}
    model["decoder_pred.weight"], model["decoder_pred.bias"] = torch.randn(48, 4), torch.randn(48)
    optimizer = torch.optim.AdamW(net.parameters())
    return {
        "model": model,
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
        "args": argparse.Namespace(lr=0.1, out=FOLDER.name),
    }


def training_checkpoint() -> dict:
    """As VICReg's authors save: a model in DistributedDataParallel's names, its optimiser after a step, settings."""
    model = nn.DataParallel(Pretraining())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    sum((parameter**2).sum() for parameter in model.parameters()).backward()
    optimizer.step()
    return {
        "epoch": 5,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "loss": torch.tensor(0.5),
        "args": argparse.Namespace(arch="resnet", milestones=(3, 4), device=torch.device("cpu")),
        "history": defaultdict(list, loss=[np.float64(0.5), 0.25]),
        "counts": Counter([3, 3, 4]),
        "random": {"numpy": np.random.RandomState(0).get_state(), "torch": torch.get_rng_state()[:8], "dtype": torch.float32},
    }  # fmt: skip


def numbers() -> dict[str, torch.Tensor]:
    """Every dtype, and shapes and memory layouts that are easily got wrong."""
    generator = torch.Generator().manual_seed(1)
    matrix = torch.randn(4, 6, generator=generator)
    whole = torch.randint(-100, 100, (3, 5), generator=generator)
    special = torch.tensor([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-40, 3e38, 65504.0])
    return {
        "float32": matrix,
        "float64": matrix.double() / 3,
        "float16": matrix.half(),
        "bfloat16": matrix.bfloat16(),
        **{
            f"special.{name}": special.to(getattr(torch, name))
            for name in ("float32", "float64", "float16", "bfloat16")
        },
        **{name: whole.to(getattr(torch, name)) for name in ("int64", "int32", "int16", "int8", "bool")},
        **{name: whole.abs().to(getattr(torch, name)) for name in ("uint8", "uint16", "uint32", "uint64")},
        "scalar": torch.tensor(7),
        "scalar.bfloat16": torch.tensor(1.5, dtype=torch.bfloat16),
        "empty": torch.empty(0),
        "empty.2d": torch.empty(3, 0, 2),
        "transposed": matrix.T,
        "permuted": torch.randn(2, 3, 4, generator=generator).permute(2, 0, 1),
        "channels_last": torch.randn(2, 3, 4, 5, generator=generator).to(memory_format=torch.channels_last),
        "strided": matrix[1::2, ::3],
        "expanded": matrix[:, :1].expand(4, 3),
        "shared.first": matrix[0],
        "shared.last": matrix[-1],
        "parameter": nn.Parameter(matrix[:2]),
        "parameter.frozen": nn.Parameter(whole[:1], requires_grad=False),
    }


def with_attribute(tensor: torch.Tensor) -> nn.Parameter:
    parameter = nn.Parameter(tensor)
    parameter.tag = "an attribute"
    return parameter


def write(name: str, saved: object, protocol: int = 2) -> None:
    torch.save(saved, FOLDER / f"{name}.pth", pickle_protocol=protocol)


def write_expected(name: str, weights: dict[str, torch.Tensor]) -> None:
    arrays = {key: expected(tensor.detach()) for key, tensor in weights.items()}
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays)


def expected(tensor: torch.Tensor) -> np.ndarray:
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).contiguous().numpy()


def write_features(name: str, net: nn.Module) -> None:
    """What a network answers to random images, in evaluation mode."""
    size = 8 if name == "torchvision_vit" else 16
    images = torch.randn(2, 3, size, size)
    with torch.no_grad():
        features = net.eval()(images)
    np.savez_compressed(
        FOLDER / f"{name}_features.npz", images=images.permute(0, 2, 3, 1).numpy(), features=features.numpy()
    )


def main() -> None:
    torch.manual_seed(0)
    net = resnet()
    write("resnet", net.state_dict())
    write_expected("resnet", net.state_dict())
    net.fc = nn.Identity()
    write_features("resnet", net)
    children = nn.Sequential(*list(net.children())[:-1]).state_dict()
    lightning = {f"backbone.{name}": tensor for name, tensor in children.items()}
    lightning |= {"projection_head.layers.0.weight": torch.randn(2, 6)}
    write("lightly", {"state_dict": lightning, "optimizer_states": [{}], "callbacks": {}})

    vit = torchvision_vit()
    write("torchvision_vit", vit.state_dict())
    write("timm_vit", timm_names(vit.state_dict()))
    vit.heads = nn.Identity()
    write_features("torchvision_vit", vit)

    for name, checkpoint in {"mae": mae_checkpoint(), "vicreg": training_checkpoint()}.items():
        write(name, checkpoint)
        write_expected(name, checkpoint["model"])
    for protocol in (2, 3, 4, 5):
        write(f"numbers_protocol{protocol}", numbers(), protocol)
    write_expected("numbers", numbers())
    attributes = {"weight": with_attribute(torch.randn(2, 2))}
    write("attributes", attributes)
    write_expected("attributes", attributes)
    write("sparse", {"weight": torch.eye(2).to_sparse(), "bias": torch.zeros(2)})
    write("whole_network", nn.Linear(2, 2))
    torch.save({"weight": torch.randn(2)}, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.script(nn.Linear(2, 2)).save(FOLDER / "torchscript.pt")
    positions = torch.randn(1, 17, 8)
    resized = {str(side): resampled(positions, side).numpy() for side in (2, 3, 7)}
    np.savez_compressed(FOLDER / "positions.npz", positions=positions.numpy(), **resized)


def resampled(positions: torch.Tensor, side: int) -> torch.Tensor:
    """As timm's resample_abs_pos_embed."""
    grid = positions[:, 1:].reshape(1, 4, 4, -1).permute(0, 3, 1, 2)
    grid = nn.functional.interpolate(grid, size=(side, side), mode="bicubic", antialias=True)
    return torch.cat([positions[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)


if __name__ == "__main__":
    main()
