"""How much faster than PyTorch float32 lets anyone be in the row of masked autoencoding, whose time is matrix products:
their multiply-adds alone, at the rate at which this machine does one large product.

    python python/benchmarks/ceiling.py [--rounds 5] [--quick]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders import available
from goals import AUTHORS, BEST
from measure import alternate, median_ratio, report
from rows import GRADIENT, PRODUCT, ROWS

import bissl
from bissl import ops
from bissl.ops.variable import constant

#: Rows and columns of the large product.
SIDE = 2048


@dataclass(frozen=True)
class Products:
    """Multiply-adds of a network's matrix products, forwards: with weights, and of tokens with tokens (attention)."""

    weights: int
    attention: int
    #: Those of the first layer, whose inputs need no adjoint.
    first: int = 0


def encoder(pretext: bissl.MAE, images: int) -> Products:
    net = pretext.backbone
    state = net.state_dict()
    kept = int(net.num_patches * (1 - pretext.mask_ratio))
    first = state["patch_embed.proj.weight"].size * kept * images
    weights = sum(value.size for name, value in state.items() if name.startswith("blocks") and value.ndim == 2)
    return Products(first + weights * (1 + kept) * images, _attention(state, 1 + kept, images), first)


def decoder(pretext: bissl.MAE, images: int) -> Products:
    net, state = pretext.backbone, pretext.head.state_dict()
    kept = int(net.num_patches * (1 - pretext.mask_ratio))
    tokens = {"decoder_embed.weight": 1 + kept}
    weights = sum(
        value.size * tokens.get(name, 1 + net.num_patches) * images
        for name, value in state.items()
        if value.ndim == 2 and name.endswith("weight")
    )
    return Products(weights, _attention(state, 1 + net.num_patches, images))


def _attention(state: Mapping[str, np.ndarray], tokens: int, images: int) -> int:
    """Scores and mixtures of all layers: every head has its share of the width."""
    widths = [value.shape[1] for name, value in state.items() if name.endswith("qkv.weight")]
    return sum(2 * tokens**2 * width * images for width in widths)


def least(pretext: bissl.MAE, images: int) -> dict[str, int]:
    """Multiply-adds of the method as PyTorch's code has it. bissl saves less than 5 % of them: it computes the decoder's
    equal mask tokens once, and after the last attention only what is predicted.

    The gradient of all parameters takes every product three times, but for the images' adjoint. In a Hessian product of
    the encoder's parameters both factors have tangents: two products forwards, four backwards, of the first layer one
    each; the decoder's weights have none, nor adjoints: one forwards and one backwards.
    """
    below, above = encoder(pretext, images), decoder(pretext, images)
    everything = below.weights + below.attention + above.weights + above.attention
    varying = below.weights + below.attention + above.attention
    return {GRADIENT: 3 * everything - below.first, PRODUCT: 6 * varying - 4 * below.first + 2 * above.weights}


def large_products(side: int) -> dict[str, Callable[[], Any]]:
    """One product of float32 matrices by every library at hand."""
    a, b = np.random.default_rng(0).standard_normal((2, side, side), np.float32)
    left, right = constant(a), constant(b)
    found = {"bissl": lambda: ops.matmul(left, right), "NumPy": lambda: a @ b}
    if BEST in available():
        import torch

        x, y = torch.from_numpy(a), torch.from_numpy(b)
        found["PyTorch"] = lambda: x @ y
    return found


def fastest(runs: Mapping[str, Callable[[], Any]], repetitions: int = 3) -> float:
    """Seconds of the fastest call."""
    times = []
    for run in runs.values():
        for _ in range(repetitions):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="batches divided by 8, one round")
    options = parser.parse_args()
    share, rounds = (8, 1) if options.quick else (1, options.rounds)
    row = ROWS["mae"]
    work = row.workload(share)
    needed = least(work.pretext, len(work.batch[0]))
    products = large_products(SIDE)
    rates: list[float] = []
    runs: dict[str, Callable[[], Any]] = {"large product": lambda: rates.append(SIDE**3 / fastest(products))}
    peers = {name: make for name, make in available().items() if name in (AUTHORS, BEST)}
    for name, task in ((BEST, GRADIENT), (AUTHORS, PRODUCT)):
        if name in peers:
            runs[f"{name}: {task}"] = getattr(peers[name](row.workload(share)), task)
    seconds = alternate(runs, rounds)
    del seconds["large product"]
    # The first call of each is not counted.
    rates = rates[-rounds:]
    alone = {task: [count / rate for rate in rates] for task, count in needed.items()}
    bounds = {
        f"{quantity} / products alone": f"{median_ratio(times, alone[quantity.rpartition(': ')[2]]):.2f}"
        for quantity, times in seconds.items()
    }
    report(
        f"{row.title}: matrix products alone, float32",
        seconds | {f"products alone: {task}": times for task, times in alone.items()},
        {"multiply_adds": needed, "rates": rates},
        **{f"10⁹ multiply-adds of a {task.replace('_', ' ')}": f"{count / 1e9:.0f}" for task, count in needed.items()},
        **{"10⁹ multiply-adds a second": f"{min(rates) / 1e9:.0f} to {max(rates) / 1e9:.0f}"},
        **bounds,
    )


if __name__ == "__main__":
    main()
