"""Numbers that must be numbers: what is NaN or infinite is named by its place."""

from __future__ import annotations

import numpy as np

from .errors import NonFiniteArgument


def check_finite(array: np.ndarray, name: str) -> None:
    """NonFiniteArgument (ValueError, FloatingPointError) with the index of the first NaN or infinity."""
    finite = np.isfinite(array)
    if not finite.all():
        where = first_place(~finite)
        raise NonFiniteArgument(f"{name}: expected finite values, got {array[where]} at index {where}")


def check_outputs(array: np.ndarray, name: str) -> None:
    """NonFiniteArgument (ValueError, FloatingPointError) where what a network gives is NaN or infinite: comparisons with NaN are
    false, so that thresholds would take it for nothing found."""
    if not np.isfinite(array).all():
        where = first_place(~np.isfinite(array))
        raise NonFiniteArgument(
            f"{name}: expected finite values, got {array[where]} at index {where}; has training diverged? lower the learning rate"
        )


def first_place(wrong: np.ndarray) -> tuple[int, ...]:
    """The index of the first True."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
