"""Writes timm_features.json: features of timm's networks with parameters and images drawn by seed, in double precision.

    pip install torch timm; python timm_features.py

The tests draw the same parameters and images, so that the file holds names and features alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from timm.models.convnext import ConvNeXt
from timm.models.vision_transformer import VisionTransformer

DINOV2 = {"img_size": 28, "patch_size": 14, "embed_dim": 8, "depth": 2, "num_heads": 2, "init_values": 1e-5}
NETWORKS = {
    "convnext_conv_mlp": (36, ConvNeXt, {"depths": (1, 2, 1, 1), "dims": (4, 8, 6, 10), "conv_mlp": True}),
    "convnext_linear_mlp": (40, ConvNeXt, {"depths": (1, 1, 2, 1), "dims": (4, 8, 6, 12)}),
    "vit_reg4": (28, VisionTransformer, DINOV2 | {"reg_tokens": 4, "no_embed_class": True}),
    "vit_layer_scale": (28, VisionTransformer, DINOV2),
}


def recorded(side: int, net: torch.nn.Module) -> dict[str, list]:
    net = net.double().eval()
    rng = np.random.default_rng(7)
    state = {name: rng.standard_normal(value.shape) * 0.2 for name, value in sorted(net.state_dict().items())}
    net.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    images = np.random.default_rng(3).standard_normal((2, side, side, 3)).transpose(0, 3, 1, 2)
    with torch.no_grad():
        features = net(torch.from_numpy(images.copy()))
    return {"names": list(net.state_dict()), "features": features.tolist()}


if __name__ == "__main__":
    found = {name: recorded(side, make(**options, num_classes=0)) for name, (side, make, options) in NETWORKS.items()}
    Path(__file__).with_suffix(".json").write_text(json.dumps(found, indent=0), encoding="utf-8")
