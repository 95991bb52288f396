"""Which candidates take part in a loss: drawn by a key, so that the same are drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SamplingKey:
    """What draws depend on.

    seed : of the run. step : training steps made. lower : whether the loss is that at θ_P, beside the one at θ_D that the
    upper level's step is about. first : images of the batch that other processes have before those of this one.
    """

    seed: int
    step: int
    lower: bool = False
    first: int = 0

    def words(self, image: int, purpose: int, count: int) -> np.ndarray:
        """Raw words uint64 (count,) of a stream of its own for each image of a batch and purpose."""
        # Streams lie 2⁶⁴ draws apart or have keys of their own.
        counter = np.array([0, self.first + image, purpose, int(self.lower)], np.uint64)
        key = np.array([self.seed, self.step], np.uint64)
        return np.random.Philox(counter=counter, key=key).random_raw(count)


def sample(
    positive: np.ndarray, negative: np.ndarray, size: int, positive_share: float, words: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """At most ⌊size · positive_share⌋ of the positive candidates, and as many of the negative ones as make ``size`` together,
    fewer where there are not so many: their numbers, int64, ascending.

    Parameters
    ----------
    positive, negative : bool (candidates,). words : raw words (candidates,), whose lowest are drawn, of equals the first.
    """
    positives = _lowest(np.flatnonzero(positive), int(size * positive_share), words)
    return positives, _lowest(np.flatnonzero(negative), size - len(positives), words)


def _lowest(numbers: np.ndarray, count: int, words: np.ndarray) -> np.ndarray:
    if len(numbers) <= count:
        return numbers
    return np.sort(numbers[np.argsort(words[numbers], kind="stable")[:count]])
