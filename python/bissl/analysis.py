"""`bissl.evaluation.analysis`, by the path that users import."""

from .evaluation.analysis import *  # noqa: F403
from .evaluation.analysis import __all__ as __all__
