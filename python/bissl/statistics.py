"""`bissl.evaluation.statistics`, by the path that users import."""

from .evaluation.statistics import *  # noqa: F403
from .evaluation.statistics import __all__ as __all__
