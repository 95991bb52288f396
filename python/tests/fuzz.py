"""Feeds all readers with mutated files and the engine with random calls, as before a release.

    python fuzz.py [--inputs 1000000] [--calls 1000000] [--minutes 30] [--seed 17]

At least a million of each, unless ``--minutes`` ends it: half of the time goes to either. 0 leaves one out, so that
`make fuzz` can read files with the engine in use and make calls under the sanitizers. Every reader and every 10,000
calls have a process of their own, as many at once as there are processors. Whatever is neither read nor refused with an
error of bissl's, and every call that ends in a signal, is printed with the command that repeats it, and the status is 1.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzz_readers import TARGETS

TESTS = Path(__file__).parent
CALLS_AT_ONCE = 10_000


def run(script: str, *options: object) -> tuple[int, list[str]]:
    """Status and output of a script beside this file; what it says of failures is printed."""
    command = [sys.executable, "-X", "faulthandler", str(TESTS / script), *map(str, options)]
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if finished.returncode != 0:
        told = "\n".join(finished.stderr.splitlines()[-40:])
        print(f"status {finished.returncode}: {' '.join(command)}\n{told}", flush=True)
    return finished.returncode, finished.stdout.splitlines()


def read(name: str, seed: int, count: int, seconds: float) -> tuple[bool, int]:
    """Whether all went well, and the number of inputs."""
    status, lines = run(
        "fuzz_readers.py", "--reader", name, "--count", count, "--seed", seed, "--seconds", seconds, "--go-on"
    )
    for line in lines:
        print(line, flush=True)
    return status == 0, sum(json.loads(line)["inputs"] for line in lines)


def call(seed: int, end: float) -> tuple[bool, int]:
    """Whether all went well, and the number of calls: none once the time is over."""
    if time.monotonic() > end:
        return True, 0
    status, lines = run("test_boundary_random_calls.py", CALLS_AT_ONCE, seed)
    return status == 0, int(lines[-1].split()[0]) if status == 0 else 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--inputs", type=int, default=1_000_000, help="of all readers together (default: %(default)s)")
    options.add_argument("--calls", type=int, default=1_000_000, help="(default: %(default)s)")
    options.add_argument("--minutes", type=float, default=math.inf, help="the most time it may take")
    options.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31), help="(default: drawn)")
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    workers = len(os.sched_getaffinity(0))
    each = -(-chosen.inputs // len(TARGETS))
    seconds = 30 * chosen.minutes * workers / len(TARGETS)
    with ThreadPoolExecutor(workers) as threads:
        readers = TARGETS if chosen.inputs else {}
        inputs = list(threads.map(lambda name: read(name, chosen.seed, each, seconds), readers))
        end = time.monotonic() + 30 * chosen.minutes
        seeds = range(chosen.seed, chosen.seed + -(-chosen.calls // CALLS_AT_ONCE))
        calls = list(threads.map(lambda seed: call(seed, end), seeds))
    print(f"{sum(count for _, count in inputs)} inputs of {len(readers)} readers, {sum(n for _, n in calls)} calls")
    sys.exit(not all(good for good, _ in inputs + calls))


if __name__ == "__main__":
    main()
