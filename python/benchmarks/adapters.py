"""Low-rank adapters against full training: time and memory of the steps of both levels, ViT-S/8 on SimCLR.

    python python/benchmarks/adapters.py [--pairs N] [--rounds N] [--quick]

Both train the same network: full training, and rank 8 on the layers of the attention ("qkv|proj"), the rest frozen. Before
anything is timed, their losses are compared, which are equal while the adapters are zero. The peak is that of the engine's own
tensors (`bissl.memory_stats`) in a step, beyond what lay there before it; vectors are what an optimiser and a solver keep of
one parameter vector.
"""

from __future__ import annotations

import argparse
import gc
from typing import Any

import numpy as np
from measure import alternate, median_ratio, report

import bissl

FULL, LORA = "full training", "rank 8 on qkv|proj"
LOWER, LINEARIZATION, UPPER = "a lower step", "a linearization", "an upper step of 5 CG iterations"
#: By multiply counts an upper step is 2.35 times cheaper.
LEAST_UPPER = 1.8


class Levels:
    """Both levels on one batch each."""

    def __init__(self, name: str, pairs: int, quick: bool) -> None:
        size = {"width": 96, "depth": 3, "heads": 3} if quick else {"width": 384, "depth": 12, "heads": 6}
        net = bissl.VisionTransformer(image_size=96, patch_size=8, **size)
        net = bissl.LoRA(net, rank=8, targets="qkv|proj") if name == LORA else net
        draw = np.random.default_rng(0)
        images = draw.normal(size=(3, pairs, 96, 96, 3)).astype(np.float32)
        self.pretext_batch, self.labelled = (images[0], images[1]), (images[2], np.arange(pairs) % 10)
        self.loop = bissl.Bilevel(
            bissl.SimCLR(net), bissl.Classifier(net.num_features, 10), damping=10.0, lower_optimizer=bissl.SGD(lr=1e-4),
            upper_optimizer=bissl.SGD(lr=1e-4), solver=bissl.ConjugateGradient(5),
        )  # fmt: skip
        self.loss = self.loop.linearize(self.pretext_batch).loss

    def tasks(self) -> dict[str, Any]:
        """An upper step may be repeated on the linearization that there is."""
        return {
            LOWER: lambda: self.loop.lower_step(self.pretext_batch),
            LINEARIZATION: lambda: self.loop.linearize(self.pretext_batch),
            UPPER: lambda: self.loop.upper_step(self.labelled),
        }


def peaks(name: str, pairs: int, quick: bool) -> dict[str, float]:
    """MiB of each step beyond what lay in memory before all, of one contender alone."""
    levels, found = Levels(name, pairs, quick), {}
    for task, run in levels.tasks().items():
        gc.collect()
        bissl.release_cached_memory()
        bissl.reset_peak_memory()
        before = bissl.memory_stats()["peak_bytes"]
        run()
        found[task] = (bissl.memory_stats()["peak_bytes"] - before) / 2**20
    return found | {"a vector": levels.loop.backbone.vector.nbytes / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a small transformer, two pairs, two rounds")
    options = parser.parse_args()
    pairs, rounds = (2, 2) if options.quick else (options.pairs, options.rounds)
    memory = {name: peaks(name, pairs, options.quick) for name in (FULL, LORA)}
    levels = {name: Levels(name, pairs, options.quick) for name in (FULL, LORA)}
    np.testing.assert_allclose(levels[LORA].loss, levels[FULL].loss, rtol=1e-4)
    runs = {(name, task): run for name, of in levels.items() for task, run in of.tasks().items()}
    seconds = alternate(runs, rounds)
    shown = {f"{name}, {task}": times for (name, task), times in seconds.items()}
    values: dict[str, Any] = {
        f"{task}: times faster": round(median_ratio(seconds[FULL, task], seconds[LORA, task]), 2)
        for task in (LOWER, LINEARIZATION, UPPER)
    }
    values |= {f"{name}, MiB of {task}": round(of[task], 1) for name, of in memory.items() for task in of}
    values["goal"] = f"upper step at least {LEAST_UPPER} times faster"
    report(f"Adapters: ViT-S/8, {pairs} pairs and {pairs} labelled images of 96 px", shown, **values)


if __name__ == "__main__":
    main()
