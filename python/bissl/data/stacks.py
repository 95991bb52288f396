"""In which order samples are drawn: batches without replacement, reshuffled as section B.4 of the paper says;
independent random draws; all samples in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ..configured import Configured
from ..errors import InvalidArgument, checked_integer, checked_seed


def permutation(seed: int, epoch: int, size: int) -> np.ndarray:
    """A permutation of 0..size-1 (int64) that depends on (seed, epoch) alone.

    Ranks raw Philox words, whose values NumPy keeps fixed between versions (unlike `Generator.permutation`).
    """
    words = np.random.Philox(key=np.array([checked_seed("seed", seed), epoch], np.uint64)).random_raw(size)
    return np.argsort(words, kind="stable").astype(np.int64)


#: The keys of permutations have so many bits.
_MOST = 2**64 - 1


def _checked_sizes(size: int, batch_size: int) -> dict[str, int]:
    """Both by name."""
    size, batch_size = checked_integer("size", size), checked_integer("batch_size", batch_size)
    if not 1 <= batch_size <= size:
        raise InvalidArgument(f"batch_size: expected 1 to the {size} samples there are, got {batch_size}")
    return {"size": size, "batch_size": batch_size}


@runtime_checkable
class Order(Protocol):
    """A sequence of batches of sample numbers that can be resumed: what a `Loader` follows.

    size, batch_size : samples there are, samples per batch.
    epoch : with the sample's number, the key of its random views in the batch drawn last.
    """

    size: int
    batch_size: int
    epoch: int

    @property
    def batches_per_pass(self) -> int:
        """Batches that show every sample once, whole ones where the last of them is left out."""

    def rewind(self) -> bool:
        """Begins anew where the sequence has ended, and says whether it has. One without an end stays where it is."""

    def advance(self) -> np.ndarray | None:
        """The next batch, int64; None where the sequence has ended."""

    def state_dict(self) -> dict[str, int]: ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class _Resumable(Configured):
    """A sequence whose state is what it was made of and how far it is."""

    size: int
    _identity: tuple[str, ...]
    _progress: tuple[str, ...]

    def state_dict(self) -> dict[str, int]:
        """What resumes this sequence exactly."""
        return {name: getattr(self, name) for name in (*self._identity, *self._progress)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Resumes exactly. ValueError where the state belongs to other data or settings, TypeError where it holds something
        else than whole numbers; nothing is changed then."""
        for name, number in self._read(state).items():
            setattr(self, name, number)

    def _read(self, state: Mapping[str, Any]) -> dict[str, int]:
        """How far the sequence was. Raises as `load_state_dict`; changes nothing."""
        for name in (*self._identity, *self._progress):
            if name not in state:
                raise InvalidArgument(
                    f"state: expected that of a {type(self).__name__} of this version: it has no {name!r}"
                )
        for name in self._identity:
            saved, present = state[name], getattr(self, name)
            if saved != present:
                raise InvalidArgument(f"state: {name} was {saved} when it was saved, now it is {present}")
        return {
            name: checked_integer(f"state: {name}", state[name], 0, self.size if name == "position" else _MOST)
            for name in self._progress
        }


class _Endless(_Resumable):
    """A sequence without an end, of whole batches."""

    size: int
    batch_size: int

    @property
    def batches_per_pass(self) -> int:
        """Whole batches that there are in all samples."""
        return self.size // self.batch_size

    def rewind(self) -> bool:
        """False: there is no end."""
        return False


