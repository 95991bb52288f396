"""Kills a small full run (pretraining, head warm-up, BiSSL, fine-tuning) with SIGKILL at random moments, lets it go on
until it ends, and compares every final checkpoint with that of a run that was left alone: arrays byte by byte, everything
else but times.

    python python/benchmarks/kill_study.py --kills 100 --inside-saves 30

With ``--signal SIGINT`` it presses Ctrl-C instead.

Half of the kills are at random times; the others wait for the temporary file of a save to appear. A kill counts as one
inside a save only where it left such a file, or arrays without their JSON, behind. A run that has ended is compared, and
another one begins until all kills are spent.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

STAGES = ("pretrain", "warmup", "bissl", "finetune")
#: Exit status of a run that Ctrl-C has ended.
INTERRUPTED = 130


def run(folder: Path) -> None:
    """All stages, each with checkpoints of every step in a folder of its own."""
    import numpy as np

    import bissl

    labels = np.arange(48) % 3
    images = np.random.default_rng(0).integers(0, 60, (48, 8, 8, 3)).astype(np.uint8)
    images[np.arange(48), :, 2 * labels + 1] = 255

    def saved(stage: str) -> dict[str, Any]:
        return {"checkpoint": folder / stage, "checkpoint_every": "1 step"}

    quiet = {"progress": False, "augmentation": "small", "batch_size": 12}
    backbone = {"layers": (1, 1), "widths": (8, 16), "stem": "small"}
    ssl = bissl.Pretrain(
        "byol", backbone=backbone, epochs=4, lr=0.1, method_options={"projector": (16, 8), "decay": 0.9}, **quiet
    )
    ssl.fit(images, **saved("pretrain"))
    warm = bissl.HeadWarmup(epochs=2, **quiet).fit(ssl, images, labels, **saved("warmup"))
    bi = bissl.BiSSL(
        alternations=3, lower_steps=4, upper_steps=3, lower_batch_size=12, upper_batch_size=12, damping=100.0,
        lower_lr=0.1, upper_lr=0.003, progress=False,
    )  # fmt: skip
    bi.fit(ssl, warm, images, (images, labels), **saved("bissl"))
    ft = bissl.FineTune(optimizer=bissl.AdamW(lr=0.01), epochs=4, **quiet)
    ft.fit(bi, images, labels, validation=(images, labels), **saved("finetune"))


def run_or_interrupted(folder: Path) -> None:
    try:
        run(folder)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def start(folder: Path) -> BaseProcess:
    """The run in a process of its own, forked from one that has imported what takes long, but not bissl."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["scipy.stats", "safetensors.numpy", "tqdm"])
    process = context.Process(target=run_or_interrupted, args=(folder,))
    process.start()
    return process


def ends(folder: Path) -> dict[str, tuple[int, bytes, Any]]:
    """Of every stage's last checkpoint: the step, the bytes of the arrays, and the rest without times."""
    from bissl.checkpoints import CheckpointStore
    from bissl.checkpoints.files import read_document

    found = {}
    for stage in STAGES:
        path = CheckpointStore(folder / stage).paths()[-1]
        document = read_document(path)
        found[stage] = document["step"], path.with_suffix(".safetensors").read_bytes(), without_times(document["state"])
    return found


def without_times(state: Any) -> Any:
    if isinstance(state, dict):
        return {name: without_times(value) for name, value in state.items() if "seconds" not in name}
    return [without_times(entry) for entry in state] if isinstance(state, list) else state


def leftovers(folder: Path) -> list[Path]:
    """What only a save that was cut short leaves behind."""
    strays = [path for path in folder.glob("*/checkpoint-*.safetensors") if not path.with_suffix(".json").exists()]
    return [*folder.glob("*/.checkpoint-*.unfinished"), *strays]


@dataclass
class Tally:
    kills: int = 0
    inside_saves: int = 0
    runs: int = 0


Kill = Callable[[BaseProcess], None]


def kill_with(number: signal.Signals) -> Kill:
    return lambda process: os.kill(process.pid, number)


def kill_at_random_time(process: BaseProcess, kill: Kill, folder: Path, longest: float, draw: random.Random) -> None:
    process.join(draw.uniform(0.0, longest))
    if process.exitcode is None:
        kill(process)


def kill_inside_save(process: BaseProcess, kill: Kill, folder: Path, longest: float, draw: random.Random) -> None:
    """At a random save, as soon as its temporary file is seen."""
    passed, seen = draw.randrange(60), set()
    while process.exitcode is None:
        for path in folder.glob("*/.checkpoint-*.unfinished"):
            if path not in seen:
                seen.add(path)
                if len(seen) > passed:
                    kill(process)
                    return


def disturbed_run(folder: Path, tally: Tally, wanted: argparse.Namespace, longest: float, draw: random.Random) -> None:
    """One run, killed and taken up again until it ends."""
    kill = kill_with(wanted.signal)
    while True:
        process = start(folder)
        if tally.kills < wanted.kills or tally.inside_saves < wanted.inside_saves:
            inside = tally.kills - tally.inside_saves >= wanted.kills - wanted.inside_saves or draw.random() < 0.5
            (kill_inside_save if inside else kill_at_random_time)(process, kill, folder, longest, draw)
        process.join()
        if process.exitcode == 0:
            return
        if process.exitcode not in (-wanted.signal, INTERRUPTED):
            raise SystemExit(f"the run failed with status {process.exitcode}")
        tally.kills += 1
        tally.inside_saves += bool(leftovers(folder))


def study(wanted: argparse.Namespace, folder: Path) -> Tally:
    draw, tally = random.Random(wanted.seed), Tally()
    started = time.perf_counter()
    undisturbed = start(folder / "undisturbed")
    undisturbed.join()
    if undisturbed.exitcode != 0:
        raise SystemExit("the undisturbed run failed")
    longest, expected = time.perf_counter() - started, ends(folder / "undisturbed")
    while tally.kills < wanted.kills or tally.inside_saves < wanted.inside_saves:
        killed = folder / "killed"
        disturbed_run(killed, tally, wanted, longest, draw)
        found = ends(killed)
        for stage in STAGES:
            if found[stage] != expected[stage]:
                raise SystemExit(
                    f"{stage}: the final checkpoint after {tally.kills} kills is another one: see {killed}"
                )
        tally.runs += 1
        shutil.rmtree(killed)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--inside-saves", type=int, default=30, help="at least so many of them inside a save")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signal", type=lambda name: signal.Signals[name], default=signal.SIGKILL, metavar="NAME")
    parser.add_argument("--folder", type=Path, help="for the runs; default: a temporary one")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        tally = study(wanted, wanted.folder or Path(temporary))
    print(
        f"{tally.kills} times {wanted.signal.name}, {tally.inside_saves} of them inside a save, in {tally.runs} runs of {len(STAGES)} stages: "
        "every final checkpoint is equal to that of the run that was left alone"
    )


if __name__ == "__main__":
    main()
