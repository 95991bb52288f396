"""Pickles read without doing what they say: one machine, to which each reader gives the names that it knows."""

from .machine import run
from .vocabulary import Global, Placeholder, Refused, Vocabulary, applied

__all__ = ["Global", "Placeholder", "Refused", "Vocabulary", "applied", "run"]
