"""Small runs of every stage, and ways to stop them at a step: what the tests of checkpoints share."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import bissl

RESNET = {"layers": (1,), "widths": (4,), "stem": "small"}
VIT = {"image_size": 8, "patch_size": 4, "width": 8, "depth": 1, "heads": 2}
QUIET = {"progress": False, "augmentation": "small"}
CLASSES = 3


def example(name: str) -> Any:
    path = Path(__file__).parents[1] / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data() -> tuple[np.ndarray, np.ndarray]:
    """30 uint8 images (8, 8, 3): a bright column whose place is the class, and noise; labels (30,)."""
    draw = np.random.default_rng(0)
    labels = np.arange(30) % CLASSES
    images = draw.integers(0, 60, (30, 8, 8, 3)).astype(np.uint8)
    for image, label in zip(images, labels):
        image[:, 2 * label + 1] = 255
    return images, labels


class Queue(bissl.Pretext):
    """Keeps a mean of embeddings, a generator and a count between steps, as attributes."""

    def __init__(self, net, seed=0):
        super().__init__(net, bissl.Projector(net.num_features, (4, 4), seed))
        self.mean = np.zeros(3)
        self.draw = np.random.default_rng(seed)
        self.place = (0, 1.0)

    def loss(self, first, second):
        return bissl.ops.mse_loss(self.head(first), self.head(second)) * float(1 + self.mean[0])

    def after_step(self):
        self.mean = 0.9 * self.mean + self.draw.random(3)
        self.place = (self.place[0] + 1, self.place[1] / 2)


def pretexts(net: dict = RESNET, vit: dict = VIT) -> dict[str, Callable[[], bissl.Pretext]]:
    return {
        "simclr": lambda: bissl.SimCLR(bissl.ResNet(**net), projector=(8, 4)),
        "byol": lambda: bissl.BYOL(bissl.ResNet(**net), projector=(8, 4), decay=0.9),
        "mae": lambda: bissl.MAE(
            bissl.VisionTransformer(**vit), decoder_width=8, decoder_depth=1, decoder_heads=2, mask_ratio=0.5
        ),
        "rotation": lambda: example("rotation").RotationPrediction(bissl.ResNet(**net)),
        "queue": lambda: Queue(bissl.ResNet(**net)),
    }


class Stopped(Exception):
    """In place of a kill: leaves a fit between two steps, without the orderly end of Ctrl-C."""


def stop_after(steps: int, monkeypatch) -> None:
    """The loop that is trained next is left by `Stopped` after so many steps."""
    from bissl.checkpoints.run import SavedRun

    after_step = SavedRun.after_step

    def stopping(self, number, *rest):
        after_step(self, number, *rest)
        if number == steps:
            raise Stopped

    monkeypatch.setattr(SavedRun, "after_step", stopping)


@contextmanager
def counted_steps(monkeypatch) -> Iterator[list[int]]:
    """Collects the numbers of the steps that are taken."""
    from bissl.checkpoints.run import SavedRun

    after_step, taken = SavedRun.after_step, []

    def counting(self, number, *rest):
        taken.append(number)
        after_step(self, number, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(SavedRun, "after_step", counting)
        yield taken


def without_times(history: list[dict]) -> list[dict]:
    return [{name: value for name, value in record.items() if "seconds" not in name} for record in history]


def learned(stage: Any) -> Any:
    """Everything that a fitted stage has learned, for `bissl.checkpoints.tree.digest`."""
    kept = {"history": without_times(stage.history_), "seed": stage.seed_}
    for name in ("backbone_", "pretext_", "upper_backbone_", "downstream_", "loop_", "stacks_"):
        if hasattr(stage, name):
            kept[name] = getattr(stage, name).state_dict()
    for name in ("best_epoch_", "best_validation_"):
        kept[name] = getattr(stage, name, None)
    return kept
