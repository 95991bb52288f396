"""Sizes, such as widths of layers and shapes of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import WrongType, checked_integer


def checked_integers(name: str, values: Any) -> tuple[int, ...]:
    """Whole numbers of at least 1, such as widths of layers."""
    if isinstance(values, str) or not isinstance(values, (Sequence, np.ndarray)):
        raise WrongType(f"{name}: expected several integers such as (64, 128), got {type(values).__name__}")
    return tuple(checked_integer(f"{name}[{place}]", value, 1) for place, value in enumerate(values))
