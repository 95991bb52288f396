"""Runs of recipes: one by one, repeated over seeds, searched, compared."""

from .approaches import APPROACHES, Approach
from .images import Images, Views
from .journal import Journal
from .optunasearch import search_with_optuna
from .results import Results
from .run import Run
from .search import best_trade_off, sampled
from .study import Study, open_study

__all__ = [
    "APPROACHES",
    "Approach",
    "Images",
    "Journal",
    "Results",
    "Run",
    "Study",
    "Views",
    "best_trade_off",
    "open_study",
    "sampled",
    "search_with_optuna",
]
