"""The demo's result in text."""

from __future__ import annotations

import math

from .outcome import Outcome

HEADER = ("", "linear probe", "fine-tuned", "difference to FT [95 %]", "exact p", "rate")


def rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """One row per arm: accuracies in percent (mean ± standard deviation), difference in points, p-value, rate."""
    table = []
    for number, arm in enumerate(outcome.arms):
        accuracies = str(outcome.accuracy(arm.probe)), str(outcome.accuracy(arm.tuned))
        comparison = ("", "") if number == 0 else outcome.against_plain(arm).cells()
        table.append((arm.name, *accuracies, *comparison, f"{arm.rate:g}"))
    return table


def verdict(outcome: Outcome) -> str:
    """What these runs can and cannot say."""
    runs = len(outcome.arms[0].tuned)
    least = 2 / math.comb(2 * runs, runs)
    return (
        f"{runs} runs per arm cannot settle whether BiSSL helps here: they share one pretrained backbone, one split "
        f"and one choice of labels, and with {runs} against {runs} runs no p-value can be below {min(least, 1):.2g}. "
        "Read the interval, not the difference. A table that means something takes 16 to 20 seeds and three or more "
        "pretrained backbones."
    )


def setting(outcome: Outcome) -> str:
    """How the figures came about, in a sentence or two."""
    return (
        f"Accuracy in percent on {outcome.test_images} test images, mean ± standard deviation over seeds. "
        f"Fine-tuning rates and best epochs were chosen on {outcome.validation_images} validation images, with the "
        "same number of trials for each arm; the test images were read once, at the end."
    )


def as_text(outcome: Outcome) -> str:
    """The table and the words under it."""
    lines = [HEADER, *rows(outcome)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    table = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
    return f"{table}\n\n{setting(outcome)}\n\n{verdict(outcome)}"
