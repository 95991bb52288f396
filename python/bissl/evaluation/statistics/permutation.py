"""Permutation tests of two arms whose runs may share pretrained backbones."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InvalidArgument, WrongType, checked_integer, checked_number
from .scores import checked_backbones, checked_counts, checked_numbers, in_size, of_one_size

if TYPE_CHECKING:
    from .scores import Backbones

#: Partial sums that are made to count all permutations; where it takes more, permutations are drawn at random.
MOST_SUMS = 10_000_000
#: Random permutations where all are too many to count.
RESAMPLES = 100_000
#: Numbers drawn at a time while resampling.
_AT_A_TIME = 2_000_000


@dataclass(frozen=True)
class PermutationTest:
    """Two-sided test of "the arm makes no difference".

    Parameters
    ----------
    p_value : float
        The share of permutations whose statistic is at least the observed one, the observed included.
    permuted : str
        What the arms' labels were permuted among: "runs within backbones", "whole backbones", or "all runs" where no
        backbone is known to be shared.
    permutations : int
        How many there are.
    resamples : int or None
        How many were drawn at random, m, where all were too many: p = (b + 1) / (m + 1), with b of them at least as
        extreme as the observed one. None: all were counted, and p is exact.
    seed : int
        Seed of the draws.
    tolerance : float or None, optional
        Differences that are closer than this were ties; None for counts, whose are exact.

    Examples
    --------
    >>> test = bissl.statistics.PermutationTest.of([0.95, 0.94, 0.96], [0.91, 0.92, 0.90], tolerance=1e-8)
    >>> test.p_value, test.permutations
    (0.1, 20)
    """

    p_value: float
    permuted: str
    permutations: int
    resamples: int | None
    seed: int
    tolerance: float | None = None

    @classmethod
    def of(
        cls,
        first: Sequence[float] | np.ndarray,
        second: Sequence[float] | np.ndarray,
        tolerance: float | None = None,
        *,
        backbones: tuple[Backbones, Backbones] | None = None,
        resamples: int = RESAMPLES,
        seed: int = 0,
    ) -> PermutationTest:
        """Tests the difference of two arms.

        Runs that share a pretrained backbone resemble each other, whatever their arm: they may change places with each
        other, not with those of another backbone. So labels are permuted within each backbone that has runs of both
        arms; the statistic is ``|Σ_k n_k m_k / (n_k + m_k) d_k|`` over these backbones k with n_k and m_k runs and the
        difference d_k of their means (of one backbone, or none known: the difference of the arms' means). Backbones with
        runs of one arm only tell nothing here and are left out. Where no backbone has runs of both arms, the backbones
        themselves change places, each with the mean of its runs; that is exact where they have equally many runs.

        Parameters
        ----------
        first, second : sequence of float or ndarray
            Outcome of each run, at least one per arm, in any unit.
        tolerance : float or None, optional
            None for integers, whose ties are exact; for other outcomes, such as mean average precision, differences
            that are closer than this count as ties.
        backbones : tuple of Backbones or None, optional
            Backbones of the runs of both arms, by any name; None: every run has its own.
        resamples, seed : int, optional
            Of random permutations, taken where counting all takes more than ten million partial sums.

        Raises
        ------
        TypeError
            A value is not an integer, and no tolerance was given.
        ValueError
            An arm without runs, a value that is not finite, another number of backbones than of runs.
        """
        resamples, seed = checked_integer("resamples", resamples, 1), checked_integer("seed", seed, 0)
        arms: tuple[list[Any], list[Any]]
        within: float | None
        if tolerance is None:
            arms, within = (checked_counts(first, "first"), checked_counts(second, "second")), None
        else:
            exponent, (ours, theirs) = of_one_size(checked_numbers(first, "first"), checked_numbers(second, "second"))
            tolerance = checked_number("tolerance", tolerance)
            arms, within = (list(ours), list(theirs)), in_size(-exponent, tolerance)
        named = backbones_of(arms, backbones)
        permuted, blocks = _blocks(arms, named)
        slack = 0 if within is None else _slack(blocks, within)
        exact = _counted(blocks, slack)
        permutations = math.prod(math.comb(len(block), block.size) for block in blocks)
        if exact is not None:
            return cls(exact, permuted, permutations, None, seed, tolerance)
        drawn = _resampled(blocks, slack, resamples, seed)
        return cls(drawn, permuted, permutations, resamples, seed, tolerance)


def permutation_test(
    first: Sequence[float],
    second: Sequence[float],
    tolerance: float | None = None,
    *,
    backbones: tuple[Backbones, Backbones] | None = None,
) -> float:
    """The two-sided p-value of `PermutationTest.of`, where parameters and errors are explained.

    Of independent runs it is the share of all ``C(n + m, n)`` ways to split the pooled values whose difference of means
    is at least the observed one, the observed split included (paper, section B.6).

    Parameters
    ----------
    first : sequence of float
        Outcomes of one arm: counts, or fractions.
    second : sequence of float
        Outcomes of the other arm.
    tolerance : float or None, optional
        Differences that are closer than this are ties; None for counts.
    backbones : tuple of Backbones or None, optional
        The pretrained backbone of each run, for both arms; None where every run has one of its own.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    TypeError, ValueError
        As `PermutationTest.of`.

    Examples
    --------
    >>> round(bissl.statistics.permutation_test([570, 571, 575, 572], [560, 562, 565, 561]), 4)
    0.0286
    """
    return PermutationTest.of(first, second, tolerance, backbones=backbones).p_value


class _Block:
    """What may change places: values of which the first ``size`` belong to the first arm, less their mean.

    The statistic of a permutation is |Σ_blocks Σ_(i in the first arm) value_i|. Integers are scaled so that they stay
    integers.
    """

    def __init__(self, first: Sequence[Any], second: Sequence[Any], scale: int | None) -> None:
        pooled = [*first, *second]
        if scale is None:
            self.values = np.array(pooled) - np.mean(pooled)
        else:  # scale is a multiple of the number of values, so that the mean is an integer too
            mean = scale // len(pooled) * sum(pooled)
            self.values = _integers([scale * value - mean for value in pooled])
        self.size = len(first)
        self.observed = self.values[: self.size].sum()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def weight(self) -> float:
        """n m / (n + m): the block's statistic is this times the difference of means."""
        return self.size * (len(self) - self.size) / len(self)


def _integers(values: list[int]) -> np.ndarray:
    """int64 where all sums of these are, else Python's integers."""
    return np.array(values, np.int64 if sum(map(abs, values)) < 2**53 else object)


def backbones_of(arms: tuple[Sized, Sized], backbones: Any) -> tuple[list[Hashable], list[Hashable]]:
    """One per run; those that nobody named are all different."""
    if backbones is not None and not isinstance(backbones, Iterable):
        raise WrongType(f"backbones: expected those of the first arm and of the second, got {backbones!r:.80}")
    given = (None, None) if backbones is None else tuple(backbones)
    if len(given) != 2:
        raise InvalidArgument(f"backbones: expected those of the first arm and of the second, got {len(given)} entries")
    first, second = (_backbones_of(one, len(arm), f"backbones[{n}]") for n, (one, arm) in enumerate(zip(given, arms)))
    return first, second


def _backbones_of(given: Any, count: int, name: str) -> list[Hashable]:
    checked = checked_backbones(given, count, name)
    return [object() for _ in range(count)] if checked is None else list(checked)


def _blocks(arms: tuple[list[Any], list[Any]], named: tuple[list[Any], list[Any]]) -> tuple[str, list[_Block]]:
    """What is permuted, in words, and its blocks."""
    first, second = (_by_backbone(*pair) for pair in zip(arms, named, strict=True))
    shared = [name for name in first if name in second]
    integers = isinstance(arms[0][0], int)
    if shared:
        pairs = [(first[name], second[name]) for name in shared]
        scale = math.lcm(*(len(ours) + len(theirs) for ours, theirs in pairs)) if integers else None
        return "runs within backbones", [_Block(*pair, scale) for pair in pairs]
    units, sizes = (list(first.values()), list(second.values())), {len(r) for g in (first, second) for r in g.values()}
    multiple = math.lcm(*sizes)  # so that means of integers stay integers
    ours, theirs = (
        [sum(run) * multiple // len(run) if integers else float(np.mean(run)) for run in arm] for arm in units
    )
    scale = len(first) + len(second) if integers else None
    return "all runs" if sizes == {1} else "whole backbones", [_Block(ours, theirs, scale)]


def _by_backbone(values: list[Any], named: list[Any]) -> dict[Hashable, list[Any]]:
    found: dict[Hashable, list[Any]] = {}
    for value, name in zip(values, named, strict=True):
        found.setdefault(name, []).append(value)
    return found


def _slack(blocks: list[_Block], tolerance: float) -> float:
    """The tolerance of the difference as one of the statistic, and the rounding of sums."""
    rounding = 8 * np.finfo(np.float64).eps * sum(float(np.abs(block.values).sum()) for block in blocks)
    return tolerance * sum(block.weight for block in blocks) + rounding


def _counted(blocks: list[_Block], slack: float) -> float | None:
    """The exact p-value; None where it takes too many sums."""
    total = _Sums(np.zeros(1, blocks[0].values.dtype), np.ones(1))
    for block in blocks:
        sums = _subset_sums(block.values, block.size)
        # Adding two takes about four arrays of the size of all pairs.
        if sums is None or (len(total) > 1 and 4 * len(total) * len(sums) > MOST_SUMS):
            return None
        total = total.plus(sums)
    observed = abs(sum(block.observed for block in blocks)) - slack
    return float(total.ways[np.abs(total.values) >= observed].sum() / total.ways.sum())


@dataclass(frozen=True)
class _Sums:
    """The different sums that can come up, and in how many ways each does (exact up to 2⁵³)."""

    values: np.ndarray
    ways: np.ndarray

    @classmethod
    def merged(cls, values: np.ndarray, ways: np.ndarray) -> _Sums:
        if values.dtype == np.float64:  # sums of scores hardly ever come up twice
            return cls(values, ways)
        different, place = np.unique(values, return_inverse=True)
        return cls(different, np.bincount(place.ravel(), ways, len(different)))

    def __len__(self) -> int:
        return len(self.values)

    def plus(self, other: _Sums) -> _Sums:
        """Of two that are chosen apart from each other."""
        return self.merged(np.add.outer(self.values, other.values).ravel(), np.outer(self.ways, other.ways).ravel())

    def or_with(self, value: Any, fewer: _Sums) -> _Sums:
        """Without the value, or with it added to the sums of one fewer."""
        return self.merged(np.concatenate([self.values, fewer.values + value]), np.concatenate([self.ways, fewer.ways]))


def _subset_sums(values: np.ndarray, size: int) -> _Sums | None:
    """Of all subsets of ``size`` values; None where that takes too many partial sums."""
    if 2 * size > len(values):  # a subset's sum is less that of the others, as all sum to 0
        others = _subset_sums(values, len(values) - size)
        return others and _Sums(-others.values, others.ways)
    empty = _Sums(values[:0], np.empty(0))
    by_size = [_Sums(np.zeros(1, values.dtype), np.ones(1)), *[empty] * size]
    made = 0
    for value in values:
        # Descending, so that each value is taken at most once.
        for taken in range(size, 0, -1):
            made += len(by_size[taken - 1])
            if made > MOST_SUMS:
                return None
            by_size[taken] = by_size[taken].or_with(value, by_size[taken - 1])
    return by_size[size]


def _resampled(blocks: list[_Block], slack: float, resamples: int, seed: int) -> float:
    """(b + 1) / (m + 1) of m random permutations."""
    draw = np.random.default_rng(seed)
    observed = abs(sum(block.observed for block in blocks)) - slack
    extreme, batch = 0, max(_AT_A_TIME // sum(map(len, blocks)), 1)
    for start in range(0, resamples, batch):
        count = min(batch, resamples - start)
        statistics = sum(_drawn(block, count, draw) for block in blocks)
        extreme += int((np.abs(statistics) >= observed).sum())
    return (extreme + 1) / (resamples + 1)


def _drawn(block: _Block, count: int, draw: np.random.Generator) -> np.ndarray:
    """The block's part of the statistic under ``count`` random permutations."""
    shuffled = draw.permuted(np.broadcast_to(block.values, (count, len(block))), axis=1)
    result: np.ndarray = shuffled[:, : block.size].sum(axis=1)
    return result
