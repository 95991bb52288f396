"""The parts of a data set: their names, and how a validation part is cut off (paper, section B.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InvalidArgument, WrongType, checked_integer, checked_real
from ..targets.classes import as_labels
from ..targets.classsets import are_class_sets, checked_class_labels
from .stacks import permutation

SPLITS = ("train", "validation", "train+validation", "test")
"""One meaning everywhere: "train" and "validation" share no image and make up "train+validation"; "test" is apart."""

_SPLIT_STREAM, _PER_CLASS_STREAM = 2**63, 2**63 + 1
"""Streams of the generator, apart from those of batch stacks, which count epochs from 0."""


def stratified_split(labels: Any, share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cuts a random ``share`` of the samples off, so that every class keeps its proportion in both parts.

    One class per sample: each class gives ``share`` of its samples, rounded so that all of them together give
    ``round(share N)``; no class gives its last sample. Several classes per sample: iterative stratification
    (Sechidis, Tsoumakas and Vlahavas, 2011), whose sizes are near ``share``.

    Parameters
    ----------
    labels : object
        (N,), a class per sample (whole numbers or names); or (N, C), any number of classes per sample: bool, or int8
        with -1 for what is left out (it counts as 0).
    share : float
        Share of the second part, above 0 and below 1.
    seed : int, default 0
        Seed of the draw. The result depends on labels, share and seed alone, not on NumPy's version.

    Returns
    -------
    tuple of ndarray
        Numbers of the images of both parts, sorted.

    Raises
    ------
    TypeError
        Floating-point labels, masked ones.
    ValueError
        A share outside (0, 1), or one that leaves a part empty.

    Examples
    --------
    >>> labels = np.repeat([0, 1], 10)
    >>> kept, cut = bissl.data.stratified_split(labels, 0.2, seed=1)
    >>> len(kept), np.bincount(labels[cut]).tolist()
    (16, [2, 2])
    """
    array = as_labels(labels, "labels")
    _check_labels(array)
    if not 0 < checked_real("share", share) < 1:
        raise InvalidArgument(f"share: expected a number above 0 and below 1, got {share}")
    order = permutation(seed, _SPLIT_STREAM, len(array))
    chosen = _by_class(array, share, order) if array.ndim == 1 else _by_labels(array == 1, share, order)
    if chosen.all() or not chosen.any():
        raise InvalidArgument(f"share: {share} of {len(array)} samples leaves a part empty; give more samples")
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def split_per_class(labels: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draws ``count`` samples of every class (labels int64 (N,), none below 0; each sample has one class).

    Returns
    -------
    (drawn, rest) : the samples' numbers, two sorted int64 arrays.

    Raises
    ------
    ValueError : a class with fewer samples; samples with any number of classes.
    """
    if np.ndim(labels) != 1:
        raise InvalidArgument(
            "labels: a number of samples per class can be drawn where each sample has one class, here it has any number; "
            "take all of them"
        )
    sizes = np.bincount(labels)
    if sizes.min() < checked_integer("count", count, 0):
        raise InvalidArgument(
            f"count: expected at least {count} samples per class, class {sizes.argmin()} has {sizes.min()}"
        )
    drawn = _rank_in_class(labels, sizes, permutation(seed, _PER_CLASS_STREAM, len(labels))) < count
    return np.flatnonzero(drawn), np.flatnonzero(~drawn)


def _check_labels(labels: np.ndarray) -> None:
    if are_class_sets(labels) or (labels.ndim == 2 and labels.dtype == np.int8):
        checked_class_labels(labels, *labels.shape)
        return
    if labels.ndim != 1:
        raise InvalidArgument(
            f"labels: expected shape (N,), or 0 and 1 of shape (N, C), got {labels.dtype} {labels.shape}"
        )
    if labels.dtype.kind not in "iuUSb":
        raise WrongType(f"labels: expected class numbers or names, got dtype {labels.dtype}; use labels.astype(int)")


def _by_class(labels: np.ndarray, share: float, order: np.ndarray) -> np.ndarray:
    """bool (N,): the samples cut off, a quota per class."""
    _, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    quota = _quotas(sizes, share)
    return _rank_in_class(numbers, sizes, order) < quota[numbers]


def _quotas(sizes: np.ndarray, share: float) -> np.ndarray:
    """How many samples each class gives: the largest remainders are rounded up until the total is right."""
    exact = share * sizes
    quota = np.floor(exact).astype(np.int64)
    missing = round(share * int(sizes.sum())) - int(quota.sum())
    by_remainder = np.argsort(quota - exact, kind="stable")
    able = by_remainder[quota[by_remainder] + 1 < sizes[by_remainder]]
    quota[able[: max(missing, 0)]] += 1
    return quota


def _rank_in_class(numbers: np.ndarray, sizes: np.ndarray, order: np.ndarray) -> np.ndarray:
    """int64 (N,): each sample's place within its class, in the order of a permutation."""
    grouped = order[np.argsort(numbers[order], kind="stable")]
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(len(numbers), np.int64)
    rank[grouped] = np.arange(len(numbers)) - np.repeat(starts, sizes)
    return rank


def _by_labels(labels: np.ndarray, share: float, order: np.ndarray) -> np.ndarray:
    """bool (N,): the samples cut off. The rarest class that still has samples hands them out first, each to the part
    that lacks most of that class, then to the part that lacks most samples."""
    shares = np.array([1 - share, share])
    wanted = shares[:, None] * labels.sum(axis=0)  # (2, C): samples of each class that each part still lacks
    room = shares * len(labels)  # (2,): samples that each part still lacks
    part = np.full(len(labels), -1)
    while (waiting := (labels & (part < 0)[:, None]).sum(axis=0)).any():
        rarest = int(np.argmin(np.where(waiting > 0, waiting, len(labels) + 1)))
        for sample in order[labels[order, rarest] & (part[order] < 0)]:
            side = int((wanted[1, rarest], room[1]) > (wanted[0, rarest], room[0]))
            part[sample] = side
            wanted[side] -= labels[sample]
            room[side] -= 1
    for sample in order[part[order] < 0]:
        part[sample] = side = int(room[1] > room[0])
        room[side] -= 1
    result: np.ndarray = part == 1
    return result
