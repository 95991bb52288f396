"""Recipes: one checked description of a whole run, in YAML or in Python, with the same names in both."""

from .earlystops import EarlyStops
from .options import Augmentation, Callbacks, Data, NoisyTune, Search, Seeds, StudySection
from .reading import load_recipe, recipe_names, save_recipe
from .recipe import APPROACH_NAMES, SECTIONS, Recipe
from .tasks import Task

__all__ = [
    "APPROACH_NAMES",
    "Augmentation",
    "Callbacks",
    "Data",
    "EarlyStops",
    "NoisyTune",
    "Recipe",
    "SECTIONS",
    "Search",
    "Seeds",
    "StudySection",
    "Task",
    "load_recipe",
    "recipe_names",
    "save_recipe",
]
