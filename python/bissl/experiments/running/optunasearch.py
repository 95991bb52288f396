"""Search with Optuna's samplers, an extra, in place of random search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...extras import required
from ..recipe import Search
from .study import Study


def search_with_optuna(study: Study, sampler: Any = None) -> dict[str, Mapping[str, Any]]:
    """For every variant of a study as many trials as its recipe's ``search`` has, in its ranges, that maximise the score on
    validation images; returns the record of each variant's best trial, chosen by `best_trade_off`.

    Trials are kept in the study's journal, what is to be tried before it is: those of an earlier call are told to the
    sampler and not done again, one that was stopped goes on from its checkpoint, and `Study` counts them among its own.

    Parameters
    ----------
    study : Study
        See `Study`.
    sampler : object, optional
        Sampler of `optuna.samplers`; None is its tree-structured Parzen estimator with the search's seed.

    Returns
    -------
    dict of str to mapping
        By variant.

    Raises
    ------
    MissingPackage (ImportError)
        Optuna is not installed.

    Examples
    --------
    >>> recipe = bissl.experiments.recipe.load_recipe("digits", ["search.trials=2"])
    >>> def searched(folder):  # pip install 'bissl[optuna]'
    ...     with bissl.experiments.Study(recipe, folder) as study:
    ...         return bissl.experiments.search_with_optuna(study)
    """
    optuna = required("optuna", "optuna", "search_with_optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search = study.recipe.search
    study.prepare_search()
    best = {}
    for name in study.variants:
        found = optuna.create_study(
            direction="maximize", sampler=sampler or optuna.samplers.TPESampler(seed=search.seed)
        )
        proposals = study.proposals(name)
        others = [record for record in study.trials(name) if not _is_proposed(proposals, record["key"])]
        for record in others:
            found.add_trial(_told(optuna, search, record))
        for number in range(len(others), search.trials):
            trial = _asked(optuna, search, found, proposals.get(number))
            study.propose(name, number, trial.params)
            record = study.try_pair(name, number, trial.params)
            found.tell(trial, record["validation"])
        best[name] = study.best_trial(name)
    return best


def _is_proposed(proposals: Mapping[int, Mapping[str, float]], key: Mapping[str, Any]) -> bool:
    return bool(proposals.get(key["trial"]) == key["changes"])


def _asked(optuna: Any, search: Search, found: Any, proposed: Mapping[str, float] | None) -> Any:
    """The next trial. One that was proposed by an earlier call is asked for again, so that the sampler is where it was
    then; a sampler that now proposes something else is given what it proposed then."""
    trial = found.ask(_distributions(optuna, search))
    if proposed is None or trial.params == proposed:
        return trial
    found.tell(trial, state=optuna.trial.TrialState.FAIL)
    found.enqueue_trial(dict(proposed))
    return found.ask(_distributions(optuna, search))


def _distributions(optuna: Any, search: Search) -> dict[str, Any]:
    """The ranges by option, log-uniform."""
    ranges = {"lr": search.lr, "weight_decay": search.weight_decay}
    return {name: optuna.distributions.FloatDistribution(*ends, log=True) for name, ends in ranges.items()}


def _told(optuna: Any, search: Search, record: Mapping[str, Any]) -> Any:
    """A finished trial of the journal as Optuna has it."""
    return optuna.trial.create_trial(
        params=dict(record["key"]["changes"]),
        distributions=_distributions(optuna, search),
        value=record["validation"],
    )
