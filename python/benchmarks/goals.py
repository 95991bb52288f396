"""Figures of contenders, and the ratios between them that PERFORMANCE asks for."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from measure import median_ratio

#: Who did what, such as ("bissl", "gradient").
Quantity = tuple[str, str]
#: What was measured of each, once per round.
Samples = Mapping[Quantity, list[float]]

BISSL, AUTHORS, BEST, JAX = "bissl", "PyTorch, authors", "PyTorch, best", "JAX"
#: As `BEST`, through ``torch.compile``, which differentiates once: with its default settings, and with the kernels tried out.
COMPILED, AUTOTUNED = "PyTorch, compiled", "PyTorch, max-autotune"
#: Hessian products by forward over reverse mode: computed anew each time, and linearized once (`torch.func.linearize`).
FORWARD, LINEARIZED = "PyTorch, forward over reverse", "PyTorch, linearized"
#: As `BEST`, with products of bfloat16: under autocast, and of float32 operands rounded for the product.
AUTOCAST, ROUNDED = "PyTorch, bfloat16 autocast", "PyTorch, bfloat16 products"
#: bissl with products of split operands (`bissl.set_float32_matmul_precision`), where the processor has matrix tiles.
HIGH = "bissl, high"


@dataclass(frozen=True)
class Goal:
    """That the ratio of two quantities is at least, or at most, a number."""

    numerator: Quantity
    denominator: Quantity
    at_least: float | None = None
    at_most: float | None = None

    @property
    def task(self) -> str:
        """What bissl does in it."""
        return next(task for name, task in (self.numerator, self.denominator) if name.startswith(BISSL))

    def measured_by(self, samples: Samples) -> bool:
        return {self.numerator, self.denominator} <= samples.keys()

    def rated(self, samples: Samples) -> dict[str, Any]:
        """The ratio, the median over rounds, and whether the goal is reached."""
        ratio = median_ratio(samples[self.numerator], samples[self.denominator])
        if self.at_least is not None:
            bound, reached = f"≥ {self.at_least:g}", ratio >= self.at_least
        else:
            bound, reached = f"≤ {self.at_most:g}", ratio <= self.at_most
        ratio_of = f"{named(self.numerator)} / {named(self.denominator)}"
        return {"ratio of": ratio_of, "task": self.task, "measured": round(ratio, 2), "goal": bound, "reached": reached}


def faster(task: str, than: str, times: float, by: str = BISSL) -> Goal:
    """bissl does ``task`` at least ``times`` faster than a contender."""
    return Goal((than, task), (by, task), at_least=times)


def named(quantity: Quantity) -> str:
    return ": ".join(quantity).replace("_", " ")


def verdict(rating: Mapping[str, Any]) -> str:
    """A rated goal in words."""
    state = "reached" if rating["reached"] else "missed"
    return f"{rating['measured']} (goal {rating['goal']}: {state})"


def table(samples: Samples, ratings: Sequence[Mapping[str, Any]], text: Callable[[float], str]) -> list[dict[str, Any]]:
    """One line per task: the contenders' medians as ``text``, and the ratios that concern it."""
    lines: dict[str, dict[str, Any]] = {}
    for (name, task), values in samples.items():
        line = lines.setdefault(task, {"task": task.replace("_", " "), "cells": {}, "goals": []})
        line["cells"][name] = text(statistics.median(values))
    for rating in ratings:
        lines[rating["task"]]["goals"].append(f"{rating['ratio of']}: {verdict(rating)}")
    return list(lines.values())
