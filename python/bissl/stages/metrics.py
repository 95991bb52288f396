"""Counting correct predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import check_option

METRICS = {"top1": 1, "top5": 5}


def correct_predictions(logits: np.ndarray, labels: np.ndarray, k: int = 1) -> int:
    """How many labels (N,) are among the k highest logits (N, classes); ties go to the lower class number."""
    k = min(k, logits.shape[1])
    highest = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return int((highest == labels[:, None]).any(axis=1).sum())


def scores(logits: np.ndarray, labels: np.ndarray, metrics: str | Sequence[str]) -> float | dict[str, float]:
    """The share of correct predictions: a number for one metric's name, a dict for several."""
    if isinstance(metrics, str):
        k = METRICS[check_option("metrics", metrics, METRICS)]
        return correct_predictions(logits, labels, k) / len(labels)
    return {metric: scores(logits, labels, metric) for metric in metrics}
