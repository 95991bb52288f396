"""Runs of recipes: one by one, repeated over seeds, searched, compared."""

from .released import Release
from .report.family import Answer, Family, Pair
from .report.results import Results
from .running.approaches import APPROACHES, Approach
from .running.images import Images, Views
from .running.journal import Journal
from .running.optunasearch import search_with_optuna
from .running.run import Run
from .running.search import best_trade_off, sampled
from .running.study import Study, open_study

__all__ = [
    "APPROACHES",
    "Answer",
    "Approach",
    "Family",
    "Images",
    "Journal",
    "Pair",
    "Release",
    "Results",
    "Run",
    "Study",
    "Views",
    "best_trade_off",
    "open_study",
    "sampled",
    "search_with_optuna",
]
