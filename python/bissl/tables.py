"""`bissl.evaluation.tables`, by the path that users import."""

from .evaluation.tables import *  # noqa: F403
from .evaluation.tables import __all__ as __all__
