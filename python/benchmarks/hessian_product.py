"""What Hessian and Gauss-Newton products from a `Linearization` cost, in gradients: ResNet-18, 64 images of 96 px, SimCLR.

    python python/benchmarks/hessian_product.py [--pairs 32] [--size 96] [--rounds 5] [--torch]

With --torch, PyTorch (the `bench` extra) takes part: gradient, and Hessian product as the paper's authors compute it,
which runs the loss and its gradient again for every product.
"""

from __future__ import annotations

import argparse

import numpy as np
from measure import alternate, median_ratio, report

import bissl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=32, help="pairs of views; twice as many images")
    parser.add_argument("--size", type=int, default=96, help="image side in pixels")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--torch", action="store_true", help="measure PyTorch beside it")
    options = parser.parse_args()

    random = np.random.default_rng(0)
    views = [random.standard_normal((options.pairs, options.size, options.size, 3), np.float32) for _ in range(2)]
    pretext = bissl.SimCLR(bissl.resnet18())
    point = pretext.linearize(views)
    direction = random.standard_normal(len(pretext.backbone.vector)).astype(np.float32)
    contenders = {
        "bissl: value and gradient": lambda: pretext.value_and_gradient(views),
        "bissl: Hessian product": lambda: point.hvp(direction),
        "bissl: Gauss-Newton product": lambda: point.hvp(direction, "gauss-newton"),
        "bissl: linearization": lambda: pretext.linearize(views),
    }
    if options.torch:
        from torch_peer import SimCLRPeer

        peer = SimCLRPeer(pretext, bissl.get_num_threads())
        contenders["PyTorch: value and gradient"] = lambda: peer.gradient(views)
        contenders["PyTorch: Hessian product (authors')"] = lambda: peer.hessian_product(views, direction)

    bissl.reset_peak_memory()
    seconds = alternate(contenders, options.rounds)
    gradient, product = seconds["bissl: value and gradient"], seconds["bissl: Hessian product"]
    ratios = {
        "Hessian product / gradient": round(median_ratio(product, gradient), 3),
        "Gauss-Newton product / Hessian product": round(
            median_ratio(seconds["bissl: Gauss-Newton product"], product), 3
        ),
    }
    if options.torch:
        ratios["gradient, times faster than PyTorch"] = round(
            median_ratio(seconds["PyTorch: value and gradient"], gradient), 2
        )
        authors = seconds["PyTorch: Hessian product (authors')"]
        ratios["Hessian product, times faster than PyTorch"] = round(median_ratio(authors, product), 2)
    title = f"SimCLR, ResNet-18, {options.pairs} pairs of {options.size} px"
    report(title, seconds, **ratios, peak_memory_mib=bissl.memory_stats()["peak_bytes"] >> 20)


if __name__ == "__main__":
    main()