class Stack(_Endless):
    """Batches of sample indices from a shuffled stack, without replacement.

    `begin` opens the steps that a level takes before alternating. It reshuffles only where fewer than ``needed``
    batches remain. A data set that cannot give ``needed`` batches at all is reshuffled whenever fewer points than a
    batch remain (section B.4). Points left over at a reshuffle are dropped for that round.

    Parameters
    ----------
    size : int
        Number of samples.
    batch_size : int
        Samples per batch, at most ``size``.
    needed : int, default 1
        Batches per level (N_L or N_U). With 1 the stack is reshuffled once per pass: conventional epochs.
    seed : int, default 0
        Seed of all permutations; permutation e is keyed by (seed, e).

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A size that is no positive integer, or a batch larger than the data.

    Examples
    --------
    >>> stack = bissl.data.Stack(10, batch_size=4, seed=1)
    >>> first, second = stack.draw(), stack.draw()
    >>> len(set(first) | set(second)), stack.batches_left
    (8, 0)
    """

    needed: int
    seed: int
    epoch: int
    position: int
    taken: int
    _fixed = _identity = ("size", "batch_size", "needed", "seed")
    _progress = ("epoch", "position", "taken")

    def __init__(self, size: int, batch_size: int, needed: int = 1, seed: int = 0) -> None:
        sizes = _checked_sizes(size, batch_size)
        self._fix(**sizes, needed=checked_integer("needed", needed, 1), seed=checked_seed("seed", seed))
        self.epoch = 0
        self.position = 0
        self.taken = 0  # batches since `begin`
        self._shuffled: tuple[int, np.ndarray] | None = None  # an epoch and its permutation

    @property
    def batches_left(self) -> int:
        """Whole batches until the stack is empty."""
        return (self.size - self.position) // self.batch_size

    def begin(self) -> None:
        """Opens one level's steps: reshuffles where the stack cannot serve them all but a full one could."""
        self.taken = 0
        if self.batches_left < self.needed <= self.size // self.batch_size:
            self._shuffle()

    def draw(self) -> np.ndarray:
        """The next batch, int64 (batch_size,)."""
        if self.batches_left == 0:
            self._shuffle()
        batch = self._permutation()[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        self.taken += 1
        return batch.copy()

    def advance(self) -> np.ndarray:
        """The next batch where levels follow each other: `begin` before every ``needed`` batches, then `draw`.

        All who look ahead draw with this, so that the rule of section B.4 is here alone.
        """
        if self.taken % self.needed == 0:
            self.begin()
        return self.draw()

    def _shuffle(self) -> None:
        self.epoch += 1
        self.position = 0

    def _permutation(self) -> np.ndarray:
        if self._shuffled is None or self._shuffled[0] != self.epoch:
            self._shuffled = self.epoch, permutation(self.seed, self.epoch, self.size)
        return self._shuffled[1]


class RandomDraws(_Endless):
    """Batches drawn each on its own (without replacement inside a batch), for the Hessian products.

    Draw d is keyed by (seed, d) and takes nothing from any stack.

    Parameters
    ----------
    size : int
        Number of samples.
    batch_size : int
        Samples per batch, at most ``size``.
    seed : int, default 0
        Seed of the random draws, a non-negative integer.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A size that is no positive integer.

    Examples
    --------
    >>> draws = bissl.data.RandomDraws(100, batch_size=4, seed=1)
    >>> draws.draw().shape
    (4,)
    """

    seed: int
    epoch: int
    _fixed = _identity = ("size", "batch_size", "seed")
    _progress = ("epoch",)

    def __init__(self, size: int, batch_size: int, seed: int = 0) -> None:
        self._fix(**_checked_sizes(size, batch_size), seed=checked_seed("seed", seed))
        self.epoch = 0

    def draw(self) -> np.ndarray:
        """A batch, int64 (batch_size,)."""
        batch = permutation(self.seed, self.epoch, self.size)[: self.batch_size].copy()
        self.epoch += 1
        return batch

    advance = draw


class Sequential(_Resumable):
    """All samples once, in their order; the last batch is smaller where ``batch_size`` does not divide: evaluation.

    Parameters
    ----------
    size : int
        Number of samples.
    batch_size : int, default 256
        Samples per batch.

    Raises
    ------
    WrongType (TypeError), InvalidArgument (ValueError)
        A size that is no positive integer.

    Examples
    --------
    >>> order = bissl.data.Sequential(5, batch_size=2)
    >>> [order.advance().tolist() for _ in range(3)], order.advance()
    ([[0, 1], [2, 3], [4]], None)
    """

    size: int
    batch_size: int
    position: int
    epoch = 0
    _fixed = _identity = ("size", "batch_size")
    _progress = ("position",)

    def __init__(self, size: int, batch_size: int = 256) -> None:
        self._fix(size=checked_integer("size", size, 1), batch_size=checked_integer("batch_size", batch_size, 1))
        self.position = 0

    @property
    def batches_per_pass(self) -> int:
        """Batches of all samples, the last of which may be smaller."""
        return -(-self.size // self.batch_size)

    def rewind(self) -> bool:
        """Begins anew where all samples were drawn, and says whether they were."""
        ended = self.position >= self.size
        self.position = 0 if ended else self.position
        return ended

    def advance(self) -> np.ndarray | None:
        """The next batch; None after the last."""
        batch = np.arange(self.position, min(self.position + self.batch_size, self.size), dtype=np.int64)
        self.position += len(batch)
        return batch if len(batch) else None


@dataclass
class Stacks:
    """The three sources of a bilevel run: lower batches, upper batches, and the batch of the Hessian products.

    Parameters
    ----------
    lower : Stack
        Order of the lower level's batches.
    upper : Stack
        Order of the upper level's batches.
    hessian : RandomDraws
        The batches of the Hessian products.

    Examples
    --------
    >>> stacks = bissl.data.Stacks(
    ...     bissl.data.Stack(100, 8, needed=20), bissl.data.Stack(50, 8, needed=4), bissl.data.RandomDraws(100, 8)
    ... )
    >>> sorted(stacks.state_dict())
    ['hessian', 'lower', 'upper']
    """

    lower: Stack
    upper: Stack
    hessian: RandomDraws

    def state_dict(self) -> dict[str, dict[str, int]]:
        """What resumes all three exactly."""
        return {name: source.state_dict() for name, source in self._sources().items()}

    def load_state_dict(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """Resumes exactly. ValueError where the state belongs to other data or settings; nothing is changed then."""
        sources = self._sources()
        for name, source in sources.items():
            if name not in state:
                raise InvalidArgument(f"state: expected those of {', '.join(sources)}, it has no {name!r}")
            source._read(state[name])
        for name, source in sources.items():
            source.load_state_dict(state[name])

    def _sources(self) -> dict[str, _Endless]:
        return {"lower": self.lower, "upper": self.upper, "hessian": self.hessian}
