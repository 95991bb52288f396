"""Cosine similarity of backbones and of their features (paper, section B.10.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import as_real
from ...errors import InvalidArgument, WrongType
from ...finite import check_finite
from ...models.backbone import Backbone
from ...training.base import Stage
from ...training.featurechecks import checked_features, of_size_one
from ...training.sources import trained_backbone
from ..statistics import Spread

#: One trained network (a fitted stage or a backbone), or several: one per seed.
TunedRuns = Stage | Backbone | Sequence[Stage | Backbone]


@dataclass(frozen=True)
class Similarity:
    """Cosine similarities, one per pair of networks, each in -1..1.

    Parameters
    ----------
    values : tuple of float
        One per pair of networks, in -1..1.

    Examples
    --------
    >>> bissl.analysis.Similarity((0.75, 0.25)).mean
    0.5
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the pairs."""
        return self._spread.mean

    @property
    def std(self) -> float:
        """Sample standard deviation (n - 1) over the pairs; 0 for one pair."""
        return self._spread.std

    @property
    def _spread(self) -> Spread:
        return Spread.of(self.values)

    def __str__(self) -> str:
        """Times 100, as in Table 9."""
        return str(self._spread)


def cosine_similarity(first: Any, second: Any) -> np.ndarray:
    """xᵀy / (‖x‖ ‖y‖) of equation (11), along the last axis, in float64.

    Parameters
    ----------
    first, second : object
        Arrays of one shape: (N,) gives a scalar, rows (K, N) give K numbers.

    Returns
    -------
    ndarray
        Along the last axis, in -1..1.

    Raises
    ------
    TypeError, ValueError
        No real numbers; different shapes, numbers without an axis, or a vector of length zero, which has no direction (its
        row is named).
    NonFiniteArgument (FloatingPointError, ValueError)
        NaN or infinity.

    Examples
    --------
    >>> bissl.analysis.cosine_similarity([[1.0, 0.0], [1.0, 1.0]], [[0.0, 2.0], [3.0, 3.0]]).round(6).tolist()
    [0.0, 1.0]
    """
    x, y = (_vectors(array, name) for array, name in ((first, "first"), (second, "second")))
    if x.shape != y.shape:
        raise InvalidArgument(f"first, second: expected arrays of one shape, got {x.shape} and {y.shape}")
    lengths = _lengths(x, "first") * _lengths(y, "second")
    result: np.ndarray = np.clip(np.sum(x * y, axis=-1) / lengths, -1, 1)
    return result


def _vectors(array: Any, name: str) -> np.ndarray:
    """float64, vectors along the last axis, of sizes near 1: their directions are all that counts."""
    vectors = as_real(array, name).astype(np.float64)
    if not vectors.ndim:
        raise InvalidArgument(f"{name}: expected a vector, or rows of them, got one number, {vectors}")
    check_finite(vectors, name)
    return of_size_one(vectors, axis=-1)


def _lengths(array: np.ndarray, name: str) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(array, axis=-1)
    if not np.all(lengths > 0):
        row = int(np.argmin(np.ravel(lengths > 0)))
        raise InvalidArgument(
            f"{name}: vector {row} has length {np.ravel(lengths)[row]:g}; its direction is not defined"
        )
    return lengths


def parameter_similarity(backbone: Stage | Backbone, tuned: TunedRuns) -> Similarity:
    """Of the parameters of a backbone and of each of its fine-tuned versions (equation 12).

    All trainable parameters count, as one vector. ``tuned`` is one network or a sequence of them, one per seed.

    Parameters
    ----------
    backbone : Stage or Backbone
        Before fine-tuning: a network or a fitted stage.
    tuned : Stage, Backbone or sequence of them
        After it: one network or a sequence of them, one per seed.

    Returns
    -------
    Similarity
        One number per fine-tuned version.

    Raises
    ------
    TypeError
        Neither networks nor fitted stages.
    ValueError
        Another architecture, or none.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4))
    >>> round(bissl.analysis.parameter_similarity(net, [net.clone(), net.clone()]).mean, 6)
    1.0
    """
    start, ends = _checked(backbone, tuned)
    return Similarity(tuple(float(cosine_similarity(start.vector, end.vector)) for end in ends))


def layer_similarity(backbone: Stage | Backbone, tuned: TunedRuns) -> dict[str, Similarity]:
    """As `parameter_similarity`, per parameter tensor, by name in state-dict order.

    A tensor that is zero in one of the networks (a bias that was never trained) has no direction and is left out.

    Parameters
    ----------
    backbone : Stage or Backbone
        Before fine-tuning: a network or a fitted stage.
    tuned : Stage, Backbone or sequence of them
        After it: one network or a sequence of them, one per seed.

    Returns
    -------
    dict of str to Similarity
        By name of the parameter tensor.

    Raises
    ------
    TypeError
        Neither networks nor fitted stages.
    ValueError
        Another architecture, or none.

    Examples
    --------
    >>> net = bissl.resnet18(widths=(4, 4, 4, 4))
    >>> list(bissl.analysis.layer_similarity(net, net.clone()))[0]
    'conv1.weight'
    """
    start, ends = _checked(backbone, tuned)
    states = [network.vector.as_dict() for network in (start, *ends)]
    return {
        name: _of_layer([state[name].ravel() for state in states]) for name in states[0] if _all_nonzero(states, name)
    }


def _of_layer(tensors: Sequence[np.ndarray]) -> Similarity:
    first, *others = tensors
    return Similarity(tuple(float(cosine_similarity(first, other)) for other in others))


def _all_nonzero(states: Iterable[dict[str, np.ndarray]], name: str) -> bool:
    return all(np.any(state[name]) for state in states)


def feature_similarity(features: Any, tuned: Any) -> Similarity:
    """Of a backbone's features with those of its fine-tuned versions: the mean over images (equation 13).

    Parameters
    ----------
    features : object
        (N, M), such as `extract_features` gives.
    tuned : object
        (N, M), or a sequence of such arrays, one per seed.

    Returns
    -------
    Similarity
        One number per fine-tuned version.

    Raises
    ------
    TypeError, ValueError
        No features; different shapes; an image whose features are all zero.

    Examples
    --------
    >>> features = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> bissl.analysis.feature_similarity(features, 3 * features).mean
    1.0
    """
    start = checked_features(features, "features")
    if not isinstance(tuned, Iterable):
        raise WrongType(f"tuned: expected features (N, M), or a sequence of them, got {type(tuned).__name__}")
    runs = [tuned] if isinstance(tuned, np.ndarray) and tuned.ndim == 2 else list(tuned)
    if not runs:
        raise InvalidArgument("tuned: expected features of at least one network, got none")
    ends = [checked_features(run, f"tuned[{number}]") for number, run in enumerate(runs)]
    return Similarity(tuple(float(cosine_similarity(start, end).mean()) for end in ends))


def runs_of(tuned: TunedRuns, name: str = "tuned") -> list[Backbone]:
    """The networks, at least one."""
    runs = list(tuned) if isinstance(tuned, Sequence) else [tuned]
    if not runs:
        raise InvalidArgument(f"{name}: expected at least one network, got none")
    return [trained_backbone(run, name) for run in runs]


def _checked(backbone: Stage | Backbone, tuned: TunedRuns) -> tuple[Backbone, list[Backbone]]:
    start, ends = trained_backbone(backbone), runs_of(tuned)
    for number, end in enumerate(ends):
        if end._layout != start._layout:
            raise InvalidArgument(
                f"tuned: expected networks of the backbone's architecture, {start!r}; number {number} is {end!r}"
            )
    return start, ends
