"""Probabilities of classes from logits. A logit of minus infinity is a probability of 0."""

from __future__ import annotations

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows (N, classes) that sum to 1, float64; each has a finite logit."""
    shifted = np.asarray(logits, np.float64)
    powers = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


def logistic(logits: np.ndarray) -> np.ndarray:
    """1/(1 + exp(-x)) of every number, float64, without overflow."""
    return np.exp(-np.logaddexp(0.0, -np.asarray(logits, np.float64)))
