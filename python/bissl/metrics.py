"""`bissl.targets.metrics`, by the path that users import."""

from .targets.metrics import *  # noqa: F403
from .targets.metrics import __all__ as __all__
