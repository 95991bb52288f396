"""What a downstream objective is told about each image, one file per kind of label: how labels are checked, joined with
those of other images by their classes, read back from a head's outputs, and measured."""

from .base import Targets
from .choice import targets_of
from .classes import Classes
from .classnumbers import ClassNumbers
from .classsets import LEFT_OUT, ClassSets
from .numbers import RealNumbers

__all__ = ["LEFT_OUT", "ClassNumbers", "ClassSets", "Classes", "RealNumbers", "Targets", "targets_of"]
