"""Random search of fine-tuning's hyper-parameters (paper, section B.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import InvalidArgument
from ..recipe import Search


def sampled(search: Search) -> list[dict[str, float]]:
    """The pairs of a search, log-uniform: rate and weight decay by option name. The first n of a search of more trials are
    those of one of n trials.

    Parameters
    ----------
    search : Search
        A recipe's section ``search``.

    Returns
    -------
    list of dict of str to float
        ``lr`` and ``weight_decay`` by name, one dict per trial.

    Raises
    ------
    InvalidArgument (ValueError)
        Ranges that are none.

    Examples
    --------
    >>> search = bissl.experiments.recipe.Search(trials=3, seed=1)
    >>> [sorted(pair) for pair in bissl.experiments.sampled(search)][0]
    ['lr', 'weight_decay']
    """
    return [_pair(search, trial) for trial in range(search.trials)]


def _pair(search: Search, trial: int) -> dict[str, float]:
    words = np.random.Philox(key=np.array([search.seed, trial], np.uint64)).random_raw(2)
    shares = (words >> np.uint64(11)) * 2.0**-53
    ranges = {"lr": search.lr, "weight_decay": search.weight_decay}
    return {name: _log_uniform(*ends, share) for (name, ends), share in zip(ranges.items(), shares, strict=True)}


def _log_uniform(least: float, most: float, share: float) -> float:
    """Rounded to four digits, so that what a table shows is what was run."""
    value = math.exp(math.log(least) + share * (math.log(most) - math.log(least)))
    return min(max(float(f"{value:.4g}"), least), most)


def best_trade_off(trials: Sequence[Mapping[str, Any]], images: int) -> Mapping[str, Any]:
    """The trial with the best balance between a high validation score and a low validation loss.

    The paper (section B.2) asks for this balance and leaves the rule open. Here: among the trials whose score is at most
    one standard error below the best, the one with the lowest loss; of equals the one tried first. The standard error is
    that of a share a of n images, √(a (1 − a) / n), as in the one-standard-error rule of Breiman et al. (1984): scores
    that close cannot be told apart on these images.

    Parameters
    ----------
    trials : sequence of mapping
        Records with ``validation`` (0..1) and ``validation_loss``; one in which either is NaN (or None, where no epoch
        could be validated) is passed over.
    images : int
        Validation images, n.

    Returns
    -------
    mapping
        The record of the chosen trial.

    Raises
    ------
    InvalidArgument (ValueError)
        No trial could be validated.

    Examples
    --------
    >>> trials = [{"lr": 0.1, "validation": 0.90, "validation_loss": 0.5}, {"lr": 0.01, "validation": 0.89, "validation_loss": 0.3}]
    >>> bissl.experiments.best_trade_off(trials, images=100)["lr"]
    0.01
    """
    if not trials:
        raise InvalidArgument("trials: expected at least one finished trial, got none")
    trials = [t for t in trials if not any(t[k] is None or math.isnan(t[k]) for k in ("validation", "validation_loss"))]
    if not trials:
        raise InvalidArgument("trials: expected a trial with a score and a loss, all of them are NaN")
    best = max(trial["validation"] for trial in trials)
    error = math.sqrt(max(best * (1 - best), 0.0) / images)
    close = [trial for trial in trials if trial["validation"] >= best - error]
    return min(close, key=lambda trial: trial["validation_loss"])
