"""`bissl.targets.metrics`, by the path that users import."""

from .targets.metrics import *  # noqa: F403
