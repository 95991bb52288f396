"""The epoch loop that pretraining, head warm-up and fine-tuning share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from tqdm import tqdm

from ..errors import NonFinite
from ..schedules import CosineSchedule


def train_epochs(
    level: str, epochs: int, steps: int, step: Callable[[int], Any], bar: tqdm
) -> Iterator[dict[str, float]]:
    """Runs ``step(number)`` for ``epochs`` times ``steps`` and yields a record after each epoch.

    A step returns an object with ``loss`` and ``gradient_norm``. NonFinite names ``level`` and the step.
    """
    for epoch in range(epochs):
        started = time.perf_counter()
        losses, norms = [], []
        for number in range(epoch * steps, (epoch + 1) * steps):
            info = step(number)
            check_step(level, number, loss=info.loss, gradient_norm=info.gradient_norm)
            losses.append(info.loss)
            norms.append(info.gradient_norm)
            bar.set_postfix(loss=f"{info.loss:.3f}", refresh=False)
            bar.update()
        yield {
            "epoch": epoch,
            "loss": math.fsum(losses) / steps,
            "gradient_norm": math.fsum(norms) / steps,
            "seconds": time.perf_counter() - started,
        }


def check_step(level: str, number: int, **values: float) -> None:
    """NonFinite naming the level, the step and the quantity."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise NonFinite(
                f"{level}: {name} is {value} at step {number}; lower the learning rate, or look at that step's images"
            )


def rate_curve(base: float, total: int, warmup: int | None, default_warmup: int) -> CosineSchedule:
    """Cosine over ``total`` steps. A ``warmup`` that was not asked for is at most a tenth of a short run."""
    return CosineSchedule(base, total, min(default_warmup, total // 10) if warmup is None else warmup)
