"""Two builds of bissl in turn: does a change of structure cost time, and does it change a bit?

    python python/benchmarks/builds.py OLD NEW [--rounds 9] [--images 16] [--rows resnet18 vit]

OLD and NEW are checkouts with their engines built in place. Each runs in a process of its own; both take turns, row by row
and round by round. Prints the ratio new/old of every row as median and as the interval that holds the middle half of the
rounds, whether the interval lies beyond 3 % slower, and whether gradients and products are the same to the bit.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

#: Slower by more than this is a loss.
ALLOWED = 1.03

WORKER = r"""
import hashlib, json, sys, time
import numpy as np
import bissl

images = int(sys.argv[1])
rng = np.random.default_rng(0)


def pictures(count, side):
    return rng.standard_normal((count, side, side, 3)).astype(np.float32)


def simclr(net, side):
    return bissl.SimCLR(net, (256, 256, 256)), (pictures(images, side), pictures(images, side))


MAKERS = {
    "resnet18": lambda: simclr(bissl.resnet18(), 96),
    "resnet50": lambda: simclr(bissl.resnet50(), 64),
    "vit": lambda: simclr(bissl.vit_tiny(image_size=64), 64),
    "mae": lambda: (bissl.MAE(bissl.vit_tiny(image_size=64)), pictures(images, 64)),
    "small": lambda: simclr(bissl.ResNet(layers=(1, 1, 1, 1), widths=(16, 32, 64, 128), stem="small"), 28),
}


def digest(array):
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()


def tasks(name):
    objective, batch = MAKERS[name]()
    u = np.random.default_rng(1).standard_normal(objective.backbone.vector.size).astype(np.float32)
    point = objective.linearize(batch)
    return {
        "gradient": lambda: digest(objective.value_and_gradient(batch)[1].backbone),
        "product": lambda: digest(point.hvp(u)),
        "linearize": lambda: digest(objective.linearize(batch).gradient.head),
    }


held = {}
for line in sys.stdin:
    name, task = json.loads(line)
    if name not in held:
        held.clear()
        held[name] = tasks(name)
    start = time.perf_counter()
    bits = held[name][task]()
    print(json.dumps([time.perf_counter() - start, bits]), flush=True)
"""

ROWS = {name: ("gradient", "product", "linearize") for name in ("resnet18", "resnet50", "vit", "mae", "small")}


class Build:
    """A checkout whose engine runs in a process of its own."""

    def __init__(self, checkout: Path, images: int) -> None:
        path = checkout.resolve() / "python"
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(images)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(path)},
        )  # fmt: skip

    def run(self, row: str, task: str) -> tuple[float, str]:
        """Seconds, and a digest of the result."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([row, task]) + "\n")
        self._process.stdin.flush()
        seconds, bits = json.loads(self._process.stdout.readline())
        return seconds, bits

    def close(self) -> None:
        self._process.communicate()


def compare(old: Build, new: Build, row: str, task: str, rounds: int) -> tuple[list[float], bool]:
    """Ratios new/old of the rounds, after one that does not count, and whether both computed the same bits."""
    ratios, same = [], True
    for turn in range(rounds + 1):
        pair = [(build, *build.run(row, task)) for build in ((old, new), (new, old))[turn % 2]]
        seconds, bits = ({build: part[place] for build, *part in pair} for place in (0, 1))
        same &= bits[old] == bits[new]
        if turn:
            ratios.append(seconds[new] / seconds[old])
    return ratios, same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--rows", nargs="+", default=list(ROWS), choices=list(ROWS))
    options = parser.parse_args()
    builds = [Build(checkout, options.images) for checkout in (options.old, options.new)]
    losses = 0
    for row in options.rows:
        for task in ROWS[row]:
            ratios, same = compare(*builds, row, task, options.rounds)
            low, middle, high = statistics.quantiles(ratios, n=4)
            losses += low > ALLOWED
            print(
                f"{row:9} {task:10} new/old {middle:.3f} [{low:.3f}, {high:.3f}] "
                f"{'same bits' if same else 'other bits'}{'  SLOWER' if low > ALLOWED else ''}",
                flush=True,
            )
    for build in builds:
        build.close()
    return int(losses > 0)


if __name__ == "__main__":
    sys.exit(main())
